#pragma once
// What the admin API answers, one function a call. Private to the room; any thread, may block.

#include "status/admin_api.h"
#include "status/admin_request.h"

namespace hookline::status {

/// A tenant named by its number or its label.
std::optional<spool::TenantStatus> find_tenant(const spool::Spool& spool, std::string_view name);

/// `watch`: null where no relay runs.
net::HttpResponse whole_status(const AdminParts& parts, const Watch* watch, const Target& target);
net::HttpResponse list_tenants(const AdminParts& parts, const Target& target);
net::HttpResponse list_history(const Watch* watch, const Target& target);
net::HttpResponse rekey_tenant(const AdminParts& parts, const std::string& name, std::string_view body);
net::HttpResponse forget_tenant(const AdminParts& parts, const std::string& name);
net::HttpResponse resend_events(const AdminParts& parts, const std::string& name, std::string_view body);

net::HttpResponse list_recent(const AdminParts& parts, const std::string& name, const Target& target);

net::HttpResponse list_letters(const AdminParts& parts, const Target& target, const Caller& caller);
enum class LetterDeed { replay, discard };
net::HttpResponse treat_letters(const AdminParts& parts, LetterDeed deed, std::string_view body);

net::HttpResponse list_gaps(const AdminParts& parts, const Target& target);
net::HttpResponse trace_event(const AdminParts& parts, const Target& target);

net::HttpResponse tell_log(const AdminParts& parts, const Target& target);
net::HttpResponse set_log(const AdminParts& parts, const Target& target, std::string_view body);

}  // namespace hookline::status
