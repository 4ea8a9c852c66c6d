// What the disk does to us: no answer before the sync, none but `failed` after a failed one, a full disk that heals.

#include <thread>

#include "spool_house.h"

namespace hookline::spool {
namespace {

using rocksdb::IOStatus;
using test::FaultFiles;
using test::FileKind;
using test::FileOperation;
using testing::ElementsAre;
using testing::IsEmpty;

IOStatus disk_error() { return IOStatus::IOError("the disk is broken"); }
IOStatus disk_full() { return IOStatus::NoSpace("the disk is full"); }

/// Answers as they arrive from the commit thread.
struct Answers {
    void operator()(const Appended& answer) {
        const std::lock_guard lock(mutex);
        outcomes.push_back(answer.outcome);
        arrived.notify_all();
    }
    std::vector<AppendOutcome> wait_for(std::size_t count) {
        std::unique_lock lock(mutex);
        arrived.wait(lock, [&] { return outcomes.size() >= count; });
        return outcomes;
    }
    std::vector<AppendOutcome> now() {
        const std::lock_guard lock(mutex);
        return outcomes;
    }
    std::mutex mutex;
    std::condition_variable arrived;
    std::vector<AppendOutcome> outcomes;
};

struct FaultHouse : SpoolHouse {
    explicit FaultHouse(CommitMode mode = CommitMode::by_hand) : SpoolHouse(mode) {
        options.files = files;
        options.on_fatal = [this](const Error& error) { fatal.push_back(error.message); };
    }
    std::shared_ptr<FaultFiles> files = std::make_shared<FaultFiles>();
    std::vector<std::string> fatal;
};

TEST(Faults, NobodyIsAnsweredBeforeTheSyncReturned) {
    FaultHouse house(CommitMode::thread);
    house.open();
    const TenantId tenant = house.tenant();
    Answers answers;
    const auto note = [&](const Appended& answer) { answers(answer); };

    house.files->hold_syncs();
    house.spool->append(SpoolHouse::delivery(tenant, {"a"}), house.mailbox, note);
    house.files->wait_for_held_sync();
    // Okta asks again while the first is still being made safe.
    house.spool->append(SpoolHouse::delivery(tenant, {"a"}), house.mailbox, note);
    EXPECT_THAT(answers.now(), IsEmpty());
    const unsigned syncs_before = house.files->log_syncs();

    house.files->let_syncs_go();
    EXPECT_THAT(answers.wait_for(2), ElementsAre(AppendOutcome::stored, AppendOutcome::repeated));
    EXPECT_GT(house.files->log_syncs(), syncs_before);
}

TEST(Faults, ADirectoryThatIsRemovedOrReplacedTakesNothingMore) {
    for (const bool replaced : {false, true}) {
        FaultHouse house;
        house.open();
        const TenantId tenant = house.tenant();
        EXPECT_EQ(house.append(tenant, {"a"}).outcome, AppendOutcome::stored);

        const Path moved = house.directory / "moved away";
        std::filesystem::rename(house.options.directory, moved);
        if (replaced) std::filesystem::copy(moved, house.options.directory, std::filesystem::copy_options::recursive);
        EXPECT_EQ(house.append(tenant, {"b"}).outcome, AppendOutcome::failed) << "it would be written to nowhere";
        ASSERT_EQ(house.fatal.size(), 1U);
        EXPECT_THAT(house.fatal.front(), testing::HasSubstr("was removed or replaced"));
        house.spool.reset();
    }
}

TEST(Faults, AFailedSyncFailsAllThatWaitsAndThenEndsTheProcess) {
    FaultHouse house(CommitMode::thread);
    std::promise<std::size_t> answers_at_fatal;
    Answers answers;
    house.options.on_fatal = [&](const Error&) { answers_at_fatal.set_value(answers.now().size()); };
    house.open();
    const TenantId tenant = house.tenant();
    const auto note = [&](const Appended& answer) { answers(answer); };

    house.files->fail(FileKind::log, FileOperation::sync, disk_error());
    house.files->hold_syncs();
    house.spool->append(SpoolHouse::delivery(tenant, {"a"}), house.mailbox, note);
    house.files->wait_for_held_sync();
    house.spool->append(SpoolHouse::delivery(tenant, {"a"}), house.mailbox, note);
    house.spool->append(SpoolHouse::delivery(tenant, {"b"}), house.mailbox, note);
    house.files->let_syncs_go();

    EXPECT_EQ(answers_at_fatal.get_future().get(), 3U) << "all who wait are told first";
    EXPECT_THAT(answers.now(), ElementsAre(AppendOutcome::failed, AppendOutcome::failed, AppendOutcome::failed));
    // Also when the disk works again: the kernel may have dropped what the failed sync left behind.
    house.files->heal();
    EXPECT_EQ(house.append(tenant, {"c"}).outcome, AppendOutcome::failed);
    EXPECT_FALSE(house.spool->status().accepting);
    EXPECT_FALSE(house.spool->close());
}

TEST(Faults, ASyncThatSaysTheDiskIsFullIsAFailedSync) {
    FaultHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    house.files->fail(FileKind::log, FileOperation::sync, disk_full());
    EXPECT_EQ(house.append(tenant, {"a"}).outcome, AppendOutcome::failed);
    EXPECT_EQ(house.fatal.size(), 1U);
}

TEST(Faults, AFailedWriteIsFatalAndToldOnce) {
    FaultHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    house.files->fail(FileKind::log, FileOperation::append, disk_error());
    EXPECT_EQ(house.append(tenant, {"a"}).outcome, AppendOutcome::failed);
    EXPECT_EQ(house.append(tenant, {"b"}).outcome, AppendOutcome::failed);
    house.spool->commit_now();
    EXPECT_EQ(house.fatal.size(), 1U);
}

TEST(Faults, AFullDiskWithdrawsIdsSequenceAndQuotaAndHeals) {
    FaultHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    house.append(tenant, {"before"});
    const std::uint64_t stored = house.spool->status().stored_bytes;

    house.files->fail(FileKind::log, FileOperation::append, disk_full());
    EXPECT_EQ(house.append(tenant, {"a"}).outcome, AppendOutcome::failed);
    EXPECT_EQ(house.append(tenant, {"before"}).outcome, AppendOutcome::repeated)
        << "nothing is to be written for a repeat";
    EXPECT_EQ(house.spool->status().stored_bytes, stored);
    EXPECT_EQ(house.spool->status().seen_ids, 1U);
    EXPECT_FALSE(house.spool->status().accepting);
    EXPECT_THAT(house.fatal, IsEmpty());

    house.files->heal();
    // RocksDB's own recovery takes a while; the spool tries at each look at the house.
    Appended answer;
    for (int tries = 0; tries < 100 && answer.outcome != AppendOutcome::stored && house.fatal.empty(); ++tries) {
        house.clock.advance(std::chrono::seconds(1));
        house.spool->commit_now();
        answer = house.append(tenant, {"a"});
        if (answer.outcome != AppendOutcome::stored) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    if (!house.fatal.empty()) {  // RocksDB did not find its way out: the process ends, and its next start heals
        house.kill_and_move();
        house.open();
        answer = house.append(house.tenant(), {"a"});
    }
    EXPECT_EQ(answer.outcome, AppendOutcome::stored) << "its id was withdrawn, so it is no repeat";
    EXPECT_EQ(answer.first, (Position{Sequence{2}, 0}));
    EXPECT_TRUE(house.spool->status().accepting);

    house.kill_and_move();
    house.options.files.reset();
    house.open();
    EXPECT_THAT(house.lines(tenant), ElementsAre(line_of("before"), line_of("a")));
}

TEST(Faults, AStartOnAFullDiskAsksForSpaceAndLosesNothing) {
    FaultHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    EXPECT_EQ(house.append(tenant, {"a"}).outcome, AppendOutcome::stored);
    house.spool.reset();

    house.files->fail(FileKind::manifest, FileOperation::append, disk_full());
    const auto opened = house.try_open();
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message, testing::HasSubstr("free some on its disk and start again"));

    house.files->heal();
    house.open();
    EXPECT_THAT(house.lines(tenant), ElementsAre(line_of("a")));
}

TEST(Faults, APowerCutLosesNothingThatWasAnswered) {
    for (const std::uint64_t torn_bytes : {0U, 1U, 9U, 60U, 5000U}) {
        FaultHouse house(CommitMode::thread);
        house.open();
        const TenantId tenant = house.tenant();
        house.append(tenant, {"a"});
        house.append(tenant, {"b"});

        // The power goes while the third is being synced: its bytes are written, and some of them reach the disk.
        house.files->hold_syncs();
        Answers answers;
        house.spool->append(SpoolHouse::delivery(tenant, {"c"}), house.mailbox,
                            [&](const Appended& answer) { answers(answer); });
        house.files->wait_for_held_sync();
        house.files->cut_power();
        house.files->let_syncs_go();
        EXPECT_THAT(answers.wait_for(1), ElementsAre(AppendOutcome::failed));
        house.spool.reset();
        house.files->power_on(torn_bytes);

        ASSERT_TRUE(house.try_open()) << torn_bytes;
        const auto lines = house.lines(tenant);
        ASSERT_GE(lines.size(), 2U) << torn_bytes;
        EXPECT_EQ(lines[0], line_of("a"));
        EXPECT_EQ(lines[1], line_of("b"));
    }
}

}  // namespace
}  // namespace hookline::spool
