#include "receive/token_list.h"

#include <gmock/gmock.h>

namespace hookline::test {
namespace {

using receive::TokenList;

Sha256 digest_of(int number) { return sha256("token " + std::to_string(number)); }

TEST(TokenList, HoldsWhatWasAddedAndNothingElse) {
    TokenList list{digest_of(0)};
    std::vector<Sha256> more;
    for (int number = 1; number < 1'000; ++number) more.push_back(digest_of(number));
    list.add(more);
    for (int number = 0; number < 1'000; ++number) EXPECT_TRUE(list.holds(digest_of(number))) << number;
    for (int number = 1'000; number < 2'000; ++number) EXPECT_FALSE(list.holds(digest_of(number))) << number;
}

TEST(TokenList, OneBitMoreOrLessIsAnother) {
    const TokenList list{digest_of(1)};
    for (std::size_t byte = 0; byte < digest_of(1).size(); ++byte) {
        Sha256 other = digest_of(1);
        other[byte] ^= 1;
        EXPECT_FALSE(list.holds(other)) << byte;
    }
}

TEST(TokenList, KeepsTheOrderAndStaysEmptyWithoutAny) {
    EXPECT_TRUE(TokenList().empty());
    EXPECT_FALSE(TokenList().holds(digest_of(1)));
    TokenList list{digest_of(2)};
    list.add({digest_of(1), digest_of(2)});
    EXPECT_FALSE(list.empty());
    EXPECT_THAT(list.digests(), testing::ElementsAre(digest_of(2), digest_of(1), digest_of(2)));
}

}  // namespace
}  // namespace hookline::test
