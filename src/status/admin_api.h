#pragma once
// The admin API: what people and scripts ask a relay, as JSON over HTTP on its own address (loopback by default).
//
//   GET  /healthz /readyz /metrics                      without a token
//   GET  / /page/…                                      the status page, without a token: it has nothing in it
//   POST /session · DELETE /session                     signs the page in and out
//   GET  /api/v1/status                                 whole relay: spool, tenants, shippers, listeners
//   GET  /api/v1/history?span=&from=                    the last hour or day
//   GET  /api/v1/tenants?id=&search=&sort=&skip=&count= POST /api/v1/tenants/ID/rekey · DELETE /api/v1/tenants/ID
//   GET  /api/v1/tenants/ID/events?after=&filter=&whole= a tenant's events as they come
//   GET  /api/v1/tenants/ID/recent                      its last deliveries and bulks
//   POST /api/v1/tenants/ID/test                        a test event, all the way to Logz.io
//   POST /api/v1/tenants/ID/resend                      {"from":"…","to":"…","dry_run":true,"after":0,"upto":0}
//   GET  /api/v1/letters?tenant=&reason=&class=&from=&to=&id=&after=&count=   (&body=1: with the bytes, base64)
//   POST /api/v1/letters/replay · /api/v1/letters/discard   {"filter":{…},"dry_run":true}
//   GET  /api/v1/gaps?from=&count=
//   GET  /api/v1/trace?uuid=
//   GET  /api/v1/backup · POST /api/v1/backup           {"directory":"…"}
//
// docs/admin-api.md tells every field; fields are added, never renamed or removed.
//
// All of /api needs `Authorization: Bearer <admin token>` or both halves of a session that the token began, a Host that
// names this address, and no foreign Origin, so that no web page and no other local user can ask. Answers hold labels,
// never tokens. The same calls run without a server, on a spool that no relay has open (`hookline dead list --spool
// DIR`): see AdminCalls.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/secret.h"
#include "logzio/line.h"
#include "net/http_server.h"
#include "spool/recent.h"
#include "spool/spool.h"
#include "spool/tail.h"

namespace hookline::status {

class Watch;
class BackupDesk;
class TestEvents;
class LiveTail;

/// What the wiring tells about the shippers, since this room does not know them: text values ready to show.
struct ShipperRow {
    TenantId tenant;
    std::string hold;  ///< "none", "token_rejected", …
    std::string detail;
    WallTime since{};
    WallTime next_try{};
    bool in_flight = false;
    int last_status = 0;
    WallTime last_answer{};
    std::chrono::microseconds last_took{};
    std::string region{};  ///< empty: not known
};

/// A listener in force.
struct ListenerRow {
    std::string region;
    std::string url;
};

struct AdminParts {
    spool::Spool& spool;
    const Clock& clock;
    Metrics& metrics;
    std::function<std::vector<ShipperRow>()> shippers;    ///< empty: no relay runs
    std::function<std::vector<std::string>()> not_ready;  ///< reasons; empty result: ready
    std::function<void(TenantId)> destination_changed;    ///< after a rekey
    std::function<bool(std::string_view region)> region_known;
    std::function<std::vector<ListenerRow>()> listeners{};  ///< for the status alone
    std::vector<std::string> host_names{};  ///< accepted in Host besides addresses and "localhost", in lower case
    spool::SpoolLimits limits{};            ///< in force, for the status alone
    BackupDesk* backups = nullptr;          ///< outlives the calls; none: there are no backups
    logzio::Shape shape = logzio::Shape::hookline;
    logzio::LineLimits line_limits{};
    std::function<std::vector<std::string>()> not_healthy{};  ///< what is wrong with the process; empty result: nothing
    spool::Tail* tail = nullptr;                              ///< what the receivers tell of tenants that are watched
    const spool::RecentDeliveries* recent_deliveries = nullptr;
    const spool::RecentBulks* recent_bulks = nullptr;
};

/// Who asks, for the log. Empty: whoever sits before the spool itself.
struct Caller {
    std::string peer{};
    std::string by{};  ///< "token" or "session"
};

/// What only a running relay has; null: none runs.
struct Live {
    const Watch* watch = nullptr;  ///< keeps the last day
    TestEvents* tests = nullptr;
    LiveTail* tail = nullptr;
};

/// The calls themselves, without HTTP's rules about who may ask: method and target in, answer out. Any thread; may
/// block.
class AdminCalls {
 public:
    explicit AdminCalls(AdminParts parts, Live live = {}) : parts_(std::move(parts)), live_(live) {}
    [[nodiscard]] net::HttpResponse call(std::string_view method, std::string_view target, std::string_view body,
                                         const Caller& caller = {}) const;

 private:
    AdminParts parts_;
    Live live_;
};

/// The handler for the admin server: health and metrics for all, the rest behind token, Host and Origin. Calls run on a
/// worker thread of its own, so that a slow one does not hold up `/healthz`.
class AdminServer {
 public:
    static Result<std::unique_ptr<AdminServer>> start(net::HttpServerOptions options, const AdminParts& parts,
                                                      Secret token, Metrics& metrics);
    virtual ~AdminServer() = default;
    [[nodiscard]] virtual std::vector<net::Endpoint> endpoints() const = 0;
    /// From now on this token and these names are asked for, and no older ones; another token ends every session. Any
    /// thread; waits until it is so.
    virtual void admit(Secret token, std::vector<std::string> host_names) = 0;
    virtual void stop() = 0;
};

/// Reads `DIRECTORY/admin-token`, or makes one (0600).
Result<Secret> admin_token(const Path& directory);

}  // namespace hookline::status
