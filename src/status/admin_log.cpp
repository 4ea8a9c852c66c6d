// The log's level, asked for and changed while the relay runs.

#include "base/log_level.h"
#include "status/admin_answers.h"

namespace hookline::status {
namespace {

constexpr const char* no_relay = "no relay runs here, whose log could be asked about";

bool relay_runs(const AdminParts& parts) { return static_cast<bool>(parts.shippers); }

}  // namespace

net::HttpResponse tell_log(const AdminParts& parts, const Target& target) {
    if (auto known = only(target, {}); !known) return refuse(400, known.error().message);
    if (!relay_runs(parts)) return refuse(409, no_relay);
    return answer(Json{{"level", log_level_name(log_level())}});
}

net::HttpResponse set_log(const AdminParts& parts, const Target& target, std::string_view body) {
    if (auto known = only(target, {}); !known) return refuse(400, known.error().message);
    if (!relay_runs(parts)) return refuse(409, no_relay);
    const Json wish = Json::parse(body, nullptr, false);
    const bool is_named = wish.is_object() && wish.size() == 1 && wish.contains("level") && wish["level"].is_string();
    const auto level = is_named ? log_level_of(wish["level"].get_ref<const std::string&>()) : std::nullopt;
    if (!level) return refuse(400, R"(expected {"level":"debug"}, or info, warn, error)");
    const LogLevel before = log_level();
    change_log_level(*level, "admin API");
    return answer(Json{{"before", log_level_name(before)}, {"level", log_level_name(*level)}});
}

}  // namespace hookline::status
