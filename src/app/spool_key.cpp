#include "app/spool_key.h"

#include "base/text.h"

namespace hookline::app {
namespace {

constexpr std::size_t key_file_bytes_max = 4096;

std::optional<std::string> set_variable(const std::map<std::string, std::string>& environment,
                                        const std::string& name) {
    const auto found = environment.find(name);
    if (found == environment.end() || found->second.empty()) return {};
    return found->second;
}

}  // namespace

Result<SealKey> parse_spool_key(std::string_view text) {
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
    const auto key = SealKey::from_hex(trim(text));
    if (!key)
        return failed("is no key: expected one line of 64 hexadecimal digits, such as `openssl rand -hex 32` prints");
    return *key;
}

Result<SealKey> read_spool_key(const Path& file) {
    auto text = read_file(file, key_file_bytes_max);
    if (!text) return tl::unexpected(text.error());
    auto key = parse_spool_key(*text);
    wipe(*text);
    if (!key) return failed(file.string() + " " + key.error().message);
    return key;
}

Result<std::optional<SealKey>> find_spool_key(const std::optional<Path>& file,
                                              const std::map<std::string, std::string>& environment) {
    const auto of_file = [](const Path& path) -> Result<std::optional<SealKey>> {
        auto key = read_spool_key(path);
        if (!key) return tl::unexpected(key.error());
        return *key;
    };
    if (file) return of_file(*file);
    if (const auto text = set_variable(environment, "HOOKLINE_SPOOL_KEY")) {
        auto key = parse_spool_key(*text);
        if (!key) return failed("$HOOKLINE_SPOOL_KEY " + key.error().message);
        return *key;
    }
    if (const auto path = set_variable(environment, "HOOKLINE_SPOOL_KEY_FILE")) return of_file(*path);
    if (const auto credentials = set_variable(environment, "CREDENTIALS_DIRECTORY")) {
        for (const std::string name : {"spool.key", "spool.key_file"}) {
            for (const std::string& prefix : {std::string(), std::string(credential_prefix)}) {
                const Path path = Path(*credentials) / (prefix + name);
                if (stamp_of(path)) return of_file(path);
            }
        }
    }
    return std::optional<SealKey>();
}

}  // namespace hookline::app
