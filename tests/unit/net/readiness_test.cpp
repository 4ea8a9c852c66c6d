// Connections are told once for each wait, whatever comes in between, and never after they ended.

#include "net/readiness.h"

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "base/descriptor.h"

namespace hookline::net {
namespace {

/// One end of a connection, whose other end a test holds.
struct End final : Readiness::Waiter {
    explicit End(const std::array<int, 2>& pair)
        : ours(pair[0]), theirs(std::in_place, pair[1]), place{pair[0], this} {}
    void on_ready() override {
        ++told;
        if (then) then();
    }
    void send(std::string_view text) const {
        ASSERT_EQ(::send(theirs->number(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    }
    void read_all() const {
        char bytes[64];
        while (::recv(ours.number(), bytes, sizeof bytes, MSG_DONTWAIT) > 0) {
        }
    }

    Descriptor ours;
    std::optional<Descriptor> theirs;
    Readiness::Place place;
    int told = 0;
    std::function<void()> then;
};

class ReadinessTest : public testing::Test {
 protected:
    std::unique_ptr<End> connect() {
        std::array<int, 2> pair{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()) != 0) return {};
        return std::make_unique<End>(pair);
    }
    /// All that can be told now.
    void run() {
        context_.restart();
        context_.poll();
    }

    boost::asio::io_context context_;
    Readiness readiness_{context_};
};

TEST_F(ReadinessTest, IsToldOnceForEachWait) {
    const auto end = connect();
    ASSERT_TRUE(readiness_.wait(end->place, EPOLLIN));
    run();
    EXPECT_EQ(end->told, 0) << "nothing came";
    end->send("one");
    run();
    run();
    EXPECT_EQ(end->told, 1) << "though nobody has read it";
    end->read_all();
    ASSERT_TRUE(readiness_.wait(end->place, EPOLLIN));
    run();
    EXPECT_EQ(end->told, 1);
    end->send("two");
    run();
    EXPECT_EQ(end->told, 2);
}

TEST_F(ReadinessTest, WhatCameWhileNobodyWaitedIsToldAtTheNextWait) {
    const auto end = connect();
    ASSERT_TRUE(readiness_.wait(end->place, EPOLLIN));
    end->send("one");
    run();
    end->send("two, sent before the answer to one");
    run();
    EXPECT_EQ(end->place.asked, 0U) << "the kernel would say it again and again";
    EXPECT_EQ(end->told, 1);
    ASSERT_TRUE(readiness_.wait(end->place, EPOLLIN));
    run();
    EXPECT_EQ(end->told, 2);
}

TEST_F(ReadinessTest, ASenderThatGoesWhileNobodyWaitsIsTakenOut) {
    const auto end = connect();
    ASSERT_TRUE(readiness_.wait(end->place, EPOLLIN));
    end->send("one");
    run();
    end->theirs.reset();
    run();
    EXPECT_EQ(end->place.asked, 0U);
    ASSERT_TRUE(readiness_.wait(end->place, EPOLLOUT));
    run();
    EXPECT_EQ(end->told, 2) << "whoever waits again hears of it";
}

TEST_F(ReadinessTest, AWaitReplacesTheOneBefore) {
    const auto end = connect();
    ASSERT_TRUE(readiness_.wait(end->place, EPOLLIN));
    ASSERT_TRUE(readiness_.wait(end->place, EPOLLOUT));
    run();
    EXPECT_EQ(end->told, 1) << "there is room to write";
    ASSERT_TRUE(readiness_.wait(end->place, EPOLLIN));
    run();
    EXPECT_EQ(end->told, 1) << "there is nothing to read";
}

TEST_F(ReadinessTest, WhoEndsWhileOthersAreToldIsNotTold) {
    std::vector<std::unique_ptr<End>> ends;
    for (int number = 0; number < 3; ++number) ends.push_back(connect());
    int told = 0;
    for (const auto& end : ends) {
        ASSERT_TRUE(readiness_.wait(end->place, EPOLLIN));
        end->send("now");
        // Whoever comes first closes all of them.
        end->then = [&] {
            ++told;
            for (auto& each : ends) readiness_.forget(each->place);
        };
    }
    run();
    EXPECT_EQ(told, 1);
}

TEST_F(ReadinessTest, MoreThanOneBatchAreAllTold) {
    std::vector<std::unique_ptr<End>> ends;
    for (int number = 0; number < 300; ++number) {
        ends.push_back(connect());
        ASSERT_TRUE(ends.back());
        ASSERT_TRUE(readiness_.wait(ends.back()->place, EPOLLIN));
        ends.back()->send("now");
    }
    for (int turn = 0; turn < 3; ++turn) run();
    for (const auto& end : ends) EXPECT_EQ(end->told, 1);
}

}  // namespace
}  // namespace hookline::net
