#pragma once
// The status page's files, as they stand in web/, and the headers that guard it. Private to the room; any thread.
//
// The page holds nothing secret, so everybody who reaches the address may have it; what it shows comes from the API.
// It may run its own scripts only, load from and speak to this address only, and stand in no frame.

#include <string_view>
#include <vector>

#include "net/http.h"

namespace hookline::status {

struct PageFile {
    std::string_view path;  ///< as asked for: "/" or "/page/style.css"
    std::string_view content_type;
    std::string_view bytes;
    std::string_view tag;  ///< changes with the bytes (RFC 9110 section 8.8.3)
};

/// Made from web/ by cmake/embed_page.cmake.
const std::vector<PageFile>& page_files();
/// Null when there is none of that path.
const PageFile* find_page_file(std::string_view path);

net::HttpResponse page_answer(const PageFile& file, const net::RequestHead& head);
/// What every answer of the admin address says to a browser.
void add_guards(net::HttpResponse& response);

}  // namespace hookline::status
