#include "status/page.h"

#include <algorithm>

#include "base/text.h"

namespace hookline::status {
namespace {

constexpr std::string_view policy_header = "Content-Security-Policy";
constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'";
constexpr std::string_view answer_policy = "default-src 'none'; frame-ancestors 'none'";

}  // namespace

const PageFile* find_page_file(std::string_view path) {
    const auto& files = page_files();
    const auto found =
        std::find_if(files.begin(), files.end(), [&](const PageFile& file) { return file.path == path; });
    return found == files.end() ? nullptr : &*found;
}

net::HttpResponse page_answer(const PageFile& file, const net::RequestHead& head) {
    net::HttpResponse response;
    // Asked for anew each time, so that an upgraded relay never meets scripts of the one before.
    response.headers = {{"Cache-Control", "no-cache"},
                        {"ETag", std::string(file.tag)},
                        {"Cross-Origin-Opener-Policy", "same-origin"},
                        {std::string(policy_header), std::string(page_policy)}};
    if (head.headers.find("if-none-match") == file.tag) {
        response.status = 304;
        return response;
    }
    response.content_type = file.content_type;
    response.body = file.bytes;
    return response;
}

void add_guards(net::HttpResponse& response) {
    const bool has_policy =
        std::any_of(response.headers.begin(), response.headers.end(),
                    [](const net::Header& header) { return equal_ignoring_case(header.name, policy_header); });
    if (!has_policy) response.headers.push_back({std::string(policy_header), std::string(answer_policy)});
    response.headers.push_back({"X-Content-Type-Options", "nosniff"});
    response.headers.push_back({"X-Frame-Options", "DENY"});
    response.headers.push_back({"Referrer-Policy", "no-referrer"});
    response.headers.push_back({"Cross-Origin-Resource-Policy", "same-origin"});
}

}  // namespace hookline::status
