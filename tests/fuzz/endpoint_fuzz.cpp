// Whatever comes over a connection, in whatever pieces, goes through the real reader and the real endpoint, before a
// spool and a Logz.io that behave as the input says. It must hold that
// - every request is answered once, by its deadline, with a status that DESIGN's table knows;
// - a delivery is answered 200 only once the spool has reported its commit, and all of its events are in it;
// - nobody is let in but by the rules of the entrance, and who is refused has stored nothing;
// - no answer and no row of the ledger repeats anything of the request, and each is of bounded size.
//
// The input: a byte each for how the bytes are cut, the entrances, the spool and Logz.io; then the connection's bytes.

#include <array>
#include <cstdint>
#include <optional>
#include <set>

#include "base/log.h"
#include "endpoint_judge.h"
#include "judge.h"
#include "net/request_reader.h"
#include "receive/packer.h"
#include "unit/receive/endpoint_world.h"

namespace hookline::fuzz {
namespace {

using test::good_token;
using test::Sent;
using test::World;

constexpr std::size_t header_bytes_max = 4 * 1024;
constexpr std::size_t body_bytes_max = 16 * 1024;
constexpr std::size_t answer_bytes_max = 1'024;
constexpr std::size_t challenge_bytes_max = 256;
constexpr std::size_t escaped_bytes_max = 6;  // of one byte in a JSON string
const std::set<int> statuses{200, 400, 401, 403, 404, 405, 413, 431, 503};

enum class Disk { keeps, tenant_full, spool_full, busy, fails, late, count };
enum class Listener { accepts, takes_part, refuses, undecided, crowded, late, count };

struct House {
    Access access;
    receive::Entrances entrances;
};

House house_of(std::uint8_t choice) {
    const std::vector<std::string> secrets{"a secret with 29 characters!!", "the next secret, not yet used"};
    House house{{}, World::open_house()};
    const auto add_hook = [&] {
        house.access.hook_secrets = secrets;
        house.entrances.hooks["acme"] = {"acme-tenant", {Secret(secrets[0]), Secret(secrets[1])}};
    };
    switch (choice % 5) {
        case 0:
            break;
        case 1:
            add_hook();
            break;
        case 2:
            house.access.header_secrets = {secrets[0]};
            house.access.only_token = good_token;
            house.entrances.header_mode.secrets = {Secret(secrets[0])};
            house.entrances.header_mode.tokens_allowed = {sha256(good_token)};
            break;
        case 3:
            add_hook();
            house.access.source_allowed = false;
            expect(house.entrances.sources_allowed.add("10.0.0.0/8").has_value(), "a network");
            break;
        default:
            add_hook();
            house.access.header_mode = house.entrances.header_mode.enabled = false;
            house.access.hook_header = house.entrances.authorization_header = "x-hook-secret";
            break;
    }
    return house;
}

receive::EndpointLimits small_limits() {
    receive::EndpointLimits limits;
    limits.challenge_bytes_max = challenge_bytes_max;
    limits.unproven_bytes_max = body_bytes_max / 2;
    limits.lines_bytes_max = 64 * 1024;
    return limits;
}

/// One connection, from its first byte to its last.
class Connection {
 public:
    Connection(House house, Disk disk, Listener listener)
        : access_(std::move(house.access)),
          disk_(disk),
          listener_(listener),
          world_(std::move(house.entrances), small_limits()) {
        world_.spool.holds_commits = true;
        world_.prover.outcome.reset();
        switch (disk) {
            case Disk::tenant_full:
                world_.spool.answers_only = spool::AppendOutcome::tenant_full;
                break;
            case Disk::spool_full:
                world_.spool.answers_only = spool::AppendOutcome::spool_full;
                break;
            case Disk::busy:
                world_.spool.answers_only = spool::AppendOutcome::busy;
                break;
            case Disk::fails:
                world_.spool.answers_only = spool::AppendOutcome::failed;
                break;
            default:
                break;
        }
    }

    void run(std::string_view bytes, std::size_t piece_bytes) {
        net::Input input;
        std::size_t given = 0;
        while (true) {
            if (input.empty() || !advance(input)) {
                if (ended_ || given == bytes.size()) return;
                const std::size_t piece = std::min(piece_bytes, bytes.size() - given);
                input.keep();
                input.add(bytes.substr(given, piece));
                given += piece;
            }
        }
    }

 private:
    /// One step of the reader; false when it needs more bytes, or nothing follows.
    bool advance(net::Input& input) {
        if (!reader_) {
            reader_.emplace(header_bytes_max, body_bytes_max);
            reader_->head().began = world_.clock.now();
            early_.reset();
        }
        switch (reader_->read(input)) {
            case net::RequestReader::Found::more:
                return false;
            case net::RequestReader::Found::head:
                reader_->head().peer_address = world_.peer;
                early_ = world_.look_at_head(reader_->head());
                if (early_) reader_->discard_body();
                if (reader_->body_done()) finish();
                return true;
            case net::RequestReader::Found::whole:
                finish();
                return true;
            case net::RequestReader::Found::refusal:
                break;
        }
        const net::RequestHead* head = reader_->head_known() ? &reader_->head() : nullptr;
        world_.refused_by_server(head, reader_->refusal().status, reader_->refusal().reason);
        expect(statuses.contains(reader_->refusal().status), "the reader refuses with a known status");
        if (head != nullptr) judge_ledger(untold(*head, ""));
        ended_ = true;
        return false;
    }

    void finish() {
        const net::RequestHead head = reader_->head();
        const std::string body = early_ ? "" : reader_->take_body();
        reader_.reset();
        const auto runs = untold(head, body);
        const std::size_t appends = world_.spool.appends.size();
        const std::size_t aside = world_.spool.aside.size();
        const bool known = is_known(head);
        if (early_) {
            expect(early_->status != 200, "a head alone is no success");
            expect(world_.spool.appends.size() == appends, "a head alone stores nothing");
            judge_answer(head, *early_, runs);
        } else {
            const auto sent = live_through(head, body, appends);
            judge_answer(head, *sent->response, runs);
            if (head.method == "POST" && sent->status() == 200) judge_taken(head, body, appends);
            if (sent->status() / 100 == 4) {
                expect(world_.spool.appends.size() == appends, "who is refused has stored nothing");
                expect(known || world_.spool.aside.size() == aside, "strangers fill nothing");
            }
            come_too_late(*sent);
        }
        judge_ledger(runs);
    }

    /// From the hand-over to the answer; the spool says nothing before it is asked to.
    std::shared_ptr<Sent> live_through(const net::RequestHead& head, const std::string& body, std::size_t appends) {
        const auto sent = world_.hand_over(head, body);
        const auto too_early = [&] {
            return head.method == "POST" && sent->status() == 200 && world_.spool.appends.size() > appends;
        };
        expect(!too_early(), "no 200 while the commit is under way");
        if (decided_ < world_.prover.asked.size()) {
            expect(!sent->response, "no answer while Logz.io is asked");
            if (listener_ != Listener::late) decide();
            expect(!too_early(), "no 200 before the commit of a proof");
        }
        if (disk_ != Disk::late) commit();
        if (!sent->response) {
            world_.pass(receive::EndpointLimits{}.answer_time_max);
            expect(sent->response.has_value(), "every request is answered by its deadline");
            expect(sent->status() != 200, "time alone makes no success");
        }
        return sent;
    }

    /// Verdict and commit after the answer change nothing of it.
    void come_too_late(const Sent& sent) {
        const int status = sent.status();
        while (decided_ < world_.prover.asked.size()) decide();
        commit();
        expect(sent.status() == status, "an answer is given once");
    }

    void commit() {
        world_.spool.commit();
        world_.mailbox.run();
    }
    void decide() {
        const std::size_t which = decided_++;
        logzio::Proof proof{logzio::ProofOutcome::accepted, 200, ""};
        const std::size_t lines = world_.prover.asked[which].request.count;
        expect(lines > 0, "nothing is not asked about");
        if (listener_ == Listener::takes_part) {
            proof.status = 400;
            proof.condemned = {{{static_cast<std::uint32_t>(lines - 1)}, lines > 1, "malformed"}};
        }
        if (listener_ == Listener::refuses) proof = {logzio::ProofOutcome::refused, 401, "no"};
        if (listener_ == Listener::undecided) proof = {logzio::ProofOutcome::undecided, 0, ""};
        if (listener_ == Listener::crowded) proof = {logzio::ProofOutcome::crowded, 0, ""};
        world_.prover.decide(which, proof);
        world_.mailbox.run();
    }

    [[nodiscard]] bool is_known(const net::RequestHead& head) const {
        if (head.path == "/hooks/acme") return true;
        const auto tokens = tokens_of(head);
        const auto regions = regions_of(head);
        if (tokens.empty() || regions.empty()) return false;
        const auto found = world_.spool.find(World::pair(tokens.front(), lower(regions.front())));
        return found && found->proven;
    }

    void judge_answer(const net::RequestHead& head, const net::HttpResponse& answer,
                      const std::vector<std::string>& runs) const {
        expect(statuses.contains(answer.status), "every answer stands in the table");
        const std::size_t most = head.method == "GET" && answer.status == 200
                                     ? challenge_bytes_max * escaped_bytes_max + answer_bytes_max
                                     : answer_bytes_max;
        expect(answer.body.size() <= most, "an answer is of bounded size");
        expect(!holds_any(answer.body, runs), "no answer repeats what came");
        for (const net::Header& header : answer.headers) {
            expect(!holds_any(header.name + header.value, runs), "no answer's header repeats what came");
        }
        if (head.method == "POST" && answer.status == 200) {
            expect(answer.body.empty(), "Okta wants an empty 200");
            expect(may_deliver(access_, head), "nobody gets in");
        }
    }

    /// A delivery that was answered 200: everything in it is in the spool's hands, and the spool has said so.
    void judge_taken(const net::RequestHead& head, const std::string& body, std::size_t appends) const {
        const auto events = events_in(body);
        if (world_.spool.appends.size() == appends) {
            expect(!events || *events == 0, "200 without a commit is for nothing");
            return;
        }
        expect(world_.spool.appends.size() == appends + 1, "a delivery is appended once");
        expect(!world_.spool.answers_only && disk_ != Disk::late, "200 only for what was committed");
        const spool::Append& append = world_.spool.appends.back();
        std::size_t odd = 0;
        for (const spool::LetterDraft& letter : append.asides) {
            odd += letter.reason == spool::LetterReason::element_refused ? 1U : 0U;
            expect(letter.body.size() <= body.size(), "what is kept aside is of the body");
        }
        expect(!events || append.events.size() + odd == *events, "all events of a delivery are taken");
        expect(append.lines.size() <= small_limits().lines_bytes_max, "lines are of bounded size");
        expect(append.event_id.size() <= receive::event_id_bytes_max, "an eventId is of bounded size");
        const auto& tenants = world_.spool.tenants_by_label;
        const std::string label =
            head.path == "/" ? spool::label_of(World::pair(tokens_of(head).front(), lower(regions_of(head).front())))
                             : spool::label_of(spool::NamedIdentity{"acme-tenant"});
        expect(tenants.contains(label) && tenants.at(label) == append.tenant, "it is its own tenant's");
    }

    /// Rows since the last time.
    void judge_ledger(const std::vector<std::string>& runs) {
        for (; rows_ < world_.spool.refusals.size(); ++rows_) {
            const spool::Gap& row = world_.spool.refusals[rows_];
            expect(!holds_any(row.tenant_label + " " + row.reason, runs), "the ledger repeats no secret");
            expect(row.event_id.size() <= receive::event_id_bytes_max && row.reason.size() <= 200,
                   "a row of the ledger is of bounded size");
        }
    }

    const Access access_;
    const Disk disk_;
    const Listener listener_;
    World world_;
    std::optional<net::RequestReader> reader_;
    std::optional<net::HttpResponse> early_;
    std::size_t decided_ = 0;
    std::size_t rows_ = 0;
    bool ended_ = false;
};

template <class Choice>
Choice choose(std::uint8_t byte) {
    return static_cast<Choice>(byte % static_cast<std::uint8_t>(Choice::count));
}

}  // namespace
}  // namespace hookline::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    hookline::set_up_log(hookline::LogLevel::error, hookline::LogFormat::text);
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hookline::fuzz;
    constexpr std::size_t choices = 4;
    if (size < choices) return 0;
    const std::vector<char> bytes(data + choices, data + size);  // exactly that size, for the sanitizer
    Connection connection(house_of(data[1]), choose<Disk>(data[2]), choose<Listener>(data[3]));
    connection.run({bytes.data(), bytes.size()}, data[0] == '0' ? bytes.size() + 1 : data[0] % 61U + 1);
    return 0;
}
