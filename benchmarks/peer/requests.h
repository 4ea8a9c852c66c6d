#pragma once
// Deliveries, made ahead: while it measures, the generator only copies one and writes its token, its eventId and the
// uuids of its events into it. Belongs to one thread.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "peer/stamp.h"

namespace hookline::bench {

struct RequestOptions {
    std::string authority;  ///< for the Host header
    std::string secret;     ///< empty: no authorization header
    std::string region = "us";
    std::uint32_t events = 1;  ///< of one delivery
    std::uint64_t tenants = 1;
    std::uint64_t seed = 1;
};

class Requests {
 public:
    static Result<Requests> make(const RequestOptions& options);

    /// The next delivery, of the next tenant.
    void write(std::string& to, std::chrono::steady_clock::time_point now);
    [[nodiscard]] double body_bytes_mean() const { return body_bytes_mean_; }

 private:
    struct Template {
        std::string text;
        std::size_t token = 0;  ///< where its digits begin
        std::size_t event_id = 0;
        std::vector<std::size_t> uuids;  ///< where each begins
    };
    explicit Requests(const RequestOptions& options) : options_(options), dice_(options.seed) {}
    Template find_places(const std::string& body, const std::string& uuids) const;

    RequestOptions options_;
    Dice dice_;
    std::vector<Template> templates_;
    std::uint64_t written_ = 0;
    double body_bytes_mean_ = 0;
};

}  // namespace hookline::bench
