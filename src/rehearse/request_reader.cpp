#include "rehearse/request_reader.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace hookline::rehearse {
namespace {

constexpr std::size_t read_bytes = 64 * 1024;

std::optional<std::uint64_t> parse_number(std::string_view text, int base) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = ascii_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t place = 0; place < text.size(); ++place) {
        const bool whole = text[place] == '%' && place + 2 < text.size();
        const int high = whole ? hex_value(text[place + 1]) : -1;
        const int low = whole ? hex_value(text[place + 2]) : -1;
        if (high < 0 || low < 0) {
            decoded += text[place];
            continue;
        }
        decoded += static_cast<char>(high * 16 + low);
        place += 2;
    }
    return decoded;
}

/// `POST /?token=… HTTP/1.1`
bool parse_request_line(std::string_view line, ReceivedHead& head) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || last <= first + 1) return false;
    const std::string_view version = line.substr(last + 1);
    if (version != "HTTP/1.1" && version != "HTTP/1.0") return false;
    head.keep_alive = version == "HTTP/1.1";
    head.method = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const std::size_t question = target.find('?');
    head.path = target.substr(0, question);
    head.query = question == std::string_view::npos ? "" : target.substr(question + 1);
    return true;
}

bool take_header(std::string_view line, ReceivedHead& head) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    const std::string_view name = line.substr(0, colon);
    if (name.find_first_of(" \t") != std::string_view::npos) return false;
    const std::string_view value = trim(line.substr(colon + 1));
    head.headers.push_back({std::string(name), std::string(value)});
    if (equal_ignoring_case(name, "content-length")) {
        const auto length = parse_number(value, 10);
        if (!length || (head.content_length && head.content_length != length)) return false;
        head.content_length = length;
    } else if (equal_ignoring_case(name, "transfer-encoding")) {
        if (!equal_ignoring_case(value, "chunked")) return false;
        head.chunked = true;
    } else if (equal_ignoring_case(name, "expect")) {
        head.expects_continue = equal_ignoring_case(value, "100-continue");
    } else if (equal_ignoring_case(name, "connection")) {
        if (equal_ignoring_case(value, "close")) head.keep_alive = false;
        if (equal_ignoring_case(value, "keep-alive")) head.keep_alive = true;
    }
    return true;
}

}  // namespace

std::string_view ReceivedHead::header(std::string_view name) const {
    for (const net::Header& header : headers) {
        if (equal_ignoring_case(header.name, name)) return header.value;
    }
    return {};
}

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        const std::size_t equals = std::min(pair.find('='), pair.size());
        if (percent_decoded(pair.substr(0, equals)) != name) continue;
        return percent_decoded(pair.substr(std::min(equals + 1, pair.size())));
    }
    return std::nullopt;
}

bool RequestReader::fill(TimePoint deadline, Outcome& why) {
    if (taken_ == buffer_.size()) {
        buffer_.clear();
        taken_ = 0;
    }
    const std::size_t before = buffer_.size();
    buffer_.resize(before + read_bytes);
    const Socket::Read read = socket_.read(buffer_.data() + before, read_bytes, deadline);
    buffer_.resize(before + read.count);
    if (read.end == Socket::Read::End::bytes) return true;
    why = read.end == Socket::Read::End::late ? Outcome::late : Outcome::closed;
    return false;
}

RequestReader::Outcome RequestReader::read_line(std::string& line, TimePoint deadline) {
    for (;;) {
        const std::size_t end = buffer_.find("\r\n", taken_);
        if (end != std::string::npos) {
            line.assign(buffer_, taken_, end - taken_);
            taken_ = end + 2;
            return Outcome::read;
        }
        if (buffer_.size() - taken_ > head_bytes_max) return Outcome::malformed;
        Outcome why = Outcome::closed;
        if (!fill(deadline, why)) return why;
    }
}

RequestReader::Outcome RequestReader::read_head(ReceivedHead& head, TimePoint deadline) {
    head = {};
    std::string line;
    if (const Outcome outcome = read_line(line, deadline); outcome != Outcome::read) {
        return outcome == Outcome::late && taken_ < buffer_.size() ? Outcome::closed : outcome;
    }
    if (!parse_request_line(line, head)) return Outcome::malformed;
    for (std::size_t bytes = 0; bytes < head_bytes_max; bytes += line.size()) {
        if (read_line(line, deadline) != Outcome::read) return Outcome::closed;
        if (line.empty()) {
            if (head.chunked && head.content_length) return Outcome::malformed;
            left_ = head.content_length.value_or(0);
            frame_ = head.chunked ? Frame::chunk_size : Frame::plain;
            return Outcome::read;
        }
        if (!take_header(line, head)) return Outcome::malformed;
    }
    return Outcome::malformed;
}

RequestReader::Outcome RequestReader::next_chunk(TimePoint deadline) {
    std::string line;
    if (frame_ == Frame::chunk_end) {
        if (const Outcome outcome = read_line(line, deadline); outcome != Outcome::read) return outcome;
        if (!line.empty()) return Outcome::malformed;
        frame_ = Frame::chunk_size;
    }
    if (const Outcome outcome = read_line(line, deadline); outcome != Outcome::read) return outcome;
    const auto size = parse_number(trim(std::string_view(line).substr(0, line.find(';'))), 16);
    if (!size) return Outcome::malformed;
    left_ = *size;
    frame_ = *size > 0 ? Frame::chunk : Frame::trailer;
    while (frame_ == Frame::trailer) {
        if (const Outcome outcome = read_line(line, deadline); outcome != Outcome::read) return outcome;
        if (line.empty()) frame_ = Frame::none;
    }
    return Outcome::read;
}

RequestReader::Outcome RequestReader::read_piece(std::string_view& piece, std::size_t bytes_max, TimePoint deadline) {
    piece = {};
    if (frame_ == Frame::chunk_size || frame_ == Frame::chunk_end) {
        if (const Outcome outcome = next_chunk(deadline); outcome != Outcome::read) return outcome;
    }
    if (frame_ == Frame::none || left_ == 0) return Outcome::read;
    Outcome why = Outcome::closed;
    if (taken_ == buffer_.size() && !fill(deadline, why)) return why;
    const auto size = static_cast<std::size_t>(
        std::min<std::uint64_t>({left_, buffer_.size() - taken_, static_cast<std::uint64_t>(bytes_max)}));
    piece = std::string_view(buffer_).substr(taken_, size);
    taken_ += size;
    left_ -= size;
    if (left_ == 0 && frame_ == Frame::chunk) frame_ = Frame::chunk_end;
    return Outcome::read;
}

}  // namespace hookline::rehearse
