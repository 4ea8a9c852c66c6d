#include "net/proxy_protocol.h"

#include <cstdint>
#include <vector>

#include <arpa/inet.h>

#include "net/forwarded.h"

namespace hookline::net {
namespace {

using namespace std::string_view_literals;
constexpr std::string_view signature_2 = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::string_view signature_1 = "PROXY ";
constexpr std::size_t head_2_bytes = 16;
constexpr std::size_t addresses_2_bytes_max = 4096;  // with the extensions (TLVs) that some proxies add
constexpr std::size_t line_1_bytes_max = 107;        // the longest that the specification allows, CR LF included

ProxyProgress more(std::size_t wanted) { return {ProxyProgress::State::more, wanted, ""}; }
ProxyProgress whole(std::string address) { return {ProxyProgress::State::whole, 0, std::move(address)}; }
ProxyProgress invalid() { return {ProxyProgress::State::invalid, 0, ""}; }

std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    while (true) {
        const auto blank = line.find(' ');
        words.emplace_back(line.substr(0, blank));
        if (blank == std::string_view::npos) return words;
        line.remove_prefix(blank + 1);
    }
}

/// One byte at a time behind the shortest line there is, so that nothing of what follows is taken.
ProxyProgress read_version_1(std::string_view bytes) {
    constexpr std::size_t shortest = sizeof("PROXY UNKNOWN\r\n") - 1;
    if (!bytes.ends_with("\r\n")) {
        if (bytes.size() >= line_1_bytes_max) return invalid();
        return more(bytes.size() < shortest ? shortest - bytes.size() : 1);
    }
    const auto words = words_of(bytes.substr(0, bytes.size() - 2));
    if (words.size() >= 2 && words[1] == "UNKNOWN") return whole("");
    if (words.size() != 6 || (words[1] != "TCP4" && words[1] != "TCP6")) return invalid();
    std::uint8_t address[16];
    if (::inet_pton(words[1] == "TCP4" ? AF_INET : AF_INET6, words[2].c_str(), address) != 1) return invalid();
    return whole(plain_address(words[2]));
}

ProxyProgress read_version_2(std::string_view bytes) {
    if (bytes.size() < head_2_bytes) return more(head_2_bytes - bytes.size());
    const auto at = [&](std::size_t index) { return static_cast<std::uint8_t>(bytes[index]); };
    const unsigned version = at(12) >> 4;
    const unsigned command = at(12) & 15U;
    const std::size_t length = static_cast<std::size_t>(at(14)) << 8 | at(15);
    if (version != 2 || command > 1 || length > addresses_2_bytes_max) return invalid();
    if (bytes.size() < head_2_bytes + length) return more(head_2_bytes + length - bytes.size());

    constexpr unsigned local = 0;
    constexpr unsigned family_ipv4 = 1;
    constexpr unsigned family_ipv6 = 2;
    const unsigned family = at(13) >> 4;
    if (command == local || (family != family_ipv4 && family != family_ipv6)) return whole("");
    const std::size_t needed = family == family_ipv4 ? 12 : 36;  // both addresses and both ports
    if (length < needed) return invalid();
    char text[INET6_ADDRSTRLEN];
    ::inet_ntop(family == family_ipv4 ? AF_INET : AF_INET6, bytes.data() + head_2_bytes, text, sizeof text);
    return whole(plain_address(text));
}

}  // namespace

ProxyProgress read_proxy_header_of(std::string_view bytes) {
    const auto begins = [&](std::string_view signature) {
        return bytes.substr(0, signature.size()) == signature.substr(0, bytes.size());
    };
    if (bytes.size() < signature_1.size()) {
        // Both forms are longer than this, so this much may be read before it is known which one it is.
        return begins(signature_1) || begins(signature_2) ? more(signature_1.size() - bytes.size()) : invalid();
    }
    if (begins(signature_1)) return read_version_1(bytes);
    if (begins(signature_2)) return read_version_2(bytes);
    return invalid();
}

}  // namespace hookline::net
