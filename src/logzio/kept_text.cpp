#include "logzio/kept_text.h"

#include "base/json_bytes.h"
#include "base/json_scanner.h"
#include "base/json_text.h"

namespace hookline::logzio {
namespace {

bool is_utf8(std::string_view text) {
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
        if (static_cast<unsigned char>(*at) < 0x80) {
            ++at;
            continue;
        }
        const std::size_t length = utf8_length({at, static_cast<std::size_t>(end - at)});
        if (length == 0) return false;
        at += length;
    }
    return true;
}

/// Appends `before`, the value and `behind`, or nothing at all when that makes `out` longer than `size_max`.
bool append_value(std::string& out, std::string_view before, std::string_view raw, std::string_view behind,
                  std::size_t size_max, bool& clean) {
    const std::size_t size_before = out.size();
    const std::size_t fixed = size_before + before.size() + behind.size();
    if (fixed > size_max) return false;
    out += before;
    if (!append_compact_json(out, raw, size_max - fixed)) {
        out.resize(size_before);
        return false;
    }
    clean = is_utf8(std::string_view(out).substr(size_before));
    out += behind;
    return true;
}

}  // namespace

bool FoldedText::add(std::string_view path, std::string_view raw) {
    if (path.size() > bytes_max_) return false;
    std::string before = text_.empty() ? "[" : ",";
    before += R"({"path":)";
    append_json_string(before, path);
    before += R"(,"value":)";
    bool clean = true;
    return append_value(text_, before, raw, "}", bytes_max_ - 1, clean) && clean;
}

void FoldedText::append_to(std::string& out) const { append_json_string(out, text_ + "]"); }

bool OriginalText::add(std::string& members, std::string_view key, std::string_view raw) {
    constexpr std::size_t frame = std::string_view(R"({"event":{},"envelope":{}})").size();
    const std::size_t used = frame + event_.size() + envelope_.size();
    if (used + key.size() > bytes_max_) return false;
    // One futile copy a line is enough: after it, only what surely fits is tried.
    if (refused_ && used + raw.size() > bytes_max_) return false;
    std::string before = members.empty() ? "" : ",";
    append_json_string(before, key);
    before += ':';
    bool clean = true;
    const bool added = append_value(members, before, raw, "", bytes_max_ - used + members.size(), clean);
    refused_ = refused_ || !added;
    return added && clean;
}

void OriginalText::append_to(std::string& out) const {
    std::string text = "{";
    if (!event_.empty()) text += R"("event":{)" + event_ + "}";
    if (!envelope_.empty()) text += std::string(event_.empty() ? "" : ",") + R"("envelope":{)" + envelope_ + "}";
    text += '}';
    append_json_string(out, text);
}

}  // namespace hookline::logzio
