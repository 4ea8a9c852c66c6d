#pragma once
// `hookline sim logzio`: the listener emulator specified in section 6 of the facts about Logz.io, with its faults. It
// shares no code with the relay's own reading of answers: it is the other side. It listens on loopback and runs on its
// own threads; every method may be called from any thread.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "net/network.h"

namespace hookline::rehearse {

struct LogzioEmulatorOptions {
    /// One listener a region, each on an address of its own; port 0: the kernel chooses.
    std::map<std::string, net::Endpoint> regions;
    bool tls = false;                 ///< with a certificate of its own
    std::vector<std::string> tokens;  ///< accepted ones, as "region:token"; empty: any well-formed token everywhere
    std::optional<net::Endpoint> control;  ///< JSON over HTTP: faults, counts, lines, search; see docs/rehearsal.md
    std::uint64_t documents_max =
        2'000'000;  ///< remembered by hash for duplicates; whole texts only of the last `texts_max`
    std::uint64_t texts_max = 10'000;
    std::optional<Path> lines_file;       ///< every accepted line is appended, for checks
    std::string size_reading = "either";  ///< wire, inflated or either: what the 10 MB count
    bool three_counters = false;          ///< the shape seen live, without emptyLogLines
    int blank_status = 400;               ///< for bodies of blank lines only
    std::uint64_t seed = 1;

    bool light = false;             ///< for load runs: JSON is checked, names are counted, the index model is left out
    bool url_type_wins = false;     ///< over the document's own `type`: both are documented
    bool oversized_arrive = false;  ///< lines over 500,000 bytes appear as invalid documents, as once observed
    int bad_encoding_status = 400;  ///< for a broken gzip body or another coding
    bool lines_file_with_account = false;  ///< each line of lines_file inside an object that tells where it came from
    std::chrono::milliseconds search_delay{0};  ///< until a line can be found by /v1/search
    std::vector<std::string> certificate_names = {"localhost", "127.0.0.1", "::1"};
    int certificate_days = 30;
    bool tls_1_2_only = false;
};

/// A fault for some requests. `kind` is one of the names of docs/rehearsal.md ("status", "stall_before_read",
/// "commit_then_reset", …).
struct Fault {
    std::string kind;
    int status = 0;
    std::string token;   ///< empty: any
    std::string region;  ///< empty: any
    double probability = 1;
    std::uint64_t first_request = 0, last_request = UINT64_MAX;  ///< by number within the region
    std::map<std::string, std::string> settings;                 ///< "retry_after", "milliseconds", "lines", …
};

struct LogzioEmulatorReport {
    std::uint64_t requests = 0, lines = 0, bytes_on_wire = 0, bytes_inflated = 0;
    std::uint64_t distinct_uuids = 0, duplicates = 0, invalid_documents = 0;
    std::map<std::string, std::uint64_t> tags;  ///< why documents would be tagged invalid
    std::map<int, std::uint64_t> answers;       ///< by status
    std::vector<std::string> last_lines;        ///< the newest few

    std::uint64_t malformed_lines = 0, oversized_lines = 0, empty_lines = 0;
    std::uint64_t type_differs = 0;                  ///< documents whose `type` is not the URL's
    std::uint64_t not_remembered = 0;                ///< lines beyond documents_max: not looked at for duplicates
    std::map<std::string, std::uint64_t> conflicts;  ///< "field: number, then string" of the first few hundred fields
    std::map<std::string, std::uint64_t> regions;    ///< accepted lines
    std::map<std::string, std::uint64_t> accounts;   ///< the same by "region:fingerprint", of the first few thousand
    std::map<std::string, std::uint64_t> types;      ///< the same by effective type
    std::map<std::string, std::uint64_t> faults;     ///< how often each kind acted
    std::uint64_t connections = 0, connections_open = 0;
    std::uint64_t bulk_bytes_max = 0, line_bytes_max = 0;  ///< the largest seen, inflated
    std::string problem;                                   ///< one sentence: the lines file cannot be written
};

class LogzioEmulator {
 public:
    static Result<std::unique_ptr<LogzioEmulator>> start(LogzioEmulatorOptions options);
    virtual ~LogzioEmulator() = default;
    [[nodiscard]] virtual std::string url(const std::string& region) const = 0;
    [[nodiscard]] virtual std::optional<net::Endpoint> control() const = 0;
    [[nodiscard]] virtual std::string certificate_pem() const = 0;  ///< empty without TLS
    /// 0 when there is no such kind, or a setting of it makes no sense.
    virtual std::uint64_t add_fault(Fault fault) = 0;
    virtual void remove_fault(std::uint64_t id) = 0;
    virtual void clear_faults() = 0;
    [[nodiscard]] virtual LogzioEmulatorReport report() const = 0;
    /// Every accepted line so far is in the lines file when this returns.
    virtual void flush() = 0;
    /// How often a document with that uuid was accepted for that token.
    [[nodiscard]] virtual std::uint64_t times_seen(const std::string& region, const std::string& token,
                                                   const std::string& uuid) const = 0;
};

}  // namespace hookline::rehearse
