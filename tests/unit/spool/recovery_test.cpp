// Opening: after damage, after another process, after another version.

#include <rocksdb/db.h>
#include <sys/stat.h>

#include "damage.h"
#include "spool/checksum.h"
#include "spool/salvage.h"
#include "spool/verify.h"
#include "spool/wal_check.h"

namespace hookline::spool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Recovery, OneFlippedBitInTheMiddleOfTheLogRefusesTheStart) {
    KilledHouse house(100);
    flip_bit(house.log, std::filesystem::file_size(house.log) / 2);
    const auto opened = house.try_open();
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message, HasSubstr("hookline spool salvage"));
    EXPECT_THAT(opened.error().message, HasSubstr(house.log.filename().string()));
}

TEST(Recovery, AHoleInTheMiddleOfTheLogRefusesTheStart) {
    KilledHouse house(100);
    write_at(house.log, std::filesystem::file_size(house.log) / 2 / 4096 * 4096, std::string(4096, '\0'));
    EXPECT_FALSE(house.try_open());
}

TEST(Recovery, ATornTailOpens) {
    for (const std::uint64_t cut : {1U, 100U, 1500U}) {
        KilledHouse house(20);
        std::filesystem::resize_file(house.log, std::filesystem::file_size(house.log) - cut);
        ASSERT_TRUE(house.try_open()) << cut;
        EXPECT_EQ(house.lines(house.id).size(), 19U);
        EXPECT_EQ(house.append(house.id, {"event-19"}, std::string(2000, 't')).outcome, AppendOutcome::stored);
    }
}

TEST(Recovery, APowerCutDuringTheRecoveryFromAnotherOpens) {
    // RocksDB begins the new log with a batch of nothing before its manifest says that the torn one is done with.
    KilledHouse house(20);
    std::filesystem::resize_file(house.log, std::filesystem::file_size(house.log) - 100);
    const std::string typed = std::string(1, '\1') + std::string(12, '\0');
    const std::uint32_t sum = masked_checksum(typed);
    std::string record;
    for (unsigned shift = 0; shift < 32; shift += 8) record += static_cast<char>(sum >> shift & 0xffU);
    record += std::string("\x0c\0", 2) + typed;
    const std::string number = std::to_string(std::stoul(house.log.stem()) + 1);
    std::ofstream(house.log.parent_path() / (std::string(6 - number.size(), '0') + number + ".log"), std::ios::binary)
        << record;
    const auto opened = house.try_open();
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(house.lines(house.id).size(), 19U);
}

TEST(Recovery, AHoleOfFourKilobytesInTheLastWriteOpens) {
    // The power went while a large write was on its way: its middle did not reach the disk, its end did.
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    house.append(tenant, {"first"});
    const std::uint64_t before = std::filesystem::file_size(log_of(house.options.directory));
    std::string noise;
    for (std::uint32_t number = 0; noise.size() < 200'000; ++number) noise += hex(sha256(std::to_string(number)));
    house.append(tenant, {"large"}, noise);
    house.kill_and_move();
    const Path log = log_of(house.options.directory);
    ASSERT_GT(std::filesystem::file_size(log), before + 60'000);
    write_at(log, before + 40'000, std::string(4096, '\0'));

    ASSERT_TRUE(house.try_open());
    EXPECT_THAT(house.lines(tenant), ElementsAre(line_of("first")));
}

TEST(Recovery, ZerosBehindTheLastWriteOpen) {
    KilledHouse house(20);
    std::filesystem::resize_file(house.log, std::filesystem::file_size(house.log) + 100'000);
    ASSERT_TRUE(house.try_open());
    EXPECT_EQ(house.lines(house.id).size(), 20U);
}

TEST(Recovery, AnUndamagedLogOpensWhole) {
    KilledHouse house(100);
    ASSERT_TRUE(house.try_open());
    EXPECT_EQ(house.lines(house.id).size(), 100U);
}

TEST(Recovery, DamageInATableIsAnErrorOfItsTenantAlone) {
    SpoolHouse house;
    house.open();
    const TenantId one = house.tenant(std::string(32, 'a'));
    const TenantId two = house.tenant(std::string(32, 'b'));
    for (int count = 0; count < 100; ++count) {
        std::string noise;
        for (int part = 0; part < 40; ++part) noise += hex(sha256(std::to_string(count * 100 + part)));
        house.append(count < 99 ? one : two, {"event-" + std::to_string(count)}, noise);
    }
    house.spool.reset();  // everything is in tables now
    Path largest;
    for (const auto& file : std::filesystem::directory_iterator(house.options.directory)) {
        if (file.path().extension() != ".sst") continue;
        if (largest.empty() || file.file_size() > std::filesystem::file_size(largest)) largest = file.path();
    }
    flip_bit(largest, std::filesystem::file_size(largest) / 2);

    ASSERT_TRUE(house.try_open());
    EXPECT_FALSE(house.spool->read(one, {}, 1 << 30, 1000));
    EXPECT_EQ(house.lines(two).size(), 1U);
    EXPECT_EQ(house.append(two, {"next"}).outcome, AppendOutcome::stored);
}

TEST(Recovery, ASecondProcessOnTheSameDirectoryIsRefused) {
    SpoolHouse house;
    house.open();
    SpoolHouse second;
    second.options.directory = house.options.directory;
    const auto opened = second.try_open();
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message, HasSubstr(house.options.directory.string()));
    EXPECT_THAT(opened.error().message, HasSubstr("in use by another hookline process"));
    house.spool.reset();
    EXPECT_TRUE(second.try_open());
}

TEST(Recovery, ANewerFormatIsRefusedWithASentence) {
    SpoolHouse house;
    house.open();
    house.spool.reset();
    const Path format = house.options.directory / "FORMAT";
    ASSERT_TRUE(write_file_atomically(format, "hookline spool 3\nrocksdb 7.8.3\n"));
    auto opened = house.try_open();
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message, HasSubstr("spool format 3"));
    ASSERT_TRUE(write_file_atomically(format, "hookline spool 2\nrocksdb 99.1.0\n"));
    opened = house.try_open();
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message, HasSubstr("RocksDB 99"));
    ASSERT_TRUE(write_file_atomically(format, "hookline spool 2\nrocksdb 7.0.1\n"));
    EXPECT_TRUE(house.try_open()) << "an older one is taken on";
}

TEST(Recovery, AForeignDatabaseIsRefusedAndLeftAlone) {
    SpoolHouse house;
    rocksdb::DB* database = nullptr;
    rocksdb::Options options;
    options.create_if_missing = true;
    ASSERT_TRUE(rocksdb::DB::Open(options, house.options.directory.string(), &database).ok());
    delete database;
    const auto opened = house.try_open();
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message, HasSubstr("not a hookline spool"));
}

TEST(Recovery, ADirectoryThatLostItsBeginningIsRefused) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    house.append(tenant, {"a"});
    house.spool.reset();
    const std::string current = *read_file(house.options.directory / "CURRENT");
    std::filesystem::remove(house.options.directory / "CURRENT");
    EXPECT_FALSE(house.try_open());
    ASSERT_TRUE(write_file_atomically(house.options.directory / "CURRENT", current));
    ASSERT_TRUE(house.try_open());
    EXPECT_THAT(house.lines(tenant), ElementsAre(line_of("a"))) << "and nothing in it was thrown away";
}

TEST(Recovery, AYoungSpoolThatLostItsBeginningIsRefusedAgainAndAgain) {
    KilledHouse house(30);  // everything stands in the log alone
    std::filesystem::remove(house.options.directory / "CURRENT");
    for (int start = 0; start < 3; ++start) {
        const auto refused = house.try_open();
        ASSERT_FALSE(refused);
        EXPECT_THAT(refused.error().message, HasSubstr("hookline spool salvage"));
    }
    SalvageOptions options;
    options.directory = house.options.directory;
    options.now = house.clock.wall();
    ASSERT_TRUE(salvage(options));
    ASSERT_TRUE(house.try_open());
    EXPECT_EQ(house.lines(house.id).size(), 30U);
}

TEST(Recovery, ASpoolThatLostItsFormatIsSavedBySalvage) {
    for (const bool is_there : {false, true}) {
        SpoolHouse house;
        house.open();
        const TenantId tenant = house.tenant();
        house.append(tenant, {"a"});
        house.spool.reset();
        const Path format = house.options.directory / "FORMAT";
        std::filesystem::remove(format);
        if (is_there) {
            ASSERT_TRUE(write_file_atomically(format, ""));
        }
        const auto refused = house.try_open();
        ASSERT_FALSE(refused);
        EXPECT_THAT(refused.error().message, HasSubstr("hookline spool salvage"));
        const auto seen = verify(house.options.directory);
        ASSERT_TRUE(seen);
        EXPECT_THAT(seen->problems, testing::Contains(HasSubstr("FORMAT")));

        SalvageOptions options;
        options.directory = house.options.directory;
        options.now = house.clock.wall();
        ASSERT_TRUE(salvage(options));
        ASSERT_TRUE(house.try_open());
        EXPECT_THAT(house.lines(tenant), ElementsAre(line_of("a")));
    }
}

TEST(Recovery, ADirectoryWithOtherFilesIsRefusedAndLeftAsItIs) {
    SpoolHouse house;
    const Path& directory = house.options.directory;
    std::filesystem::create_directories(directory / "somebodys");
    ASSERT_EQ(::chmod(directory.c_str(), 0755), 0);
    const auto opened = house.try_open();
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message, HasSubstr("is no spool, and other files are in it (somebodys)"));
    struct stat status {};
    ASSERT_EQ(::stat(directory.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0755U);
    const std::filesystem::directory_iterator files(directory);
    EXPECT_EQ(std::distance(begin(files), end(files)), 1) << "nothing was made in it";
}

TEST(Recovery, AForeignDatabasesDirectoryKeepsItsMode) {
    SpoolHouse house;
    const Path& directory = house.options.directory;
    std::filesystem::create_directories(directory);
    ASSERT_TRUE(write_file_atomically(directory / "CURRENT", "MANIFEST-000001\n"));
    ASSERT_EQ(::chmod(directory.c_str(), 0755), 0);
    EXPECT_FALSE(house.try_open());
    struct stat status {};
    ASSERT_EQ(::stat(directory.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0755U);
}

TEST(Recovery, AnEmptyDirectoryThatWaitsForASpoolBecomesOne) {
    SpoolHouse house;
    const Path& directory = house.options.directory;
    std::filesystem::create_directories(directory / "lost+found");
    ASSERT_TRUE(write_file_atomically(directory / "admin-token", "the-token-that-was-put-there-before\n"));
    for (const char* cut_off : {"FORMAT.tmp", "FORMAT.new", "spool.key.tmp"}) {
        ASSERT_TRUE(write_file_atomically(directory / cut_off, ""));
    }
    ASSERT_EQ(::chmod(directory.c_str(), 0755), 0);
    ASSERT_TRUE(house.try_open());
    struct stat status {};
    ASSERT_EQ(::stat(directory.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
    house.spool.reset();
    ASSERT_TRUE(write_file_atomically(directory / "a-note-beside", "x")) << "which does a spool no harm";
    EXPECT_TRUE(house.try_open());
}

TEST(Recovery, FilesAreTheirOwnersAlone) {
    SpoolHouse house;
    house.open();
    house.append(house.tenant(), {"a"});
    house.reopen();
    house.append(house.tenant(), {"b"});
    struct stat status {};
    ASSERT_EQ(::stat(house.options.directory.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
    for (const auto& file : std::filesystem::directory_iterator(house.options.directory)) {
        ASSERT_EQ(::stat(file.path().c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0077U, 0U) << file.path();
    }
}

TEST(Recovery, WhatCannotBeWrittenToIsSaid) {
    SpoolHouse house;
    house.options.directory = "/proc/hookline-spool";
    const auto opened = house.try_open();
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message, HasSubstr("/proc/hookline-spool"));
}

// The scanner of logs, by itself.

WalScan scan(const std::string& bytes) {
    WalScanner scanner;
    for (std::size_t at = 0; at < bytes.size(); at += WalScanner::block_bytes) {
        scanner.add_block(std::string_view(bytes).substr(at, WalScanner::block_bytes));
    }
    return scanner.finish();
}

TEST(WalCheck, FindsEveryFlippedBitAndTellsTheLastRecordFromTheOthers) {
    KilledHouse house(30);
    const std::string log = *read_file(house.log, std::size_t{1} << 30);
    const WalScan whole = scan(log);
    EXPECT_FALSE(whole.damaged_at);
    EXPECT_GE(whole.records, 30U);

    // Where the last record begins: the shortest front part that is whole and has one record less.
    std::size_t last_begins = log.size() - 1;
    while (scan(log.substr(0, last_begins)).damaged_at) --last_begins;
    ASSERT_EQ(scan(log.substr(0, last_begins)).records, whole.records - 1);

    for (std::size_t at = 0; at < log.size(); at += 37) {
        std::string damaged = log;
        damaged[at] = static_cast<char>(damaged[at] ^ 1);
        const WalScan found = scan(damaged);
        // Padding at a block's end means nothing.
        if (!found.damaged_at) continue;
        EXPECT_EQ(found.record_behind, at < last_begins) << at;
        EXPECT_LE(*found.damaged_at, at);
    }
}

TEST(WalCheck, AnEmptyLogIsWhole) {
    EXPECT_FALSE(scan("").damaged_at);
    EXPECT_EQ(scan("").records, 0U);
}

}  // namespace
}  // namespace hookline::spool
