#include "rehearse/answer_reader.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace hookline::rehearse {
namespace {

constexpr std::string_view line_end = "\r\n";

bool parse(std::string_view text, std::uint64_t& value, int base) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

void AnswerReader::begin() {
    part_ = Part::head;
    buffer_.clear();
    body_.clear();
    left_ = 0;
    status_ = 0;
    began_ = false;
    keep_alive_ = true;
}

AnswerReader::State AnswerReader::add(std::string_view bytes) {
    began_ = began_ || !bytes.empty();
    if (part_ == Part::until_close) {
        keep(bytes);
        return State::more;
    }
    buffer_ += bytes;
    if (part_ == Part::head) {
        if (const State state = read_head(); state != State::done) return state;
    }
    if (part_ == Part::until_close) {
        keep(buffer_);
        return State::more;
    }
    if (part_ != Part::body) return read_chunked();
    const auto some = static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer_.size()));
    keep(std::string_view(buffer_).substr(0, some));
    left_ -= some;
    buffer_.erase(0, some);
    return left_ == 0 ? State::done : State::more;
}

AnswerReader::State AnswerReader::end() { return part_ == Part::until_close ? State::done : State::broken; }

/// Done when the head is whole; interim answers (100 and the like) are passed over.
AnswerReader::State AnswerReader::read_head() {
    for (;;) {
        const std::size_t end = buffer_.find("\r\n\r\n");
        if (end == std::string::npos) return buffer_.size() > head_bytes_max ? State::broken : State::more;
        if (!take_head(std::string_view(buffer_).substr(0, end + 2))) return State::broken;
        buffer_.erase(0, end + 4);
        if (status_ >= 200) return State::done;
    }
}

bool AnswerReader::take_head(std::string_view head) {
    std::uint64_t status = 0;
    if (head.size() < 14 || (head.rfind("HTTP/1.1 ", 0) != 0 && head.rfind("HTTP/1.0 ", 0) != 0)) return false;
    if (!parse(head.substr(9, 3), status, 10) || status < 100 || status > 999) return false;
    status_ = static_cast<int>(status);
    keep_alive_ = head[7] == '1';
    part_ = Part::until_close;
    head.remove_prefix(head.find(line_end) + 2);
    while (!head.empty()) {
        const std::size_t end = head.find(line_end);
        const std::string_view line = head.substr(0, end);
        head.remove_prefix(end + 2);
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) return false;
        const std::string_view name = line.substr(0, colon);
        const std::string_view value = trim(line.substr(colon + 1));
        if (equal_ignoring_case(name, "content-length")) {
            if (!parse(value, left_, 10)) return false;
            if (part_ != Part::chunk_size) part_ = Part::body;
        } else if (equal_ignoring_case(name, "transfer-encoding")) {
            if (!equal_ignoring_case(value, "chunked")) return false;
            part_ = Part::chunk_size;
        } else if (equal_ignoring_case(name, "connection")) {
            keep_alive_ = !equal_ignoring_case(value, "close");
        }
    }
    if (status_ == 204 || status_ == 304) {
        part_ = Part::body;
        left_ = 0;
    }
    if (part_ == Part::until_close) keep_alive_ = false;
    return true;
}

AnswerReader::State AnswerReader::read_chunked() {
    for (;;) {
        if (part_ == Part::chunk) {
            const auto some = static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer_.size()));
            keep(std::string_view(buffer_).substr(0, some));
            left_ -= some;
            buffer_.erase(0, some);
            if (left_ > 0) return State::more;
            part_ = Part::chunk_end;
        }
        const std::size_t end = buffer_.find(line_end);
        if (end == std::string::npos) return buffer_.size() > head_bytes_max ? State::broken : State::more;
        const std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 2);
        if (part_ == Part::trailer) {
            if (line.empty()) return State::done;
        } else if (part_ == Part::chunk_end) {
            if (!line.empty()) return State::broken;
            part_ = Part::chunk_size;
        } else {
            if (!parse(trim(std::string_view(line).substr(0, line.find(';'))), left_, 16)) return State::broken;
            part_ = left_ == 0 ? Part::trailer : Part::chunk;
        }
    }
}

void AnswerReader::keep(std::string_view piece) {
    body_ += piece.substr(0, body_bytes_kept - std::min(body_.size(), body_bytes_kept));
    if (part_ == Part::until_close) buffer_.clear();
}

}  // namespace hookline::rehearse
