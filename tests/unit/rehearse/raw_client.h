#pragma once
// A client of bare sockets for the tests of the emulated listener and of the simulated Okta: it sends exactly what it
// is told and shows exactly what came back.

#include <cerrno>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

namespace hookline::rehearse {

inline constexpr const char* test_token = "AbCdEfGhIjKlMnOpQrStUvWxYz012345";

inline std::string gzip(std::string_view text) {
    z_stream stream{};
    deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    return out;
}

struct RawAnswer {
    int status = 0;  ///< 0: no whole answer came
    std::string head;
    std::string body;
    [[nodiscard]] std::string header(std::string_view name) const {
        const std::size_t at = head.find("\r\n" + std::string(name) + ": ");
        if (at == std::string::npos) return "";
        const std::size_t begin = at + name.size() + 4;
        return head.substr(begin, head.find("\r\n", begin) - begin);
    }
};

class RawClient {
 public:
    enum class End { open, closed, reset };

    explicit RawClient(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(descriptor_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
        refused_ = !connected_ && errno == ECONNREFUSED;
    }
    /// Of `http://127.0.0.1:9000`.
    explicit RawClient(const std::string& url)
        : RawClient(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)))) {}
    ~RawClient() { ::close(descriptor_); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    [[nodiscard]] bool refused() const { return refused_; }

    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0) {
                // A reset is told once, to whoever asks first: to `receive` it would be an end like any other.
                if (errno == ECONNRESET || errno == EPIPE) reset_ = true;
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }

    /// POST of a body with its length.
    RawAnswer post(const std::string& target, std::string_view body, const std::string& headers = "") {
        send_post(target, body, headers);
        return receive();
    }
    void send_post(const std::string& target, std::string_view body, const std::string& headers = "") {
        send("POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
             headers + "\r\n" + std::string(body));
    }
    RawAnswer get(const std::string& target, const std::string& headers = "") {
        send("GET " + target + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
        return receive();
    }

    /// One answer with a length; status 0 when the connection ends before it is whole.
    RawAnswer receive() {
        RawAnswer answer;
        while (buffer_.find("\r\n\r\n") == std::string::npos) {
            if (!fill()) return answer;
        }
        const std::size_t end = buffer_.find("\r\n\r\n");
        answer.head = buffer_.substr(0, end + 2);
        buffer_.erase(0, end + 4);
        const int status = std::stoi(answer.head.substr(9, 3));
        const std::string length = answer.header("Content-Length");
        const std::size_t bytes = length.empty() ? 0 : std::stoul(length);
        while (buffer_.size() < bytes) {
            if (!fill()) return answer;
        }
        answer.body = buffer_.substr(0, bytes);
        buffer_.erase(0, bytes);
        answer.status = status;
        return answer;
    }

    /// Everything until the other side ends the connection.
    std::string receive_all() {
        while (fill()) {
        }
        return std::exchange(buffer_, {});
    }
    [[nodiscard]] End end() const { return end_; }

    /// Whether something arrives, or the end, within the time. Only ever asked where "no" cannot be mistaken.
    [[nodiscard]] bool silent_for(int milliseconds) const {
        pollfd look{descriptor_, POLLIN, 0};
        return ::poll(&look, 1, milliseconds) == 0;
    }

 private:
    bool fill() {
        char bytes[65536];
        const ssize_t count = ::recv(descriptor_, bytes, sizeof bytes, 0);
        if (count > 0) {
            buffer_.append(bytes, static_cast<std::size_t>(count));
            return true;
        }
        end_ = count == 0 && !reset_ ? End::closed : End::reset;
        return false;
    }

    int descriptor_;
    bool connected_ = false;
    bool refused_ = false;
    bool reset_ = false;
    End end_ = End::open;
    std::string buffer_;
};

}  // namespace hookline::rehearse
