// Another main key for a spool at rest.

#include "spool/rotation.h"

#include "raw_rows.h"
#include "spool_house.h"
#include "support/stopping_files.h"

namespace hookline::spool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Two tenants, closed, and their rows as they were sealed with the first key.
struct RestingHouse : SpoolHouse {
    explicit RestingHouse(std::optional<SealKey> key = {}) {
        options.key = std::move(key);
        open();
        one = tenant(std::string(32, 'a'));
        other = tenant(std::string(32, 'b'));
        append(one, {"of one"});
        append(other, {"of other"});
        reopen();
        append(one, {"later"});
        spool.reset();
        const auto rows = rows_of(options.directory, Table::state);
        for (const TenantId id : {one, other}) old_rows.emplace_back(decode_tenant(rows.at(tenant_key(id)))->sealed);
        old_rows.emplace_back(decode_main_key(rows.at(std::string(main_key_key)))->sealed);
    }
    Result<RotationReport> rotate(std::optional<SealKey> new_key = {}) {
        return rotate_key({options.directory, options.key, std::move(new_key), options.files});
    }
    void expect_readable() {
        EXPECT_THAT(lines(one), ElementsAre(line_of("of one"), line_of("later")));
        EXPECT_THAT(lines(other), ElementsAre(line_of("of other")));
        EXPECT_EQ(append(other, {"of other"}).outcome, AppendOutcome::repeated);
    }
    [[nodiscard]] bool holds_old_rows() const {
        const std::string disk = bytes_on_disk();
        return std::any_of(old_rows.begin(), old_rows.end(), [&](const auto& row) { return holds(disk, row); });
    }
    [[nodiscard]] std::optional<SealKey> made_key() const {
        const auto text = read_file(options.directory / "spool.key");
        return text ? SealKey::from_hex(*text) : std::nullopt;
    }
    /// The same spool once more.
    RestingHouse(const RestingHouse& origin)
        : SpoolHouse(), one(origin.one), other(origin.other), old_rows(origin.old_rows) {
        options.key = origin.options.key;
        std::filesystem::copy(origin.options.directory, options.directory);
    }
    TenantId one;
    TenantId other;
    std::vector<std::string> old_rows;
};

TEST(Rotation, TheMadeKeyIsReplacedByAnotherMadeOne) {
    RestingHouse house;
    ASSERT_TRUE(house.holds_old_rows());
    const SealKey before = *house.made_key();
    const auto report = house.rotate();
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->old_id, before.id());
    EXPECT_EQ(report->new_id, house.made_key()->id());
    EXPECT_NE(report->new_id, report->old_id);
    EXPECT_EQ(report->tenants, 2U);
    EXPECT_TRUE(report->made);
    EXPECT_FALSE(house.holds_old_rows()) << "the old key opens nothing any more";
    ASSERT_TRUE(house.try_open());
    house.expect_readable();
    house.spool.reset();
    house.options.key = before;
    EXPECT_FALSE(house.try_open());
}

TEST(Rotation, AGivenKeyReplacesTheMadeOneWhichGoes) {
    RestingHouse house;
    const SealKey given = SealKey::random();
    const auto report = house.rotate(given);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->new_id, given.id());
    EXPECT_TRUE(report->deleted);
    EXPECT_FALSE(house.made_key());
    EXPECT_FALSE(house.holds_old_rows());
    const auto opened = house.try_open();
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message, HasSubstr(given.id()));
    house.options.key = given;
    ASSERT_TRUE(house.try_open());
    house.expect_readable();
}

TEST(Rotation, NamesWhatASalvageLeftForTheOldKeyToOpen) {
    RestingHouse house;
    for (const char* name : {"damaged-20261122T154609Z", "salvaged", "salvage-copy", "of-somebody-else"})
        std::filesystem::create_directory(house.options.directory / name);
    const auto report = house.rotate();
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_THAT(report->copies, testing::ElementsAre("damaged-20261122T154609Z", "salvage-copy", "salvaged"));
}

TEST(Rotation, AGivenKeyReplacesAGivenOne) {
    const SealKey before = SealKey::random();
    const SealKey after = SealKey::random();
    RestingHouse house(before);
    EXPECT_FALSE(house.rotate()) << "a key that was given is not replaced by one beside the spool";
    EXPECT_FALSE(house.rotate(before)) << "it is the one it has";
    ASSERT_TRUE(house.rotate(after));
    EXPECT_FALSE(house.holds_old_rows());
    EXPECT_FALSE(house.try_open());
    house.options.key = after;
    ASSERT_TRUE(house.try_open());
    house.expect_readable();
}

TEST(Rotation, LeavesASpoolInUseAndAWrongKeyAlone) {
    RestingHouse house;
    house.open();
    EXPECT_FALSE(house.rotate());
    house.spool.reset();
    house.options.key = SealKey::random();
    EXPECT_FALSE(house.rotate(SealKey::random()));
    house.options.key.reset();
    ASSERT_TRUE(house.try_open());
    house.expect_readable();
    EXPECT_FALSE(rotate_key({house.directory / "nothing there", {}, {}, {}}));
}

TEST(Rotation, ANewKeyWhereHooklineKeepsItsOwnIsRefusedBeforeAnythingIsDone) {
    RestingHouse house;
    const std::string made = *read_file(house.options.directory / "spool.key");
    for (const char* name : {"spool.key.new", "spool.key", "spool.key.tmp", "sub/../spool.key.new"}) {
        const Path file = house.options.directory / name;
        std::filesystem::create_directory(house.options.directory / "sub");
        const SealKey given = SealKey::random();
        const auto refused = rotate_key({house.options.directory, {}, given, {}, file});
        ASSERT_FALSE(refused) << name;
        EXPECT_THAT(refused.error().message, HasSubstr("put the new key elsewhere"));
    }
    EXPECT_EQ(*read_file(house.options.directory / "spool.key"), made);
    const Path elsewhere = house.directory / "new-key";
    EXPECT_FALSE(rotate_key({house.options.directory, {}, SealKey::random(), {}, elsewhere})) << "it is not there";
    ASSERT_TRUE(write_file_atomically(elsewhere, "what the command has read"));
    ASSERT_TRUE(rotate_key({house.options.directory, {}, SealKey::random(), {}, elsewhere}));
}

TEST(Rotation, AnEndAtAnyChangeOfAFileLeavesTheOldKeyOrTheNewOne) {
    const RestingHouse origin;
    unsigned with_old = 0;
    unsigned with_new = 0;
    for (unsigned changes = 0;; ++changes) {
        RestingHouse house(origin);
        const SealKey before = *house.made_key();
        const auto disk = std::make_shared<test::FaultFiles>();
        house.options.files = std::make_shared<test::StoppingFiles>(disk, changes);
        const bool rotated = house.rotate().has_value();
        disk->cut_power();
        disk->power_on();
        house.options.files.reset();
        const auto opened = house.try_open();
        ASSERT_TRUE(opened) << "after " << changes << " changes: " << opened.error().message;
        house.expect_readable();
        EXPECT_FALSE(std::filesystem::exists(house.options.directory / "spool.key.new")) << changes;
        const bool is_new = house.made_key()->id() != before.id();
        EXPECT_EQ(house.holds_old_rows(), !is_new) << changes;
        ++(is_new ? with_new : with_old);
        if (rotated) break;
    }
    // Both sides of the one write that decides were seen.
    EXPECT_GT(with_old, 5U);
    EXPECT_GT(with_new, 5U);
}

TEST(Rotation, AnEndWhileAGivenKeyTakesOverLeavesOneOfTheTwo) {
    const SealKey before = SealKey::random();
    const SealKey after = SealKey::random();
    const RestingHouse origin(before);
    unsigned with_new = 0;
    for (unsigned changes = 0;; changes += 3) {
        RestingHouse house(origin);
        const auto disk = std::make_shared<test::FaultFiles>();
        house.options.files = std::make_shared<test::StoppingFiles>(disk, changes);
        const bool rotated = house.rotate(after).has_value();
        disk->cut_power();
        disk->power_on();
        house.options.files.reset();
        if (!house.try_open()) {
            house.options.key = after;
            ++with_new;
            ASSERT_TRUE(house.try_open()) << changes;
            EXPECT_FALSE(house.holds_old_rows()) << changes;
        }
        house.expect_readable();
        if (rotated) break;
    }
    EXPECT_GT(with_new, 1U);
}

}  // namespace
}  // namespace hookline::spool
