#include "base/secret.h"

#include <ostream>
#include <type_traits>

#include <gtest/gtest.h>

namespace hookline {
namespace {

template <class Value>
concept Printable = requires(std::ostream& out, const Value& value) {
    out << value;
};

TEST(Secret, CannotBePrintedOrTurnedIntoText) {
    static_assert(Printable<std::string>);
    static_assert(!Printable<Secret>);
    static_assert(!std::is_convertible_v<Secret, std::string>);
    static_assert(!std::is_convertible_v<Secret, std::string_view>);
    static_assert(!std::is_convertible_v<std::string, Secret>);
}

TEST(Secret, MatchesItselfByteForByteAndNothingElse) {
    const Secret secret("correct horse");
    EXPECT_TRUE(secret.matches("correct horse"));
    EXPECT_FALSE(secret.matches("correct horsE"));
    EXPECT_FALSE(secret.matches("correct hors"));
    EXPECT_FALSE(secret.matches("correct horse "));
    EXPECT_FALSE(secret.matches(""));
    EXPECT_EQ(secret, Secret("correct horse"));
}

TEST(Secret, IsNamedByTheStartOfItsHash) {
    // printf abc | sha256sum
    EXPECT_EQ(Secret("abc").fingerprint(), "ba7816bf");
}

TEST(Secret, LeavesNothingBehindWhenItMoves) {
    Secret first("a short one");
    const Secret second(std::move(first));
    EXPECT_EQ(second.reveal(), "a short one");
    EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): this is what is promised

    Secret third("another");
    third = Secret("a long secret that does not fit into the string object itself");
    EXPECT_EQ(third.reveal(), "a long secret that does not fit into the string object itself");
    Secret copy;
    copy = third;
    EXPECT_EQ(copy, third);

    Secret fourth("short");
    copy = std::move(fourth);
    const std::string_view left(reinterpret_cast<const char*>(&fourth), sizeof fourth);
    EXPECT_EQ(left.find("hort"), std::string_view::npos);
}

}  // namespace
}  // namespace hookline
