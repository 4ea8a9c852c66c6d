#include "base/file.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temp_directory.h"

namespace hookline {
namespace {

using ::testing::HasSubstr;

TEST(File, IsReadWholeAsItWasWritten) {
    const test::TempDirectory directory;
    const Path path = directory.path() / "state";
    const std::string content("two\nlines and a \0 byte", 22);
    ASSERT_TRUE(write_file_atomically(path, content));
    EXPECT_EQ(read_file(path).value(), content);
}

TEST(File, IsWrittenForItsOwnerOnlyAndLeavesNothingBeside) {
    const test::TempDirectory directory;
    const Path path = directory.path() / "state";
    ASSERT_TRUE(write_file_atomically(path, "one"));
    ASSERT_TRUE(write_file_atomically(path, "two"));
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_EQ(read_file(path).value(), "two");
    const auto entries = std::distance(std::filesystem::directory_iterator(directory.path()), {});
    EXPECT_EQ(entries, 1);
}

TEST(File, LargerThanAllowedIsAnErrorThatNamesIt) {
    const test::TempDirectory directory;
    const Path path = directory.path() / "state";
    ASSERT_TRUE(write_file_atomically(path, std::string(100, 'x')));
    EXPECT_TRUE(read_file(path, 100));
    const auto read = read_file(path, 99);
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().message, HasSubstr(path.string()));
    EXPECT_THAT(read.error().message, HasSubstr("larger than 99 bytes"));
}

TEST(File, ThatIsMissingIsAnErrorThatNamesIt) {
    const test::TempDirectory directory;
    const auto read = read_file(directory.path() / "nowhere");
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().message, HasSubstr("nowhere: No such file or directory"));
    EXPECT_FALSE(write_file_atomically(directory.path() / "no" / "where", "x"));
}

TEST(File, SecretsLoseOneFinalNewlineAndMustNotBeEmpty) {
    const test::TempDirectory directory;
    const Path path = directory.path() / "token";
    const auto written = [&](std::string_view content) {
        EXPECT_TRUE(write_file_atomically(path, content));
        return read_secret_file(path);
    };
    EXPECT_EQ(written("s3cret")->reveal(), "s3cret");
    EXPECT_EQ(written("s3cret\n")->reveal(), "s3cret");
    EXPECT_EQ(written("s3cret\r\n")->reveal(), "s3cret");
    EXPECT_EQ(written("s3cret\n\n")->reveal(), "s3cret\n");
    const auto empty = written("\n");
    ASSERT_FALSE(empty);
    EXPECT_THAT(empty.error().message, HasSubstr("a secret was expected"));
}

TEST(FileStamp, ChangesWhenAFileIsReplaced) {
    const test::TempDirectory directory;
    const Path path = directory.path() / "certificate";
    EXPECT_FALSE(stamp_of(path));
    ASSERT_TRUE(write_file_atomically(path, "one"));
    const auto first = stamp_of(path);
    ASSERT_TRUE(first);
    EXPECT_EQ(stamp_of(path), first);
    ASSERT_TRUE(write_file_atomically(path, "two"));
    EXPECT_NE(stamp_of(path), first);
}

}  // namespace
}  // namespace hookline
