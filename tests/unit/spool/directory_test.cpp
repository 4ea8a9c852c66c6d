// Who is only introduced may be forgotten when there are too many, but not while a commit works on it.

#include "spool/directory.h"

#include <gtest/gtest.h>

namespace hookline::spool {
namespace {

class DirectoryTest : public testing::Test {
 protected:
    TenantId introduce(const std::string& name) { return directory_.introduce(NamedIdentity{name}, WallTime{}, keys_); }
    /// More strangers than are remembered.
    void crowd() {
        for (int number = 0; number < 5'000; ++number) introduce("stranger " + std::to_string(number));
    }

    const Keyring keys_{SealKey::random()};
    Directory directory_{1'000};
};

TEST_F(DirectoryTest, OneThatACommitTouchesIsNotForgottenBeforeItIsThrough) {
    const TenantId first = introduce("first");
    const TenantId second = introduce("second");
    ASSERT_NE(directory_.touch(first), nullptr);
    crowd();
    EXPECT_TRUE(directory_.known(first));
    EXPECT_FALSE(directory_.known(second)) << "the longest unused goes first";
    directory_.committed();
    crowd();
    EXPECT_FALSE(directory_.known(first)) << "nothing of it was written";
}

TEST_F(DirectoryTest, NorOneWhoseCommitIsWithdrawnLater) {
    const TenantId first = introduce("first");
    ASSERT_NE(directory_.touch(first), nullptr);
    ASSERT_EQ(directory_.touch(first), directory_.touch(first)) << "touched once, however often it is asked for";
    crowd();
    EXPECT_TRUE(directory_.known(first));
    directory_.withdrawn();
    crowd();
    EXPECT_FALSE(directory_.known(first));
}

}  // namespace
}  // namespace hookline::spool
