// A name server that hangs: it must delay nothing but the transfers to that name.
//
// This program's own getaddrinfo stands in front of the C library's, for libcurl too; a name under `.hangs.test` is
// looked up until the test lets go.

#include <condition_variable>
#include <mutex>

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include "http_client_peer.h"
#include "net/http_client.h"

namespace {

class HangingNames {
 public:
    void look_up() {
        std::unique_lock lock(mutex_);
        ++looking_;
        news_.notify_all();
        news_.wait(lock, [this] { return released_; });
        --looking_;
        news_.notify_all();
    }
    void wait_for(int lookers) {
        std::unique_lock lock(mutex_);
        news_.wait(lock, [&] { return looking_ >= lookers; });
    }
    void release() {
        std::unique_lock lock(mutex_);
        released_ = true;
        news_.notify_all();
        news_.wait(lock, [this] { return looking_ == 0; });
        released_ = false;
    }

 private:
    std::mutex mutex_;
    std::condition_variable news_;
    int looking_ = 0;
    bool released_ = false;
};

HangingNames& hanging_names() {
    static auto* const names = new HangingNames;  // resolver threads may outlive main
    return *names;
}

}  // namespace

extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
    using Resolve = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
    static const auto real = reinterpret_cast<Resolve>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    if (node != nullptr && std::string_view(node).ends_with(".hangs.test")) {
        hanging_names().look_up();
        return EAI_AGAIN;
    }
    return real(node, service, hints, result);
}

namespace hookline::net {
namespace {

using namespace std::chrono_literals;
using test::Peer;
using test::PeerConnection;

ClientRequest request_to(const std::string& url) {
    ClientRequest request;
    request.url = url;
    request.body = std::make_shared<const std::string>("lines");
    return request;
}

void answer_ok(PeerConnection& connection) {
    while (!connection.read_request().head.empty()) connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

TEST(HangingNames, DelayNoOtherTransferAndNotTheEndOfTheClient) {
    Peer peer(answer_ok);
    auto client = make_http_client({});
    ASSERT_TRUE(client);
    test::WaitingInbox hanging;
    std::vector<ClientOutcome> outcomes;
    const auto keep = [&](ClientOutcome outcome) { outcomes.push_back(std::move(outcome)); };
    for (int i = 0; i < 4; ++i) (*client)->start(request_to("http://listener.hangs.test:8071"), hanging, keep);
    hanging_names().wait_for(4);

    test::WaitingInbox inbox;
    for (int i = 0; i < 10; ++i) {
        bool answered = false;
        (*client)->start(request_to(peer.url()), inbox, [&](const ClientOutcome& o) { answered = bool(o.answer); });
        inbox.run_one();
        EXPECT_TRUE(answered);
    }
    EXPECT_TRUE(hanging.empty());

    client->reset();  // returns while all four look-ups still hang
    for (int i = 0; i < 4; ++i) hanging.run_one();
    EXPECT_EQ(outcomes.size(), 4U);
    hanging_names().release();
}

TEST(HangingNames, AreGivenUpInTimeWithNothingSent) {
    auto client = make_http_client({});
    ASSERT_TRUE(client);
    test::WaitingInbox inbox;
    ClientOutcome outcome;
    ClientRequest request = request_to("http://listener.hangs.test:8071");
    request.connect_time_max = 100ms;
    (*client)->start(request, inbox, [&](ClientOutcome heard) { outcome = std::move(heard); });
    hanging_names().wait_for(1);
    inbox.run_one();
    EXPECT_FALSE(outcome.answer);
    EXPECT_TRUE(outcome.failure.nothing_sent);
    EXPECT_THAT(outcome.failure.reason, testing::HasSubstr("listener.hangs.test port 8071"));
    hanging_names().release();
}

}  // namespace
}  // namespace hookline::net
