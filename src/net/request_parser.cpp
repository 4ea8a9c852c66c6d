#include "net/request_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>

namespace hookline::net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::size_t usual_header_fields = 16;
/// "0 CR LF CR LF", what every chunked body still has before it at any place. Beast's parser asserts that it is there
/// once it has seen a last chunk, and "0 CR LF" may come alone.
constexpr std::size_t last_chunk_bytes_min = 5;

struct BodyBuffer {
    std::string bytes;
    std::size_t announced = 0;
    bool discard = false;
};

/// A Beast body that appends to a string with padding behind it.
struct PaddedBody {
    using value_type = BodyBuffer;

    class reader {
     public:
        template <bool is_request, class Fields>
        reader(http::header<is_request, Fields>&, value_type& into) : into_(into) {}

        void init(const boost::optional<std::uint64_t>& length, beast::error_code& problem) {
            problem = {};
            into_.announced = static_cast<std::size_t>(length.value_or(0));
        }
        template <class Buffers>
        std::size_t put(const Buffers& buffers, beast::error_code& problem) {
            problem = {};
            std::size_t taken = 0;
            for (const auto buffer : beast::buffers_range_ref(buffers)) {
                // Mostly the whole body is there. An announced length alone takes no memory.
                if (into_.bytes.empty() && !into_.discard) {
                    into_.bytes.reserve(std::min(into_.announced, 2 * buffer.size()) + body_padding_bytes);
                }
                if (!into_.discard) into_.bytes.append(static_cast<const char*>(buffer.data()), buffer.size());
                taken += buffer.size();
            }
            return taken;
        }
        void finish(beast::error_code& problem) { problem = {}; }

     private:
        value_type& into_;
    };
};

/// The part of an absolute target (`http://host/path`, RFC 9112 section 3.2.2) behind its authority.
std::string_view without_authority(std::string_view target) {
    const auto scheme = target.find("://");
    if (target.starts_with('/') || scheme == std::string_view::npos) return target;
    const auto slash = target.find_first_of("/?", scheme + 3);
    return slash == std::string_view::npos ? "/" : target.substr(slash);
}

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct RequestParser::State {
    http::request_parser<PaddedBody> parser;
    std::size_t framing_bytes = 0;
    std::size_t framing_bytes_max = 0;
};

RequestParser::RequestParser(std::size_t body_bytes_max) : state_(std::make_unique<State>()) {
    state_->parser.body_limit(body_bytes_max);
    state_->framing_bytes_max = body_bytes_max + chunk_framing_bytes_max;
}

RequestParser::~RequestParser() = default;

std::optional<HeadRefusal> RequestParser::parse_head(std::string_view block, RequestHead& head) {
    auto& parser = state_->parser;
    // The guard's reader has counted already; Beast's own limit must only not be the smaller one.
    parser.header_limit(static_cast<std::uint32_t>(block.size() + 1));
    beast::error_code problem;
    const std::size_t consumed = parser.put(boost::asio::buffer(block.data(), block.size()), problem);
    const bool too_large = problem == http::error::body_limit;
    if (!too_large && (problem || consumed != block.size() || !parser.is_header_done())) {
        return HeadRefusal{400, "the head of the request is not well-formed"};
    }
    parser.header_limit(chunk_framing_bytes_max);
    parser.eager(true);

    const auto& message = parser.get();
    head.method = view(message.method_string());
    head.target = view(message.target());
    const std::string_view origin = without_authority(head.target);
    const auto question = origin.find('?');
    head.path = origin.substr(0, question);
    head.query = question == std::string_view::npos ? "" : origin.substr(question + 1);
    if (!head.path.starts_with('/')) {
        if (head.path.empty()) {
            head.path = "/";
        } else if (head.path != "*" || head.method != "OPTIONS") {
            return HeadRefusal{400, "the request's target is no path"};
        }
    }
    head.headers.reserve(usual_header_fields);
    for (const auto& field : message) {
        head.headers.add(std::string(view(field.name_string())), std::string(view(field.value())));
    }
    if (too_large) return HeadRefusal{413, "the body is larger than this server takes"};
    return {};
}

RequestParser::Progress RequestParser::parse_body(std::string_view bytes) {
    auto& parser = state_->parser;
    Progress progress;
    const std::size_t before = parser.get().body().bytes.size();
    while (!parser.is_done() && progress.consumed < bytes.size()) {
        beast::error_code problem;
        const std::string_view rest = bytes.substr(progress.consumed);
        if (parser.chunked() && rest.size() < last_chunk_bytes_min) break;
        const std::size_t consumed = parser.put(boost::asio::buffer(rest.data(), rest.size()), problem);
        progress.consumed += consumed;
        if (problem == http::error::need_more) break;
        if (problem == http::error::body_limit) {
            progress.refusal = HeadRefusal{413, "the body is larger than this server takes"};
            return progress;
        }
        if (problem || (consumed == 0 && !parser.is_done())) {
            progress.refusal = HeadRefusal{400, "the chunks of the body are not well-formed"};
            return progress;
        }
    }
    if (!parser.chunked()) return progress;

    if (!parser.get().body().discard) {
        state_->framing_bytes += progress.consumed - (parser.get().body().bytes.size() - before);
    }
    const std::size_t unparsed = bytes.size() - progress.consumed;
    if (state_->framing_bytes > state_->framing_bytes_max ||
        (!parser.is_done() && unparsed > chunk_framing_bytes_max)) {
        progress.refusal = HeadRefusal{400, "the chunks of the body hold too much beside the body"};
    }
    return progress;
}

bool RequestParser::done() const { return state_->parser.is_done(); }

bool RequestParser::keep_alive() const {
    return state_->parser.get().version() >= 11 && state_->parser.get().keep_alive();
}

std::optional<std::size_t> RequestParser::length() const {
    const auto length = state_->parser.content_length();
    if (!length) return {};
    return static_cast<std::size_t>(*length);
}

std::size_t RequestParser::body_bytes() const { return state_->parser.get().body().bytes.size(); }

void RequestParser::discard_body() {
    auto& body = state_->parser.get().body();
    body.discard = true;
    body.bytes = std::string();
}

std::string RequestParser::take_body() {
    std::string body = std::move(state_->parser.get().body().bytes);
    body.reserve(body.size() + body_padding_bytes);
    return body;
}

}  // namespace hookline::net
