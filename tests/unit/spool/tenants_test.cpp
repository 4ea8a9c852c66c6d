// Tenants: found, introduced, proven, rekeyed, forgotten.

#include <rocksdb/db.h>

#include "raw_rows.h"
#include "spool_house.h"

namespace hookline::spool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::string token_canary = "CANARYcanaryCANARYcanary12345678";

HeaderIdentity headers(const std::string& token = token_canary, const std::string& region = "us") {
    return {region, Secret(token)};
}

TEST(Tenants, AnIntroducedOneIsWrittenWithItsFirstAppendAndNotBefore) {
    SpoolHouse house;
    house.open();
    EXPECT_FALSE(house.spool->find(headers()));
    const TenantId tenant = house.spool->introduce(headers());
    EXPECT_EQ(house.spool->introduce(headers()), tenant);
    ASSERT_TRUE(house.spool->find(headers()));
    EXPECT_FALSE(house.spool->find(headers())->proven);
    EXPECT_THAT(house.spool->tenants(), IsEmpty());
    house.reopen();
    EXPECT_FALSE(house.spool->find(headers()));

    const TenantId again = house.spool->introduce(headers());
    house.append(again, {"a"});
    house.reopen();
    ASSERT_TRUE(house.spool->find(headers()));
    EXPECT_EQ(house.spool->find(headers())->id, again);
    EXPECT_EQ(house.spool->identity(again), Identity(headers()));
    ASSERT_THAT(house.spool->tenants(), SizeIs(1));
    EXPECT_EQ(house.spool->tenants().front().label, label_of(headers()));
}

TEST(Tenants, AreToldApartByRegionAndToken) {
    SpoolHouse house;
    house.open();
    const TenantId us = house.spool->introduce(headers(token_canary, "us"));
    const TenantId eu = house.spool->introduce(headers(token_canary, "eu"));
    const TenantId named = house.spool->introduce(NamedIdentity{"us"});
    EXPECT_NE(us, eu);
    EXPECT_NE(us, named);
    EXPECT_TRUE(house.spool->known(named)->proven) << "a named tenant always is";
    EXPECT_FALSE(house.spool->known(us)->proven);
}

TEST(Tenants, AreShownByRegionAndFingerprintOrByName) {
    EXPECT_EQ(label_of(headers()), "us-" + Secret(token_canary).fingerprint());
    EXPECT_EQ(label_of(NamedIdentity{"acme"}), "acme");
}

TEST(Tenants, AProofIsKept) {
    SpoolHouse house;
    house.open();
    const TenantId one = house.spool->introduce(headers());
    const TenantId two = house.spool->introduce(headers(std::string(32, 'b')));
    Append proven = SpoolHouse::delivery(one, {"a"});
    proven.prove = true;
    house.append(proven);
    house.append(two, {"a"});
    EXPECT_TRUE(house.spool->known(one)->proven);
    EXPECT_FALSE(house.spool->known(two)->proven);

    Settle settle;
    settle.tenant = two;
    settle.upto = {Sequence{2}, 0};
    settle.prove = true;
    ASSERT_TRUE(house.settle(settle));
    house.kill_and_move();
    house.open();
    EXPECT_TRUE(house.spool->known(one)->proven);
    EXPECT_TRUE(house.spool->known(two)->proven);
}

TEST(Tenants, WhenOneLastDeliveredIsKnownAfterARestart) {
    SpoolHouse house;
    house.open();
    const auto received = [&](TenantId tenant, const std::string& uuid, bool delivered, std::chrono::hours ago) {
        Append append = SpoolHouse::delivery(tenant, {uuid});
        append.received_at = house.clock.wall() - ago;
        append.already_delivered = delivered;
        house.append(append);
        return append.received_at;
    };
    const TenantId waiting = house.spool->introduce(NamedIdentity{"waiting"});
    const TenantId shipped = house.spool->introduce(headers());
    received(waiting, "a", false, std::chrono::hours(3));
    const WallTime last_of_waiting = received(waiting, "b", false, std::chrono::hours(2));
    const WallTime last_of_shipped = received(shipped, "c", true, std::chrono::hours(1));
    house.reopen();
    for (const TenantStatus& tenant : house.spool->tenants()) {
        EXPECT_EQ(tenant.last_received, tenant.id == waiting ? last_of_waiting : last_of_shipped) << tenant.label;
    }
    EXPECT_THAT(house.spool->tenants(), SizeIs(2));
}

TEST(Tenants, StrangersCannotFillTheMemory) {
    SpoolHouse house;
    house.open();
    const TenantId first = house.spool->introduce(headers());
    for (int count = 0; count < 5000; ++count) {
        house.spool->introduce(headers(std::string(26, 'x') + std::to_string(100'000 + count)));
    }
    EXPECT_FALSE(house.spool->known(first)) << "the longest unused is forgotten";
    EXPECT_EQ(house.append(first, {"a"}).outcome, AppendOutcome::busy) << "to be tried again";
}

TEST(Tenants, OneWithAnAppendOnItsWayIsNotForgotten) {
    SpoolHouse house;
    house.open();
    const TenantId first = house.spool->introduce(headers());
    AppendOutcome outcome = AppendOutcome::busy;
    house.spool->append(SpoolHouse::delivery(first, {"a"}), house.mailbox,
                        [&](const Appended& answer) { outcome = answer.outcome; });
    for (int count = 0; count < 5000; ++count) {
        house.spool->introduce(headers(std::string(26, 'x') + std::to_string(100'000 + count)));
    }
    house.spool->commit_now();
    EXPECT_EQ(outcome, AppendOutcome::stored);
}

TEST(Tenants, NumbersAreNeverUsedAgain) {
    SpoolHouse house;
    house.open();
    const TenantId one = house.spool->introduce(headers());
    house.append(one, {"a"});
    ASSERT_TRUE(house.spool->forget(one));
    house.reopen();
    EXPECT_GT(house.spool->introduce(headers()), one);
}

TEST(Tenants, RekeyGivesAnotherTokenAndKeepsTheRest) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.spool->introduce(headers());
    house.append(tenant, {"a"});
    const std::string fresh_token(32, 'n');
    const std::string row = rows_of(house.options.directory, Table::state).at(tenant_key(tenant));
    ASSERT_TRUE(holds(house.bytes_on_disk(), row));
    ASSERT_TRUE(house.spool->rekey(tenant, headers(fresh_token, "eu")));

    const auto expect_rekeyed = [&] {
        EXPECT_FALSE(house.spool->find(headers()));
        ASSERT_TRUE(house.spool->find(headers(fresh_token, "eu")));
        EXPECT_EQ(house.spool->find(headers(fresh_token, "eu"))->id, tenant);
        EXPECT_EQ(house.spool->tenant(tenant)->label, label_of(headers(fresh_token, "eu")));
        EXPECT_THAT(house.lines(tenant), ElementsAre(line_of("a")));
        EXPECT_EQ(house.append(tenant, {"a"}).outcome, AppendOutcome::repeated);
    };
    expect_rekeyed();
    EXPECT_FALSE(holds(house.bytes_on_disk(), row)) << "the old token leaves the disk, sealed as it was";
    house.reopen();
    expect_rekeyed();
}

TEST(Tenants, RekeyOfAProvenTenantKeepsItProven) {
    // Its events were acknowledged for good: with a mistyped token they wait for the right one, and do not expire.
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.spool->introduce(headers());
    Append proven = SpoolHouse::delivery(tenant, {"a"});
    proven.prove = true;
    house.append(proven);
    ASSERT_TRUE(house.spool->known(tenant)->proven);
    ASSERT_TRUE(house.spool->rekey(tenant, headers(std::string(32, 'n'), "eu")));
    EXPECT_TRUE(house.spool->known(tenant)->proven);
    house.reopen();
    EXPECT_TRUE(house.spool->known(tenant)->proven);

    const TenantId stranger = house.spool->introduce(headers(std::string(32, 's')));
    house.append(stranger, {"b"});
    ASSERT_FALSE(house.spool->known(stranger)->proven);
    ASSERT_TRUE(house.spool->rekey(stranger, headers(std::string(32, 't'))));
    EXPECT_FALSE(house.spool->known(stranger)->proven);
}

TEST(Tenants, RekeyToAnothersIdentityIsRefused) {
    SpoolHouse house;
    house.open();
    const TenantId one = house.spool->introduce(headers());
    const TenantId two = house.spool->introduce(headers(std::string(32, 'b')));
    house.append(one, {"a"});
    house.append(two, {"a"});
    const auto refused = house.spool->rekey(one, headers(std::string(32, 'b')));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, Not(HasSubstr(std::string(32, 'b'))));
    EXPECT_EQ(house.spool->find(headers())->id, one);
    EXPECT_FALSE(house.spool->rekey(TenantId{99}, headers(std::string(32, 'c'))));
}

TEST(Tenants, ForgetLeavesNoByteOfIt) {
    SpoolHouse house;
    house.open();
    const TenantId other = house.spool->introduce(headers(std::string(32, 'b')));
    const TenantId tenant = house.spool->introduce(headers());
    house.append(other, {"other-event"}, "other-words");
    std::vector<std::string> uuids;
    for (int event = 0; event < 20; ++event) uuids.push_back("event-" + std::to_string(event));
    for (const std::string& uuid : uuids) house.append(tenant, {uuid}, "secret-words");
    Settle settle;
    settle.tenant = tenant;
    settle.upto = {Sequence{3}, 0};
    settle.letters = {condemned_letter("secret-letter\n", "event-0")};
    settle.note = BulkNote{};
    ASSERT_TRUE(house.settle(settle));
    house.spool->keep_aside(tenant, aside_letter("secret-aside"));
    house.spool->commit_now();
    // Some of it in tables, some in the log.
    house.reopen();
    house.append(tenant, {"late"}, "secret-words");
    // The row that holds the tenant's key, as it stood at its first append and as it stands after a start.
    const std::string row = rows_of(house.options.directory, Table::state).at(tenant_key(tenant));
    const std::string sealed_key(decode_tenant(row)->sealed);
    ASSERT_TRUE(holds(house.bytes_on_disk(), sealed_key));
    const auto records = rows_of(house.options.directory, Table::records);

    ASSERT_TRUE(house.spool->forget(tenant));

    const std::string id(reinterpret_cast<const char*>(id_of_uuid("event-5").bytes.data()), 16);
    for (int round = 0; round < 2; ++round) {
        const std::string disk = house.bytes_on_disk();
        EXPECT_FALSE(holds(disk, sealed_key)) << "its key is destroyed";
        for (const auto& [key, value] : records) {
            if (record_key_of(key)->tenant != tenant) continue;
            EXPECT_FALSE(holds(disk, value)) << "and so is what it sealed";
        }
        EXPECT_FALSE(holds(disk, id)) << "its ids are gone as well";
        EXPECT_FALSE(house.spool->find(headers()));
        EXPECT_FALSE(house.spool->tenant(tenant));
        EXPECT_THAT(house.lines(other), ElementsAre(line_of("other-event", "other-words")));
        EXPECT_EQ(house.append(other, {"other-event"}, "other-words").outcome, AppendOutcome::repeated);
        EXPECT_THAT(house.spool->letters({}, 0, 10)->size(), 0U);
        house.reopen();
    }
    EXPECT_FALSE(house.spool->forget(tenant));
}

TEST(Tenants, ForgetSaysWhereASalvageKeptWhatWasForgotten) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.spool->introduce(headers());
    house.append(tenant, {"a"});
    std::filesystem::create_directory(house.options.directory / "damaged-20261122T154609Z");
    testing::internal::CaptureStderr();
    const auto forgotten = house.spool->forget(tenant);
    const std::string said = testing::internal::GetCapturedStderr();
    ASSERT_TRUE(forgotten) << forgotten.error().message;
    EXPECT_THAT(said, HasSubstr("damaged-20261122T154609Z"));
    EXPECT_THAT(said, HasSubstr("remove them"));
}

TEST(Tenants, AnAppendForAForgottenOneIsRefused) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.spool->introduce(headers());
    house.append(tenant, {"a"});
    AppendOutcome outcome = AppendOutcome::stored;
    house.spool->append(SpoolHouse::delivery(tenant, {"b"}), house.mailbox,
                        [&](const Appended& answer) { outcome = answer.outcome; });
    ASSERT_TRUE(house.spool->forget(tenant));
    house.spool->commit_now();
    EXPECT_EQ(outcome, AppendOutcome::failed);
    EXPECT_FALSE(house.settle(tenant, {Sequence{2}, 0}));
}

TEST(Tenants, TokensStandInNoKeyAndInNoListing) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.spool->introduce(headers());
    house.append(tenant, {"a"});
    house.spool.reset();

    rocksdb::DB* database = nullptr;
    std::vector<std::string> names;
    const std::string path = house.options.directory.string();
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, path, &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> tables;
    for (const std::string& name : names) tables.emplace_back(name, rocksdb::ColumnFamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    ASSERT_TRUE(rocksdb::DB::OpenForReadOnly({}, path, tables, &handles, &database).ok());
    const std::unique_ptr<rocksdb::DB> owner(database);
    unsigned keys = 0;
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
        const std::unique_ptr<rocksdb::Iterator> walk(database->NewIterator({}, handle));
        for (walk->SeekToFirst(); walk->Valid(); walk->Next(), ++keys) {
            EXPECT_THAT(walk->key().ToString(), Not(HasSubstr(token_canary)));
        }
    }
    EXPECT_GT(keys, 3U);
    for (rocksdb::ColumnFamilyHandle* handle : handles) ASSERT_TRUE(database->DestroyColumnFamilyHandle(handle).ok());
}

}  // namespace
}  // namespace hookline::spool
