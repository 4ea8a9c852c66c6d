#include "net/curl_transfer.h"

#include <algorithm>
#include <cstring>

#include <openssl/x509.h>

#include "base/check.h"
#include "base/time_text.h"

namespace hookline::net {
namespace {

constexpr std::size_t upload_buffer_bytes_min = 16 * 1024;  // libcurl's own lower bound
constexpr std::size_t upload_buffer_bytes_max = 512 * 1024;
constexpr std::size_t answer_header_bytes_max = 64 * 1024;  // more: the transfer is ended
constexpr long keep_alive_seconds = 15;                     // a listener's network that vanished is noticed

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
    check(curl_easy_setopt(easy, option, value) == CURLE_OK, "libcurl refuses an option");
}

/// A certificate's fault in OpenSSL's words. libcurl compares the host itself and then leaves "unspecified" there.
std::string certificate_fault(CURL* easy) {
    long verify = X509_V_OK;
    curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verify);
    if (verify == X509_V_OK || verify == X509_V_ERR_UNSPECIFIED) return "it does not belong to this host";
    return X509_verify_cert_error_string(verify);
}

std::string os_reason(CURL* easy) {
    long number = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
    return number == 0 ? std::string() : std::string(": ") + std::strerror(static_cast<int>(number));
}

}  // namespace

void deliver(QueuedRequest queued, ClientOutcome outcome) {
    queued.mailbox->post([done = std::move(queued.done), outcome = std::move(outcome)] { done(outcome); });
}

std::string place_of(std::string_view url) {
    const bool secure = url.starts_with("https:");
    if (const auto scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    if (const auto user = url.rfind('@'); user != std::string_view::npos) url.remove_prefix(user + 1);
    const auto colon = url.rfind(':');
    const bool has_port = colon != std::string_view::npos && url.find(']', colon) == std::string_view::npos;
    const std::string_view port = has_port ? url.substr(colon + 1) : secure ? "443" : "80";
    return std::string(url.substr(0, has_port ? colon : url.size())) + " port " + std::string(port);
}

CurlTransfer::CurlTransfer(const ClientOptions& options, CurlTrust& trust)
    : options_(options), trust_(trust), easy_(curl_easy_init()) {
    check(easy_ != nullptr, "libcurl gives no handle");
}

CurlTransfer::~CurlTransfer() {
    curl_slist_free_all(header_list_);
    curl_easy_cleanup(easy_);
}

void CurlTransfer::prepare(QueuedRequest queued) {
    queued_ = std::move(queued);
    body_read_ = 0;
    answer_ = {};
    header_bytes_ = 0;
    head_complete_ = false;
    capped_ = false;

    const ClientRequest& request = queued_.request;
    std::string url = request.url;
    if (!request.secret_query.empty()) url.append("?").append(request.secret_query.reveal());
    set(easy_, CURLOPT_URL, url.c_str());
    std::fill(url.begin(), url.end(), '\0');

    set_connection_options();
    set_method();
    set_headers();
    set_callbacks();
    trust_.apply(easy_);
}

void CurlTransfer::set_connection_options() const {
    set(easy_, CURLOPT_NOSIGNAL, 1L);
    // A name server that hangs would otherwise make the removal of a handle wait for its resolver thread.
    set(easy_, CURLOPT_QUICK_EXIT, 1L);
    set(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
    set(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(easy_, CURLOPT_FOLLOWLOCATION, 0L);
    set(easy_, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    // Set also when empty: then neither http_proxy nor no_proxy of the environment counts.
    set(easy_, CURLOPT_PROXY, options_.proxy.c_str());
    set(easy_, CURLOPT_NOPROXY, "");
    set(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (!options_.proxy.empty() && !options_.proxy_credentials.empty()) {
        set(easy_, CURLOPT_PROXYUSERPWD, std::string(options_.proxy_credentials.reveal()).c_str());
    }
    set(easy_, CURLOPT_CONNECTTIMEOUT_MS,
        static_cast<long>(std::min(queued_.request.connect_time_max, queued_.request.time_max).count()));
    set(easy_, CURLOPT_MAXAGE_CONN, static_cast<long>(options_.idle_connection_max.count()));
    set(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
    set(easy_, CURLOPT_TCP_KEEPIDLE, keep_alive_seconds);
    set(easy_, CURLOPT_TCP_KEEPINTVL, keep_alive_seconds);
    set(easy_, CURLOPT_USERAGENT, options_.user_agent.c_str());
}

void CurlTransfer::set_method() const {
    const ClientRequest& request = queued_.request;
    const std::size_t bytes = request.body ? request.body->size() : 0;
    if (request.method == "GET" && !request.body) {
        set(easy_, CURLOPT_HTTPGET, 1L);
    } else {
        set(easy_, CURLOPT_POST, 1L);
        set(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(bytes));
        set(easy_, CURLOPT_UPLOAD_BUFFERSIZE,
            static_cast<long>(std::clamp(bytes, upload_buffer_bytes_min, upload_buffer_bytes_max)));
        if (request.method != "POST") set(easy_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
}

void CurlTransfer::set_headers() {
    const auto append = [this](const std::string& line) {
        header_list_ = curl_slist_append(header_list_, line.c_str());
    };
    append("Expect:");  // no waiting for "100 Continue"
    for (const Header& header : queued_.request.headers) append(header.name + ": " + header.value);
    set(easy_, CURLOPT_HTTPHEADER, header_list_);
}

void CurlTransfer::set_callbacks() {
    // The body comes from a callback that cannot rewind: libcurl must not send it again by itself when a kept
    // connection dies, since the listener may have taken it.
    set(easy_, CURLOPT_READFUNCTION, &CurlTransfer::on_read);
    set(easy_, CURLOPT_READDATA, this);
    set(easy_, CURLOPT_PREREQFUNCTION, &CurlTransfer::on_connected);
    set(easy_, CURLOPT_PREREQDATA, this);
    set(easy_, CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
    set(easy_, CURLOPT_HEADERDATA, this);
    set(easy_, CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
    set(easy_, CURLOPT_WRITEDATA, this);
    set(easy_, CURLOPT_PRIVATE, this);
}

std::size_t CurlTransfer::on_read(char* out, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    if (!transfer.queued_.request.body) return 0;
    const std::string& body = *transfer.queued_.request.body;
    const std::size_t bytes = std::min(size * count, body.size() - transfer.body_read_);
    std::memcpy(out, body.data() + transfer.body_read_, bytes);
    transfer.body_read_ += bytes;
    return bytes;
}

// Called on each connection just before the request goes out: a second call is libcurl's retry.
int CurlTransfer::on_connected(void* self, char*, char*, int, int) {
    return static_cast<CurlTransfer*>(self)->body_read_ == 0 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

std::size_t CurlTransfer::on_header(const char* bytes, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    const std::size_t length = size * count;
    transfer.header_bytes_ += length;
    if (transfer.header_bytes_ > answer_header_bytes_max) return 0;

    std::string_view line(bytes, length);
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    if (line.starts_with("HTTP/")) {  // also the answer behind a 1xx
        transfer.answer_.headers = {};
        transfer.head_complete_ = false;
    } else if (line.empty()) {
        transfer.head_complete_ = true;
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
        transfer.answer_.headers.add(std::string(line.substr(0, colon)), std::string(line.substr(colon + 1)));
    }
    return length;
}

std::size_t CurlTransfer::on_body(const char* bytes, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    const std::size_t length = size * count;
    std::string& body = transfer.answer_.body;
    const std::size_t room = transfer.options_.answer_bytes_max - body.size();
    body.append(bytes, std::min(length, room));
    transfer.capped_ = length > room;
    return transfer.capped_ ? 0 : length;  // 0 ends the transfer
}

// libcurl's own times begin late (a request may wait for a connection first), so the body tells it.
bool CurlTransfer::nothing_sent() const {
    if (body_read_ > 0) return false;
    if (queued_.request.body && !queued_.request.body->empty()) return true;
    long request_bytes = 0;
    curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &request_bytes);
    return request_bytes == 0;
}

std::string CurlTransfer::reason_of(CURLcode code) const {
    const std::string place = place_of(queued_.request.url);
    long proxy_status = 0;
    curl_easy_getinfo(easy_, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST:
            return "could not resolve the name of " + place;
        case CURLE_COULDNT_RESOLVE_PROXY:
            return "could not resolve the name of the proxy";
        case CURLE_COULDNT_CONNECT:
            return "could not connect to " + place + os_reason(easy_);
        case CURLE_OPERATION_TIMEDOUT:
            return "could not connect to " + place + " within " + format_duration(queued_.request.connect_time_max);
        case CURLE_PEER_FAILED_VERIFICATION:
            return "the certificate of " + place + " is refused: " + certificate_fault(easy_);
        case CURLE_SEND_FAIL_REWIND:
        case CURLE_ABORTED_BY_CALLBACK:
            return "the connection to " + place + " was closed before an answer came";
        default:
            break;
    }
    if (proxy_status >= 300) {
        return "the proxy refused to connect to " + place + " with status " + std::to_string(proxy_status);
    }
    return "the transfer to " + place + " failed: " + curl_easy_strerror(code) + os_reason(easy_);
}

void CurlTransfer::finish(CURLcode code, TimePoint now) {
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    // A refusal (413, 401) is often followed by a reset while we still send, and cut off behind its head. Its status
    // says enough; of a success we want every byte.
    const bool answered = code == CURLE_OK || capped_ || (head_complete_ && status >= 300);
    ClientOutcome outcome;
    if (answered && status >= 200) {
        answer_.status = static_cast<int>(status);
        outcome.answer = std::move(answer_);
    } else {
        outcome.failure.reason = reason_of(code);
        outcome.failure.nothing_sent = nothing_sent();
        outcome.failure.certificate_refused = code == CURLE_PEER_FAILED_VERIFICATION;
    }
    end(std::move(outcome), now);
}

void CurlTransfer::give_up(std::string_view why, TimePoint now) {
    ClientOutcome outcome;
    outcome.failure.reason = std::string(why) + " from " + place_of(queued_.request.url);
    outcome.failure.nothing_sent = nothing_sent();
    end(std::move(outcome), now);
}

void CurlTransfer::end(ClientOutcome outcome, TimePoint now) {
    outcome.took = std::chrono::duration_cast<std::chrono::microseconds>(now - queued_.began);
    curl_easy_reset(easy_);  // also forgets the URL
    curl_slist_free_all(header_list_);
    header_list_ = nullptr;
    deliver(std::exchange(queued_, {}), std::move(outcome));
}

}  // namespace hookline::net
