// The hot paths with fixed inputs, for callgrind to count their instructions (benchmarks/instructions.py): a count does
// not depend on how busy the machine is. Each path runs some times to warm up (tables, memory, the choice of code for
// this processor), then inside `counted`, the only function whose instructions are counted.
//
//   bench_instructions NAME      runs that path
//   bench_instructions           lists the names

#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "logzio/gzip.h"
#include "logzio/line.h"
#include "net/input.h"
#include "net/request_reader.h"
#include "okta/delivery.h"
#include "receive/packer.h"
#include "sample_delivery.h"
#include "spool/sealed_rows.h"

namespace hookline::bench {
namespace {

constexpr int times = 20;

/// So that the compiler keeps what nobody looks at.
template <class Value>
void keep(const Value& value) {
    asm volatile("" : : "r"(&value) : "memory");
}

using Path = std::function<void()>;

Path read_request(std::int64_t events) {
    return [request = request_of(events)] {
        net::Input input;
        input.add(request);
        net::RequestReader reader(32 * 1024, 16 * 1024 * 1024);
        auto found = reader.read(input);
        if (found == net::RequestReader::Found::head) found = reader.read(input);
        check(found == net::RequestReader::Found::whole, "it is a whole request");
        keep(reader.take_body());
    };
}

Path parse_delivery(std::int64_t events) {
    return [parser = std::make_shared<okta::DeliveryParser>(), body = delivery_of(events)] {
        const auto delivery = parser->parse(body);
        check(delivery.has_value(), "it is a delivery");
        keep(*delivery);
    };
}

/// Without the hashes, which callgrind sees ten times dearer than a processor with SHA instructions does.
Path document(std::int64_t events) {
    struct Room {
        std::string body;
        okta::DeliveryParser parser;
        okta::Delivery delivery;
        logzio::LineBuilder builder{logzio::Shape::hookline, {}};
        std::string lines;
        WallTime received_at{std::chrono::seconds(1'773'480'423)};
    };
    const auto room = std::make_shared<Room>();
    room->body = delivery_of(events);
    room->delivery = *room->parser.parse(room->body);
    return [room] {
        room->received_at += std::chrono::microseconds(12'345);
        room->lines.clear();
        logzio::LineSource source;
        for (const okta::Member& member : room->delivery.envelope.known) {
            source.envelope.push_back({member.key, member.raw});
        }
        source.envelope_event_time = room->delivery.envelope.event_time;
        source.source = room->delivery.envelope.source;
        source.received_at = room->received_at;
        for (const okta::Event& event : room->delivery.events) {
            source.event = event.raw;
            keep(room->builder.build(source, room->lines));
        }
    };
}

Path read_delivery(std::int64_t events) {
    struct Room {
        okta::DeliveryParser parser;
        receive::Packer packer{logzio::Shape::hookline, {}};
        WallTime received_at{std::chrono::seconds(1'773'480'423)};
    };
    const auto room = std::make_shared<Room>();
    return [room, body = delivery_of(events)] {
        room->received_at += std::chrono::microseconds(12'345);
        const auto delivery = room->parser.parse(body);
        check(delivery.has_value(), "it is a delivery");
        keep(room->packer.pack(*delivery, body, room->received_at, 64 << 20));
    };
}

struct Sealing {
    spool::Keyring keys{*SealKey::from_bytes(std::string(SealKey::size, 'k'))};
    std::shared_ptr<const spool::Sealer> sealer =
        keys.tenant(TenantId{1}, *SealKey::from_bytes(std::string(SealKey::size, 't')));
};

Path seal_lines(std::size_t bytes) {
    return [sealing = std::make_shared<Sealing>(), lines = lines_of(bytes)] {
        keep(spool::seal_lines(lines, *sealing->sealer));
    };
}

Path open_lines(std::size_t bytes) {
    const auto sealing = std::make_shared<Sealing>();
    const std::string lines = lines_of(bytes);
    return [sealing, size = lines.size(), sealed = spool::seal_lines(lines, *sealing->sealer)] {
        spool::Record record;
        record.header.codec = sealed.codec;
        record.header.line_bytes = {static_cast<std::uint32_t>(size)};
        record.lines_bytes = size;
        record.payload = sealed.payload;
        std::string out;
        check(spool::open_lines(record, *sealing->sealer, out), "it opens");
        keep(out);
    };
}

Path gzip_bulk(std::size_t bytes) {
    return [lines = lines_of(bytes)] { keep(logzio::gzip(lines)); };
}

const std::map<std::string, std::function<Path()>, std::less<>>& paths() {
    static const std::map<std::string, std::function<Path()>, std::less<>> all{
        {"request_1_event", [] { return read_request(1); }}, {"request_10_events", [] { return read_request(10); }},
        {"parse_1_event", [] { return parse_delivery(1); }}, {"parse_10_events", [] { return parse_delivery(10); }},
        {"document_1_event", [] { return document(1); }},    {"document_10_events", [] { return document(10); }},
        {"read_1_event", [] { return read_delivery(1); }},   {"read_10_events", [] { return read_delivery(10); }},
        {"seal_1_event", [] { return seal_lines(2'000); }},  {"seal_10_events", [] { return seal_lines(25'000); }},
        {"open_1_event", [] { return open_lines(2'000); }},  {"open_10_events", [] { return open_lines(25'000); }},
        {"gzip_1_event", [] { return gzip_bulk(2'000); }},   {"gzip_1_mb", [] { return gzip_bulk(1'000'000); }},
    };
    return all;
}

}  // namespace

// Outside the nameless namespace, and never inlined: callgrind knows it by its name.
[[gnu::noinline]] void counted(const std::function<void()>& path) {
    for (int time = 0; time < times; ++time) path();
}

}  // namespace hookline::bench

int main(int count, char** words) {
    using namespace hookline::bench;
    if (count != 2) {
        for (const auto& [name, make] : paths()) std::puts(name.c_str());
        return count == 1 ? 0 : 64;
    }
    const auto found = paths().find(std::string_view(words[1]));
    if (found == paths().end()) return 64;
    const Path path = found->second();
    path();
    path();
    counted(path);
    return 0;
}
