#include "net/http.h"

#include "base/text.h"

namespace hookline::net {

std::optional<std::string_view> Headers::find(std::string_view name) const {
    for (const Header& header : all_) {
        if (equal_ignoring_case(header.name, name)) return trim(header.value);
    }
    return {};
}

std::size_t Headers::count(std::string_view name) const {
    std::size_t found = 0;
    for (const Header& header : all_) found += equal_ignoring_case(header.name, name) ? 1U : 0U;
    return found;
}

}  // namespace hookline::net
