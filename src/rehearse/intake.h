#pragma once
// What the emulated listener takes in: bodies become lines, lines become documents, documents are counted, compared
// with the day's index and recorded. Any thread.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "rehearse/index_model.h"
#include "rehearse/logzio_emulator.h"
#include "rehearse/record.h"

namespace hookline::rehearse {

/// An account: a token in a region. Its token is kept as a hash only.
struct Account {
    std::uint64_t number = 0;
    std::string region;
    std::string fingerprint;  ///< 8 hex digits of the token's SHA-256

    std::mutex mutex;  ///< guards what follows
    IndexModel index;
    std::int64_t day = 0;
    std::uint64_t bytes_today = 0;
};

class Accounts {
 public:
    Account& find(const std::string& region, std::string_view token);

 private:
    std::mutex mutex_;
    std::unordered_map<Hash128, std::unique_ptr<Account>> all_;
};

struct LineCounts {
    std::uint64_t successful = 0, malformed = 0, oversized = 0, empty = 0;
    bool dropped = false;  ///< the quota was spent: good lines went nowhere
    [[nodiscard]] bool all_good() const { return malformed + oversized + empty == 0; }
    [[nodiscard]] bool only_blank() const { return successful + malformed + oversized == 0; }
};

/// Where a body came from and how it is to be taken.
struct IntakeRequest {
    Account* account = nullptr;
    std::string url_type;
    std::uint64_t connection = 0;
    std::uint64_t request = 0;
    std::uint64_t lines_max = UINT64_MAX;  ///< later ones are not even looked at
    std::string poison;                    ///< lines that hold this text count as malformed
    std::uint64_t quota_bytes = UINT64_MAX;
};

class Intake {
 public:
    static constexpr std::size_t line_bytes_max = 500'000;

    Intake(const LogzioEmulatorOptions& options, Record& record) : options_(options), record_(record) {}

    /// Splits, judges and records; bad lines do not stop good ones.
    LineCounts take(std::string_view body, const IntakeRequest& request);

 private:
    void judge(const Document& document, const IntakeRequest& request, RecordedLine& line);
    [[nodiscard]] bool quota_spent(std::size_t bytes, const IntakeRequest& request) const;

    const LogzioEmulatorOptions& options_;
    Record& record_;
};

}  // namespace hookline::rehearse
