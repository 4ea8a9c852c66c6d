#include "peer/bare.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <iostream>
#include <list>
#include <memory>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/open_files.h"
#include "base/descriptor.h"
#include "base/text.h"
#include "net/channel.h"
#include "net/tls.h"

namespace hookline::bench {
namespace {

using net::Channel;

constexpr std::string_view end_of_head = "\r\n\r\n";
constexpr std::string_view length_name = "content-length:";
constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr std::size_t read_bytes = 64 * 1024;
constexpr int backlog = 4096;
constexpr std::size_t file_bytes_max = 64 * 1024 * 1024;  // then it begins again: a journal, not an archive

/// Of a head's body; no number is none.
std::size_t length_of_body(std::string_view head) {
    for (std::size_t at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1)) {
        const std::string_view line = head.substr(at + 1);
        if (!equal_ignoring_case(line.substr(0, length_name.size()), length_name)) continue;
        const std::string_view value = trim(line.substr(length_name.size(), line.find('\r') - length_name.size()));
        std::size_t bytes = 0;
        std::from_chars(value.data(), value.data() + value.size(), bytes);
        return bytes;
    }
    return 0;
}

struct Peer {
    explicit Peer(int number) : socket(number), channel(number) {}
    Descriptor socket;
    Channel channel;
    bool shaken = false;
    std::string input;
    std::size_t head_bytes = 0;     ///< once it is there
    std::size_t request_bytes = 0;  ///< head and body
    std::list<Peer>::iterator place;
};

class Bare {
 public:
    Bare(int listener, int file, ssl_ctx_st& context)
        : listener_(listener), file_(file), context_(context), set_(::epoll_create1(EPOLL_CLOEXEC)) {
        watch(listener_.number(), nullptr);
    }

    Result<void> run() {
        std::array<epoll_event, 256> events{};
        watch(STDIN_FILENO, this);
        while (true) {
            const int known = ::epoll_wait(set_.number(), events.data(), static_cast<int>(events.size()), -1);
            for (int at = 0; at < known; ++at) {
                void* const whose = events.at(static_cast<std::size_t>(at)).data.ptr;
                if (whose == this) return {};
                if (whose == nullptr) {
                    accept_all();
                } else {
                    serve(*static_cast<Peer*>(whose));
                }
            }
            if (auto kept = keep(); !kept) return kept;
            for (Peer* peer : std::exchange(due_, {})) {
                if (peer->channel.write(answer).state != Channel::State::done) end(*peer);
            }
            for (const auto place : std::exchange(ended_, {})) peers_.erase(place);
        }
    }

 private:
    void watch(int descriptor, void* whose) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = whose;
        ::epoll_ctl(set_.number(), EPOLL_CTL_ADD, descriptor, &event);
    }

    void accept_all() {
        while (true) {
            const int socket = ::accept4(listener_.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (socket < 0) return;
            const int on = 1;
            ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            Peer& peer = peers_.emplace_back(socket);
            peer.place = std::prev(peers_.end());
            if (!peer.channel.start_tls(context_)) {
                end(peer);
                continue;
            }
            watch(socket, &peer);
        }
    }

    void serve(Peer& peer) {
        if (!peer.shaken) {
            const Channel::State state = peer.channel.handshake();
            if (state == Channel::State::want_read) return;
            if (state != Channel::State::done) return end(peer);
            peer.shaken = true;
        }
        const auto moved = peer.channel.read(scratch_.data(), scratch_.size());
        if (moved.state == Channel::State::want_read) return;
        if (moved.state != Channel::State::done) return end(peer);
        peer.input.append(scratch_.data(), moved.bytes);
        if (peer.request_bytes == 0) {
            const std::size_t head = peer.input.find(end_of_head);
            if (head == std::string::npos) return;
            const std::string_view text = peer.input;
            peer.head_bytes = head + end_of_head.size();
            peer.request_bytes = peer.head_bytes + length_of_body(text.substr(0, head));
        }
        if (peer.input.size() < peer.request_bytes) {
            // OpenSSL may hold what the socket will not announce any more.
            if (peer.channel.has_buffered()) serve(peer);
            return;
        }
        if (file_.number() >= 0) kept_.append(peer.input, peer.head_bytes, peer.request_bytes - peer.head_bytes);
        peer.input.clear();
        peer.request_bytes = 0;
        due_.push_back(&peer);
    }

    Result<void> keep() {
        if (kept_.empty()) return {};
        if (written_ >= file_bytes_max) {
            if (::ftruncate(file_.number(), 0) != 0) return failed_with_errno("cut", "the file");
            written_ = 0;
        }
        written_ += kept_.size();
        if (auto written = write_all(file_, kept_, "the file"); !written) return written;
        if (::fdatasync(file_.number()) != 0) return failed_with_errno("sync", "the file");
        kept_.clear();
        return {};
    }

    void end(Peer& peer) {
        ::epoll_ctl(set_.number(), EPOLL_CTL_DEL, peer.socket.number(), nullptr);
        std::erase(due_, &peer);
        if (peer.place != peers_.end()) ended_.push_back(std::exchange(peer.place, peers_.end()));
    }

    const Descriptor listener_;
    const Descriptor file_;
    ssl_ctx_st& context_;
    const Descriptor set_;
    std::list<Peer> peers_;
    std::vector<Peer*> due_;
    std::vector<std::list<Peer>::iterator> ended_;  ///< closed after the batch in which they ended
    std::string kept_;
    std::size_t written_ = 0;  ///< into the file since it began
    std::array<char, read_bytes> scratch_{};
};

}  // namespace

Result<void> run_bare(const BareOptions& options) {
    app::raise_open_files();
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes with write(2)
    const SystemClock clock;
    auto tls = net::TlsServer::open(options.certificate, options.key, clock);
    if (!tls) return tl::unexpected(tls.error());
    const auto context = (*tls)->context();

    int file = -1;
    if (!options.file.empty()) {
        file = ::open(options.file.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
        if (file < 0) return failed_with_errno("make", options.file);
        ::unlink(options.file.c_str());  // gone with this process
    }
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener, any, length) != 0 || ::listen(listener, backlog) != 0 ||
        ::getsockname(listener, any, &length) != 0) {
        return failed(std::string("listen: ") + std::strerror(errno));
    }
    std::cout << fmt::format(R"({{"address":"127.0.0.1:{}"}})", ntohs(address.sin_port)) << std::endl;
    return std::make_unique<Bare>(listener, file, *context)->run();
}

}  // namespace hookline::bench
