#include "rehearse/control.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "rehearse/report_json.h"
#include "rehearse/search.h"

namespace hookline::rehearse {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr std::size_t body_bytes_max = 1024 * 1024;
constexpr std::size_t listed_max = 10'000;

TimePoint in(Duration length) { return std::chrono::steady_clock::now() + length; }

/// Text from outside may be no UTF-8; a listing shows U+FFFD there.
std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::string sentence(const std::string& text) { return dump({{"error", text}}); }

std::size_t number_parameter(std::string_view query, std::string_view name, std::size_t otherwise) {
    const std::string text = query_parameter(query, name).value_or("");
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end != text.data() ? value : otherwise;
}

json to_json(const ActiveFault& active) {
    const Fault& fault = active.fault;
    json listed{
        {"id", active.id}, {"kind", fault.kind}, {"hits", active.hits.load()}, {"probability", fault.probability}};
    if (fault.status != 0) listed["status"] = fault.status;
    if (!fault.region.empty()) listed["region"] = fault.region;
    if (!fault.token.empty()) listed["token"] = Secret(fault.token).fingerprint();
    if (fault.first_request != 0) listed["first_request"] = fault.first_request;
    if (fault.last_request != UINT64_MAX) listed["last_request"] = fault.last_request;
    for (const auto& [name, value] : fault.settings) listed["settings"][name] = value;
    return listed;
}

json to_json(const KeptLine& line) {
    json listed{{"region", line.region},
                {"account", line.account},
                {"connection", line.connection},
                {"request", line.request},
                {"arrived", format_rfc3339(line.arrived)},
                {"line", line.text}};
    if (!line.tags.empty()) listed["tags"] = line.tags;
    return listed;
}

json to_json(const KeptRequest& request) {
    json headers = json::array();
    for (const net::Header& header : request.headers) headers.push_back({header.name, header.value});
    return {{"region", request.region},
            {"account", request.account},
            {"type", request.query_type},
            {"connection", request.connection},
            {"request", request.request},
            {"arrived", format_rfc3339(request.arrived)},
            {"headers", headers},
            {"bytes_on_wire", request.bytes_on_wire},
            {"bytes_inflated", request.bytes_inflated},
            {"lines", request.lines},
            {"answer", request.answer},
            {"faults", request.faults}};
}

/// Whether a top-level member of the line is that text.
bool has_member(const std::string& line, const char* member, const std::string& text) {
    if (line.find(text) == std::string::npos) return false;
    const json document = parse_shallow(line);
    return document.is_object() && document.contains(member) && document[member] == text;
}

std::string settings_text(const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

/// Everything in the object that is no field of Fault is a setting, so that a fault is written flat.
Fault fault_of(const json& wanted) {
    Fault fault;
    for (const auto& [name, value] : wanted.items()) {
        if (name == "kind" && value.is_string()) {
            fault.kind = value.get<std::string>();
        } else if (name == "status" && value.is_number_integer()) {
            fault.status = value.get<int>();
        } else if (name == "token" && value.is_string()) {
            fault.token = value.get<std::string>();
        } else if (name == "region" && value.is_string()) {
            fault.region = value.get<std::string>();
        } else if (name == "probability" && value.is_number()) {
            fault.probability = value.get<double>();
        } else if (name == "first_request" && value.is_number_unsigned()) {
            fault.first_request = value.get<std::uint64_t>();
        } else if (name == "last_request" && value.is_number_unsigned()) {
            fault.last_request = value.get<std::uint64_t>();
        } else if (name == "settings" && value.is_object()) {
            for (const auto& [setting, text] : value.items()) fault.settings[setting] = settings_text(text);
        } else {
            fault.settings[name] = settings_text(value);
        }
    }
    return fault;
}

}  // namespace

Result<std::unique_ptr<Control>> Control::open(const net::Endpoint& at, EmulatorControls& emulator) {
    std::unique_ptr<Control> control(new Control(emulator));
    auto door = Door::open(at, [raw = control.get()](Socket& socket, std::uint64_t) { raw->serve(socket); });
    if (!door) return tl::unexpected(door.error());
    control->door_ = std::move(*door);
    return control;
}

void Control::serve(Socket& socket) {
    RequestReader reader(socket);
    ReceivedHead head;
    while (reader.read_head(head, in(seconds(75))) == RequestReader::Outcome::read) {
        if (head.expects_continue) socket.write("HTTP/1.1 100 Continue\r\n\r\n", in(seconds(10)));
        std::string body;
        for (std::string_view piece;;) {
            if (reader.read_piece(piece, body_bytes_max, in(seconds(30))) != RequestReader::Outcome::read) return;
            if (piece.empty()) break;
            if (body.size() + piece.size() > body_bytes_max) return;
            body += piece;
        }
        const Reply reply = answer(head, body);
        const std::string text = fmt::format(
            "HTTP/1.1 {} Answer\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: {}\r\n\r\n",
            reply.status, reply.body.size(), head.keep_alive ? "keep-alive" : "close");
        if (!socket.write(text + reply.body, in(seconds(30))) || !head.keep_alive) break;
    }
    socket.end_gently(seconds(0));
}

Control::Reply Control::answer(const ReceivedHead& head, const std::string& body) {
    const auto asked = [&](std::string_view method, std::string_view path) {
        return head.method == method && head.path == path;
    };
    constexpr std::string_view one_fault = "/faults/";
    if (asked("GET", "/report")) {
        emulator_.record().flush();
        return {200, to_json(emulator_.counts())};
    }
    if (asked("GET", "/lines")) return list_lines(head.query);
    if (asked("GET", "/requests")) return list_requests(head.query);
    if (asked("GET", "/v1/search") || asked("POST", "/v1/search")) return search(head, body);
    if (asked("POST", "/faults")) return set_fault(body);
    if (asked("GET", "/faults")) {
        json all = json::array();
        for (const auto& fault : emulator_.faults()) all.push_back(to_json(*fault));
        return {200, dump({{"faults", all}})};
    }
    if (asked("DELETE", "/faults")) {
        emulator_.drop_faults();
        return {200, "{}"};
    }
    if (head.method == "DELETE" && head.path.rfind(one_fault, 0) == 0) {
        const std::string number = head.path.substr(one_fault.size());
        std::uint64_t id = 0;
        std::from_chars(number.data(), number.data() + number.size(), id);
        emulator_.drop_fault(id);
        return {200, "{}"};
    }
    if (asked("POST", "/reset")) {
        emulator_.drop_faults();
        emulator_.record().forget();
        return {200, "{}"};
    }
    return {
        404,
        sentence(
            "here are GET /report, /lines, /requests, /faults, POST /faults, /reset, /v1/search and DELETE /faults")};
}

Control::Reply Control::set_fault(const std::string& body) {
    const json wanted = parse_shallow(body);
    if (!wanted.is_object()) return {400, sentence("a fault is a JSON object")};
    const auto id = emulator_.try_fault(fault_of(wanted));
    if (!id) return {400, sentence(id.error().message)};
    return {200, dump({{"id", *id}})};
}

Control::Reply Control::list_lines(const std::string& query) {
    const auto uuid = query_parameter(query, "uuid");
    const auto event_id = query_parameter(query, "eventId");
    const auto account = query_parameter(query, "account");
    const bool invalid = query_parameter(query, "invalid").value_or("0") == "1";
    const std::size_t some = std::min(number_parameter(query, "last", 100), listed_max);
    const auto found = emulator_.record().lines(some, [&](const KeptLine& line) {
        return (!invalid || !line.tags.empty()) && (!account || *account == line.account) &&
               (!uuid || has_member(line.text, "uuid", *uuid)) &&
               (!event_id || has_member(line.text, "eventId", *event_id));
    });
    json listed = json::array();
    for (const KeptLine& line : found) listed.push_back(to_json(line));
    return {200, dump({{"lines", listed}})};
}

Control::Reply Control::list_requests(const std::string& query) {
    json listed = json::array();
    for (const KeptRequest& request : emulator_.record().requests(number_parameter(query, "last", 100))) {
        listed.push_back(to_json(request));
    }
    return {200, dump({{"requests", listed}})};
}

/// The API token is, in this emulator, the shipping token of the account to search, or "any".
Control::Reply Control::search(const ReceivedHead& head, const std::string& body) {
    const std::string_view token = head.header("x-api-token");
    if (token.empty()) return {401, sentence("X-API-TOKEN is missing")};
    const std::string account = token == "any" ? "" : emulator_.fingerprint_of(token);
    const WallTime now = SystemClock().wall();
    const auto offset = static_cast<int>(number_parameter(head.query, "dayOffset", 0));
    const auto query = SearchQuery::parse(body.empty() ? R"({"query":{"match_all":{}}})" : body, now, offset);
    if (!query) return {400, sentence(query.error().message)};

    json hits = json::array();
    std::size_t total = 0;
    const auto found = emulator_.record().lines(SIZE_MAX, [&](const KeptLine& line) {
        return (account.empty() || line.account == account) && now - line.arrived >= emulator_.search_delay();
    });
    for (const KeptLine& line : found) {
        json document = parse_shallow(line.text);
        if (!document.is_object() || !query->matches(document)) continue;
        ++total;
        if (!line.tags.empty()) document["tags"] = line.tags;
        if (total > query->from() && hits.size() < query->size()) hits.push_back({{"_source", std::move(document)}});
    }
    return {200, dump({{"hits", {{"total", total}, {"hits", hits}}}, {"timed_out", false}})};
}

}  // namespace hookline::rehearse
