#pragma once
// The Logz.io listener of one region: a bulk in, a verdict out (facts: logzio.md 1.1, 1.2, 1.4).
//
// Crew or loop threads start transfers; the verdict is posted to the caller's mailbox.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mailbox.h"
#include "base/result.h"
#include "base/secret.h"
#include "logzio/verdict.h"
#include "net/http_client.h"

namespace hookline::logzio {

/// Region code → listener URL. Nothing else is ever posted to. Built in: us au ca eu uk, and the deprecated nl wa.
class Regions {
 public:
    Regions();  ///< the built-in table, https on port 8071
    /// Replaces or adds a region's listener. Refused: no http(s) URL, a query or fragment in it, plain HTTP beyond
    /// loopback unless `plain_http_allowed`.
    Result<void> set(std::string_view region, std::string_view url, bool plain_http_allowed);
    [[nodiscard]] std::optional<std::string> url(std::string_view region) const;
    [[nodiscard]] std::vector<std::string> codes() const;

 private:
    std::map<std::string, std::string, std::less<>> urls_;
};

/// `^[A-Za-z0-9]{32}$`
bool is_token(std::string_view text);

struct ListenerLimits {
    std::size_t bulk_bytes_max =
        9'000'000;  ///< hard limit of one body before compression (facts: 10 MB, reading unknown)
    std::chrono::milliseconds answer_time_max{30'000};
    std::size_t lane_bytes_min = 64 * 1024;  ///< of lines: from here on they are compressed in the lane
};

/// Lines to send: newline-ended JSON objects, not compressed.
struct Bulk {
    std::shared_ptr<const std::string> lines;
    std::size_t count = 0;
    std::string type = "okta";  ///< for the URL: letters
};

class Listener {
 public:
    /// `lane`: another thread, where large bulks are compressed; it ends before this does.
    Listener(net::HttpClient& client, ListenerLimits limits, Mailbox* lane = nullptr)
        : client_(client), limits_(limits), lane_(lane) {}
    /// Compresses (gzip) on the calling thread, or in the lane, posts, and hands the verdict to `done` on `mailbox`,
    /// exactly once.
    void start(const std::string& url, const Secret& token, const Bulk& bulk, Mailbox& mailbox,
               std::function<void(Verdict)> done) const;
    /// As above with a shorter limit for the whole answer: the proof of a new token.
    void start(const std::string& url, const Secret& token, const Bulk& bulk, std::chrono::milliseconds time_max,
               Mailbox& mailbox, std::function<void(Verdict)> done) const;

 private:
    void send(const std::string& url, const Secret& token, const Bulk& bulk, std::chrono::milliseconds time_max,
              Mailbox& mailbox, std::function<void(Verdict)> done) const;

    net::HttpClient& client_;
    ListenerLimits limits_;
    Mailbox* lane_;
};

/// What an outcome means for `lines` lines that were sent. Pure.
Verdict verdict_of(const net::ClientOutcome& outcome, std::size_t lines, WallTime now);

}  // namespace hookline::logzio
