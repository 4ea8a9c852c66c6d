#pragma once
// What the emulated listener remembers: counts, names of documents for duplicates, the last texts, the last requests,
// and the file of lines. All of it bounded. Any thread.

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/hash.h"
#include "net/http.h"
#include "rehearse/document.h"
#include "rehearse/index_model.h"
#include "rehearse/lines_file.h"
#include "rehearse/logzio_emulator.h"
#include "rehearse/seen_table.h"

namespace hookline::rehearse {

/// A line on its way into the record.
struct RecordedLine {
    std::string_view text;
    std::string type;  ///< effective
    Hash128 name;
    std::array<bool, tags_count> tags{};
    bool invalid = false;
    bool type_differs = false;
    bool oversized = false;
    std::vector<MappingConflict> conflicts;
};

/// The lines of one body.
struct RecordedBody {
    std::string region;
    std::string account;  ///< fingerprint
    std::uint64_t connection = 0;
    std::uint64_t request = 0;
    std::size_t bytes = 0;
    std::vector<RecordedLine> lines;
};

/// One of the last lines, with where it came from.
struct KeptLine {
    std::string text;
    std::string region;
    std::string account;
    std::uint64_t connection = 0;
    std::uint64_t request = 0;
    WallTime arrived;
    std::vector<std::string> tags;
};

/// One of the last requests; its token is a fingerprint.
struct KeptRequest {
    std::string region;
    std::string account;
    std::string query_type;
    std::uint64_t connection = 0;
    std::uint64_t request = 0;
    WallTime arrived;
    std::vector<net::Header> headers;
    std::uint64_t bytes_on_wire = 0, bytes_inflated = 0, lines = 0;
    int answer = 0;      ///< 0: none was given
    std::string faults;  ///< kinds that acted, with blanks between
};

class Record {
 public:
    static constexpr std::size_t texts_bytes_max = 256 * 1024 * 1024;
    static constexpr std::size_t requests_max = 2'000;

    Record(const LogzioEmulatorOptions& options, std::unique_ptr<LinesFile> file);

    void add(const RecordedBody& body);
    void add(KeptRequest request);
    void count_bad_lines(std::uint64_t malformed, std::uint64_t oversized, std::uint64_t empty);
    void count_connection();

    [[nodiscard]] LogzioEmulatorReport report() const;
    [[nodiscard]] std::uint32_t times(const Hash128& name) const;
    /// The last lines for which `wanted` holds, newest first.
    using Wanted = std::function<bool(const KeptLine&)>;
    [[nodiscard]] std::vector<KeptLine> lines(std::size_t lines_max, const Wanted& wanted) const;
    [[nodiscard]] std::vector<KeptRequest> requests(std::size_t newest) const;
    void flush();
    void forget();

 private:
    void keep_text(const RecordedBody& body, const RecordedLine& line, WallTime now);
    void append_to_file(const RecordedBody& body, WallTime now);

    const LogzioEmulatorOptions& options_;
    std::unique_ptr<LinesFile> file_;

    mutable std::mutex mutex_;
    LogzioEmulatorReport report_;
    std::array<std::uint64_t, tags_count> tags_{};
    std::uint64_t oversized_documents_ = 0;
    SeenTable seen_;
    std::deque<KeptLine> texts_;
    std::size_t texts_bytes_ = 0;
    std::deque<KeptRequest> requests_;
};

}  // namespace hookline::rehearse
