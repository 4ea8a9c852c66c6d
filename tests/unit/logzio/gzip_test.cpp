// What is compressed comes out again, whatever the thread compressed before.

#include "logzio/gzip.h"

#include <gtest/gtest.h>

#include "support/inflate.h"

namespace hookline::logzio {
namespace {

std::string lines_of(std::size_t bytes) {
    std::string text;
    for (std::size_t line = 0; text.size() < bytes; ++line) {
        text += R"({"uuid":")" + std::to_string(line * 2'654'435'761U) + R"(","eventType":"user.session.start"})";
        text += '\n';
    }
    text.resize(bytes);
    return text;
}

TEST(Gzip, OfShortAndLongTextsInTurnInflatesToTheSame) {
    for (const std::size_t bytes : {0U, 1U, 3'000U, 1'000'000U, 8'191U, 8'192U, 2'500U, 300'000U, 10U}) {
        const std::string text = lines_of(bytes);
        EXPECT_TRUE(test::inflated(gzip(text)) == text) << bytes;
    }
}

TEST(Gzip, OfAShortTextThatDoesNotCompressInflatesToTheSame) {
    std::string text;
    std::uint32_t state = 1;
    for (int byte = 0; byte < 8'000; ++byte) {
        state = state * 1'664'525U + 1'013'904'223U;
        text += static_cast<char>(state >> 24U);
    }
    EXPECT_TRUE(test::inflated(gzip(text)) == text);
}

TEST(Gzip, OfOneLineSavesMostOfIt) {
    const std::string text = lines_of(3'000);
    EXPECT_LT(gzip(text).size(), text.size() / 2);
}

}  // namespace
}  // namespace hookline::logzio
