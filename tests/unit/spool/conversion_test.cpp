// A spool of version 1, which kept everything plainly, is sealed when it is opened.

#include "spool/conversion.h"

#include "raw_rows.h"
#include "spool/encoding.h"
#include "spool/packing.h"
#include "spool_house.h"
#include "support/stopping_files.h"

namespace hookline::spool {
namespace {

using testing::ElementsAre;

const std::string token_canary = "CANARYcanaryCANARYcanary12345678";
constexpr WallTime then{std::chrono::seconds(1'767'225'600)};

// Rows as version 1 wrote them.
std::string plain_tenant() {
    std::string value;
    Encoder(value).byte(1).byte(1).byte(1).time(then).text("us").text(token_canary);
    return value;
}
std::string plain_named_tenant() {
    std::string value;
    Encoder(value).byte(1).byte(2).byte(1).time(then).text("secret-name");
    return value;
}
std::string plain_record(const std::vector<std::string>& lines, Totals& sums) {
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    std::string packed;
    const Codec codec = pack(all, packed);
    std::string value;
    Encoder encoder(value);
    encoder.byte(static_cast<std::uint8_t>(0x10 | static_cast<int>(codec))).time(then);
    encoder.varint(sums.lines).varint(sums.bytes).varint(sums.stored).text("delivery").varint(lines.size());
    for (const std::string& line : lines) encoder.varint(line.size() + 1);
    encoder.raw(codec == Codec::plain ? all : packed);
    sums.lines += lines.size();
    sums.bytes += all.size();
    sums.stored += 16 + value.size();
    return value;
}
std::string plain_letter(const std::string& body) {
    std::string value;
    Encoder encoder(value);
    encoder.byte(1).byte(0).byte(0).varint(1).time(then).time(then).byte(0).time(WallTime{}).varint(400).varint(1);
    encoder.varint(body.size()).varint(body.size() + 1024).text("secret-uuid").text("secret-answer");
    return value;
}

struct PlainHouse : SpoolHouse {
    explicit PlainHouse(int deliveries) {
        std::filesystem::create_directories(options.directory);
        check(write_file_atomically(options.directory / "FORMAT", "hookline spool 1\nrocksdb 7.8.3\n").has_value(), "");
        const Floors nothing_passed;
        const auto store = open_raw(options.directory, nothing_passed);
        Changes changes = store->changes();
        changes.put(Table::state, next_tenant_key, encode_number(4));
        changes.put(Table::state, next_letter_key, encode_number(2));
        changes.put(Table::state, heartbeat_key, encode(Heartbeat{then, then, true}));
        changes.put(Table::state, tenant_key(id), plain_tenant());
        changes.put(Table::state, tenant_key(named), plain_named_tenant());
        // Two deliveries are settled, but still there; of the third one line is.
        changes.put(Table::state, cursor_key(id), encode(Position{Sequence{3}, 1}));
        Totals sums;
        for (int delivery = 1; delivery <= deliveries; ++delivery) {
            std::vector<std::string> lines;
            const int count = delivery % 5 == 0 ? 150 : 2;
            for (int line = 0; line < count; ++line) {
                lines.push_back(line_of(std::to_string(delivery) + "/" + std::to_string(line), "secret-words"));
            }
            changes.put(Table::records, record_key(id, Sequence{static_cast<std::uint64_t>(delivery)}),
                        plain_record(lines, sums));
            if (delivery < 3) continue;
            waiting.insert(waiting.end(), lines.begin() + (delivery == 3 ? 1 : 0), lines.end());
        }
        Totals none;
        changes.put(Table::records, record_key(named, Sequence{1}), plain_record({"{\"secret-named\":1}"}, none));
        changes.put(Table::letters, number_key(1), plain_letter("secret-letter\n"));
        changes.put(Table::bodies, number_key(1), encode_body("secret-letter\n"));
        check(store->commit(changes).has_value(), "the plain rows are not written");
        check(store->flush(true).has_value(), "the plain rows are not in tables");
        // And some more in the log alone.
        changes.clear();
        changes.put(Table::records, record_key(named, Sequence{2}), plain_record({"{\"secret-named\":2}"}, none));
        check(store->commit(changes).has_value(), "the plain rows are not written");
    }
    /// Everything is there, nothing of it plainly.
    void expect_sealed() {
        EXPECT_EQ(lines(id), waiting);
        EXPECT_EQ(spool->tenant(id)->waiting_lines, waiting.size());
        EXPECT_THAT(lines(named), ElementsAre("{\"secret-named\":1}", "{\"secret-named\":2}"));
        ASSERT_TRUE(spool->find(HeaderIdentity{"us", Secret(token_canary)}));
        EXPECT_EQ(spool->find(HeaderIdentity{"us", Secret(token_canary)})->id, id);
        EXPECT_TRUE(spool->known(id)->proven);
        const auto letters = spool->letters({}, 0, 10);
        ASSERT_TRUE(letters) << letters.error().message;
        ASSERT_EQ(letters->size(), 1U);
        EXPECT_EQ(letters->front().draft.body, "secret-letter\n");
        EXPECT_EQ(letters->front().draft.uuid, "secret-uuid");
        EXPECT_EQ(letters->front().draft.answer, "secret-answer");
        const std::string disk = bytes_on_disk();
        EXPECT_FALSE(holds(disk, "secret-"));
        EXPECT_FALSE(holds(disk, token_canary));
        EXPECT_EQ(*read_file(options.directory / "FORMAT"), "hookline spool 2\nrocksdb 7.8.3\n");
    }
    TenantId id{1};
    TenantId named{3};
    std::vector<std::string> waiting;
};

TEST(Conversion, APlainSpoolIsSealedWhenItIsOpened) {
    PlainHouse house(40);
    ASSERT_TRUE(holds(house.bytes_on_disk(), "secret-letter"));
    ASSERT_TRUE(holds(house.bytes_on_disk(), "secret-named"));
    ASSERT_TRUE(holds(house.bytes_on_disk(), token_canary));
    ASSERT_TRUE(house.try_open());
    house.expect_sealed();
    house.reopen();
    house.expect_sealed();
    // And it goes on: what is stored comes out even, to the last byte.
    house.append(house.id, {"next"});
    ASSERT_TRUE(house.settle(house.id, house.read(house.id, 1 << 30, 1 << 20).end));
    ASSERT_TRUE(house.settle(house.named, house.read(house.named).end));
    EXPECT_EQ(house.spool->status().stored_bytes, 0U);
}

TEST(Conversion, WorksInPiecesOfAnySize) {
    for (const std::uint64_t bytes : {std::uint64_t{1}, std::uint64_t{3'000}}) {
        PlainHouse house(20);
        {
            const Floors nothing_passed;
            const auto store = open_raw(house.options.directory, nothing_passed);
            const Keyring keys(SealKey::random());
            ASSERT_TRUE(seal_plain_values(*store, keys, {bytes, 10 * bytes}));
            // Again finds nothing left to do.
            ASSERT_TRUE(seal_plain_values(*store, keys, {bytes, 10 * bytes}));
            house.options.key = keys.main_key();
        }
        ASSERT_TRUE(house.try_open());
        house.expect_sealed();
    }
}

TEST(Conversion, AnEndAtAnyChangeOfAFileIsMadeGoodByTheNextStart) {
    unsigned cuts = 0;
    for (unsigned changes = 0;; changes += 1 + changes / 4, ++cuts) {
        PlainHouse house(8);
        const auto disk = std::make_shared<test::FaultFiles>();
        house.options.files = std::make_shared<test::StoppingFiles>(disk, changes);
        const bool opened = house.try_open().has_value();
        disk->cut_power();
        house.spool.reset();
        disk->power_on();
        house.options.files.reset();
        const auto again = house.try_open();
        ASSERT_TRUE(again) << "after " << changes << " changes: " << again.error().message;
        house.expect_sealed();
        if (opened) break;
    }
    EXPECT_GT(cuts, 10U);
}

}  // namespace
}  // namespace hookline::spool
