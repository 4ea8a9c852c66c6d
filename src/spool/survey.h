#pragma once
// A look at everything a spool holds, also at a damaged one: each row is read, compared with its checksum, understood,
// and set against the rows it belongs with. `verify` reports what it finds; `salvage` also keeps every row that is
// whole. One thread; the directory must not be in use.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "spool/keyring.h"
#include "spool/store.h"

namespace hookline::spool {

struct SurveyedTable {
    Table table{};
    std::uint64_t rows = 0;        ///< whole ones
    std::uint64_t bytes = 0;       ///< of them
    std::uint64_t damaged = 0;     ///< rows that were read and make no sense
    std::uint64_t unreadable = 0;  ///< stretches of unknown length that could not be read
};

struct SurveyedTenant {
    TenantId id;
    std::string label;  ///< empty: the row that says who it is was lost, and with it where its lines should go
    std::uint64_t waiting_deliveries = 0;
    std::uint64_t waiting_lines = 0;
    std::uint64_t letters = 0;
    std::uint64_t lost_deliveries =
        0;                          ///< holes in its queue; what stood at a queue's end and left no trace is not here
    std::uint64_t lost_events = 0;  ///< of them, as far as their ids are still known
    std::uint64_t lost_letters = 0;
    std::optional<WallTime> lost_from;  ///< received after this
    std::optional<WallTime> lost_to;    ///< and before that
};

struct Survey {
    std::vector<SurveyedTable> tables;
    std::vector<SurveyedTenant> tenants;  ///< in order of number
    std::uint64_t log_files = 0;
    std::uint64_t log_bytes = 0;
    bool log_damaged = false;  ///< in its middle; what stood at queues' ends there cannot be counted
    std::uint64_t table_files = 0;
    std::uint64_t table_file_bytes = 0;
    std::uint64_t unreachable_tables = 0;  ///< of which nothing behind some damage could be read
    bool opened = true;                    ///< false: there are sealed values, and no key to look into them
    std::uint64_t nameless_letters = 0;    ///< lost ones whose tenant is not known

    std::uint64_t problem_count = 0;
    std::vector<std::string> problems;  ///< the first of them, each a sentence

    [[nodiscard]] bool fine() const { return problem_count == 0; }
    void problem(std::string sentence);
    [[nodiscard]] std::uint64_t lost_deliveries() const;
};

struct SurveyWork {
    /// Takes every row that is worth keeping, in the order of the tables: records as they should stand in a queue
    /// without holes. Empty: nothing is kept.
    std::function<Result<void>(Table, std::string_view key, std::string_view value)> keep;
    /// Rows read so far, and about how many there are.
    std::function<void(std::uint64_t done, std::uint64_t total)> progress;
    /// Opens what is sealed; without it that is not looked into.
    const Keyring* keys = nullptr;
};

/// Reads a store that was opened read-only. Errors are those of `keep`.
Result<Survey> survey(const Store& store, const SurveyWork& work);

}  // namespace hookline::spool
