// Which listeners are posted to, and what a token looks like.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "logzio/listener.h"

namespace hookline::logzio {
namespace {

using testing::HasSubstr;

TEST(Regions, KnowsTheListenersOfLogzio) {
    const Regions regions;
    EXPECT_EQ(regions.url("us"), "https://listener.logz.io:8071");
    EXPECT_EQ(regions.url("au"), "https://listener-au.logz.io:8071");
    EXPECT_EQ(regions.url("wa"), "https://listener-wa.logz.io:8071");
    EXPECT_EQ(regions.url("xx"), std::nullopt);
    EXPECT_THAT(regions.codes(), testing::UnorderedElementsAre("us", "au", "ca", "eu", "uk", "nl", "wa"));
}

TEST(Regions, TakesACustomListener) {
    Regions regions;
    ASSERT_TRUE(regions.set(" US ", "https://listener-custom.example.com:8071/", false));
    EXPECT_EQ(regions.url("us"), "https://listener-custom.example.com:8071");
    ASSERT_TRUE(regions.set("lab-1", "https://10.0.0.7/base/path", false));
    EXPECT_EQ(regions.url("lab-1"), "https://10.0.0.7/base/path");
}

TEST(Regions, RefusesPlainHttpBeyondLoopback) {
    Regions regions;
    EXPECT_TRUE(regions.set("us", "http://127.0.0.1:9100", false));
    EXPECT_TRUE(regions.set("us", "http://localhost:9100", false));
    EXPECT_TRUE(regions.set("us", "http://[::1]:9100", false));
    for (const char* url : {"http://listener.logz.io:8070", "http://127.0.0.1.example.com", "http://localhost.evil",
                            "HTTP://10.1.2.3:80", "http://[::2]:1"}) {
        const auto refused = regions.set("us", url, false);
        ASSERT_FALSE(refused) << url;
        EXPECT_THAT(refused.error().message, HasSubstr("plain http"));
        EXPECT_TRUE(regions.set("us", url, true)) << url;
    }
}

TEST(Regions, RefusesWhatIsNoListenerUrl) {
    Regions regions;
    for (const char* url : {"", "listener.logz.io", "ftp://x", "https://", "https:///x", "https://x?token=y",
                            "https://x#y", "https://user:word@x", "https://a b", "file:///etc/passwd", "https://[]",
                            "http", "https", "https:", "https:/", "https:/listener.logz.io"}) {
        EXPECT_FALSE(regions.set("us", url, true)) << url;
    }
    EXPECT_FALSE(regions.set("", "https://x", false));
    EXPECT_FALSE(regions.set("u s", "https://x", false));
    EXPECT_EQ(regions.url("us"), "https://listener.logz.io:8071");
}

TEST(Tokens, AreThirtyTwoLettersAndDigits) {
    EXPECT_TRUE(is_token("abcdefghijABCDEFGHIJ012345678901"));
    EXPECT_FALSE(is_token("abcdefghijABCDEFGHIJ01234567890"));
    EXPECT_FALSE(is_token("abcdefghijABCDEFGHIJ0123456789012"));
    EXPECT_FALSE(is_token("abcdefghijABCDEFGHIJ01234567890&"));
    EXPECT_FALSE(is_token("abcdefghijABCDEFGHIJ0123456789\xc3\xa4"));
    EXPECT_FALSE(is_token(""));
}

}  // namespace
}  // namespace hookline::logzio
