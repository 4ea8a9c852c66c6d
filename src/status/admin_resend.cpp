// Delivered events that are kept, sent once more.

#include "base/time_text.h"
#include "status/admin_answers.h"

namespace hookline::status {
namespace {

constexpr const char* form = R"(expected {"from":"…","to":"…","dry_run":true,"after":0,"upto":0})";

Result<spool::Resend> read_wish(std::string_view body) {
    const Json given = Json::parse(body, nullptr, false);
    if (!given.is_object()) return failed(form);
    spool::Resend wish;
    std::optional<WallTime> from;
    std::optional<WallTime> to;
    for (const auto& [key, value] : given.items()) {
        if ((key == "from" || key == "to") && value.is_string()) {
            const auto when = parse_rfc3339(value.get_ref<const std::string&>());
            if (!when) return failed(key + " is an instant such as 2026-11-22T15:46:09Z");
            (key == "from" ? from : to) = *when;
        } else if (key == "dry_run" && value.is_boolean()) {
            wish.dry_run = value.get<bool>();
        } else if (key == "after" && value.is_number_unsigned()) {
            wish.after = Sequence{value.get<std::uint64_t>()};
        } else if (key == "upto" && value.is_number_unsigned()) {
            wish.upto = Sequence{value.get<std::uint64_t>()};
        } else {
            return failed("unknown or ill-formed: " + key + "; " + form);
        }
    }
    if (!from || !to) return failed(form);
    if (*from >= *to) return failed("from must be before to");
    wish.from = *from;
    wish.to = *to;
    return wish;
}

/// Why nothing of that time can be sent again; empty when it can.
std::string refusal(const AdminParts& parts, const spool::TenantStatus& tenant, const spool::Resend& wish) {
    if (!wish.dry_run && !parts.shippers) return "no relay runs that would send them; start it, then send again";
    if (tenant.kept_since == WallTime{}) {
        if (parts.limits.kept_age_max == std::chrono::hours(0))
            return "delivered events are not kept: spool.keep_delivered is off";
        return "nothing that was delivered for " + tenant.label + " is kept";
    }
    if (wish.to <= tenant.kept_since) {
        return "what was delivered for " + tenant.label + " is kept since " + format_rfc3339(tenant.kept_since) +
               ", not that long";
    }
    return {};
}

}  // namespace

net::HttpResponse resend_events(const AdminParts& parts, const std::string& name, std::string_view body) {
    const auto tenant = find_tenant(parts.spool, name);
    if (!tenant) return refuse(404, "there is no tenant " + name);
    auto wish = read_wish(body);
    if (!wish) return refuse(400, wish.error().message);
    if (const std::string why = refusal(parts, *tenant, *wish); !why.empty()) return refuse(409, why);
    wish->tenant = tenant->id;
    const auto told = parts.spool.resend(*wish);
    if (!told) return refuse(500, told.error().message);
    return answer(Json{{"tenant", tenant->label},
                       {"dry_run", wish->dry_run},
                       {"kept_since", instant(tenant->kept_since)},
                       {"deliveries", told->deliveries},
                       {"events", told->events},
                       {"bytes", told->bytes},
                       {"first", instant(told->first)},
                       {"last", instant(told->last)},
                       {"unreadable", told->unreadable},
                       {"after", told->looked_at.number},
                       {"upto", told->upto.number},
                       {"more", told->more},
                       {"waits", told->waits}});
}

}  // namespace hookline::status
