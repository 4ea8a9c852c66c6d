#pragma once
// One request and its answer on a libcurl handle. Used on the network thread only; used again for the next request.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <curl/curl.h>

#include "net/curl_trust.h"
#include "net/http_client.h"

namespace hookline::net {

/// A request on its way to the network thread.
struct QueuedRequest {
    ClientRequest request;
    Mailbox* mailbox = nullptr;
    std::function<void(ClientOutcome)> done;
    TimePoint began;
};

/// Posts an outcome to whoever asked.
void deliver(QueuedRequest queued, ClientOutcome outcome);
/// "listener.logz.io port 8071": what may be told of a URL.
std::string place_of(std::string_view url);

class CurlTransfer {
 public:
    CurlTransfer(const ClientOptions& options, CurlTrust& trust);
    ~CurlTransfer();
    CurlTransfer(const CurlTransfer&) = delete;
    CurlTransfer& operator=(const CurlTransfer&) = delete;

    void prepare(QueuedRequest queued);
    [[nodiscard]] CURL* handle() const { return easy_; }
    [[nodiscard]] TimePoint deadline() const { return queued_.began + queued_.request.time_max; }

    /// Posts what came of it and makes the handle ready for the next request.
    void finish(CURLcode code, TimePoint now);
    /// As above when the network thread itself ended the transfer.
    void give_up(std::string_view why, TimePoint now);

 private:
    static std::size_t on_read(char* out, std::size_t size, std::size_t count, void* self);
    static std::size_t on_header(const char* bytes, std::size_t size, std::size_t count, void* self);
    static std::size_t on_body(const char* bytes, std::size_t size, std::size_t count, void* self);
    static int on_connected(void* self, char*, char*, int, int);

    void set_connection_options() const;
    void set_method() const;
    void set_headers();
    void set_callbacks();
    [[nodiscard]] bool nothing_sent() const;
    [[nodiscard]] std::string reason_of(CURLcode code) const;
    void end(ClientOutcome outcome, TimePoint now);

    const ClientOptions& options_;
    CurlTrust& trust_;
    CURL* easy_;
    curl_slist* header_list_ = nullptr;

    QueuedRequest queued_;
    std::size_t body_read_ = 0;  ///< bytes of the body handed to libcurl
    ClientAnswer answer_;
    std::size_t header_bytes_ = 0;
    bool head_complete_ = false;
    bool capped_ = false;  ///< the answer's body was longer than we read
};

}  // namespace hookline::net
