#pragma once
// One request from Okta, start to answer: every row of DESIGN section 2. One Endpoint a loop, on that loop's thread.

#include <cstddef>
#include <memory>
#include <mutex>

#include "base/clock.h"
#include "base/metrics.h"
#include "logzio/line.h"
#include "logzio/prover.h"
#include "net/http_server.h"
#include "receive/admission.h"
#include "receive/entrances.h"
#include "spool/recent.h"
#include "spool/spool.h"
#include "spool/tail.h"

namespace hookline::receive {

struct EndpointLimits {
    std::chrono::milliseconds answer_time_max{2'000};  ///< Okta waits 3 s, connection and TLS included
    std::chrono::milliseconds proof_reserve{500};      ///< a proof must end this long before the deadline
    std::size_t admitted_bytes_max =
        64 * 1024 * 1024;  ///< deliveries being worked on, all tenants; as much again may wait
    std::size_t admitted_tenant_bytes_max = 16 * 1024 * 1024;  ///< of one unlisted tenant
    std::size_t challenge_bytes_max = 4096;                    ///< x-okta-verification-challenge
    std::size_t unproven_bytes_max = 1024 * 1024;    ///< a body of a pair not yet proven; more: 503, not even read
    std::size_t lines_bytes_max = 64 * 1024 * 1024;  ///< the lines that one delivery makes; more: 413
    std::size_t lane_bytes_min = 256 * 1024;         ///< a body of this size is read in the lane, if there is one
};

/// The entrances in force; replaced whole on a reload. Any thread.
class EntrancesInForce {
 public:
    explicit EntrancesInForce(std::shared_ptr<const Entrances> first) : current_(std::move(first)) {}
    [[nodiscard]] std::shared_ptr<const Entrances> get() const {
        const std::lock_guard lock(mutex_);
        return current_;
    }
    void set(std::shared_ptr<const Entrances> next) {
        const std::lock_guard lock(mutex_);
        current_ = std::move(next);
    }

 private:
    mutable std::mutex mutex_;
    std::shared_ptr<const Entrances> current_;
};

inline std::shared_ptr<Admission> make_admission(const EndpointLimits& limits) {
    return std::make_shared<Admission>(
        AdmissionLimits{limits.admitted_bytes_max, limits.admitted_tenant_bytes_max, limits.admitted_bytes_max});
}

/// Copies share one Admission: give the same parts to every loop.
struct EndpointParts {
    const EntrancesInForce& entrances;
    spool::Spool& spool;
    logzio::Prover& prover;
    const Clock& clock;
    Metrics& metrics;
    logzio::Shape shape = logzio::Shape::hookline;
    logzio::LineLimits line_limits;
    EndpointLimits limits;
    std::shared_ptr<Admission> admission = make_admission(limits);
    /// One thread for large bodies: 16 MiB take a quarter of a second, and a loop has other connections to answer. It
    /// must do no more when the endpoints go. Null: the loops read them.
    Mailbox* lane = nullptr;
    /// Gets the lines that were stored of tenants that somebody watches. Null: nobody does.
    spool::Tail* tail = nullptr;
    /// Remembers the last deliveries of tenants for their pages. Null: nobody does.
    spool::RecentDeliveries* recent = nullptr;
};

/// Makes the handler for one loop.
std::unique_ptr<net::HttpHandler> make_endpoint(const EndpointParts& parts);

}  // namespace hookline::receive
