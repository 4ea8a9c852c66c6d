#include "spool/tenant.h"

namespace hookline::spool {

std::string label_of(const Identity& identity) {
    if (const auto* named = std::get_if<NamedIdentity>(&identity)) return named->name;
    const auto& headers = std::get<HeaderIdentity>(identity);
    return headers.region + "-" + headers.token.fingerprint();
}

}  // namespace hookline::spool
