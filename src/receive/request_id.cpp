#include "receive/request_id.h"

#include <algorithm>
#include <random>

#include "logzio/listener.h"

namespace hookline::receive {
namespace {

constexpr std::string_view okta_header = "x-okta-request-id";
constexpr std::string_view digits = "0123456789abcdefghjkmnpqrstvwxyz";  // 5 bits each, none that looks like another
constexpr std::size_t made_digits = 13;                                  // 64 bits

/// splitmix64: every state once, so that no id repeats while the process lives.
std::uint64_t next(std::uint64_t& state) {
    std::uint64_t mixed = state += 0x9e3779b97f4a7c15U;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebU;
    return mixed ^ mixed >> 31;
}

}  // namespace

bool is_request_id(std::string_view text) {
    const auto fits = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    };
    return text.size() >= 8 && text.size() <= 64 && std::all_of(text.begin(), text.end(), fits) &&
           !logzio::is_token(text);
}

RequestIds::RequestIds() {
    std::random_device chance;
    state_ = static_cast<std::uint64_t>(chance()) << 32 | chance();
}

std::string RequestIds::of(const net::RequestHead& head) {
    const auto given = head.headers.find(okta_header);
    if (given && is_request_id(*given)) return std::string(*given);
    std::uint64_t number = next(state_);
    std::string id(made_digits, '0');
    for (char& digit : id) {
        digit = digits[number % digits.size()];
        number /= digits.size();
    }
    return id;
}

}  // namespace hookline::receive
