// After damage: verify says what is wrong, salvage saves what can be saved and says what cannot.

#include "spool/salvage.h"

#include <algorithm>
#include <random>

#include <rocksdb/file_system.h>

#include "damage.h"
#include "spool/salvage_swap.h"
#include "spool/table_tail.h"
#include "spool/wal_check.h"

namespace hookline::spool {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::SizeIs;

SalvageReport salvaged(const SpoolHouse& house, bool dry_run = false) {
    SalvageOptions options;
    options.directory = house.options.directory;
    options.now = house.clock.wall();
    options.dry_run = dry_run;
    auto report = salvage(options);
    EXPECT_TRUE(report) << (report ? "" : report.error().message);
    return report.value_or(SalvageReport{});
}

Survey verified(const SpoolHouse& house) {
    auto found = verify(house.options.directory);
    EXPECT_TRUE(found) << (found ? "" : found.error().message);
    return found.value_or(Survey{});
}

std::map<std::string, std::string> files_of(const Path& directory) {
    std::map<std::string, std::string> files;
    for (const auto& file : std::filesystem::directory_iterator(directory)) {
        if (file.is_regular_file()) files[file.path().filename()] = *read_file(file.path(), std::size_t{1} << 30);
    }
    return files;
}

Path largest_table(const Path& directory) {
    Path largest;
    for (const auto& file : std::filesystem::directory_iterator(directory)) {
        if (file.path().extension() != ".sst") continue;
        if (largest.empty() || file.file_size() > std::filesystem::file_size(largest)) largest = file.path();
    }
    return largest;
}

std::string noise(int seed, int parts = 40) {
    std::string text;
    for (int part = 0; part < parts; ++part) text += hex(sha256(std::to_string(seed * 1000 + part)));
    return text;
}

/// Two tenants, some of the first one's deliveries settled, letters of both classes, all of it in tables.
struct FullHouse : SpoolHouse {
    FullHouse() {
        open();
        one = tenant(std::string(32, 'a'));
        two = tenant(std::string(32, 'b'));
        for (int count = 0; count < 60; ++count) append(one, {"one-" + std::to_string(count)}, noise(count));
        append(two, {"two-0"}, "quiet");
        check(settle(one, {Sequence{11}, 0}).has_value(), "settle");
        Settle condemned;
        condemned.tenant = two;
        condemned.upto = {Sequence{2}, 0};
        condemned.letters.push_back(
            {LetterClass::condemned, LetterReason::line_refused, 400, "no", "two-0", "{}\n", 1, std::nullopt});
        check(settle(std::move(condemned)).has_value(), "condemn");
        append(two, {"two-1"}, "waits");
        spool.reset();
    }
    TenantId one, two;
};

/// Killed with several logs that are needed: deliveries went into tables, and their ids are in the logs alone.
struct LargeKilledHouse : SpoolHouse {
    static constexpr int deliveries = 40;
    LargeKilledHouse() {
        open();
        id = tenant();
        std::mt19937 chance(1);
        for (int count = 0; count < deliveries; ++count) {
            std::string nothing_to_pack(1'000'000, ' ');
            for (char& letter : nothing_to_pack) letter = static_cast<char>('A' + chance() % 26);
            append(id, {"event-" + std::to_string(count)}, nothing_to_pack);
        }
        kill_and_move();
        for (const auto& file : std::filesystem::directory_iterator(options.directory))
            if (file.path().extension() == ".log" && file.file_size() > 0) logs.push_back(file.path());
        std::sort(logs.begin(), logs.end());
        check(logs.size() > 1, "one log is not enough");
    }
    TenantId id;
    std::vector<Path> logs;  ///< oldest first
};

/// A disk that does not give a block of one file.
class BadBlock final : public rocksdb::FileSystemWrapper {
 public:
    BadBlock(Path path, std::uint64_t at)
        : FileSystemWrapper(rocksdb::FileSystem::Default()), path_(std::move(path)), at_(at) {}
    const char* Name() const override { return "hookline.bad-block"; }

    rocksdb::IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions& options,
                                          std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                          rocksdb::IODebugContext* debug) override {
        auto status = FileSystemWrapper::NewRandomAccessFile(path, options, file, debug);
        if (status.ok() && path == path_) *file = std::make_unique<File>(std::move(*file), at_);
        return status;
    }

 private:
    class File final : public rocksdb::FSRandomAccessFileOwnerWrapper {
     public:
        File(std::unique_ptr<rocksdb::FSRandomAccessFile> file, std::uint64_t at)
            : FSRandomAccessFileOwnerWrapper(std::move(file)), at_(at) {}
        rocksdb::IOStatus Read(std::uint64_t offset, std::size_t bytes, const rocksdb::IOOptions& options,
                               rocksdb::Slice* result, char* scratch, rocksdb::IODebugContext* debug) const override {
            if (offset <= at_ && at_ < offset + bytes) return rocksdb::IOStatus::IOError("Input/output error");
            return FSRandomAccessFileOwnerWrapper::Read(offset, bytes, options, result, scratch, debug);
        }

     private:
        const std::uint64_t at_;
    };

    const Path path_;
    const std::uint64_t at_;
};

/// It does not start, says what to do, and verify sees why.
void expect_refused(SpoolHouse& house) {
    const auto refused = house.try_open();
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("`hookline spool salvage --spool "));
    EXPECT_FALSE(verified(house).fine());
}

TEST(Verify, AWholeSpoolIsFineAndIsNotTouched) {
    FullHouse house;
    const auto before = files_of(house.options.directory);
    const Survey found = verified(house);
    EXPECT_TRUE(found.fine()) << testing::PrintToString(found.problems);
    ASSERT_THAT(found.tenants, SizeIs(2));
    EXPECT_EQ(found.tenants[0].waiting_deliveries, 50U);
    EXPECT_EQ(found.tenants[0].waiting_lines, 50U);
    EXPECT_EQ(found.tenants[1].waiting_deliveries, 1U);
    EXPECT_EQ(found.tenants[1].letters, 1U);
    EXPECT_EQ(found.tenants[0].label, label_of(HeaderIdentity{"us", Secret(std::string(32, 'a'))}));
    EXPECT_GT(found.table_files, 0U);
    EXPECT_EQ(files_of(house.options.directory), before);
}

TEST(Verify, AKilledSpoolIsFine) {
    KilledHouse house(30);
    const Survey found = verified(house);
    EXPECT_TRUE(found.fine()) << testing::PrintToString(found.problems);
    EXPECT_EQ(found.tenants.at(0).waiting_deliveries, 30U);
    // So is one that the power left with a torn last write.
    std::filesystem::resize_file(house.log, std::filesystem::file_size(house.log) - 100);
    EXPECT_TRUE(verified(house).fine());
}

TEST(Verify, AKilledSpoolOfSeveralLogsIsFine) {
    LargeKilledHouse house;
    const Survey found = verified(house);
    EXPECT_TRUE(found.fine()) << testing::PrintToString(found.problems);
    EXPECT_EQ(found.tenants.at(0).waiting_deliveries, 40U);
    EXPECT_EQ(found.log_files, house.logs.size());
}

TEST(Verify, ASpoolInUseIsLeftAlone) {
    SpoolHouse house;
    house.open();
    const auto found = verify(house.options.directory);
    ASSERT_FALSE(found);
    EXPECT_THAT(found.error().message, HasSubstr("in use by another hookline process"));
    EXPECT_FALSE(verify(house.directory / "nothing there"));
    EXPECT_FALSE(std::filesystem::exists(house.directory / "nothing there"));
}

TEST(Verify, OneFlippedBitInATableIsFoundWhereverItIs) {
    FullHouse house;
    const Path table = largest_table(house.options.directory);
    const std::uint64_t bytes = std::filesystem::file_size(table);
    std::uint64_t looked = 0;
    for (std::uint64_t at = 11; at < bytes; at += bytes / 23) {
        flip_bit(table, at);
        EXPECT_FALSE(verified(house).fine()) << at << " of " << bytes;
        flip_bit(table, at);
        ++looked;
    }
    EXPECT_GE(looked, 23U);
    EXPECT_TRUE(verified(house).fine());
}

/// What is wrong with a table's end when one bit of it is.
std::string damage_with_bit(const Path& table, std::uint64_t at) {
    flip_bit(table, at, 0x80);
    std::unique_ptr<rocksdb::FSRandomAccessFile> file;
    check(rocksdb::FileSystem::Default()->NewRandomAccessFile(table.string(), {}, &file, nullptr).ok(), "open");
    std::string damage = damage_in_tail(*file, std::filesystem::file_size(table));
    flip_bit(table, at, 0x80);
    return damage;
}

TEST(Verify, ABitInATablesPropertiesIsRefusedAndDoesNotEndTheProcess) {
    // RocksDB takes them apart before it compares their checksum; the highest bit of the block's last byte makes the
    // library of Debian 12 end the process.
    FullHouse house;
    const Path table = largest_table(house.options.directory);
    const std::uint64_t bytes = std::filesystem::file_size(table);
    std::uint64_t properties = 0;
    std::uint64_t last = 0;
    for (std::uint64_t at = bytes - 1500; at < bytes; ++at) {
        if (damage_with_bit(table, at) != "its properties are damaged") continue;
        ++properties;
        last = at;
    }
    EXPECT_GT(properties, 500U);
    constexpr std::uint64_t trailer_bytes = 5;
    for (const std::uint64_t at : {last, last - trailer_bytes, last - trailer_bytes - 1, last - properties + 1}) {
        flip_bit(table, at, 0x80);
        const Survey found = verified(house);
        EXPECT_FALSE(found.fine());
        EXPECT_THAT(testing::PrintToString(found.problems), HasSubstr("its properties are damaged")) << at;
        flip_bit(table, at, 0x80);
    }
    EXPECT_TRUE(verified(house).fine());
}

TEST(Verify, ListsEveryKey) {
    FullHouse house;
    std::map<Table, unsigned> keys;
    ASSERT_TRUE(list_keys(house.options.directory, [&](Table table, std::string_view key) {
        ++keys[table];
        EXPECT_LE(key.size(), 16U);
    }));
    EXPECT_GE(keys[Table::state], 5U);
    EXPECT_GE(keys[Table::records], 51U);
    EXPECT_GE(keys[Table::seen], 2U);
    EXPECT_EQ(keys[Table::letters], 1U);
    EXPECT_EQ(keys[Table::bodies], 1U);
}

TEST(Salvage, TakesOverWhatStandsOnBothSidesOfTheDamage) {
    KilledHouse house(100);
    flip_bit(house.log, std::filesystem::file_size(house.log) / 2);
    const auto damaged = files_of(house.options.directory);
    const auto refused = house.try_open();
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message,
                HasSubstr("`hookline spool salvage --spool " + house.options.directory.string() + "`"));
    EXPECT_FALSE(verified(house).fine());

    const SalvageReport planned = salvaged(house, true);
    const std::uint64_t lost = planned.survey.lost_deliveries();
    EXPECT_EQ(lost, 1U);
    EXPECT_EQ(planned.survey.tenants.at(0).waiting_deliveries + lost, 100U);
    ASSERT_FALSE(house.try_open()) << "a dry run does nothing";

    const SalvageReport done = salvaged(house);
    EXPECT_EQ(done.survey.lost_deliveries(), lost);
    ASSERT_TRUE(house.try_open());
    const auto lines = house.lines(house.id);
    EXPECT_EQ(lines.size(), 100 - lost);
    EXPECT_THAT(lines.front(), HasSubstr("event-0"));
    EXPECT_THAT(lines.back(), HasSubstr("event-99"));
    EXPECT_EQ(house.spool->tenant(house.id)->waiting_lines, 100 - lost);
    EXPECT_EQ(house.append(house.id, {"next"}).first.sequence, Sequence{101});
    EXPECT_EQ(house.append(house.id, {"event-99"}, std::string(2000, 'v')).outcome, AppendOutcome::repeated);
    ASSERT_TRUE(house.settle(house.id, house.read(house.id, 1 << 30).end));
    EXPECT_EQ(house.spool->tenant(house.id)->waiting_lines, 0U);
    EXPECT_EQ(house.spool->status().stored_bytes, 0U);

    // What was lost is in the ledger, and the old files are as they were.
    const auto gaps = house.spool->gaps({}, 1000).value();
    const auto row = std::find_if(gaps.begin(), gaps.end(), [](const Gap& gap) { return gap.kind == Gap::Kind::lost; });
    ASSERT_NE(row, gaps.end());
    EXPECT_EQ(row->count, lost);
    EXPECT_EQ(row->tenant_label, house.spool->tenant(house.id)->label);
    const auto kept = files_of(house.options.directory / done.old_files);
    for (const auto& [name, content] : damaged) {
        if (!name.ends_with(".log") && !name.starts_with("MANIFEST-")) continue;
        EXPECT_EQ(kept.at(name), content) << name;
    }
    house.spool.reset();
    EXPECT_TRUE(verified(house).fine());
}

TEST(Salvage, OfSeveralLogsOneOfThemDamagedTakesOverWhatStandsAroundIt) {
    LargeKilledHouse house;
    flip_bit(house.logs.front(), std::filesystem::file_size(house.logs.front()) / 2);
    expect_refused(house);
    salvaged(house);
    ASSERT_TRUE(house.try_open());
    EXPECT_EQ(house.lines(house.id).size(), 40U);
    house.spool.reset();
    EXPECT_TRUE(verified(house).fine());
}

TEST(Salvage, OfADamagedLargeDeliveryLosesThatOneAlone) {
    LargeKilledHouse house;
    flip_bit(house.logs.back(), std::filesystem::file_size(house.logs.back()) / 2);
    ASSERT_FALSE(house.try_open());
    const SalvageReport report = salvaged(house);
    EXPECT_EQ(report.survey.lost_deliveries(), 1U);
    EXPECT_FALSE(report.rebuilt);
    ASSERT_TRUE(house.try_open());
    EXPECT_EQ(house.lines(house.id).size(), 39U);
}

void damage_the_list_of_files(SpoolHouse& house) {
    for (const auto& [name, content] : files_of(house.options.directory))
        if (name.starts_with("MANIFEST-")) flip_bit(house.options.directory / name, 40);
    ASSERT_FALSE(house.try_open());
    const SalvageReport report = salvaged(house);
    EXPECT_FALSE(report.survey.log_damaged);
    EXPECT_EQ(report.survey.lost_deliveries(), 0U);
    ASSERT_TRUE(house.try_open());
}

TEST(Salvage, OfAKilledSpoolWhoseListOfFilesIsDamagedLosesNothing) {
    KilledHouse young(40);
    damage_the_list_of_files(young);
    EXPECT_EQ(young.lines(young.id).size(), 40U);
    LargeKilledHouse large;
    damage_the_list_of_files(large);
    EXPECT_EQ(large.lines(large.id).size(), 40U);
}

TEST(Salvage, WithoutAListOfFilesTheNewestRowCountsAndADamagedFileTakesItsOwnRowsAlone) {
    SpoolHouse house;
    TenantId id;
    for (int round = 0; round < 5; ++round) {
        house.open();
        id = house.tenant();
        for (int count = 0; count < 10; ++count)
            house.append(id, {std::to_string(round) + "-" + std::to_string(count)}, noise(round * 10 + count));
        // Each close leaves files of its own, every one of them with a cursor.
        ASSERT_TRUE(house.settle(id, {Sequence{static_cast<std::uint64_t>(round) * 5 + 6}, 0}));
        house.spool.reset();
    }
    for (const auto& [name, content] : files_of(house.options.directory))
        if (name.starts_with("MANIFEST-")) std::filesystem::remove(house.options.directory / name);
    ASSERT_FALSE(house.try_open());
    SalvageReport report = salvaged(house);
    EXPECT_TRUE(report.rebuilt);
    EXPECT_EQ(report.survey.lost_deliveries(), 0U);
    ASSERT_TRUE(house.try_open());
    EXPECT_EQ(house.lines(id).size(), 25U);
    house.spool.reset();

    const Path table = largest_table(house.options.directory);
    flip_bit(table, std::filesystem::file_size(table) - 60);
    ASSERT_FALSE(house.try_open());
    report = salvaged(house);
    EXPECT_TRUE(report.rebuilt);
    EXPECT_THAT(report.survey.problems, Contains(HasSubstr(table.filename().string() + " cannot be read")));
    EXPECT_EQ(report.survey.lost_deliveries(), 25U);
    ASSERT_TRUE(house.try_open());
    EXPECT_EQ(house.append(id, {"after"}).outcome, AppendOutcome::stored);
}

TEST(Salvage, OfALogThatEndsTooEarlyTakesOverWhatIsThere) {
    LargeKilledHouse house;
    std::filesystem::resize_file(house.logs.front(), std::filesystem::file_size(house.logs.front()) / 2);
    expect_refused(house);
    salvaged(house);
    ASSERT_TRUE(house.try_open());
    EXPECT_EQ(house.lines(house.id).size(), 40U);
}

TEST(Salvage, LettersOfATenantThatIsNotKnownAnyMoreStayInTheOldFiles) {
    FullHouse house;
    Path of_tenants;
    for (const auto& file : std::filesystem::directory_iterator(house.options.directory)) {
        if (file.path().extension() != ".sst") continue;
        // A file names its table: that of tenants is RocksDB's default.
        if (read_file(file.path())->find("default") != std::string::npos) of_tenants = file.path();
    }
    ASSERT_FALSE(of_tenants.empty());
    flip_bit(of_tenants, 30);
    ASSERT_FALSE(house.try_open());
    const SalvageReport report = salvaged(house);
    std::uint64_t lost_letters = 0;
    for (const SurveyedTenant& tenant : report.survey.tenants) lost_letters += tenant.lost_letters;
    EXPECT_EQ(lost_letters, 1U);
    ASSERT_TRUE(house.try_open());
    const auto letters = house.spool->letters({}, 0, 100);
    ASSERT_TRUE(letters) << letters.error().message;
    EXPECT_THAT(*letters, SizeIs(0));
}

TEST(Salvage, OfALogThatIsEmptySaysThatSomethingIsMissing) {
    LargeKilledHouse house;
    std::filesystem::resize_file(house.logs.front(), 0);
    ASSERT_FALSE(house.try_open());
    EXPECT_TRUE(salvaged(house).survey.log_damaged);
    ASSERT_TRUE(house.try_open());
    const auto gaps = house.spool->gaps({}, 1000).value();
    EXPECT_TRUE(std::any_of(gaps.begin(), gaps.end(), [](const Gap& gap) { return gap.kind == Gap::Kind::lost; }));
}

TEST(Salvage, OfALogWithABlockThatTheDiskDoesNotGiveTakesOverTheRest) {
    KilledHouse house(100);
    const auto files = std::make_shared<BadBlock>(house.log, 100'000);
    house.options.files = files;
    const auto refused = house.try_open();
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("Input/output error"));
    EXPECT_THAT(refused.error().message, HasSubstr("`hookline spool salvage --spool "));
    const auto found = verify(house.options.directory, {}, {}, files);
    ASSERT_TRUE(found);
    EXPECT_THAT(found->problems, Contains(HasSubstr("Input/output error")));

    SalvageOptions options;
    options.directory = house.options.directory;
    options.now = house.clock.wall();
    options.files = files;
    const auto report = salvage(options);
    ASSERT_TRUE(report) << report.error().message;
    // A block of 32 KiB, and what reaches into it.
    EXPECT_THAT(report->survey.lost_deliveries(), testing::AllOf(testing::Ge(10U), testing::Le(20U)));
    house.options.files = nullptr;
    ASSERT_TRUE(house.try_open());
    EXPECT_EQ(house.lines(house.id).size(), 100U - report->survey.lost_deliveries());
}

TEST(Salvage, OfALogWithAStretchThatStandsThereTwiceTakesItOnce) {
    // As when the disk wrote a block to another place as well.
    KilledHouse house(100);
    const std::string log = *read_file(house.log, std::size_t{1} << 30);
    const std::uint64_t end = (log.size() / WalScanner::block_bytes + 1) * WalScanner::block_bytes;
    std::filesystem::resize_file(house.log, end);
    write_at(house.log, end, log.substr(0, WalScanner::block_bytes));
    expect_refused(house);
    salvaged(house);
    ASSERT_TRUE(house.try_open());
    EXPECT_EQ(house.lines(house.id).size(), 100U);
}

TEST(Salvage, WithoutAListOfFilesARowInAFileWinsAgainstAnOlderOneBehindAHoleInTheLogs) {
    SpoolHouse house;
    house.open();
    const TenantId id = house.tenant();
    for (int count = 0; count < 20; ++count) house.append(id, {"event-" + std::to_string(count)});
    ASSERT_TRUE(house.settle(id, {Sequence{5}, 0}));
    house.kill_and_move();
    const Path log = log_of(house.options.directory);
    const std::string old_log = *read_file(log, std::size_t{1} << 30);
    // The next start writes the log's rows into files, and goes on.
    ASSERT_TRUE(house.try_open());
    ASSERT_TRUE(house.settle(id, {Sequence{11}, 0}));
    house.spool.reset();
    // A kill between the removals of old logs may leave the oldest of them.
    ASSERT_TRUE(write_file_atomically(house.options.directory / log.filename(), old_log));
    for (const auto& [name, content] : files_of(house.options.directory))
        if (name.starts_with("MANIFEST-")) std::filesystem::remove(house.options.directory / name);
    EXPECT_TRUE(salvaged(house).rebuilt);
    ASSERT_TRUE(house.try_open());
    EXPECT_EQ(house.lines(id).size(), 10U);
}

TEST(Salvage, OfALogThatIsGoneKeepsTheLinesOfATenantThatStoodInIt) {
    LargeKilledHouse house;
    std::filesystem::remove(house.logs.front());
    ASSERT_FALSE(house.try_open());
    EXPECT_FALSE(verified(house).fine());
    const SalvageReport report = salvaged(house);
    ASSERT_THAT(report.survey.tenants, SizeIs(1));
    EXPECT_EQ(report.survey.tenants[0].label, "");
    EXPECT_EQ(report.survey.tenants[0].waiting_deliveries, 40U);
    EXPECT_TRUE(house.try_open());
}

TEST(Salvage, OfAWholeSpoolDoesNothing) {
    FullHouse house;
    const auto before = files_of(house.options.directory);
    const SalvageReport report = salvaged(house);
    EXPECT_TRUE(report.survey.fine());
    EXPECT_EQ(report.old_files, "");
    EXPECT_EQ(files_of(house.options.directory), before);
}

TEST(Salvage, LeavesASpoolInUseAlone) {
    SpoolHouse house;
    house.open();
    SalvageOptions options;
    options.directory = house.options.directory;
    EXPECT_FALSE(salvage(options));
    options.directory = house.directory / "nothing there";
    EXPECT_FALSE(salvage(options));
}

TEST(Salvage, OfADamagedTableSavesWhatStandsAroundTheDamageAndCountsTheEventsWithin) {
    FullHouse house;
    const Path table = largest_table(house.options.directory);
    flip_bit(table, std::filesystem::file_size(table) / 2);
    const SalvageReport report = salvaged(house);
    const SurveyedTenant& hurt = report.survey.tenants.at(0);
    EXPECT_GE(hurt.lost_deliveries, 1U);
    EXPECT_LE(hurt.lost_deliveries, 40U);
    // Their ids stand in another table.
    EXPECT_EQ(hurt.lost_events, hurt.lost_deliveries);
    EXPECT_TRUE(hurt.lost_from);
    EXPECT_EQ(report.survey.tenants.at(1).lost_deliveries, 0U);

    ASSERT_TRUE(house.try_open());
    EXPECT_EQ(house.lines(house.one).size(), 50 - hurt.lost_deliveries);
    EXPECT_THAT(house.lines(house.one).front(), HasSubstr("one-10"));
    EXPECT_THAT(house.lines(house.two), ElementsAre(line_of("two-1", "waits")));
    EXPECT_EQ(house.spool->letters({}, 0, 10)->size(), 1U);
}

TEST(Salvage, OfALostEndOfAQueueKnowsFromTheIdsWhatWasThere) {
    FullHouse house;
    // The largest table holds the records; without any of it only ids tell of them.
    const Path table = largest_table(house.options.directory);
    std::filesystem::resize_file(table, std::filesystem::file_size(table) - 10);
    const SalvageReport report = salvaged(house);
    EXPECT_TRUE(report.rebuilt);
    EXPECT_EQ(report.survey.tenants.at(0).lost_deliveries, 50U);
    EXPECT_EQ(report.survey.tenants.at(0).lost_events, 50U);
    ASSERT_TRUE(house.try_open());
    EXPECT_TRUE(house.lines(house.one).empty());
    EXPECT_EQ(house.append(house.one, {"next"}).first.sequence, Sequence{61});
    EXPECT_EQ(house.spool->letters({}, 0, 10)->size(), 1U);
}

TEST(Salvage, WithoutTheFileThatTellsWhereAllBeginsNothingIsLost) {
    for (const bool list_too : {false, true}) {
        FullHouse house;
        std::filesystem::remove(house.options.directory / "CURRENT");
        if (list_too) {
            for (const auto& file : files_of(house.options.directory)) {
                if (file.first.starts_with("MANIFEST-"))
                    std::filesystem::resize_file(house.options.directory / file.first, 20);
            }
        }
        const auto refused = house.try_open();
        ASSERT_FALSE(refused);
        EXPECT_THAT(refused.error().message, HasSubstr("hookline spool salvage"));
        const SalvageReport report = salvaged(house);
        EXPECT_EQ(report.survey.lost_deliveries(), 0U);
        ASSERT_TRUE(house.try_open());
        EXPECT_EQ(house.lines(house.one).size(), 50U) << list_too;
        EXPECT_EQ(house.lines(house.two).size(), 1U);
        EXPECT_EQ(house.spool->letters({}, 0, 10)->size(), 1U);
    }
}

TEST(Salvage, ASwapThatWasInterruptedDoesNotStartAndIsEndedByTheNextSalvage) {
    KilledHouse house(100);
    flip_bit(house.log, std::filesystem::file_size(house.log) / 2);
    const Path damaged = house.options.directory;
    unsigned moments = 0;
    // It ends before its n-th operation on the directory, for every n there is.
    for (unsigned nth = 1;; ++nth) {
        const Path copy = house.directory / ("interrupted-" + std::to_string(nth));
        std::filesystem::copy(damaged, copy, std::filesystem::copy_options::recursive);
        house.options.directory = copy;
        SalvageOptions options;
        options.directory = copy;
        options.now = house.clock.wall();
        const auto files = std::make_shared<test::FaultFiles>();
        files->stop_at_rename(nth);
        options.files = files;
        const auto report = salvage(options);
        if (report) break;
        ++moments;
        ASSERT_FALSE(house.try_open()) << "before operation " << nth;
        const SalvageReport ended = salvaged(house);
        EXPECT_NE(ended.old_files, "");
        const auto opened = house.try_open();
        ASSERT_TRUE(opened) << "before operation " << nth << ": " << opened.error().message;
        EXPECT_GE(house.lines(house.id).size(), 80U);
        EXPECT_FALSE(std::filesystem::exists(copy / salvage_marker));
        house.spool.reset();
    }
    EXPECT_GE(moments, 8U);
}

}  // namespace
}  // namespace hookline::spool
