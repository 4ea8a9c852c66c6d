// Listening sockets that were open before the server was, and stay open behind it.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/net/server_under_test.h"

namespace hookline::test {
namespace {

using testing::HasSubstr;

/// Held by who passes it on.
class HeldSocket {
 public:
    explicit HeldSocket(bool listens = true, int type = SOCK_STREAM) : socket_(::socket(AF_INET, type, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) ADD_FAILURE();
        if (listens && ::listen(socket_, 16) != 0) ADD_FAILURE();
    }
    ~HeldSocket() { ::close(socket_); }
    HeldSocket(const HeldSocket&) = delete;
    HeldSocket& operator=(const HeldSocket&) = delete;

    [[nodiscard]] int passed() const { return ::dup(socket_); }
    [[nodiscard]] int own() const { return socket_; }

 private:
    int socket_;
};

net::HttpServerOptions taking_over(const HeldSocket& held) {
    net::HttpServerOptions options;
    options.listen.push_back({"127.0.0.1", 1});  // not looked at
    options.sockets.push_back(held.passed());
    return options;
}

constexpr const char* question = "POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";

TEST(PassedSocket, IsServedAtItsOwnAddress) {
    const HeldSocket held;
    ServerUnderTest server(taking_over(held));
    EXPECT_EQ(server.endpoint(), net::endpoint_of_listening(held.own()).value());
    RawConnection connection(server.endpoint());
    EXPECT_EQ(connection.ask(question).body, "POST /hook hi");
}

TEST(PassedSocket, WhoConnectsBetweenTwoServersIsAnsweredByTheNext) {
    const HeldSocket held;
    const net::Endpoint endpoint = net::endpoint_of_listening(held.own()).value();
    {
        ServerUnderTest first(taking_over(held));
        RawConnection connection(endpoint);
        EXPECT_EQ(connection.ask(question).status, 200);
        first.server->drain(std::chrono::seconds(5));
    }
    RawConnection between(endpoint);
    ASSERT_TRUE(between.send(question));
    ServerUnderTest second(taking_over(held));
    EXPECT_EQ(between.answer().body, "POST /hook hi");
}

TEST(PassedSocket, AnythingElseIsRefusedWithASentence) {
    const HeldSocket silent(false);
    const HeldSocket datagrams(false, SOCK_DGRAM);
    for (const HeldSocket* held : {&silent, &datagrams}) {
        const auto endpoint = net::endpoint_of_listening(held->own());
        ASSERT_FALSE(endpoint);
        EXPECT_THAT(endpoint.error().message, HasSubstr("no TCP socket that listens"));
    }
    EXPECT_FALSE(net::endpoint_of_listening(-1));
}

}  // namespace
}  // namespace hookline::test
