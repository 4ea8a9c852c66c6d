#include "rehearse/listener_session.h"

#include <algorithm>
#include <array>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/text.h"

namespace hookline::rehearse {
namespace {

using namespace std::chrono;

constexpr auto head_time_max = seconds(30);
constexpr auto idle_time_max = seconds(75);
constexpr auto body_time_max = seconds(120);
constexpr auto answer_time_max = seconds(30);
constexpr auto goodbye_time_max = seconds(1);
constexpr std::size_t piece_bytes = 256 * 1024;
constexpr std::size_t uncounted_bytes_max = 256 * 1024 * 1024;
constexpr std::size_t kept_buffer_bytes = 4 * 1024 * 1024;

TimePoint in(Duration length) { return steady_clock::now() + length; }

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7)
std::string http_date(seconds from_now) {
    return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                       fmt::gmtime(system_clock::to_time_t(system_clock::now() + from_now)));
}

std::string_view reason_of(int status) {
    static constexpr std::array<std::pair<int, std::string_view>, 20> reasons{{
        {200, "OK"},
        {202, "Accepted"},
        {204, "No Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {411, "Length Required"},
        {413, "Payload Too Large"},
        {415, "Unsupported Media Type"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {201, "Created"},
    }};
    const auto* found =
        std::find_if(reasons.begin(), reasons.end(), [&](const auto& reason) { return reason.first == status; });
    return found == reasons.end() ? "Whatever" : found->second;
}

/// "date+30" and "date-30" become an HTTP date, anything else is sent as it is.
std::string retry_after(const std::string& setting) {
    if (setting.rfind("date", 0) != 0) return setting;
    return http_date(seconds(std::atoll(setting.c_str() + 4)));
}

/// Answers that a proxy or load balancer before the listener might give, without asking it.
bool stands_in_front(const ActiveFault& fault) {
    return fault.kind == FaultKind::html || (fault.kind == FaultKind::status && fault.fault.status / 100 != 2);
}

}  // namespace

bool ListenerRegion::accepts(std::string_view token) const {
    if (!options.tokens.empty()) {
        const std::string full = name + ":" + std::string(token);
        return std::find(options.tokens.begin(), options.tokens.end(), full) != options.tokens.end();
    }
    const auto is_letter_or_digit = [](char c) {
        return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
    };
    return token.size() == 32 && std::all_of(token.begin(), token.end(), is_letter_or_digit);
}

void ListenerSession::run() {
    region_.record.count_connection();
    subject_ = {region_.name, std::nullopt, ++region_.connections, false};
    if (region_.faults.take(Moment::accepting, subject_)) return socket_.end_by_reset();
    // A share of connections cannot be refused by a port: they meet a reset instead.
    if (region_.faults.take(Moment::connecting, subject_)) return socket_.end_by_reset();
    if (tls_ != nullptr && !socket_.accept_tls(tls_, in(head_time_max))) return;
    while (serve_one()) {
        if (body_.capacity() > kept_buffer_bytes) body_ = {};
    }
}

ListenerSession::FaultPointer ListenerSession::fault_at(Moment moment) {
    auto fault = region_.faults.take(moment, subject_);
    if (fault) kept_.faults += (kept_.faults.empty() ? "" : " ") + fault->fault.kind;
    return fault;
}

/// Waits until the fault is released, or for its `milliseconds`. False when the peer left or the rehearsal ends.
bool ListenerSession::stall(const ActiveFault& fault) {
    const TimePoint end = fault.has("milliseconds") ? in(milliseconds(fault.number("milliseconds", 0))) : never;
    while (!fault.released && steady_clock::now() < end) {
        if (!socket_.pass_time(std::min(end, in(milliseconds(20))))) return false;
    }
    return true;
}

/// As long as `bytes` take at the fault's rate.
bool ListenerSession::pace(const ActiveFault& fault, std::uint64_t bytes) {
    const auto rate = std::max<std::int64_t>(1, fault.number("bytes_per_second", 1'024));
    const TimePoint end = in(microseconds(static_cast<std::int64_t>(bytes) * 1'000'000 / rate));
    while (!fault.released && steady_clock::now() < end) {
        if (!socket_.pass_time(std::min(end, in(milliseconds(20))))) return false;
    }
    return true;
}

/// False when the connection ends before another request begins.
bool ListenerSession::await_request() {
    subject_ = {region_.name, std::nullopt, region_.requests + 1, false};
    Duration idle = idle_time_max;
    if (requests_here_ > 0) {
        if (const auto fault = fault_at(Moment::idling)) idle = milliseconds(fault->number("milliseconds", 1'000));
    }
    if (!reader_.await_bytes(in(idle))) return false;
    const auto fault = fault_at(Moment::before_read);
    return !fault || stall(*fault);
}

bool ListenerSession::serve_one() {
    kept_ = {};
    body_.clear();
    if (!await_request()) return false;
    ReceivedHead head;
    switch (reader_.read_head(head, in(head_time_max))) {
        case RequestReader::Outcome::read:
            break;
        case RequestReader::Outcome::malformed:
            return deliver(plain(400, "this is no HTTP request"), false);
        default:
            return false;
    }
    ++requests_here_;
    const std::string token = query_parameter(head.query, "token").value_or("");
    subject_ = {region_.name, token, ++region_.requests, true};
    kept_.region = region_.name;
    kept_.account = region_.accounts.find(region_.name, token).fingerprint;
    kept_.query_type = query_parameter(head.query, "type").value_or("");
    kept_.connection = connection_;
    kept_.request = subject_.request;
    kept_.headers = head.headers;
    if (const auto fault = fault_at(Moment::before_read); fault && !stall(*fault)) return false;
    subject_.token_faults_only = false;

    Answer answer = judge(head);
    if (const auto fault = fault_at(Moment::before_answer); fault && !stall(*fault)) answer.ending = Ending::close;
    if (const auto fault = fault_at(Moment::keeping)) {
        const bool last = requests_here_ >= static_cast<std::uint64_t>(fault->number("requests", 1));
        const bool announced = fault->text("announce", "1") == "1";
        if (last) (announced ? answer.close : answer.hang_up) = true;
    }
    const bool answered = answer.ending == Ending::answer || answer.ending == Ending::stall_in_body;
    kept_.answer = answered ? answer.status : 0;
    kept_.bytes_inflated = body_.size();
    region_.record.add(kept_);
    return deliver(answer, head.keep_alive);
}

/// The order is that of section 6: method, token, size, coding, lines.
ListenerSession::Answer ListenerSession::judge(const ReceivedHead& head) {
    if (head.method != "POST") return refuse(head, 405, "");
    const auto fault = fault_at(Moment::answering);
    const bool in_front = fault && stands_in_front(*fault);
    if (in_front && fault->text("early") == "1") return front_answer(*fault, true);
    if (!in_front) {
        if (subject_.token->empty()) return refuse(head, 401, "Logging token is missing");
        if (!region_.accepts(*subject_.token)) return refuse(head, 401, "Logging token is not valid");
    }
    const Upload upload = read_body(head);
    if (upload == Upload::broken) return {0, "", "", {}, Ending::close, true, nullptr};
    if (in_front) return front_answer(*fault, upload == Upload::too_large);
    if (upload == Upload::too_large) return {413, "", "text/plain", {}, Ending::answer, true, nullptr};
    if (upload == Upload::corrupt) return plain(region_.options.bad_encoding_status, "the body cannot be decoded");
    return fault ? faulty(fault) : take_lines();
}

ListenerSession::Answer ListenerSession::plain(int status, std::string text) {
    return {status, std::move(text), "text/plain", {}, Ending::answer, false, nullptr};
}

/// A refusal known from the head. Whoever waits for `100 Continue` gets it at once; else the body is read first.
ListenerSession::Answer ListenerSession::refuse(const ReceivedHead& head, int status, std::string text) {
    Answer answer = plain(status, std::move(text));
    answer.close = head.expects_continue || read_body(head) != Upload::whole;
    body_.clear();
    return answer;
}

ListenerSession::Upload ListenerSession::read_body(const ReceivedHead& head) {
    const bool gzip = equal_ignoring_case(head.header("content-encoding"), "gzip");
    const bool unknown = !gzip && !head.header("content-encoding").empty() &&
                         !equal_ignoring_case(head.header("content-encoding"), "identity");
    const BodyLimits limits = limits_for(gzip);
    if (head.content_length.value_or(0) > limits.wire) return Upload::too_large;
    if (!head.has_body()) return gzip ? Upload::corrupt : Upload::whole;
    if (head.expects_continue && !socket_.write("HTTP/1.1 100 Continue\r\n\r\n", in(answer_time_max))) {
        return Upload::broken;
    }
    const auto fault = fault_at(Moment::uploading);
    const bool slow = fault && fault->kind == FaultKind::slow_read;
    const std::size_t bytes_at_once =
        slow ? static_cast<std::size_t>(std::max<std::int64_t>(1, fault->number("bytes_per_second", 1'024) / 10))
             : piece_bytes;
    const TimePoint deadline = slow ? never : in(body_time_max);
    const std::uint64_t half = head.content_length.value_or(2) / 2;
    bool stalled = false;
    bool corrupt = unknown;
    inflate_.begin();
    for (std::string_view piece;;) {
        if (reader_.read_piece(piece, bytes_at_once, deadline) != RequestReader::Outcome::read) return Upload::broken;
        if (piece.empty()) break;
        kept_.bytes_on_wire += piece.size();
        if (gzip) {
            corrupt = corrupt || !inflate_.add(piece, body_, limits.inflated + 1);
        } else if (body_.size() <= limits.inflated) {
            body_ += piece;
        }
        if (kept_.bytes_on_wire > limits.wire || body_.size() > limits.inflated) return Upload::too_large;
        if (slow && !pace(*fault, piece.size())) return Upload::broken;
        if (!fault || slow || stalled || kept_.bytes_on_wire < half) continue;
        stalled = true;
        if (!stall(*fault)) return Upload::broken;
    }
    if (gzip && !inflate_.complete()) corrupt = true;
    return corrupt ? Upload::corrupt : Upload::whole;
}

/// What the 10 MB count is not stated anywhere; the default is the strictest reading. Where a side is not counted it
/// is still bounded, so that no body can take all memory.
ListenerSession::BodyLimits ListenerSession::limits_for(bool gzip) const {
    const std::string& reading = region_.options.size_reading;
    BodyLimits limits{body_bytes_max, body_bytes_max};
    if (reading == "wire") limits.inflated = gzip ? uncounted_bytes_max : body_bytes_max;
    if (reading == "inflated") limits.wire = gzip ? uncounted_bytes_max : body_bytes_max;
    return limits;
}

ListenerSession::Answer ListenerSession::take_lines(std::uint64_t lines_max) {
    IntakeRequest request;
    request.account = &region_.accounts.find(region_.name, *subject_.token);
    request.url_type = kept_.query_type;
    request.connection = connection_;
    request.request = subject_.request;
    request.lines_max = lines_max;
    const auto fault = fault_at(Moment::judging);
    if (fault && fault->kind == FaultKind::poison) request.poison = fault->text("text");
    if (fault && fault->kind == FaultKind::quota) {
        request.quota_bytes = static_cast<std::uint64_t>(fault->number("bytes", 0));
    }
    const LineCounts counts = region_.intake.take(body_, request);
    kept_.lines = counts.successful;
    if (counts.dropped && fault->fault.status != 0) return plain(fault->fault.status, "");
    if (counts.only_blank() && region_.options.blank_status == 200) return plain(200, "");
    return counts.all_good() && counts.successful > 0 ? plain(200, "") : counters(counts);
}

ListenerSession::Answer ListenerSession::counters(const LineCounts& counts) const {
    std::string body = fmt::format(R"({{"malformedLines":{},"oversizedLines":{},"successfulLines":{})",
                                   counts.malformed, counts.oversized, counts.successful);
    if (!region_.options.three_counters) body += fmt::format(R"(,"emptyLogLines":{})", counts.empty);
    return {400, body + "}", "application/json", {}, Ending::answer, false, nullptr};
}

/// What a machine in front of the listener would answer, whatever the token.
ListenerSession::Answer ListenerSession::front_answer(const ActiveFault& fault, bool close) {
    if (fault.kind == FaultKind::html) {
        return {200,
                "<!DOCTYPE html><html><body><h1>Welcome</h1></body></html>\n",
                "text/html",
                {},
                Ending::answer,
                close,
                nullptr};
    }
    Answer answer = plain(fault.fault.status, fault.text("body"));
    answer.content_type = fault.text("content_type", "text/plain");
    answer.close = close;
    if (fault.has("retry_after")) answer.headers.push_back({"Retry-After", retry_after(fault.text("retry_after"))});
    if (fault.fault.status / 100 == 3) answer.headers.push_back({"Location", fault.text("location", "/elsewhere")});
    return answer;
}

/// The faults of a listener that has read and understood the request.
ListenerSession::Answer ListenerSession::faulty(const FaultPointer& fault) {
    const auto lines = static_cast<std::uint64_t>(std::count(body_.begin(), body_.end(), '\n'));
    const auto ending_with = [&](Ending ending, std::uint64_t lines_max) {
        Answer answer = fault->text("commit", "1") == "1" ? take_lines(lines_max) : plain(200, "");
        answer.ending = ending;
        answer.fault = fault;
        return answer;
    };
    switch (fault->kind) {
        case FaultKind::status: {  // only a 2xx comes here
            Answer answer = take_lines();
            if (answer.status == 200) answer.status = fault->fault.status;
            return answer;
        }
        case FaultKind::commit_then_status:
            take_lines();
            return plain(fault->fault.status != 0 ? fault->fault.status : 500, "");
        case FaultKind::counters: {
            if (fault->text("commit") == "1") take_lines();
            const auto count = [&](const char* name, std::uint64_t otherwise) {
                return static_cast<std::uint64_t>(fault->number(name, static_cast<std::int64_t>(otherwise)));
            };
            return counters(
                {count("successful", 0), count("malformed", lines), count("oversized", 0), count("empty", 0)});
        }
        case FaultKind::huge_answer: {
            const int status = fault->fault.status != 0 ? fault->fault.status : 500;
            if (status / 100 == 2) take_lines();
            return plain(status, std::string(static_cast<std::size_t>(fault->number("bytes", 5'000'000)), 'x'));
        }
        case FaultKind::stall_in_answer: {
            Answer answer = ending_with(Ending::stall_in_body, UINT64_MAX);
            answer.body.resize(1'000, ' ');
            return answer;
        }
        case FaultKind::truncated_status_line:
            return ending_with(Ending::truncated_status_line, UINT64_MAX);
        case FaultKind::commit_then_close:
            return ending_with(Ending::close, UINT64_MAX);
        case FaultKind::partial_commit_then_reset:
            return ending_with(Ending::reset, static_cast<std::uint64_t>(fault->number("lines", 1)));
        default:
            return ending_with(Ending::reset, UINT64_MAX);
    }
}

std::string ListenerSession::head_of(const Answer& answer, bool closing) {
    const auto fault = fault_at(Moment::dating);
    const seconds skew(fault ? fault->number("seconds", 86'400) : 0);
    std::string head =
        fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", answer.status, reason_of(answer.status), http_date(skew));
    if (answer.status != 204) head += fmt::format("Content-Length: {}\r\n", answer.body.size());
    if (!answer.body.empty()) head += fmt::format("Content-Type: {}\r\n", answer.content_type);
    for (const net::Header& header : answer.headers) head += fmt::format("{}: {}\r\n", header.name, header.value);
    head += closing ? "Connection: close\r\n\r\n" : "Connection: keep-alive\r\n\r\n";
    return head;
}

/// False when the connection has come to its end.
bool ListenerSession::deliver(const Answer& answer, bool keep_alive) {
    const bool closing = answer.close || !keep_alive;
    const std::string body = answer.status == 204 ? "" : answer.body;
    switch (answer.ending) {
        case Ending::reset:
            socket_.end_by_reset();
            return false;
        case Ending::close:
            socket_.end_gently(milliseconds(0));
            return false;
        case Ending::truncated_status_line:
            socket_.write("HTTP/1.1 2", in(answer_time_max));
            socket_.end_gently(milliseconds(0));
            return false;
        case Ending::stall_in_body:
            if (!socket_.write(head_of(answer, closing) + body.substr(0, body.size() / 2), in(answer_time_max)) ||
                !stall(*answer.fault) || !socket_.write(body.substr(body.size() / 2), in(answer_time_max))) {
                return false;
            }
            break;
        case Ending::answer:
            if (!socket_.write(head_of(answer, closing) + body, in(answer_time_max))) return false;
            break;
    }
    if (closing || answer.hang_up) socket_.end_gently(answer.hang_up ? milliseconds(0) : goodbye_time_max);
    return !closing && !answer.hang_up;
}

}  // namespace hookline::rehearse
