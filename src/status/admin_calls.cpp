// Which call a method and target ask for.

#include "base/log.h"
#include "status/admin_answers.h"
#include "status/backup_desk.h"
#include "status/live_tail.h"
#include "status/test_event.h"

namespace hookline::status {
namespace {

net::HttpResponse wrong_method(std::string_view allowed) {
    net::HttpResponse response = refuse(405, "expected " + std::string(allowed));
    response.headers.push_back({"Allow", std::string(allowed)});
    return response;
}

net::HttpResponse send_test_event(const AdminParts& parts, TestEvents* tests, const std::string& name,
                                  const Caller& caller) {
    const auto tenant = find_tenant(parts.spool, name);
    if (!tenant) return refuse(404, "there is no tenant " + name);
    if (tests == nullptr) return refuse(409, "no relay runs here, so nothing would send a test event");
    return tests->send(parts, *tenant, caller);
}

net::HttpResponse list_events(const AdminParts& parts, LiveTail* tail, const Target& target, const Caller& caller) {
    const auto tenant = find_tenant(parts.spool, target.pieces[1]);
    if (!tenant) return refuse(404, "there is no tenant " + target.pieces[1]);
    if (tail == nullptr) return refuse(409, "no relay runs here, so nothing comes");
    return tail->look(parts, *tenant, target, caller);
}

net::HttpResponse about_tenants(const AdminParts& parts, const Live& live, std::string_view method,
                                const Target& target, std::string_view body, const Caller& caller) {
    const auto& pieces = target.pieces;
    if (pieces.size() == 1) return method == "GET" ? list_tenants(parts, target) : wrong_method("GET");
    if (pieces.size() == 2) return method == "DELETE" ? forget_tenant(parts, pieces[1]) : wrong_method("DELETE");
    if (pieces.size() == 3 && pieces[2] == "resend") {
        return method == "POST" ? resend_events(parts, pieces[1], body) : wrong_method("POST");
    }
    if (pieces.size() == 3 && pieces[2] == "rekey") {
        return method == "POST" ? rekey_tenant(parts, pieces[1], body) : wrong_method("POST");
    }
    if (pieces.size() == 3 && pieces[2] == "recent") {
        return method == "GET" ? list_recent(parts, pieces[1], target) : wrong_method("GET");
    }
    if (pieces.size() == 3 && pieces[2] == "events") {
        return method == "GET" ? list_events(parts, live.tail, target, caller) : wrong_method("GET");
    }
    if (pieces.size() == 3 && pieces[2] == "test") {
        return method == "POST" ? send_test_event(parts, live.tests, pieces[1], caller) : wrong_method("POST");
    }
    return refuse(404, "there is no such call");
}

net::HttpResponse about_letters(const AdminParts& parts, std::string_view method, const Target& target,
                                std::string_view body, const Caller& caller) {
    const auto& pieces = target.pieces;
    if (pieces.size() == 1) return method == "GET" ? list_letters(parts, target, caller) : wrong_method("GET");
    const bool replay = pieces.size() == 2 && pieces[1] == "replay";
    const bool discard = pieces.size() == 2 && pieces[1] == "discard";
    if (!replay && !discard) return refuse(404, "there is no such call");
    if (method != "POST") return wrong_method("POST");
    return treat_letters(parts, replay ? LetterDeed::replay : LetterDeed::discard, body);
}

net::HttpResponse about_backup(const AdminParts& parts, std::string_view method, const Target& target,
                               std::string_view body) {
    if (method != "GET" && method != "POST") return wrong_method("GET, POST");
    if (auto known = only(target, {}); !known) return refuse(400, known.error().message);
    if (parts.backups == nullptr) return refuse(409, "no backup can be made here");
    return method == "POST" ? parts.backups->begin(body) : parts.backups->state();
}

net::HttpResponse route(const AdminParts& parts, const Live& live, std::string_view method,
                        std::string_view target_text, std::string_view body, const Caller& caller) {
    const auto target = parse_target(target_text);
    if (!target || target->pieces.empty()) return refuse(404, "there is no such call; docs/admin-api.md lists them");
    const std::string& room = target->pieces.front();
    const bool whole = target->pieces.size() == 1;
    if (room == "tenants") return about_tenants(parts, live, method, *target, body, caller);
    if (room == "letters") return about_letters(parts, method, *target, body, caller);
    if (whole && room == "status")
        return method == "GET" ? whole_status(parts, live.watch, *target) : wrong_method("GET");
    if (whole && room == "history") return method == "GET" ? list_history(live.watch, *target) : wrong_method("GET");
    if (whole && room == "gaps") return method == "GET" ? list_gaps(parts, *target) : wrong_method("GET");
    if (whole && room == "trace") return method == "GET" ? trace_event(parts, *target) : wrong_method("GET");
    if (whole && room == "log") {
        if (method == "GET") return tell_log(parts, *target);
        return method == "PUT" ? set_log(parts, *target, body) : wrong_method("GET, PUT");
    }
    if (whole && room == "backup") return about_backup(parts, method, *target, body);
    return refuse(404, "there is no such call; docs/admin-api.md lists them");
}

/// Nobody changes anything without a line in the log. A test event has a line of its own.
void tell_of_change(std::string_view method, std::string_view target, const net::HttpResponse& response,
                    const Caller& caller) {
    if (caller.peer.empty() || method == "GET" || response.status != 200 || target.ends_with("/test")) return;
    if (response.body.find(R"("dry_run":true)") != std::string::npos) return;
    log_info("changed through the admin API",
             {{"method", method}, {"target", target}, {"peer", caller.peer}, {"by", caller.by}});
}

}  // namespace

net::HttpResponse AdminCalls::call(std::string_view method, std::string_view target, std::string_view body,
                                   const Caller& caller) const {
    net::HttpResponse response = route(parts_, live_, method, target, body, caller);
    tell_of_change(method, target, response, caller);
    return response;
}

}  // namespace hookline::status
