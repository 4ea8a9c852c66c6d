#pragma once
// One connection of the simulated Okta to the hook: connects, speaks TLS, sends a request, reads the answer, and can be
// used again. Nothing blocks: `go_on` does what can be done and says what it waits for. Belongs to the sender's thread.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sys/socket.h>

#include "base/result.h"
#include "rehearse/answer_reader.h"
#include "rehearse/client_tls.h"
#include "rehearse/hook_url.h"

namespace hookline::rehearse {

/// Where the hook lives: its URL and what its name resolved to.
struct HookAddress {
    struct Socket {
        sockaddr_storage storage{};
        socklen_t length = 0;
    };
    HookUrl url;
    std::vector<Socket> sockets;

    static Result<HookAddress> resolve(const HookUrl& url);
};

class PostConnection {
 public:
    PostConnection(const HookAddress& address, const ClientTls* tls) : address_(address), tls_context_(tls) {}
    ~PostConnection() { close(); }
    PostConnection(const PostConnection&) = delete;
    PostConnection& operator=(const PostConnection&) = delete;

    enum class Progress {
        wants_read,
        wants_write,
        connected,  ///< TCP stands; next is `begin_tls`, or `send`
        secured,    ///< TLS stands; next is `send`
        answered,
        failed,  ///< closed; `problem` says why
    };
    /// Starts to connect, to the address in turn.
    Progress connect(std::size_t turn);
    Progress begin_tls();
    /// `request` must stay until the answer is there.
    Progress send(std::string_view request);
    /// What epoll reported may let it go on.
    Progress go_on();
    void close();

    [[nodiscard]] int descriptor() const { return descriptor_; }
    [[nodiscard]] bool open() const { return descriptor_ >= 0; }
    /// Of the answer, once `answered`.
    [[nodiscard]] const AnswerReader& answer() const { return answer_; }
    [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
    enum class Step { idle, connecting, handshake, sending, receiving };
    Progress connect_on();
    Progress handshake_on();
    Progress send_on();
    Progress receive_on();
    Progress fail(std::string why);

    struct FreeTls {
        void operator()(ssl_st* tls) const;
    };
    const HookAddress& address_;
    const ClientTls* tls_context_;
    int descriptor_ = -1;
    std::unique_ptr<ssl_st, FreeTls> tls_;
    Step step_ = Step::idle;
    std::string_view unsent_;
    AnswerReader answer_;
    std::string problem_;
};

}  // namespace hookline::rehearse
