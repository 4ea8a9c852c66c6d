#include "app/config_secrets.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "app/config_text.h"
#include "base/text.h"
#include "logzio/listener.h"

namespace hookline::app {
namespace {

constexpr std::size_t secret_file_bytes_max = 4 * 1024 * 1024;  // a token list of some 100,000 tokens

/// Lines without their ends; empty ones are left out.
std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.empty()) lines.push_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

bool fits_header(std::string_view value) {
    return std::none_of(value.begin(), value.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::optional<Sha256> read_digest(std::string_view text) {
    Sha256 digest{};
    if (text.size() != digest.size() * 2) return {};
    const auto value_of = [](char c) {
        if (c >= '0' && c <= '9') return c - '0';
        const char lower = ascii_lower(c);
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    };
    for (std::size_t i = 0; i < digest.size(); ++i) {
        const int high = value_of(text[2 * i]);
        const int low = value_of(text[2 * i + 1]);
        if (high < 0 || low < 0) return {};
        digest.at(i) = static_cast<std::uint8_t>(high * 16 + low);
    }
    return digest;
}

}  // namespace

std::string without_secrets(std::string_view text) {
    const auto is_alphanumeric = [](char c) {
        const char lower = ascii_lower(c);
        return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z');
    };
    std::string shown;
    while (!text.empty()) {
        const auto length =
            static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_alphanumeric) - text.begin());
        const std::string_view word = text.substr(0, length);
        const bool secret = logzio::is_token(word) || read_digest(word);
        // Folders may have such names, and a path must be found.
        const bool in_path = shown.ends_with('/');
        shown += secret && !in_path ? fmt::format("<{} characters not shown>", length) : std::string(word);
        if (length < text.size()) shown += text[length];
        text.remove_prefix(std::min(length + 1, text.size()));
    }
    return shown;
}

namespace {

/// Whether a text that names no readable file was meant as a path at all, so that showing it tells no secret.
bool was_meant_as_path(const std::string& text, const Path& path) {
    if (text.find('/') == std::string::npos) return false;
    std::error_code fault;
    if (std::filesystem::is_directory(path.parent_path(), fault)) return true;
    return text.starts_with("/etc/") || text.starts_with("/run/") || text.starts_with("./") || text.starts_with("../");
}

}  // namespace

Result<std::string> read_secret_text(Draft& draft, const Setting& setting, const std::string& configured) {
    const Path path = resolved(setting, configured);
    auto text = read_file(path, secret_file_bytes_max);
    std::error_code fault;
    if (!text && !std::filesystem::exists(path, fault) && !was_meant_as_path(configured, path)) {
        const std::string folder = setting.folder.empty() ? "the working directory" : setting.folder.string();
        return failed(fmt::format(
            "names no file in {} that can be read; if it is the secret itself, that belongs into a file of its own, "
            "and its path here (what is written here is not repeated)",
            folder));
    }
    if (!text) return text;
    const auto mode = std::filesystem::status(path, fault).permissions();
    if (!fault && (mode & std::filesystem::perms::others_read) != std::filesystem::perms::none) {
        draft.config.warnings.push_back(fmt::format(
            "everyone on this machine can read {}, which holds a secret; chmod 600 would stop that", path.string()));
    }
    return text;
}

Result<std::vector<Secret>> read_authorizations(std::string_view text) {
    std::vector<Secret> secrets;
    for (const std::string_view line : lines_of(text)) {
        if (!fits_header(line)) return failed("holds a control character, which no header can carry");
        if (trim(line).size() != line.size()) {
            return failed("begins or ends with a blank, which HTTP takes off a header's value: it could never match");
        }
        secrets.emplace_back(std::string(line));
    }
    if (secrets.empty()) return failed("is empty; expected a secret, or several, one a line");
    return secrets;
}

Result<Secret> read_one_line(std::string_view text) {
    const auto lines = lines_of(text);
    if (lines.empty()) return failed("is empty; expected a secret on one line");
    if (lines.size() > 1) return failed("has more than one line; expected one secret");
    if (!fits_header(lines.front())) return failed("holds a control character");
    return Secret(std::string(trim(lines.front())));
}

Result<Secret> read_token(std::string_view text) {
    auto secret = read_one_line(text);
    if (!secret) return secret;
    if (!logzio::is_token(secret->reveal())) {
        return failed(
            fmt::format("is no Logz.io shipping token: expected 32 letters and digits, got {} characters (Logz.io: "
                        "Settings > Manage tokens > Data shipping tokens)",
                        secret->reveal().size()));
    }
    return secret;
}

Result<std::vector<Sha256>> read_token_list(std::string_view text) {
    std::vector<Sha256> digests;
    std::size_t number = 0;
    for (const std::string_view raw : lines_of(text)) {
        ++number;
        const std::string_view line = trim(raw);
        if (line.empty() || line.front() == '#') continue;
        if (logzio::is_token(line)) {
            digests.push_back(sha256(line));
        } else if (const auto digest = read_digest(line)) {
            digests.push_back(*digest);
        } else {
            return failed(
                fmt::format("entry {} is neither a token (32 letters and digits) nor the SHA-256 of one (64 "
                            "hexadecimal digits)",
                            number));
        }
    }
    // An empty list means "any token" further on: nobody who made a list wants that.
    if (digests.empty()) return failed("lists no token; expected one a line");
    return digests;
}

Result<void> keep_one(std::optional<Secret>& kept, Result<Secret> secret) {
    if (!secret) return tl::unexpected(secret.error());
    if (kept) return failed("is given twice, as a secret and as a file; keep one of the two");
    kept = std::move(*secret);
    return {};
}

}  // namespace hookline::app
