#pragma once
// A client that sends exactly the bytes it is told to: for everything a well-behaved library would not send.
// Blocking; reads give up after 20 s, so that a broken server fails a test and does not hang it.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/network.h"

struct ssl_st;
struct ssl_ctx_st;

namespace hookline::test {

struct RawAnswer {
    int status = 0;  ///< 0: the connection ended before an answer was whole
    std::string head;
    std::string body;
    [[nodiscard]] bool has(std::string_view text) const { return head.find(text) != std::string::npos; }
};

class RawConnection {
 public:
    explicit RawConnection(const net::Endpoint& server);
    ~RawConnection();
    RawConnection(const RawConnection&) = delete;
    RawConnection& operator=(const RawConnection&) = delete;

    /// Handshakes over the connection; the certificate is not looked at. False when it fails.
    bool start_tls(int version_min = 0, int version_max = 0);
    [[nodiscard]] std::string tls_version() const;
    [[nodiscard]] std::string tls_protocol() const;      ///< ALPN's choice; "" where there was none
    [[nodiscard]] std::string certificate_name() const;  ///< of the server
    void offer_protocols(std::string wire) { protocols_ = std::move(wire); }

    /// False when the other side is gone.
    bool send(std::string_view bytes);
    void end_sending();
    /// The next answer, its body by Content-Length; 100 Continue is an answer like others. `to_head`: without a body.
    RawAnswer answer(bool to_head = false);
    /// All until the other side closes.
    std::string rest();
    /// Waits until the other side closes; false when bytes came instead.
    bool is_closed();

    /// Sends and reads one answer.
    RawAnswer ask(std::string_view bytes) {
        send(bytes);
        return answer();
    }

 private:
    bool receive_more();

    int socket_ = -1;
    std::string received_;
    std::string protocols_;
    std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)> context_;
    ssl_st* ssl_ = nullptr;
};

}  // namespace hookline::test
