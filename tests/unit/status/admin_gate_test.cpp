// Who may ask the admin API.

#include "status/admin_gate.h"

#include <gmock/gmock.h>

namespace hookline::status {
namespace {

using ::testing::HasSubstr;

const std::string token = "the-admin-token-of-this-relay";

class AdminGate : public ::testing::Test {
 protected:
    AdminGate() {
        head.method = "GET";
        head.path = head.target = "/api/v1/status";
    }
    /// The answer's status, 0 when the request may pass.
    int asked_with(const std::vector<net::Header>& headers) {
        head.headers = {};
        for (const net::Header& header : headers) head.headers.add(header.name, header.value);
        const auto refused = refuse_stranger(head, gate, sessions, now);
        return refused ? refused->status : 0;
    }
    [[nodiscard]] static net::Header cookie_of(const Sessions::Halves& halves) {
        return {"Cookie", "other=1; hookline_session=" + std::string(halves.cookie.reveal())};
    }
    [[nodiscard]] static net::Header key_of(const Sessions::Halves& halves) {
        return {"Hookline-Session-Key", std::string(halves.key.reveal())};
    }
    Sessions sessions;
    TimePoint now{std::chrono::hours(24)};
    net::RequestHead head;
    Gate gate{Secret(token), {{"127.0.0.1", 9180}}, {"relay.example.com"}};
    const net::Header here{"Host", "127.0.0.1:9180"};
    const net::Header key{"Authorization", "Bearer " + token};
};

TEST_F(AdminGate, LetsTheTokenPass) {
    EXPECT_EQ(asked_with({here, key}), 0);
    EXPECT_EQ(asked_with({here, {"authorization", "bearer " + token}}), 0);
}

TEST_F(AdminGate, KeepsEverybodyElseOut) {
    EXPECT_EQ(asked_with({here}), 401);
    EXPECT_EQ(asked_with({here, {"Authorization", token}}), 401);
    EXPECT_EQ(asked_with({here, {"Authorization", "Bearer "}}), 401);
    EXPECT_EQ(asked_with({here, {"Authorization", "Bearer " + token + "x"}}), 401);
    EXPECT_EQ(asked_with({here, {"Authorization", "Basic " + token}}), 401);
    EXPECT_EQ(asked_with({here, key, {"Authorization", "Bearer other"}}), 401) << "which of the two is meant?";
}

TEST_F(AdminGate, AWebPageUnderAnotherNameCannotAskEvenWithTheToken) {
    EXPECT_EQ(asked_with({{"Host", "evil.example.com"}, key}), 403);
    EXPECT_EQ(asked_with({{"Host", "evil.example.com:9180"}, key}), 403);
    EXPECT_EQ(asked_with({{"Host", "127.0.0.1.evil.example.com"}, key}), 403);
    EXPECT_EQ(asked_with({{"Host", "localhost.evil.example.com"}, key}), 403);
    EXPECT_EQ(asked_with({{"Host", "192.0.2.1:9180"}, key}), 403) << "not this address";
    EXPECT_EQ(asked_with({{"Host", ""}, key}), 403);
    EXPECT_EQ(asked_with({key}), 403);
}

TEST_F(AdminGate, KnowsItsOwnNames) {
    for (const char* host :
         {"localhost:9180", "LOCALHOST", "127.0.0.1", "[::1]:9180", "relay.example.com", "Relay.Example.com:8443"}) {
        EXPECT_EQ(asked_with({{"Host", host}, key}), 0) << host;
    }
}

TEST_F(AdminGate, OnEveryAddressAnyAddressIsItsOwnButNoName) {
    gate.listen = {{"0.0.0.0", 9180}};
    EXPECT_EQ(asked_with({{"Host", "192.0.2.1:9180"}, key}), 0);
    EXPECT_EQ(asked_with({{"Host", "evil.example.com"}, key}), 403);
}

TEST_F(AdminGate, ForeignPagesAreRefusedBySource) {
    EXPECT_EQ(asked_with({here, key, {"Origin", "http://127.0.0.1:9180"}}), 0);
    EXPECT_EQ(asked_with({here, key, {"Origin", "http://evil.example.com"}}), 403);
    EXPECT_EQ(asked_with({here, key, {"Origin", "null"}}), 403);
    EXPECT_EQ(asked_with({here, key, {"Origin", "http://127.0.0.1:8080"}}), 403) << "another port is another page";
    EXPECT_EQ(asked_with({here, key, {"Sec-Fetch-Site", "cross-site"}}), 403);
    EXPECT_EQ(asked_with({here, key, {"Sec-Fetch-Site", "same-origin"}}), 0);
}

TEST_F(AdminGate, ASessionReadsWithBothItsHalves) {
    const auto halves = sessions.begin(now);
    const auto other = sessions.begin(now);
    EXPECT_EQ(asked_with({here, cookie_of(halves), key_of(halves)}), 0);
    EXPECT_EQ(asked_with({here, cookie_of(halves)}), 401) << "browsers send a cookie to every port of a host";
    EXPECT_EQ(asked_with({here, key_of(halves)}), 401);
    EXPECT_EQ(asked_with({here, cookie_of(halves), key_of(other)}), 401) << "halves of two sessions";
    EXPECT_EQ(asked_with({here, cookie_of(other), cookie_of(halves), key_of(halves)}), 401) << "which is meant?";
    EXPECT_EQ(asked_with({here, {"Authorization", "Bearer wrong"}, cookie_of(halves), key_of(halves)}), 401);
    EXPECT_EQ(asked_with({{"Host", "evil.example.com"}, cookie_of(halves), key_of(halves)}), 403);
    sessions.end(halves.cookie.reveal(), halves.key.reveal());
    EXPECT_EQ(asked_with({here, cookie_of(halves), key_of(halves)}), 401);
}

TEST_F(AdminGate, ASessionChangesThingsOnlyFromItsOwnPage) {
    const auto halves = sessions.begin(now);
    head.method = "POST";
    const net::Header ours{"Origin", "http://127.0.0.1:9180"};
    EXPECT_EQ(asked_with({here, cookie_of(halves), key_of(halves), ours}), 0);
    EXPECT_EQ(asked_with({here, cookie_of(halves), key_of(halves), {"Sec-Fetch-Site", "same-origin"}}), 0);
    EXPECT_EQ(asked_with({here, cookie_of(halves), key_of(halves)}), 403) << "nothing says where it comes from";
    EXPECT_EQ(asked_with({here, cookie_of(halves), key_of(halves), {"Sec-Fetch-Site", "none"}}), 403);
    EXPECT_EQ(asked_with({here, cookie_of(halves), key_of(halves), {"Sec-Fetch-Site", "same-site"}}), 403);
    EXPECT_EQ(asked_with({here, cookie_of(halves), key_of(halves), {"Origin", "http://127.0.0.1:8080"}}), 403);
    EXPECT_EQ(asked_with({here, key}), 0) << "a script with the token needs no page";
}

TEST_F(AdminGate, TheRefusalSaysWhereTheTokenIsAndNotWhatItIs) {
    head.headers.add("Host", "localhost");
    const auto refused = refuse_stranger(head, gate, sessions, now);
    ASSERT_TRUE(refused);
    EXPECT_THAT(refused->body, HasSubstr("admin-token"));
    EXPECT_EQ(refused->body.find(token), std::string::npos);
}

}  // namespace
}  // namespace hookline::status
