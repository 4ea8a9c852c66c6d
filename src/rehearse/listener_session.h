#pragma once
// One connection to the emulated listener: requests are read, judged in the order that section 6 of the facts gives,
// and answered, unless a fault has other plans. Runs on its connection's thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rehearse/faults.h"
#include "rehearse/inflate.h"
#include "rehearse/intake.h"
#include "rehearse/record.h"
#include "rehearse/request_reader.h"
#include "rehearse/socket.h"

namespace hookline::rehearse {

/// What all connections of a region share.
struct ListenerRegion {
    std::string name;
    const LogzioEmulatorOptions& options;
    FaultBook& faults;
    Record& record;
    Intake& intake;
    Accounts& accounts;
    std::atomic<std::uint64_t> connections{0};
    std::atomic<std::uint64_t> requests{0};

    [[nodiscard]] bool accepts(std::string_view token) const;
};

class ListenerSession {
 public:
    static constexpr std::size_t body_bytes_max = 10 * 1024 * 1024;

    ListenerSession(Socket& socket, std::uint64_t connection, ListenerRegion& region, ssl_ctx_st* tls)
        : socket_(socket), connection_(connection), region_(region), tls_(tls), reader_(socket) {}

    void run();

 private:
    using FaultPointer = std::shared_ptr<const ActiveFault>;
    /// How a request's turn ends.
    enum class Ending { answer, reset, close, truncated_status_line, stall_in_body };
    struct Answer {
        int status = 200;
        std::string body;
        std::string content_type = "application/json";
        std::vector<net::Header> headers;
        Ending ending = Ending::answer;
        bool close = false;    ///< announced with `Connection: close`
        FaultPointer fault;    ///< that stalls it
        bool hang_up = false;  ///< close without a word
    };
    enum class Upload { whole, too_large, corrupt, broken };
    struct BodyLimits {
        std::size_t wire;
        std::size_t inflated;
    };

    bool serve_one();
    bool await_request();
    Answer judge(const ReceivedHead& head);
    Answer refuse(const ReceivedHead& head, int status, std::string text);
    static Answer plain(int status, std::string text);
    static Answer front_answer(const ActiveFault& fault, bool close);
    Answer faulty(const FaultPointer& fault);
    Answer take_lines(std::uint64_t lines_max = UINT64_MAX);
    [[nodiscard]] Answer counters(const LineCounts& counts) const;
    Upload read_body(const ReceivedHead& head);
    [[nodiscard]] BodyLimits limits_for(bool gzip) const;
    bool deliver(const Answer& answer, bool keep_alive);
    [[nodiscard]] std::string head_of(const Answer& answer, bool closing);

    FaultPointer fault_at(Moment moment);
    bool stall(const ActiveFault& fault);
    bool pace(const ActiveFault& fault, std::uint64_t bytes);

    Socket& socket_;
    std::uint64_t connection_;
    ListenerRegion& region_;
    ssl_ctx_st* tls_;
    RequestReader reader_;
    Inflate inflate_;
    std::string body_;  ///< inflated
    std::uint64_t requests_here_ = 0;
    FaultSubject subject_;
    KeptRequest kept_;
};

}  // namespace hookline::rehearse
