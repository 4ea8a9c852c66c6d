// Addresses: where to listen, sets of networks, and who sent what through proxies.

#include "net/network.h"

#include <gmock/gmock.h>

#include "net/forwarded.h"
#include "net/proxy_protocol.h"

namespace hookline::net {
namespace {

using testing::HasSubstr;

TEST(EndpointText, IsReadAndWrittenAlike) {
    for (const char* text : {"127.0.0.1:9000", "[::1]:9000", ":9000", "0.0.0.0:0", "[2001:db8::7]:65535"}) {
        const auto endpoint = parse_endpoint(text);
        ASSERT_TRUE(endpoint) << text;
        EXPECT_EQ(to_string(*endpoint), text);
    }
    EXPECT_EQ(parse_endpoint("localhost:80").value(), (Endpoint{"127.0.0.1", 80}));
}

TEST(EndpointText, ThatIsNoneSaysWhatWouldBe) {
    for (const char* text : {"", "9000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
                             "example.com:80", "::1:80", "[127.0.0.1]:80", "[]:80", "1.2.3:80", "127.0.0.1: 80"}) {
        const auto endpoint = parse_endpoint(text);
        ASSERT_FALSE(endpoint) << text;
        EXPECT_THAT(endpoint.error().message, HasSubstr("\"" + std::string(text) + "\""));
    }
}

TEST(EndpointText, LoopbackIsKnown) {
    EXPECT_TRUE(is_loopback({"127.0.0.1", 1}));
    EXPECT_TRUE(is_loopback({"127.9.9.9", 1}));
    EXPECT_TRUE(is_loopback({"::1", 1}));
    EXPECT_FALSE(is_loopback({"", 1}));
    EXPECT_FALSE(is_loopback({"0.0.0.0", 1}));
    EXPECT_FALSE(is_loopback({"::", 1}));
    EXPECT_FALSE(is_loopback({"192.0.2.1", 1}));
}

TEST(NetworksSet, ContainsWhatItsPrefixesSay) {
    Networks networks;
    for (const char* network : {"10.0.0.0/8", "192.0.2.7", "198.51.100.128/25", "2001:db8::/33"}) {
        ASSERT_TRUE(networks.add(network)) << network;
    }
    for (const char* inside : {"10.0.0.0", "10.255.255.255", "192.0.2.7", "198.51.100.128", "198.51.100.255",
                               "2001:db8::1", "2001:db8:7fff::1", "::ffff:10.1.2.3", "::ffff:192.0.2.7"}) {
        EXPECT_TRUE(networks.contains(inside)) << inside;
    }
    for (const char* outside : {"11.0.0.0", "9.255.255.255", "192.0.2.6", "192.0.2.8", "198.51.100.127",
                                "2001:db8:8000::1", "::1", "", "x", "10.0.0.0.0"}) {
        EXPECT_FALSE(networks.contains(outside)) << outside;
    }
}

TEST(NetworksSet, OfEverythingContainsEverythingOfItsFamily) {
    Networks v4;
    ASSERT_TRUE(v4.add("0.0.0.0/0"));
    EXPECT_TRUE(v4.contains("8.8.8.8"));
    EXPECT_FALSE(v4.contains("2001:db8::1"));
    Networks both;
    ASSERT_TRUE(both.add("::/0"));
    EXPECT_TRUE(both.contains("2001:db8::1"));
}

TEST(NetworksSet, RefusesWhatIsNone) {
    Networks networks;
    for (const char* text : {"", "x", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "2001:db8::/129", "10.0.0/8", "/8"}) {
        EXPECT_FALSE(networks.add(text)) << text;
    }
    EXPECT_TRUE(networks.empty());
}

std::string sender(const std::vector<const char*>& forwarded) {
    Networks trusted;
    (void)trusted.add("10.0.0.0/8");
    Headers headers;
    for (const char* value : forwarded) headers.add("X-Forwarded-For", value);
    return sender_address("10.0.0.1", headers, trusted);
}

TEST(Forwarded, TheRightmostAddressThatIsNotTrustedCounts) {
    EXPECT_EQ(sender({}), "10.0.0.1");
    EXPECT_EQ(sender({"192.0.2.1"}), "192.0.2.1");
    EXPECT_EQ(sender({"6.6.6.6, 192.0.2.1"}), "192.0.2.1");
    EXPECT_EQ(sender({"6.6.6.6, 192.0.2.1, 10.2.2.2"}), "192.0.2.1");
    EXPECT_EQ(sender({"6.6.6.6", "192.0.2.1, 10.2.2.2"}), "192.0.2.1");
    EXPECT_EQ(sender({"192.0.2.1", "10.2.2.2"}), "192.0.2.1");
    EXPECT_EQ(sender({"10.3.3.3, 10.2.2.2"}), "10.3.3.3") << "all of them trusted: the farthest";
}

TEST(Forwarded, WhatCannotBeReadEndsTheTrail) {
    EXPECT_EQ(sender({"unknown"}), "10.0.0.1");
    EXPECT_EQ(sender({"192.0.2.1, nonsense"}), "10.0.0.1");
    EXPECT_EQ(sender({"192.0.2.1, nonsense, 10.2.2.2"}), "10.2.2.2");
    EXPECT_EQ(sender({""}), "10.0.0.1");
}

TEST(Forwarded, PortsAndBracketsAreTakenOff) {
    EXPECT_EQ(sender({"192.0.2.1:4711"}), "192.0.2.1");
    EXPECT_EQ(sender({"[2001:db8::7]:4711"}), "2001:db8::7");
    EXPECT_EQ(sender({"2001:db8::7"}), "2001:db8::7");
    EXPECT_EQ(sender({"::ffff:192.0.2.1"}), "192.0.2.1");
}

TEST(Forwarded, OfAPeerThatIsNotTrustedItIsIgnored) {
    Headers headers;
    headers.add("X-Forwarded-For", "192.0.2.1");
    Networks trusted;
    (void)trusted.add("10.0.0.0/8");
    EXPECT_EQ(sender_address("203.0.113.9", headers, trusted), "203.0.113.9");
    EXPECT_EQ(sender_address("203.0.113.9", headers, Networks()), "203.0.113.9");
}

TEST(ProxyHeader, IsInvalidWhenItIsNone) {
    using namespace std::string_literals;
    const std::string v2 = "\r\n\r\n\0\r\nQUIT\n"s;
    for (const std::string& bytes :
         {"GET / HTTP/1.1\r\n"s, "PROXX "s, "PROXY TCP4 1.2.3 4.5.6.7 1 2\r\n"s, "PROXY TCP4 2001:db8::1 ::1 1 2\r\n"s,
          "PROXY TCP4 1.2.3.4\r\n"s, "PROXY  TCP4 1.2.3.4 5.6.7.8 1 2\r\n"s, "PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n"s,
          "PROXY " + std::string(101, 'x'), "\x16\x03\x01"s, v2 + "\x11\x11\x00\x0c"s, v2 + "\x22\x11\x00\x0c"s,
          v2 + "\x21\x11\xff\xff"s, v2 + "\x21\x11\x00\x04\x01\x02\x03\x04"s}) {
        EXPECT_EQ(read_proxy_header_of(bytes).state, ProxyProgress::State::invalid) << bytes;
    }
}

TEST(ProxyHeader, NeverAsksForMoreThanIsItsOwn) {
    using namespace std::string_literals;
    for (const std::string& header :
         {"PROXY UNKNOWN\r\n"s, "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n"s, "PROXY UNKNOWN some words more\r\n"s,
          "\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00"s,
          "\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x4d\x7f\x00\x00\x01\x30\x39\x01\xbb"s}) {
        std::string read;
        while (true) {
            const ProxyProgress progress = read_proxy_header_of(read);
            if (progress.state == ProxyProgress::State::whole) break;
            ASSERT_EQ(progress.state, ProxyProgress::State::more);
            ASSERT_GE(progress.wanted, 1U);
            ASSERT_LE(read.size() + progress.wanted, header.size());
            read = header.substr(0, read.size() + progress.wanted);
        }
        EXPECT_EQ(read, header);
    }
}

}  // namespace
}  // namespace hookline::net
