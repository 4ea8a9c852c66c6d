#include "net/response_text.h"

#include "base/json_text.h"

namespace hookline::net {
namespace {

/// RFC 9110 section 15; the phrase means nothing to a machine.
std::string_view phrase(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 421:
            return "Misdirected Request";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        default:
            return "Answer";
    }
}

/// A header that would end its line early would forge another: such characters become blanks.
void append_header_part(std::string& out, std::string_view text) {
    for (const char c : text) out += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
}

}  // namespace

std::string response_text(const HttpResponse& response, bool close, bool head_only) {
    std::string out;
    out.reserve(256 + (head_only ? 0 : response.body.size()));
    out += "HTTP/1.1 ";
    out += std::to_string(response.status);
    out += ' ';
    out += phrase(response.status);
    out += "\r\nServer: hookline\r\n";
    if (close) out += "Connection: close\r\n";
    for (const Header& header : response.headers) {
        append_header_part(out, header.name);
        out += ": ";
        append_header_part(out, header.value);
        out += "\r\n";
    }
    if (!response.body.empty()) {
        out += "Content-Type: ";
        append_header_part(out, response.content_type);
        out += "\r\n";
    }
    const bool bodiless = response.status == 204 || response.status == 304;
    if (!bodiless) {
        out += "Content-Length: ";
        out += std::to_string(response.body.size());
        out += "\r\n";
    }
    out += "\r\n";
    if (!head_only && !bodiless) out += response.body;
    return out;
}

HttpResponse refusal_response(int status, std::string_view reason) {
    HttpResponse response;
    response.status = status;
    response.body = R"({"error":)" + json_string(reason) + "}\n";
    response.close = true;
    return response;
}

}  // namespace hookline::net
