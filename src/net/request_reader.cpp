#include "net/request_reader.h"

namespace hookline::net {
namespace {

constexpr std::string_view end_of_head = "\r\n\r\n";
constexpr HeadRefusal too_many_headers{431, "the headers are larger than this server takes"};

}  // namespace

RequestReader::Found RequestReader::read(Input& input) { return in_body_ ? read_body(input) : read_head(input); }

RequestReader::Found RequestReader::read_head(Input& input) {
    const std::string_view view = input.view();
    const auto end = view.find(end_of_head, scanned_ < end_of_head.size() ? 0 : scanned_ - end_of_head.size() + 1);
    if (end == std::string_view::npos) {
        if (const auto refusal = refuse_head_part(view)) return refuse(*refusal);
        if (view.size() >= header_bytes_max_) return refuse(too_many_headers);
        scanned_ = view.size();
        return Found::more;
    }
    const std::string_view block = view.substr(0, end + end_of_head.size());
    if (block.size() > header_bytes_max_) return refuse(too_many_headers);
    if (const auto refusal = refuse_head(block)) return refuse(*refusal);
    const auto refusal = parser_.parse_head(block, head_);
    input.consume(block.size());
    constexpr int body_too_large = 413;
    head_known_ = !refusal || refusal->status == body_too_large;
    if (refusal) return refuse(*refusal);
    in_body_ = true;
    return Found::head;
}

RequestReader::Found RequestReader::read_body(Input& input) {
    if (!parser_.done() && !input.empty()) {
        const RequestParser::Progress progress = parser_.parse_body(input.view());
        input.consume(progress.consumed);
        if (progress.refusal) return refuse(*progress.refusal);
    }
    return parser_.done() ? Found::whole : Found::more;
}

RequestReader::Found RequestReader::refuse(const HeadRefusal& refusal) {
    refusal_ = refusal;
    return Found::refusal;
}

}  // namespace hookline::net
