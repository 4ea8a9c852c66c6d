// A copy of a spool, made while it works.

#include <fstream>
#include <thread>
#include <utility>

#include <sys/stat.h>

#include "spool/verify.h"
#include "spool_house.h"

namespace hookline::spool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

bool go_on(std::uint64_t, std::uint64_t) { return true; }

struct BackupHouse : SpoolHouse {
    using SpoolHouse::SpoolHouse;
    Result<Backup> back_up(const std::string& name = "copy") { return spool->back_up(directory / name, go_on); }
    /// As a person restores it: the directory in the spool's place, the key beside it.
    void restore(const std::string& name = "copy") {
        const Path key = options.directory / "spool.key";
        const Path place = directory / (name + "-restored");
        std::filesystem::copy(directory / name, place, std::filesystem::copy_options::recursive);
        if (std::filesystem::exists(key)) std::filesystem::copy_file(key, place / "spool.key");
        spool.reset();
        options.directory = place;
        open();
    }
    std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const auto& file : std::filesystem::directory_iterator(directory.path()))
            found.push_back(file.path().filename().string());
        return found;
    }
};

TEST(SpoolBackup, AStartOnItFindsAllThatWasCommittedAndNothingOfLater) {
    BackupHouse house;
    house.open();
    const TenantId acme = house.tenant();
    house.append(acme, {"settled"});
    ASSERT_TRUE(house.settle(acme, {Sequence{2}, 0}));
    house.append(acme, {"one", "two"});
    house.spool->keep_aside(acme, aside_letter("a refused body"));
    house.spool->commit_now();
    const auto made = house.back_up();
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_GT(made->files, 3U);
    EXPECT_GT(made->bytes, 0U);
    house.append(acme, {"after it"});

    house.restore();
    EXPECT_THAT(house.lines(acme), ElementsAre(line_of("one"), line_of("two")));
    EXPECT_EQ(house.append(acme, {"one"}).outcome, AppendOutcome::repeated) << "ids are in it";
    EXPECT_EQ(house.append(acme, {"settled"}).outcome, AppendOutcome::repeated);
    EXPECT_EQ(house.append(acme, {"after it"}).outcome, AppendOutcome::stored) << "what came after it is not in it";
    EXPECT_EQ(house.spool->letters({}, 0, 10)->size(), 1U);
}

TEST(SpoolBackup, TheSpoolGoesOnBesideIt) {
    BackupHouse house(CommitMode::thread);
    house.open();
    const TenantId acme = house.tenant();
    house.append(acme, {"before"});
    bool appended = false;
    const auto made = house.spool->back_up(house.directory / "copy", [&](std::uint64_t, std::uint64_t) {
        if (!std::exchange(appended, true)) {
            EXPECT_EQ(house.append(acme, {"meanwhile"}).outcome, AppendOutcome::stored);
        }
        return true;
    });
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_TRUE(appended);
    house.append(acme, {"after"});
    house.reopen();
    EXPECT_THAT(house.lines(acme), ElementsAre(line_of("before"), line_of("meanwhile"), line_of("after")));
}

TEST(SpoolBackup, VerifyPassesOverItWithTheKeyAndWithout) {
    BackupHouse house;
    house.options.key = SealKey::random();
    house.open();
    house.append(house.tenant(), {"one"});
    ASSERT_TRUE(house.back_up());
    const auto found = verify(house.directory / "copy", {}, house.options.key);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_TRUE(found->fine());
    EXPECT_TRUE(found->opened);
    const auto without = verify(house.directory / "copy", {});
    ASSERT_TRUE(without) << without.error().message;
    EXPECT_TRUE(without->fine());
    EXPECT_FALSE(without->opened);
}

TEST(SpoolBackup, NamesTheKeyThatOpensItAndDoesNotHoldIt) {
    BackupHouse made_key;
    made_key.open();
    const auto beside = made_key.back_up();
    ASSERT_TRUE(beside);
    EXPECT_TRUE(beside->key_beside);
    EXPECT_FALSE(std::filesystem::exists(made_key.directory / "copy" / "spool.key"));
    EXPECT_EQ(beside->key_id, SealKey::from_hex(*read_file(made_key.options.directory / "spool.key"))->id());

    BackupHouse given_key;
    given_key.options.key = SealKey::random();
    given_key.open();
    const auto made = given_key.back_up();
    ASSERT_TRUE(made);
    EXPECT_FALSE(made->key_beside);
    EXPECT_EQ(made->key_id, given_key.options.key->id());
}

TEST(SpoolBackup, WithoutItsKeyItDoesNotOpenAndNoneIsMade) {
    BackupHouse house;
    house.open();
    house.append(house.tenant(), {"one"});
    ASSERT_TRUE(house.back_up());
    house.spool.reset();
    house.options.directory = house.directory / "copy";
    const auto opened = house.try_open();
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message, HasSubstr("key"));
    EXPECT_FALSE(std::filesystem::exists(house.directory / "copy" / "spool.key"));
}

TEST(SpoolBackup, IsItsOwnersAlone) {
    const ::mode_t before = ::umask(0);
    BackupHouse house;
    house.open();
    house.append(house.tenant(), {"one"});
    const bool made = house.back_up().has_value();
    ::umask(before);
    ASSERT_TRUE(made);
    struct stat status {};
    ASSERT_EQ(::stat((house.directory / "copy").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0700U);
    for (const auto& file : std::filesystem::directory_iterator(house.directory / "copy")) {
        ASSERT_EQ(::stat(file.path().c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 07777, 0600U) << file.path();
    }
}

TEST(SpoolBackup, TakesNoPlaceThatIsTakenOrWithinTheSpool) {
    BackupHouse house;
    house.open();
    ASSERT_TRUE(house.back_up());
    const auto again = house.back_up();
    ASSERT_FALSE(again);
    EXPECT_THAT(again.error().message, HasSubstr("is there already"));
    for (const char* const place : {"spool/inside", "missing/copy", "spool"}) {
        EXPECT_FALSE(house.back_up(place)) << place;
    }
    EXPECT_FALSE(house.spool->back_up("relative", go_on));
    std::filesystem::create_directory_symlink(house.options.directory, house.directory / "link");
    EXPECT_FALSE(house.back_up("link/inside")) << "a link into the spool is the spool";
    EXPECT_FALSE(house.back_up("link"));
    EXPECT_THAT(house.names(), UnorderedElementsAre("spool", "copy", "link"));
}

TEST(SpoolBackup, LeavesNothingBehindWhenItIsStopped) {
    BackupHouse house;
    house.open();
    house.append(house.tenant(), {"one"});
    const auto made =
        house.spool->back_up(house.directory / "copy", [](std::uint64_t done, std::uint64_t) { return done == 0; });
    ASSERT_FALSE(made);
    EXPECT_THAT(house.names(), ElementsAre("spool"));
    EXPECT_TRUE(house.back_up());
}

TEST(SpoolBackup, AClosingSpoolEndsIt) {
    BackupHouse house(CommitMode::thread);
    house.open();
    house.append(house.tenant(), {"one"});
    std::thread closing;
    const auto made = house.spool->back_up(house.directory / "copy", [&](std::uint64_t, std::uint64_t) {
        if (closing.joinable()) return true;
        closing = std::thread([&] { (void)house.spool->close(); });
        while (house.append(house.tenant(), {}).outcome != AppendOutcome::failed) std::this_thread::yield();
        return true;
    });
    closing.join();
    EXPECT_FALSE(made);
    EXPECT_THAT(house.names(), ElementsAre("spool"));
}

TEST(SpoolBackup, ReplacesWhatABackupThatWasKilledLeftAndNothingElse) {
    BackupHouse house;
    house.open();
    const Path partial = house.directory / "copy.partial";
    std::filesystem::create_directory(partial);
    std::filesystem::permissions(partial, std::filesystem::perms::owner_all);
    std::ofstream(partial / "000007.sst") << "half";
    EXPECT_TRUE(house.back_up());
    EXPECT_THAT(house.names(), UnorderedElementsAre("spool", "copy"));

    const Path foreign = house.directory / "other.partial";
    std::filesystem::create_directory(foreign);
    std::filesystem::permissions(foreign, std::filesystem::perms::owner_all);
    std::ofstream(foreign / "letter.txt") << "dear";
    const auto made = house.back_up("other");
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message, HasSubstr("letter.txt"));
    EXPECT_TRUE(std::filesystem::exists(foreign / "letter.txt"));
}

TEST(SpoolBackup, IsRefusedWhereItWouldTakeTheReserve) {
    BackupHouse house;
    house.open();
    const TenantId acme = house.tenant();
    house.append(acme, {"one"});
    house.spool.reset();
    house.options.limits.free_bytes_min = std::uint64_t{1} << 60;
    house.open();
    const auto made = house.back_up();
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message, HasSubstr("too little room"));
    EXPECT_THAT(house.names(), ElementsAre("spool"));
}

TEST(SpoolBackup, WhatIsForgottenAfterwardsStaysReadableInItAlone) {
    BackupHouse house;
    house.open();
    const TenantId acme = house.tenant();
    house.append(acme, {"one"});
    ASSERT_TRUE(house.back_up());
    ASSERT_TRUE(house.spool->forget(acme));
    EXPECT_THAT(house.spool->tenants(), IsEmpty());
    house.restore();
    EXPECT_THAT(house.lines(acme), ElementsAre(line_of("one")));
}

}  // namespace
}  // namespace hookline::spool
