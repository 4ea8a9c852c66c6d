#pragma once
// The relay: every room wired to the next, from the socket Okta posts to, to the listener at Logz.io.
//
// `Relay` owns all threads: receive loops, the commit thread, the network thread, the crew, the admin server. It is
// used from one thread, the one that made it.

#include <functional>
#include <memory>
#include <vector>

#include "app/config.h"
#include "app/pulse.h"
#include "app/supervisor.h"
#include "base/metrics.h"
#include "ship/shipping.h"
#include "spool/spool.h"

namespace hookline::app {

/// sysexits.h: what a supervisor reads off the exit status.
enum class ExitStatus { ok = 0, failed = 1, usage = 64, io_error = 74, config = 78 };

class Relay {
 public:
    /// Opens the spool, starts shipping, then receiving, then the admin server. `on_fatal` is called once, from another
    /// thread, when the disk failed: the process must end with status 74 and trust only what it reads again.
    /// `sockets` are taken over in place of what the configuration would have it listen on.
    static Result<std::unique_ptr<Relay>> start(Config config, std::function<void(const Error&)> on_fatal,
                                                PassedSockets sockets = {});
    virtual ~Relay() = default;

    /// Takes up what a reload can change: entrances, tenants, regions, certificate, log level. Refused whole, with the
    /// old configuration kept, when a hook or header mode that was used in the last 24 h would go without
    /// `access.remove_used_hooks`, and when the certificate and its key do not belong together. What needs a restart
    /// (addresses, spool, limits) is named in a warning.
    virtual Result<void> reload(Config next) = 0;
    /// Certificate files that were replaced are taken up. Called every second or so.
    virtual void look_after() = 0;
    /// Has `pulse` ask every thread without which nothing is received or shipped.
    virtual void watch(Pulse& pulse) = 0;
    /// For `/healthz`: what the pulse shows. Called every second or so, or the caller is taken to hang itself.
    virtual void tell_health(TimePoint now, const Pulse& pulse) = 0;
    /// One line for people: whether deliveries are taken, what waits, what is held.
    [[nodiscard]] virtual std::string summary() const = 0;
    /// Stops accepting, finishes what was read, commits, lets bulks in flight end: at most Config::stop_time_max.
    virtual void stop() = 0;

    [[nodiscard]] virtual std::vector<net::Endpoint> receive_endpoints() const = 0;
    [[nodiscard]] virtual std::vector<net::Endpoint> admin_endpoints() const = 0;
    [[nodiscard]] virtual const spool::Spool& spool() const = 0;
    [[nodiscard]] virtual const Metrics& metrics() const = 0;
    [[nodiscard]] virtual std::vector<ship::ShipperStatus> shippers() const = 0;
};

/// `hookline serve`: reads the configuration, runs until SIGTERM or SIGINT, reads it again on SIGHUP. The exit status.
int run_relay(ConfigSources sources);

}  // namespace hookline::app
