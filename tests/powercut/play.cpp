#include "powercut/play.h"

#include <algorithm>

#include "spool/verify.h"

namespace hookline::powercut {
namespace {

using spool::Append;
using spool::AppendOutcome;
using spool::LetterClass;
using spool::LetterReason;
using spool::Settle;
using spool::SpoolHouse;

const std::string tokens[] = {std::string(32, 'a'), std::string(32, 'b'), std::string(32, 'c')};

std::string line(const std::string& uuid, const std::string& said) {
    return R"({"uuid":")" + uuid + R"(","said":")" + said + "\"}\n";
}

std::string uuid_of(const std::string& line) {
    const std::size_t begin = line.find(":\"") + 2;
    return line.substr(begin, line.find('"', begin) - begin);
}

std::map<std::string, std::uint64_t> letter_ids(SpoolHouse& house) {
    std::map<std::string, std::uint64_t> ids;
    const auto letters = house.spool->letters({}, 0, 100'000);
    check(letters.has_value(), "letters cannot be listed");
    for (const spool::Letter& letter : *letters) ids[letter.draft.uuid] = letter.id;
    return ids;
}

}  // namespace

Play::Play(const Mixture& mixture, std::uint64_t seed, const std::string& skipped_syncs)
    : mixture_(mixture), chance_(seed), recorder_(std::make_shared<Recorder>((house_.directory / "spool").string())) {
    recorder_->skip_syncs_of(skipped_syncs);
    house_.options.files = recorder_;
    moments_.push_back({});
    house_.open();
}

void Play::run(unsigned steps, End end) {
    for (unsigned count = 0; count < steps; ++count) step();
    const std::size_t killed_at = recorder_->position();
    house_.spool.reset();
    diary_ = recorder_->diary();
    if (end == End::killed) diary_.resize(killed_at);
}

void Play::step() {
    const unsigned shares[] = {mixture_.append,  mixture_.group,  mixture_.settle, mixture_.condemn, mixture_.replay,
                               mixture_.discard, mixture_.repeat, mixture_.idle,   mixture_.reopen,  mixture_.compact};
    unsigned all = 0;
    for (const unsigned share : shares) all += share;
    auto drawn = static_cast<unsigned>(chance_() % all);
    unsigned deed = 0;
    while (drawn >= shares[deed]) drawn -= shares[deed++];
    switch (deed) {
        case 0:
            return append(1);
        case 1:
            return append(2 + static_cast<unsigned>(chance_() % 4));
        case 2:
            return settle(false);
        case 3:
            return settle(true);
        case 4:
            return replay();
        case 5:
            return discard();
        case 6:
            return repeat();
        case 7:
            return idle();
        case 8:
            return reopen();
        default:
            return compact();
    }
}

template <class Work>
void Play::moment(const Work& work) {
    const std::size_t begun = recorder_->position();
    work();
    moments_.push_back({begun, recorder_->position(), ledger_});
}

std::string Play::token() { return tokens[chance_() % std::size(tokens)]; }

/// Short, long, or longer than a block of the log; some of it compresses, some does not.
std::string Play::said() {
    static constexpr std::size_t sizes[] = {10, 300, 2'000, 5'000, 40'000};
    const std::size_t size = sizes[chance_() % std::size(sizes)];
    if (chance_() % 3 == 0) return std::string(size, static_cast<char>('a' + chance_() % 26));
    std::string noise;
    while (noise.size() < size) noise += hex(sha256(std::to_string(chance_())));
    return noise.substr(0, size);
}

/// Deliveries of one to three events, all in one commit.
void Play::append(unsigned deliveries) {
    moment([&] {
        unsigned answered = 0;
        for (unsigned count = 0; count < deliveries; ++count) {
            const std::string tenant = token();
            std::vector<std::string> uuids;
            for (std::uint64_t event = chance_() % 3 + 1; event > 0; --event) uuids.push_back(uuid());
            const std::string text = said();
            house_.spool->append(SpoolHouse::delivery(house_.tenant(tenant), uuids, text), house_.mailbox,
                                 [&](const spool::Appended& appended) {
                                     check(appended.outcome == AppendOutcome::stored, "an append was not stored");
                                     ++answered;
                                 });
            Ledger::Queue& queue = ledger_.queues[tenant];
            for (const std::string& one : uuids) queue.waiting.push_back(line(one, text));
            queue.last_uuid = uuids.back();
            queue.last_said = text;
        }
        while (house_.spool->commit_now()) {
        }
        check(answered == deliveries, "an append was not answered");
    });
}

void Play::settle(bool condemn) {
    const std::string tenant = token();
    Ledger::Queue& queue = ledger_.queues[tenant];
    if (queue.waiting.empty()) return;
    const TenantId id = house_.tenant(tenant);
    const spool::Batch batch = house_.read(id, 1 << 30, condemn ? 1 : 1 + chance_() % 8);
    moment([&] {
        Settle settle;
        settle.tenant = id;
        settle.upto = batch.end;
        settle.note = spool::BulkNote{chance_() % 1000, {}, {}, 200, 1};
        if (condemn) {
            const std::string body(batch.lines.front().text);
            settle.letters.push_back(spool::condemned_letter(body, uuid_of(body)));
            ledger_.letters[uuid_of(body)] = body;
        }
        queue.waiting.erase(queue.waiting.begin(),
                            queue.waiting.begin() + static_cast<std::ptrdiff_t>(batch.lines.size()));
        check(house_.settle(std::move(settle)).has_value(), "a settle was refused");
    });
}

void Play::replay() {
    if (ledger_.letters.empty()) return;
    const auto [uuid, body] = *ledger_.letters.begin();
    const auto letters = house_.spool->letters({}, 0, 100'000);
    check(letters.has_value(), "letters cannot be listed");
    for (const spool::Letter& letter : *letters) {
        if (letter.draft.uuid != uuid) continue;
        for (const std::string& tenant : tokens) {
            if (house_.tenant(tenant) == letter.tenant) ledger_.queues[tenant].waiting.push_back(body);
        }
        ledger_.letters.erase(uuid);
        moment([&] { check(house_.spool->replay({letter.id}).value_or(0) == 1, "a letter was not replayed"); });
        return;
    }
    check(false, "a letter is missing");
}

void Play::discard() {
    if (ledger_.letters.empty()) return;
    const std::string uuid = ledger_.letters.rbegin()->first;
    const std::uint64_t id = letter_ids(house_).at(uuid);
    ledger_.letters.erase(uuid);
    moment([&] { check(house_.spool->discard({id}).value_or(0) == 1, "a letter was not discarded"); });
}

void Play::repeat() {
    const std::string tenant = token();
    const Ledger::Queue& queue = ledger_.queues[tenant];
    if (queue.last_uuid.empty()) return;
    const auto answer = house_.append(house_.tenant(tenant), {queue.last_uuid}, queue.last_said);
    check(answer.outcome == AppendOutcome::repeated, "a repeat was not known");
}

/// Long enough without an append, with enough in memory: it is flushed, and the log switched.
void Play::idle() {
    for (int count = 0; count < 3; ++count) {
        house_.clock.advance(std::chrono::seconds(6));
        while (house_.spool->commit_now()) {
        }
    }
}

void Play::reopen() {
    house_.reopen();
    house_.clock.advance(std::chrono::seconds(1));
}

/// Everything into tables, and those rewritten without what was settled.
void Play::compact() {
    spool::Floors::Cursors cursors;
    for (const std::string& tenant : tokens) {
        const TenantId id = house_.tenant(tenant);
        cursors[id] = house_.spool->cursor(id).sequence;
    }
    house_.spool.reset();
    {
        spool::Floors floors;
        floors.load(std::move(cursors));
        auto store = spool::Store::open(
            {house_.options.directory, std::make_shared<spool::WatchedFiles>(recorder_), {}, true, false}, floors);
        check(store.has_value(), "the store does not open");
        check((*store)->compact(spool::Table::records, "", "").has_value(), "compaction failed");
        check((*store)->compact(spool::Table::state, "", "").has_value(), "compaction failed");
        check((*store)->close().has_value(), "the store does not close");
    }
    house_.open();
}

std::vector<const Ledger*> Play::possible(std::size_t cut) const {
    std::vector<const Ledger*> found;
    for (const Moment& moment : moments_) {
        if (moment.acknowledged <= cut) found = {&moment.after};
        if (moment.acknowledged > cut && moment.begun < cut) found.push_back(&moment.after);
    }
    return found;
}

Result<Ledger> read_ledger(SpoolHouse& house, const Ledger& like) {
    Ledger found;
    for (const auto& [token, queue] : like.queues) {
        Ledger::Queue& own = found.queues[token];
        own.last_uuid = queue.last_uuid;
        own.last_said = queue.last_said;
        const TenantId tenant = house.tenant(token);
        const auto batch = house.spool->read(tenant, house.spool->cursor(tenant), 1 << 30, 1 << 30);
        if (!batch) return tl::unexpected(batch.error());
        for (const spool::BatchLine& line : batch->lines) own.waiting.emplace_back(line.text);
    }
    const auto letters = house.spool->letters({}, 0, 100'000);
    if (!letters) return tl::unexpected(letters.error());
    for (const spool::Letter& letter : *letters) found.letters[letter.draft.uuid] = letter.draft.body;
    return found;
}

namespace {

/// The one of the possible ledgers that was found; null when none was.
const Ledger* match_of(const Ledger& found, const std::vector<const Ledger*>& possible) {
    for (const Ledger* ledger : possible) {
        const bool same_queues = std::all_of(found.queues.begin(), found.queues.end(), [&](const auto& queue) {
            const auto there = ledger->queues.find(queue.first);
            const auto& waiting = queue.second.waiting;
            return there == ledger->queues.end() ? waiting.empty() : there->second.waiting == waiting;
        });
        if (same_queues && found.letters == ledger->letters) return ledger;
    }
    return nullptr;
}

std::string difference(const Ledger& found, const std::vector<const Ledger*>& possible) {
    std::string told = "it holds something else than was acknowledged:";
    for (const auto& [token, queue] : found.queues) {
        told += " " + token.substr(0, 1) + " " + std::to_string(queue.waiting.size()) + " lines";
        for (const Ledger* ledger : possible) {
            const auto there = ledger->queues.find(token);
            told += " / " + std::to_string(there == ledger->queues.end() ? 0 : there->second.waiting.size());
        }
    }
    return told + ", " + std::to_string(found.letters.size()) + " letters / " +
           std::to_string(possible.front()->letters.size());
}

/// A repeat is known, and something new is taken.
std::string try_out(SpoolHouse& house, const Ledger& ledger) {
    for (const auto& [token, queue] : ledger.queues) {
        if (queue.last_uuid.empty()) continue;
        const TenantId tenant = house.tenant(token);
        const auto again = house.append(tenant, {queue.last_uuid}, queue.last_said);
        if (again.outcome != AppendOutcome::repeated) return "a repeat is not known any more";
        const auto fresh = house.append(tenant, {"new-" + queue.last_uuid});
        if (fresh.outcome != AppendOutcome::stored) return "it takes nothing new";
    }
    return "";
}

}  // namespace

Judgement judge(const std::filesystem::path& directory, const std::vector<const Ledger*>& possible,
                const std::shared_ptr<Recorder>& files) {
    // Whoever looks first, and changes nothing, sees what the start will see; once there is a spool.
    if (!possible.front()->queues.empty()) {
        const auto survey = spool::verify(directory);
        if (!survey) return {"verify cannot look: " + survey.error().message, 0};
        if (!survey->fine()) return {"verify does not find it whole: " + survey->problems.front(), 0};
    }
    SpoolHouseAt house(directory, files);
    if (auto opened = house.try_open(); !opened) return {"it does not open: " + opened.error().message, 0};
    const std::size_t at = files->position();
    const auto found = read_ledger(house, *possible.back());
    if (!found) return {"it cannot be read: " + found.error().message, at};
    const Ledger* match = match_of(*found, possible);
    return {match == nullptr ? difference(*found, possible) : try_out(house, *match), at};
}

}  // namespace hookline::powercut
