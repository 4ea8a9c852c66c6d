// Which call a method and target ask for.

#include "status/admin_answers.h"
#include "status/backup_desk.h"

namespace hookline::status {
namespace {

net::HttpResponse wrong_method(std::string_view allowed) {
    net::HttpResponse response = refuse(405, "expected " + std::string(allowed));
    response.headers.push_back({"Allow", std::string(allowed)});
    return response;
}

net::HttpResponse about_tenants(const AdminParts& parts, std::string_view method, const Target& target,
                                std::string_view body) {
    const auto& pieces = target.pieces;
    if (pieces.size() == 1) return method == "GET" ? list_tenants(parts, target) : wrong_method("GET");
    if (pieces.size() == 2) return method == "DELETE" ? forget_tenant(parts, pieces[1]) : wrong_method("DELETE");
    if (pieces.size() == 3 && pieces[2] == "rekey") {
        return method == "POST" ? rekey_tenant(parts, pieces[1], body) : wrong_method("POST");
    }
    return refuse(404, "there is no such call");
}

net::HttpResponse about_letters(const AdminParts& parts, std::string_view method, const Target& target,
                                std::string_view body) {
    const auto& pieces = target.pieces;
    if (pieces.size() == 1) return method == "GET" ? list_letters(parts, target) : wrong_method("GET");
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

}  // namespace

net::HttpResponse AdminCalls::call(std::string_view method, std::string_view target_text, std::string_view body) const {
    const auto target = parse_target(target_text);
    if (!target || target->pieces.empty()) return refuse(404, "there is no such call; docs/admin-api.md lists them");
    const std::string& room = target->pieces.front();
    const bool whole = target->pieces.size() == 1;
    if (room == "tenants") return about_tenants(parts_, method, *target, body);
    if (room == "letters") return about_letters(parts_, method, *target, body);
    if (whole && room == "status") return method == "GET" ? whole_status(parts_, *target) : wrong_method("GET");
    if (whole && room == "history") return method == "GET" ? list_history(watch_, *target) : wrong_method("GET");
    if (whole && room == "gaps") return method == "GET" ? list_gaps(parts_, *target) : wrong_method("GET");
    if (whole && room == "trace") return method == "GET" ? trace_event(parts_, *target) : wrong_method("GET");
    if (whole && room == "log") {
        if (method == "GET") return tell_log(parts_, *target);
        return method == "PUT" ? set_log(parts_, *target, body) : wrong_method("GET, PUT");
    }
    if (whole && room == "backup") return about_backup(parts_, method, *target, body);
    return refuse(404, "there is no such call; docs/admin-api.md lists them");
}

}  // namespace hookline::status
