// Every shape of request that two servers could read differently is refused, and the connection with it.

#include <gmock/gmock.h>

#include "net/head_guard.h"
#include "unit/net/server_under_test.h"

namespace hookline::test {
namespace {

struct Shape {
    const char* name;
    std::string bytes;
};

class Smuggling : public testing::TestWithParam<Shape> {};

TEST_P(Smuggling, IsAnswered400AndTheConnectionClosed) {
    std::atomic<int> handled{0};
    Script script;
    script.on_request = [&](const net::RequestHead&, const std::string&, const net::Responder& responder) {
        ++handled;
        responder.respond({});
    };
    ServerUnderTest server({}, script);
    RawConnection client(server.endpoint());
    // What hides behind it must not be taken as a request either.
    client.send(GetParam().bytes + "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n");
    const RawAnswer answer = client.answer();
    EXPECT_EQ(answer.status, 400) << answer.head;
    EXPECT_TRUE(answer.has("Connection: close"));
    EXPECT_NE(answer.body.find("\"error\""), std::string::npos);
    EXPECT_TRUE(client.is_closed());
    EXPECT_EQ(handled, 0);
    ASSERT_EQ(server.refusals().size(), 1U);
    EXPECT_EQ(server.refusals().front().status, 400);
}

std::string with(const std::string& headers, const std::string& body = "") {
    return "POST / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + body;
}
std::string chunked(const std::string& body) { return with("Transfer-Encoding: chunked\r\n", body); }

INSTANTIATE_TEST_SUITE_P(
    Shapes, Smuggling,
    testing::Values(
        Shape{"two_equal_lengths", with("Content-Length: 2\r\nContent-Length: 2\r\n", "ab")},
        Shape{"two_different_lengths", with("Content-Length: 2\r\nContent-Length: 3\r\n", "ab")},
        Shape{"a_list_of_lengths", with("Content-Length: 2, 2\r\n", "ab")},
        Shape{"a_signed_length", with("Content-Length: +2\r\n", "ab")},
        Shape{"a_negative_length", with("Content-Length: -2\r\n", "ab")},
        Shape{"a_hexadecimal_length", with("Content-Length: 0x2\r\n", "ab")},
        Shape{"a_length_with_a_blank_inside", with("Content-Length: 1 2\r\n", "ab")},
        Shape{"an_empty_length", with("Content-Length:\r\n", "ab")},
        Shape{"a_length_beyond_64_bits", with("Content-Length: 99999999999999999999999\r\n", "ab")},
        Shape{"length_with_chunked", with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        Shape{"chunked_with_length", with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")},
        Shape{"coding_xchunked", with("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")},
        Shape{"coding_xchunked_with_length", with("Transfer-Encoding: xchunked\r\nContent-Length: 2\r\n", "ab")},
        Shape{"coding_gzip_alone", with("Transfer-Encoding: gzip\r\n")},
        Shape{"coding_gzip_chunked", with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
        Shape{"coding_chunked_chunked", with("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")},
        Shape{"coding_identity", with("Transfer-Encoding: identity\r\nContent-Length: 2\r\n", "ab")},
        Shape{"coding_quoted", with("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")},
        Shape{"coding_empty", with("Transfer-Encoding:\r\n")},
        Shape{"coding_with_vertical_tab", with("Transfer-Encoding: \x0b"
                                               "chunked\r\n",
                                               "0\r\n\r\n")},
        Shape{"two_codings", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n")},
        Shape{"two_equal_codings", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        Shape{"a_folded_length", with("Content-Length:\r\n 2\r\n", "ab")},
        Shape{"a_folded_header", with("X-Note: one\r\n\ttwo\r\nContent-Length: 0\r\n")},
        Shape{"a_fold_behind_the_request_line", "POST / HTTP/1.1\r\n Host: a\r\n\r\n"},
        Shape{"bare_lf_everywhere", "POST / HTTP/1.1\nHost: a\nContent-Length: 0\n\n"},
        Shape{"bare_lf_in_the_middle", "POST / HTTP/1.1\r\nHost: a\nX: y\r\nContent-Length: 0\r\n\r\n"},
        Shape{"bare_cr_in_a_value", with("X-Note: a\rContent-Length: 5\r\n")},
        Shape{"nul_in_a_value", with(std::string("X-Note: a\0b\r\n", 13))},
        Shape{"a_blank_before_the_colon", with("Content-Length : 2\r\n", "ab")},
        Shape{"a_tab_before_the_colon", with("Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n")},
        Shape{"a_name_with_a_blank", with("X Note: 2\r\n")}, Shape{"an_empty_name", with(": 2\r\n")},
        Shape{"no_colon", with("Content-Length\r\n")},
        Shape{"chunked_under_http_1_0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        Shape{"no_host", "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"},
        Shape{"two_hosts", "POST / HTTP/1.1\r\nHost: a\r\nHost: a\r\nContent-Length: 0\r\n\r\n"},
        Shape{"a_list_of_hosts", "POST / HTTP/1.1\r\nHost: a, b\r\nContent-Length: 0\r\n\r\n"},
        Shape{"http_2_preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
        Shape{"http_1_2", "POST / HTTP/1.2\r\nHost: a\r\n\r\n"}, Shape{"http_0_9", "GET /\r\n\r\n"},
        Shape{"lower_case_version", "POST / http/1.1\r\nHost: a\r\n\r\n"},
        Shape{"two_blanks_before_the_version", "POST /  HTTP/1.1\r\nHost: a\r\n\r\n"},
        Shape{"a_blank_in_front", " POST / HTTP/1.1\r\nHost: a\r\n\r\n"},
        Shape{"a_target_without_slash", "POST x HTTP/1.1\r\nHost: a\r\n\r\n"},
        Shape{"connect", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"},
        Shape{"garbage", std::string("\x01\x02\x03\x04 hello\r\n\r\n", 14)},
        Shape{"chunk_size_not_hexadecimal", chunked("g\r\nhello\r\n0\r\n\r\n")},
        Shape{"chunk_size_negative", chunked("-5\r\nhello\r\n0\r\n\r\n")},
        Shape{"chunk_size_with_0x", chunked("0x5\r\nhello\r\n0\r\n\r\n")},
        Shape{"chunk_size_beyond_64_bits", chunked("10000000000000005\r\nhello\r\n0\r\n\r\n")},
        Shape{"chunk_ends_with_bare_lf", chunked("5\nhello\r\n0\r\n\r\n")},
        Shape{"chunk_extension_with_bare_lf", chunked("5;\nxx\r\nhello\r\n0\r\n\r\n")},
        Shape{"chunk_longer_than_said", chunked("5\r\nhello!\r\n0\r\n\r\n")},
        Shape{"chunk_without_end", chunked("5\r\nhello0\r\n\r\n")},
        Shape{"chunk_size_missing", chunked("\r\nhello\r\n0\r\n\r\n")}),
    [](const testing::TestParamInfo<Shape>& shape) { return shape.param.name; });

TEST(HeadGuard, LetsOrdinaryHeadsPass) {
    for (const char* head : {
             "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
             "GET / HTTP/1.0\r\n\r\n",
             "POST /x?y=%20 HTTP/1.1\r\nhost: a:8080\r\ncontent-length: 0\r\nX-Empty:\r\nX-Utf8: \xc3\xa9\r\n\r\n",
             "POST / HTTP/1.1\r\nHost: [::1]:80\r\nTransfer-Encoding: CHUNKED\r\nlogzio_token: a b\tc\r\n\r\n",
             "OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n",
         }) {
        const auto refusal = net::refuse_head(head);
        EXPECT_FALSE(refusal) << head << refusal->reason;
        EXPECT_FALSE(net::refuse_head_part(head));
    }
}

}  // namespace
}  // namespace hookline::test
