#include "receive/endpoint.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/log.h"
#include "base/text.h"
#include "base/time_text.h"
#include "okta/delivery.h"
#include "receive/entry.h"
#include "receive/packer.h"
#include "receive/refusal.h"
#include "receive/request_id.h"
#include "receive/tally.h"

namespace hookline::receive {
namespace {

constexpr std::string_view challenge_header = "x-okta-verification-challenge";
constexpr std::size_t small_body_bytes = 64 * 1024;  // comes in one go, so that nothing is won by refusing it earlier

/// A delivery on its way through. It lives for as long as its request may still be answered or its commit is due.
struct Work {
    net::Responder responder;
    std::string request_id;
    std::string peer;
    std::string body;
    Way way;
    TimePoint began;
    TimePoint deadline;
    WallTime received_at{};
    std::unique_ptr<Admission::Place> place{};
    std::optional<TenantId> tenant{};  ///< known when it is trusted, and once it goes into the spool
    std::string event_id{};
    std::size_t events = 0;
    bool handed_over = false;  ///< to the spool
    std::optional<spool::WatchedLines> watched{};
    std::size_t repeated = 0;
    bool delivered_before = false;  ///< Logz.io has its lines already

    /// Named, or proven: its deliveries are stored first, and what is refused of them is kept aside.
    [[nodiscard]] bool trusted() const { return tenant.has_value(); }
};
using WorkPtr = std::shared_ptr<Work>;

/// A body that is large or not coming before we say so: a refusal that the head decides spares us the reading.
bool is_worth_a_look_ahead(const net::RequestHead& head) {
    if (head.headers.find("expect")) return true;
    const auto announced = head.headers.find("content-length").value_or("");
    std::size_t bytes = small_body_bytes + 1;  // chunked: unknown
    std::from_chars(announced.data(), announced.data() + announced.size(), bytes);
    return bytes > small_body_bytes;
}

/// Where the delivery goes, and that its sender may; what it came in must be plain.
Entry enter_delivery(const Entrances& entrances, const net::RequestHead& head) {
    Entry entry = enter(entrances, head, Purpose::delivery);
    const auto encoding = head.headers.find("content-encoding");
    const bool encoded = encoding && !encoding->empty() && !equal_ignoring_case(*encoding, "identity");
    if (std::holds_alternative<Way>(entry) && encoded) return body_encoded();
    return entry;
}

std::optional<Refusal> refusal_of(spool::AppendOutcome outcome) {
    switch (outcome) {
        case spool::AppendOutcome::stored:
        case spool::AppendOutcome::repeated:
            return {};
        case spool::AppendOutcome::tenant_full:
            return tenant_full();
        case spool::AppendOutcome::spool_full:
            return spool_full();
        case spool::AppendOutcome::busy:
            return spool_busy();
        case spool::AppendOutcome::failed:
            break;
    }
    return spool_failed();
}

net::HttpResponse named(net::HttpResponse response, const std::string& request_id) {
    response.headers.push_back({request_id_header, request_id});
    return response;
}

/// What turns bodies into lines; one a thread.
struct Reader {
    explicit Reader(const EndpointParts& parts) : packer(parts.shape, parts.line_limits) {}
    okta::DeliveryParser parser;
    Packer packer;
};

/// What a body turned out to hold.
struct Contents {
    std::string problem;  ///< why it is no delivery; empty: it is one
    std::string event_id;
    std::size_t events = 0;
    std::size_t odd = 0;
    std::optional<spool::Append> append;  ///< nothing: too many lines
};

Contents read(Reader& reader, const Work& work, std::size_t lines_bytes_max) {
    Contents contents;
    const Result<okta::Delivery> delivery = reader.parser.parse(work.body);
    if (!delivery) {
        contents.problem = delivery.error().message;
        return contents;
    }
    contents.event_id = delivery->envelope.event_id;
    contents.events = delivery->events.size();
    contents.odd = delivery->odd.size();
    contents.append = reader.packer.pack(*delivery, work.body, work.received_at, lines_bytes_max);
    return contents;
}

class Endpoint final : public net::HttpHandler {
 public:
    explicit Endpoint(const EndpointParts& parts)
        : parts_(parts),
          reader_(parts),
          lane_reader_(parts),
          tally_(parts.metrics, parts.spool, parts.clock),
          recent_(parts.recent == nullptr ? nullptr : &parts.recent->new_writer()) {}

    std::optional<net::HttpResponse> on_head(const net::RequestHead& head) override;
    void on_request(net::RequestHead head, std::string body, net::Responder responder) override;
    void on_refused(const net::RequestHead* head, int status, std::string_view reason) override;

 private:
    // The story of a delivery, in the order in which it goes.
    net::HttpResponse on_get(const Entrances& entrances, const net::RequestHead& head);
    void admit(const WorkPtr& work);
    void take_in(const WorkPtr& work);
    void read_in_lane(WorkPtr work);
    void on_read(const WorkPtr& work, Contents contents);
    void prove(const WorkPtr& work, spool::Append append);
    void on_proof(const WorkPtr& work, spool::Append& append, std::string_view lines_sent, const logzio::Proof& proof);
    void store(const WorkPtr& work, TenantId tenant, spool::Append append);
    void on_appended(const WorkPtr& work, const spool::Appended& appended);

    std::optional<TenantId> find_trusted(const Way& way);
    void acknowledge(const WorkPtr& work);
    void remember(const Work& work, int status, Duration took);
    void refuse(const WorkPtr& work, const Refusal& refusal);
    void refuse_body(const WorkPtr& work, const Refusal& refusal);
    net::HttpResponse turn_away(const net::RequestHead& head, const Refusal& refusal);
    void warn_of_headers(const Way& way, const net::RequestHead& head, std::string_view request_id);

    const EndpointParts parts_;
    Reader reader_;
    Reader lane_reader_;  ///< used in the lane only
    Tally tally_;
    RequestIds ids_;
    spool::RecentDeliveries::Writer* const recent_;
};

std::optional<net::HttpResponse> Endpoint::on_head(const net::RequestHead& head) {
    if (head.method != "POST" || !is_worth_a_look_ahead(head)) return {};
    const Entry entry = enter_delivery(*parts_.entrances.get(), head);
    if (const auto* refusal = std::get_if<Refusal>(&entry)) return turn_away(head, *refusal);
    return {};
}

void Endpoint::on_request(net::RequestHead head, std::string body, net::Responder responder) {
    const auto entrances = parts_.entrances.get();
    if (head.method == "GET" || head.method == "HEAD") return responder.respond(on_get(*entrances, head));
    if (head.method != "POST") return responder.respond(turn_away(head, method_not_allowed()));

    Entry entry = enter_delivery(*entrances, head);
    if (const auto* refusal = std::get_if<Refusal>(&entry)) return responder.respond(turn_away(head, *refusal));

    auto& way = std::get<Way>(entry);
    std::string request_id = ids_.of(head);
    warn_of_headers(way, head, request_id);
    if (way.hook_use) way.hook_use->note(parts_.clock.wall());
    const auto work = std::make_shared<Work>(
        Work{std::move(responder), std::move(request_id), std::move(head.peer_address), std::move(body), std::move(way),
             head.began, head.began + parts_.limits.answer_time_max, parts_.clock.wall()});
    if (parts_.clock.now() >= work->deadline) return refuse(work, late());
    work->responder.at_deadline(work->deadline,
                                [this, work] { refuse(work, work->handed_over ? perhaps_stored() : late()); });
    admit(work);
}

/// Only a GET is a challenge: the one check by which Okta's admin learns at once that something is set up wrongly.
net::HttpResponse Endpoint::on_get(const Entrances& entrances, const net::RequestHead& head) {
    const std::string request_id = ids_.of(head);
    const auto answer = [this, &request_id](net::HttpResponse response) {
        tally_.answered(response.status);
        return named(std::move(response), request_id);
    };
    const auto challenge = head.headers.find(challenge_header);
    if (!challenge || head.method != "GET") {
        if (head.path == "/") return answer(greeting());
        return answer(response_of(is_hook(entrances, head.path) ? hook_needs_post() : unknown_path()));
    }
    if (challenge->size() > parts_.limits.challenge_bytes_max) {
        return answer(response_of(challenge_too_long(parts_.limits.challenge_bytes_max)));
    }
    const Entry entry = enter(entrances, head, Purpose::challenge);
    if (const auto* refusal = std::get_if<Refusal>(&entry)) {
        if (const auto held_back = tally_.may_log("verification refused")) {
            log_warn("verification refused", {{"request_id", request_id},
                                              {"status", refusal->status},
                                              {"reason", refusal->error},
                                              {"peer", head.peer_address},
                                              {"not_logged_before", *held_back}});
        }
        return answer(response_of(*refusal));
    }
    warn_of_headers(std::get<Way>(entry), head, request_id);
    if (const auto held_back = tally_.may_log("verified")) {
        log_info("a hook was verified", {{"request_id", request_id},
                                         {"tenant", std::get<Way>(entry).label},
                                         {"peer", head.peer_address},
                                         {"not_logged_before", *held_back}});
    }
    return answer(verification(*challenge));
}

/// Waits for a turn when too much is worked on already. The line holds no strong reference: work that was answered or
/// whose sender went leaves it.
void Endpoint::admit(const WorkPtr& work) {
    work->place = parts_.admission->place(work->way.label, work->way.listed, work->body.size());
    const auto turn = [this, waiting = std::weak_ptr<Work>(work)](bool admitted) {
        const WorkPtr next = waiting.lock();
        if (!next || next->responder.answered()) return;
        if (!admitted) return refuse(next, too_much_at_once());
        take_in(next);
    };
    switch (parts_.admission->enter(*work->place, work->responder.mailbox(), turn)) {
        case Admission::Entered::now:
            return take_in(work);
        case Admission::Entered::turned_away:
            return refuse(work, too_much_at_once());
        case Admission::Entered::later:
            return;
    }
}

void Endpoint::take_in(const WorkPtr& work) {
    work->tenant = find_trusted(work->way);
    if (!work->trusted() && work->body.size() > parts_.limits.unproven_bytes_max) {
        return refuse(work, too_many_proofs());
    }
    if (parts_.lane != nullptr && work->body.size() >= parts_.limits.lane_bytes_min) return read_in_lane(work);
    on_read(work, read(reader_, *work, parts_.limits.lines_bytes_max));
}

/// The lane only reads; the work goes back to its loop, which alone may answer it. While it is there the loop leaves
/// the body alone, and may say that time is up. How much waits for the lane is bounded by what is admitted.
void Endpoint::read_in_lane(WorkPtr work) {
    Mailbox& loop = work->responder.mailbox();
    parts_.lane->post([this, &loop, work = std::move(work)]() mutable {
        const bool in_time = parts_.clock.now() < work->deadline;
        auto contents = in_time ? std::make_shared<Contents>(read(lane_reader_, *work, parts_.limits.lines_bytes_max))
                                : std::shared_ptr<Contents>();
        loop.post([this, work = std::move(work), contents = std::move(contents)] {
            if (work->responder.answered()) return;
            if (!contents) return refuse(work, late());
            on_read(work, std::move(*contents));
        });
    });
}

void Endpoint::on_read(const WorkPtr& work, Contents contents) {
    if (!contents.problem.empty()) return refuse_body(work, body_refused(contents.problem));
    work->event_id = std::move(contents.event_id);
    work->events = contents.events + contents.odd;
    if (work->events == 0) return acknowledge(work);
    if (!work->trusted() && contents.odd > 0) return refuse(work, elements_refused(contents.odd));
    if (!contents.append) return refuse_body(work, too_many_lines());

    contents.append->listed = work->way.listed;
    if (!work->trusted()) return prove(work, std::move(*contents.append));
    store(work, *work->tenant, std::move(*contents.append));
}

/// Nobody knows yet whether Logz.io takes this token in this region, so it is asked first, with these very events.
void Endpoint::prove(const WorkPtr& work, spool::Append append) {
    LinesToProve sent = lines_to_prove(append);
    const spool::HeaderIdentity& identity = work->way.by_headers();
    logzio::ProofRequest request;
    request.region = identity.region;
    request.token = identity.token;
    request.lines = std::make_shared<const std::string>(std::move(sent.lines));
    request.count = sent.count;
    request.until = work->deadline - parts_.limits.proof_reserve;
    const auto lines = request.lines;
    parts_.prover.prove(std::move(request), work->responder.mailbox(),
                        [this, work, lines, kept = std::make_shared<spool::Append>(std::move(append))](
                            const logzio::Proof& proof) { on_proof(work, *kept, *lines, proof); });
}

void Endpoint::on_proof(const WorkPtr& work, spool::Append& append, std::string_view lines_sent,
                        const logzio::Proof& proof) {
    const spool::HeaderIdentity& identity = work->way.by_headers();
    switch (proof.outcome) {
        case logzio::ProofOutcome::accepted:
            // Also when the answer was due before: Logz.io has these lines, so they must be known when Okta retries.
            append.already_delivered = true;
            append.prove = true;
            append.condemned = letters_of(proof, lines_sent);
            return store(work, parts_.spool.introduce(work->way.identity), std::move(append));
        case logzio::ProofOutcome::undecided:
            if (work->responder.answered()) return;
            return store(work, parts_.spool.introduce(work->way.identity), std::move(append));
        case logzio::ProofOutcome::refused:
            return refuse(work, token_refused_by_logzio(identity.region, identity.token.fingerprint()));
        case logzio::ProofOutcome::crowded:
            return refuse(work, too_many_proofs());
    }
}

void Endpoint::store(const WorkPtr& work, TenantId tenant, spool::Append append) {
    append.tenant = tenant;
    work->tenant = tenant;
    work->delivered_before = append.already_delivered;
    work->handed_over = true;
    work->body = std::string();  // the lines and asides hold all that is needed of it
    if (parts_.tail != nullptr && parts_.tail->watches(tenant)) {
        work->watched = spool::WatchedLines(append, parts_.tail->limits());
    }
    parts_.spool.append(std::move(append), work->responder.mailbox(),
                        [this, work](const spool::Appended& appended) { on_appended(work, appended); });
}

void Endpoint::on_appended(const WorkPtr& work, const spool::Appended& appended) {
    tally_.appended(appended);
    work->repeated = appended.repeated;
    if (work->watched && appended.outcome == spool::AppendOutcome::stored) parts_.tail->note(*work->watched);
    if (const auto refusal = refusal_of(appended.outcome)) return refuse(work, *refusal);
    acknowledge(work);
}

// ---- Answers ----

void Endpoint::acknowledge(const WorkPtr& work) {
    work->place.reset();
    if (work->responder.answered()) return;
    const Duration took = parts_.clock.now() - work->began;
    tally_.answered(200);
    tally_.acknowledged(took, work->request_id);
    remember(*work, 200, took);
    if (log_enabled(LogLevel::debug)) {
        log_debug("delivery acknowledged", {{"request_id", work->request_id},
                                            {"tenant", work->way.label},
                                            {"events", work->events},
                                            {"took", format_duration(took)}});
    }
    work->responder.respond(named(acknowledged(), work->request_id));
}

/// Who is not known has no page on which it could be shown.
void Endpoint::remember(const Work& work, int status, Duration took) {
    if (recent_ == nullptr || !work.tenant) return;
    recent_->note(*work.tenant, {.received_at = work.received_at,
                                 .took = std::chrono::duration_cast<std::chrono::microseconds>(took),
                                 .status = status,
                                 .events = static_cast<std::uint32_t>(work.events),
                                 .repeated = static_cast<std::uint32_t>(work.repeated),
                                 .delivered_before = work.delivered_before,
                                 .request_id = spool::ShortText<64>(work.request_id),
                                 .event_id = spool::ShortText<40>(work.event_id)});
}

void Endpoint::refuse(const WorkPtr& work, const Refusal& refusal) {
    work->place.reset();
    if (work->responder.answered()) return;
    tally_.answered(refusal.status);
    tally_.refused(refusal, {work->way.label, work->peer, work->event_id, work->events, work->request_id});
    remember(*work, refusal.status, parts_.clock.now() - work->began);
    work->responder.respond(named(response_of(refusal), work->request_id));
}

/// What can never succeed is kept aside for those who are known; strangers fill nothing.
void Endpoint::refuse_body(const WorkPtr& work, const Refusal& refusal) {
    if (work->trusted()) {
        spool::LetterDraft letter;
        letter.kind = spool::LetterClass::kept_aside;
        letter.reason = spool::LetterReason::body_refused;
        letter.status = refusal.status;
        letter.answer = refusal.error;
        letter.body = std::move(work->body);
        parts_.spool.keep_aside(*work->tenant, std::move(letter));
    }
    refuse(work, refusal);
}

/// Refused by its head, before anything is known of what was delivered.
net::HttpResponse Endpoint::turn_away(const net::RequestHead& head, const Refusal& refusal) {
    const std::string request_id = ids_.of(head);
    tally_.answered(refusal.status);
    if (head.method == "POST") tally_.refused(refusal, {"", head.peer_address, "", 0, request_id});
    return named(response_of(refusal), request_id);
}

/// The server's own refusals (malformed, too large, too slow) end up in the same ledger.
void Endpoint::on_refused(const net::RequestHead* head, int status, std::string_view reason) {
    tally_.answered(status);
    const bool may_be_delivery = head != nullptr ? head->method == "POST" : status == 431;
    if (!may_be_delivery) return;
    Refused refused;
    std::string request_id;
    Entry entry = unknown_path();
    if (head != nullptr) {
        request_id = ids_.of(*head);
        refused.request_id = request_id;
        entry = enter(*parts_.entrances.get(), *head, Purpose::delivery);
        refused.peer = head->peer_address;
    }
    if (const auto* way = std::get_if<Way>(&entry)) refused.label = way->label;
    tally_.refused({.status = status, .error = std::string(reason), .ledger = reason}, refused);
}

std::optional<TenantId> Endpoint::find_trusted(const Way& way) {
    if (way.named()) return parts_.spool.introduce(way.identity);
    const auto known = parts_.spool.find(way.identity);
    if (known && known->proven) return known->id;
    return {};
}

void Endpoint::warn_of_headers(const Way& way, const net::RequestHead& head, std::string_view request_id) {
    if (way.token_headers_ignored) {
        if (const auto held_back = tally_.may_log("token headers ignored")) {
            log_warn(
                "the headers logzio_token and logzio_region are ignored on a named hook; take them out of the hook in "
                "Okta",
                {{"request_id", request_id},
                 {"tenant", way.label},
                 {"path", head.path},
                 {"not_logged_before", *held_back}});
        }
    }
    if (way.missing.empty()) return;
    if (const auto held_back = tally_.may_log("verified without headers")) {
        std::string names;
        for (const std::string& name : way.missing) names += (names.empty() ? "" : ", ") + name;
        log_warn("a hook was verified though its deliveries will be refused: headers are missing",
                 {{"request_id", request_id},
                  {"headers", names},
                  {"path", head.path},
                  {"peer", head.peer_address},
                  {"not_logged_before", *held_back}});
    }
}

}  // namespace

std::unique_ptr<net::HttpHandler> make_endpoint(const EndpointParts& parts) {
    return std::make_unique<Endpoint>(parts);
}

}  // namespace hookline::receive
