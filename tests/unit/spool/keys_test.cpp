// Secrets at rest: what the files show, which key opens them, and that nothing is ever sealed twice alike.

#include <set>
#include <thread>

#include <sys/stat.h>

#include "raw_rows.h"
#include "spool/keyring.h"
#include "spool/main_key.h"
#include "spool/sealed_rows.h"
#include "spool_house.h"

namespace hookline::spool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string token_canary = "CANARYcanaryCANARYcanary12345678";

std::string raw_sha256(const std::string& text) {
    const Sha256 digest = sha256(text);
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// A spool with a waiting delivery, a packed one, and letters.
struct FullHouse : SpoolHouse {
    explicit FullHouse(std::optional<SealKey> key = {}) {
        options.key = std::move(key);
        open();
        id = tenant(token_canary);
        append(id, {"first"}, "secret-words");
        std::vector<std::string> uuids;
        for (int event = 0; event < 200; ++event) uuids.push_back("packed-" + std::to_string(event));
        append(id, uuids, "secret-words");
        append(id, {"last"}, "secret-words");
        Settle settled;
        settled.tenant = id;
        settled.upto = {Sequence{2}, 0};
        settled.letters = {condemned_letter("secret-letter\n", "secret-uuid")};
        settled.letters.front().answer = "secret-answer";
        check(settle(settled).has_value(), "settle failed");
        spool->keep_aside(id, aside_letter("secret-aside"));
        spool->commit_now();
    }
    void expect_readable() {
        ASSERT_EQ(lines(id).size(), 201U);
        EXPECT_EQ(lines(id).back(), line_of("last", "secret-words"));
        const auto all = spool->letters({}, 0, 10);
        ASSERT_TRUE(all) << all.error().message;
        ASSERT_EQ(all->size(), 2U);
        EXPECT_EQ(all->front().draft.body, "secret-letter\n");
        EXPECT_EQ(all->front().draft.uuid, "secret-uuid");
        EXPECT_EQ(all->front().draft.answer, "secret-answer");
        EXPECT_EQ(all->back().draft.body, "secret-aside");
        ASSERT_TRUE(spool->find(HeaderIdentity{"us", Secret(token_canary)}));
        EXPECT_EQ(spool->find(HeaderIdentity{"us", Secret(token_canary)})->id, id);
    }
    TenantId id;
};

TEST(Keys, NothingSealedIsPlainInAnyFile) {
    FullHouse house;
    for (int round = 0; round < 2; ++round) {
        house.expect_readable();
        const std::string disk = house.bytes_on_disk();
        EXPECT_FALSE(holds(disk, "secret-"));
        EXPECT_FALSE(holds(disk, token_canary));
        EXPECT_FALSE(holds(disk, raw_sha256(token_canary)));
        EXPECT_FALSE(holds(disk, raw_sha256(token_canary).substr(0, 16)));
        EXPECT_FALSE(holds(disk, hex(sha256(token_canary))));
        EXPECT_FALSE(holds(disk, hex(sha256(token_canary)).substr(0, 32)));
        house.reopen();
    }
}

TEST(Keys, OneIsMadeBesideTheSpoolAndFoundAgain) {
    FullHouse house;
    const Path path = house.options.directory / "spool.key";
    const auto text = read_file(path);
    ASSERT_TRUE(text);
    ASSERT_TRUE(SealKey::from_hex(*text));
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    house.reopen();
    house.expect_readable();
    EXPECT_EQ(*read_file(path), *text);
}

TEST(Keys, OneThatIsGivenIsWrittenNowhere) {
    const SealKey key = SealKey::random();
    FullHouse house(key);
    house.reopen();
    house.expect_readable();
    EXPECT_FALSE(std::filesystem::exists(house.options.directory / "spool.key"));
    EXPECT_FALSE(holds(house.bytes_on_disk(), key.reveal()));
    EXPECT_FALSE(holds(house.bytes_on_disk(), hex({reinterpret_cast<const std::uint8_t*>(key.reveal().data()), 32})));
}

TEST(Keys, AWrongOneIsRefusedWithBothNamesAndTheCure) {
    const SealKey key = SealKey::random();
    const SealKey other = SealKey::random();
    FullHouse house(key);
    house.spool.reset();
    house.options.key = other;
    const auto opened = house.try_open();
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message, HasSubstr("sealed with key " + key.id()));
    EXPECT_THAT(opened.error().message, HasSubstr(other.id()));
    EXPECT_THAT(opened.error().message, HasSubstr("hookline spool rotate-key"));
    house.options.key = key;
    ASSERT_TRUE(house.try_open()) << "nothing was spoiled";
    house.expect_readable();
}

TEST(Keys, AMissingOneIsNeverReplaced) {
    FullHouse house;
    const std::string id = SealKey::from_hex(*read_file(house.options.directory / "spool.key"))->id();
    house.spool.reset();
    std::filesystem::rename(house.options.directory / "spool.key", house.directory / "kept");
    const auto opened = house.try_open();
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message, HasSubstr(id));
    EXPECT_THAT(opened.error().message, HasSubstr("spool.key_file"));
    EXPECT_FALSE(std::filesystem::exists(house.options.directory / "spool.key"));

    // One that was made elsewhere does not do, and neither does a file of something else.
    ASSERT_TRUE(write_file_atomically(house.options.directory / "spool.key", std::string(64, '7') + "\n"));
    EXPECT_FALSE(house.try_open());
    ASSERT_TRUE(write_file_atomically(house.options.directory / "spool.key", "no key\n"));
    EXPECT_FALSE(house.try_open());
    std::filesystem::rename(house.directory / "kept", house.options.directory / "spool.key");
    ASSERT_TRUE(house.try_open());
    house.expect_readable();
}

TEST(Keys, ASpoolThatLostTheNameOfItsKeyOpensWithThatKeyOnly) {
    FullHouse house;
    house.spool.reset();
    {
        const Floors nothing_passed;
        const auto store = open_raw(house.options.directory, nothing_passed);
        Changes changes = store->changes();
        changes.erase(Table::state, main_key_key);
        ASSERT_TRUE(store->commit(changes));
    }
    house.options.key = SealKey::random();
    EXPECT_FALSE(house.try_open());
    house.options.key.reset();
    ASSERT_TRUE(house.try_open());
    house.expect_readable();
}

TEST(Keys, TheKeyIsSafeOnDiskBeforeAnythingIsSealedWithIt) {
    SpoolHouse house;
    const auto files = std::make_shared<test::FaultFiles>();
    house.options.files = files;
    house.open();
    house.append(house.tenant(), {"a"});
    files->cut_power();
    house.spool.reset();
    files->power_on();
    ASSERT_TRUE(house.try_open());
    EXPECT_THAT(house.lines(house.tenant()), ElementsAre(line_of("a")));
}

TEST(Keys, AValueThatWasChangedIsDamageAndIsNotShipped) {
    FullHouse house;
    house.spool.reset();
    const std::string key = record_key(house.id, Sequence{3});
    std::string value = rows_of(house.options.directory, Table::records).at(key);
    value[value.size() - 20] = static_cast<char>(value[value.size() - 20] ^ 1);
    put_row(house.options.directory, Table::records, key, value);
    ASSERT_TRUE(house.try_open());
    EXPECT_TRUE(house.spool->read(house.id, house.spool->cursor(house.id), 1, 1)) << "what stands in front is whole";
    const auto read = house.spool->read(house.id, {Sequence{3}, 0}, 1 << 20, 100);
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().message, HasSubstr("damaged"));
}

TEST(Keys, AnothersValueInItsPlaceIsDamage) {
    FullHouse house;
    const TenantId other = house.tenant(std::string(32, 'o'));
    house.append(other, {"other"}, "other-words");
    house.spool.reset();
    const auto records = rows_of(house.options.directory, Table::records);
    put_row(house.options.directory, Table::records, record_key(house.id, Sequence{3}),
            records.at(record_key(other, Sequence{1})));
    const auto letters = rows_of(house.options.directory, Table::bodies);
    put_row(house.options.directory, Table::bodies, letters.begin()->first, letters.rbegin()->second);
    ASSERT_TRUE(house.try_open());
    EXPECT_FALSE(house.spool->read(house.id, {Sequence{3}, 0}, 1 << 20, 100)) << "no event of another tenant";
    EXPECT_FALSE(house.spool->letters({}, 0, 10)) << "no body of another letter";
    EXPECT_TRUE(house.spool->discard({1})) << "but a damaged letter can be put away";
}

TEST(Keys, APlainRecordInASealedSpoolIsDamage) {
    FullHouse house;
    house.spool.reset();
    const std::string key = record_key(house.id, Sequence{3});
    const std::string sealed = rows_of(house.options.directory, Table::records).at(key);
    Record record;
    ASSERT_TRUE(decode_record(sealed, record));
    put_row(house.options.directory, Table::records, key, encode(record.header, false).append(record.payload));
    ASSERT_TRUE(house.try_open());
    EXPECT_FALSE(house.spool->read(house.id, {Sequence{3}, 0}, 1 << 20, 100));
}

/// Run and number of each sealed value there is: with the key they belong to, these must never come twice.
void collect_nonces(const Path& directory, std::multiset<std::string>& nonces) {
    const auto add = [&](const std::string& whose, std::string_view sealed) {
        nonces.insert(whose + std::string(sealed.substr(0, 24)));
    };
    for (const auto& [key, value] : rows_of(directory, Table::state)) {
        const auto id = tenant_of_key(tenant_prefix, key);
        if (id) add("main", decode_tenant(value)->sealed);
        if (key == main_key_key) add("main", decode_main_key(value)->sealed);
    }
    Record record;
    for (const auto& [key, value] : rows_of(directory, Table::records)) {
        if (decode_record(value, record)) add(std::to_string(record_key_of(key)->tenant.number), record.payload);
    }
    for (const auto& [key, value] : rows_of(directory, Table::letters)) {
        const auto row = decode_letter(value);
        add(std::to_string(row->tenant.number), row->sealed);
        const auto bodies = rows_of(directory, Table::bodies);
        add(std::to_string(row->tenant.number), *sealed_body_of(bodies.at(key)));
    }
}

TEST(Keys, NoNumberIsUsedTwiceWithOneKeyOverRunsAndThreads) {
    SpoolHouse house(CommitMode::thread);
    house.clock.advance(std::chrono::hours(1));
    const SealKey key = SealKey::random();
    house.options.key = key;
    std::multiset<std::string> nonces;
    std::set<std::string> runs;
    for (int run = 0; run < 3; ++run) {
        house.open();
        std::vector<std::thread> threads;
        for (int thread = 0; thread < 3; ++thread) {
            threads.emplace_back([&house, run, thread] {
                PromptMailbox mailbox;
                for (int count = 0; count < 20; ++count) {
                    const std::string uuid =
                        std::to_string(run) + "-" + std::to_string(thread) + "-" + std::to_string(count);
                    const TenantId tenant = house.tenant(std::string(31, 't') + std::to_string(count % 2));
                    std::promise<void> done;
                    house.spool->append(SpoolHouse::delivery(tenant, {uuid, "repeated"}), mailbox,
                                        [&](const Appended&) { done.set_value(); });
                    done.get_future().wait();
                }
            });
        }
        for (std::thread& thread : threads) thread.join();
        // As after a crash; and the clock goes back.
        house.kill_and_move();
        house.clock.jump_wall(std::chrono::hours(-1));
    }
    collect_nonces(house.options.directory, nonces);
    EXPECT_GE(nonces.size(), 180U);
    for (const std::string& nonce : nonces) {
        EXPECT_EQ(nonces.count(nonce), 1U);
        runs.insert(nonce.substr(nonce.size() - 24, 16));
    }
    EXPECT_EQ(runs.size(), 3U);
}

TEST(Keys, ARestoredBackupSealsUnderOtherKeysThanWhatCameAfterIt) {
    FullHouse house;
    house.spool.reset();
    std::filesystem::copy(house.options.directory, house.directory / "backup");
    std::multiset<std::string> nonces;
    house.open();
    house.append(house.id, {"after the backup"});
    house.spool.reset();
    collect_nonces(house.options.directory, nonces);
    house.options.directory = house.directory / "backup";
    house.open();
    house.append(house.id, {"after it was restored"});
    house.spool.reset();
    std::multiset<std::string> restored;
    collect_nonces(house.options.directory, restored);
    std::size_t shared = 0;
    for (const std::string& nonce : restored) shared += nonces.count(nonce);
    // What both hold is what the backup held; of the two new records neither is in the other.
    EXPECT_EQ(shared, restored.size() - 1);
}

TEST(Keys, KeysOfTenantsDifferAndSoDoThoseOfRuns) {
    const SealKey main_key = SealKey::random();
    const Keyring first(main_key);
    const Keyring second(main_key);
    const auto one = first.new_tenant(TenantId{1});
    EXPECT_FALSE(one->key() == first.new_tenant(TenantId{2})->key());
    // Sealed in one run, opened in another.
    std::string sealed;
    const SealedAs what{SealedKind::body, 7, "front"};
    one->seal(what, "text", sealed);
    std::string opened;
    EXPECT_TRUE(second.tenant(TenantId{1}, one->key())->open(what, sealed, opened));
    EXPECT_EQ(opened, "text");
    // Not as another kind, number, front or tenant's.
    EXPECT_FALSE(one->open({SealedKind::letter, 7, "front"}, sealed, opened));
    EXPECT_FALSE(one->open({SealedKind::body, 8, "front"}, sealed, opened));
    EXPECT_FALSE(one->open({SealedKind::body, 7, "other"}, sealed, opened));
    EXPECT_FALSE(second.tenant(TenantId{2}, one->key())->open(what, sealed, opened));
    for (std::size_t at = 0; at < sealed.size(); ++at) {
        std::string changed = sealed;
        changed[at] = static_cast<char>(changed[at] ^ 0x40);
        EXPECT_FALSE(one->open(what, changed, opened)) << at;
        EXPECT_FALSE(one->open(what, sealed.substr(0, at), opened)) << at;
    }
}

TEST(Keys, AForgottenTenantsKeyIsGoneAlsoWhenTheProcessEndsInBetween) {
    FullHouse house;
    house.reopen();
    const std::string row = rows_of(house.options.directory, Table::state).at(tenant_key(house.id));
    const std::string sealed(decode_tenant(row)->sealed);
    house.spool.reset();
    // What `forget` commits; then the process ends before anything is rewritten.
    {
        const Floors nothing_passed;
        const auto store = open_raw(house.options.directory, nothing_passed);
        Changes changes = store->changes();
        changes.erase(Table::state, tenant_key(house.id));
        changes.erase(Table::state, cursor_key(house.id));
        changes.put(Table::state, due_key, encode(DueRow{true, false}));
        ASSERT_TRUE(store->commit(changes));
    }
    ASSERT_TRUE(holds(house.bytes_on_disk(), sealed)) << "it still stands in a table";
    ASSERT_TRUE(house.try_open());
    EXPECT_FALSE(holds(house.bytes_on_disk(), sealed));
}

}  // namespace
}  // namespace hookline::spool
