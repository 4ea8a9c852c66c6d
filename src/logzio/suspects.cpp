#include "logzio/suspects.h"

#include <simdjson.h>

#include "logzio/line.h"

namespace hookline::logzio {
namespace {

/// One for each thread: a parser keeps its working memory.
simdjson::dom::parser& parser() {
    thread_local simdjson::dom::parser parser;
    return parser;
}

}  // namespace

bool is_suspect(std::string_view line) {
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.size() > LineLimits{}.line_bytes_max) return true;
    return !parser().parse(simdjson::padded_string(line)).is_object();
}

std::string uuid_of(std::string_view line) {
    std::string_view uuid;
    if (parser().parse(simdjson::padded_string(line))["uuid"].get(uuid) != simdjson::SUCCESS) return {};
    return std::string(uuid);
}

}  // namespace hookline::logzio
