#include "rehearse/okta_sender.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "rehearse/histogram.h"
#include "rehearse/lines_file.h"
#include "rehearse/okta_deliveries.h"
#include "rehearse/okta_offers.h"

namespace hookline::rehearse {
namespace {

using namespace std::chrono;

constexpr unsigned tries_max = 2;  ///< facts 1.4: at most one retry
constexpr std::size_t spare_offers_max = 1'000;

TimePoint now() { return steady_clock::now(); }

/// What a hook said, fit for one line on a screen.
std::string readable(std::string_view body) {
    std::string text;
    for (const char c : body.substr(0, 200)) text += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    return text.empty() ? "with an empty body" : "\"" + text + "\"";
}

std::string sentence_of(const OktaOutcome& outcome, milliseconds time_max) {
    switch (outcome.kind) {
        case OktaOutcome::Kind::answered:
            return fmt::format("the hook answered {}: {}", outcome.status, readable(outcome.body));
        case OktaOutcome::Kind::timed_out:
            return fmt::format("no answer within {} ms", time_max.count());
        case OktaOutcome::Kind::unreachable:
            break;
    }
    return outcome.problem;
}

bool succeeded(const OktaOutcome& outcome) {
    return outcome.kind == OktaOutcome::Kind::answered && outcome.status / 100 == 2;
}

/// A 5xx, a timeout, or no connection; a 4xx is final, and redirects are not followed.
bool may_be_tried_again(const OktaOutcome& outcome) {
    return outcome.kind != OktaOutcome::Kind::answered || outcome.status / 100 == 5;
}

Result<void> check_options(const OktaSenderOptions& options) {
    if (options.connections == 0) return failed("at least one connection is needed");
    if (options.events_min > options.events_max) return failed("the least events of a delivery are more than the most");
    if (options.rate < 0) return failed("a rate is a number of deliveries a second, 0 for as fast as it goes");
    for (const net::Header& header : options.headers) {
        const bool broken = (header.name + header.value).find_first_of("\r\n") != std::string::npos;
        if (header.name.empty() || broken) return failed("a header has a name and no line breaks");
    }
    return {};
}

class Sender final : public OktaSender {
 public:
    explicit Sender(OktaSenderOptions options) : options_(std::move(options)), dice_(options_.seed ^ 0xD1CE) {}

    Result<void> open() {
        if (auto checked = check_options(options_); !checked) return checked;
        auto deliveries = OktaDeliveryMaker::make(options_);
        if (!deliveries) return tl::unexpected(deliveries.error());
        deliveries_ = std::move(*deliveries);
        auto offers = OktaOffers::make(options_, [this](std::unique_ptr<OktaOffer> offer, const OktaOutcome& outcome) {
            settle(std::move(offer), outcome);
        });
        if (!offers) return tl::unexpected(offers.error());
        offers_ = std::move(*offers);
        if (options_.acknowledged_file) {
            auto file = LinesFile::open(*options_.acknowledged_file);
            if (!file) return tl::unexpected(file.error());
            acknowledged_ = std::move(*file);
        }
        build_heads();
        return {};
    }

    Result<OktaSenderReport> run() override {
        if (options_.verify_first && !stops_) {
            if (auto verified = verify(); !verified) return tl::unexpected(verified.error());
        }
        began_ = now();
        while (stops_ < 2) {
            start_what_is_due(now());
            if (!creating_ && later_.empty() && offers_->under_way() == 0) break;
            offers_->wait(next_due());
            publish();
        }
        if (acknowledged_) acknowledged_->flush();
        publish();
        const std::lock_guard lock(mutex_);
        report_.finished = true;
        return report_now();
    }

    void stop() override {
        ++stops_;
        offers_->wake();
    }

    [[nodiscard]] OktaSenderReport report() const override {
        const std::lock_guard lock(mutex_);
        return report_now();
    }

 private:
    void build_heads();
    Result<void> verify();
    [[nodiscard]] Result<void> judge_verification(const OktaOutcome& outcome, const std::string& challenge) const;

    void start_what_is_due(TimePoint when);
    [[nodiscard]] bool more_to_create(TimePoint when) const;
    [[nodiscard]] TimePoint fresh_due() const;
    [[nodiscard]] TimePoint next_due() const;
    std::unique_ptr<OktaOffer> create();
    void begin(std::unique_ptr<OktaOffer> offer, TimePoint when);
    void forget_what_never_began();

    void settle(std::unique_ptr<OktaOffer> offer, const OktaOutcome& outcome);
    void acknowledge(std::unique_ptr<OktaOffer> offer, const OktaOutcome& outcome);
    void give_up(const OktaOffer& offer);
    void write_request(OktaOffer& offer) const;
    [[nodiscard]] bool chance(double share) {
        return share > 0 && std::uniform_real_distribution<double>(0, 1)(dice_) < share;
    }
    [[nodiscard]] Duration some_while();
    void publish();
    [[nodiscard]] OktaSenderReport report_now() const;

    const OktaSenderOptions options_;
    std::mt19937_64 dice_;
    std::unique_ptr<OktaDeliveryMaker> deliveries_;
    std::unique_ptr<LinesFile> acknowledged_;
    std::unique_ptr<OktaOffers> offers_;
    std::string post_head_;  ///< up to the value of Content-Length
    std::string get_head_;   ///< up to the value of the challenge
    std::atomic<int> stops_{0};

    TimePoint began_;
    std::uint64_t created_ = 0;
    bool creating_ = true;
    bool verifying_ = false;
    std::optional<OktaOutcome> verification_;
    /// Retries, repeats and deliveries held back, by when they are due.
    std::multimap<TimePoint, std::unique_ptr<OktaOffer>> later_;
    std::vector<std::unique_ptr<OktaOffer>> spare_;

    mutable std::mutex mutex_;  ///< guards what follows: the screen reads it
    OktaSenderReport report_;
    Histogram took_;
    std::uint64_t given_up_ = 0;  ///< deliveries
};

void Sender::build_heads() {
    const HookUrl& url = offers_->url();
    std::string common = fmt::format("Accept: application/json\r\nHost: {}\r\n", url.authority());
    for (const net::Header& header : options_.headers) common += fmt::format("{}: {}\r\n", header.name, header.value);
    if (options_.authorization) {
        common += fmt::format("{}: {}\r\n", options_.authorization_header, options_.authorization->reveal());
    }
    if (!options_.keep_alive) common += "Connection: close\r\n";
    get_head_ = fmt::format("GET {} HTTP/1.1\r\nUser-Agent: Okta-Integrations\r\n{}X-Okta-Request-Id: {}\r\n",
                            url.target, common, deliveries_->hook_id());
    get_head_ += "X-Okta-Verification-Challenge: ";
    post_head_ = fmt::format(
        "POST {} HTTP/1.1\r\nUser-Agent: Okta Hook Service v1.0.0 - {}\r\n{}Content-Type: application/json\r\n"
        "Content-Length: ",
        url.target, deliveries_->hook_id(), common);
}

Result<void> Sender::verify() {
    static constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string challenge;
    while (challenge.size() < 40) challenge += letters[dice_() % letters.size()];
    verifying_ = true;
    for (unsigned tries = 0; tries < tries_max; ++tries) {
        auto offer = std::make_unique<OktaOffer>();
        offer->request = get_head_ + challenge + "\r\n\r\n";
        verification_.reset();
        offers_->begin(std::move(offer), now());
        while (!verification_ && stops_ < 2) offers_->wait(now() + milliseconds(100));
        if (!verification_) return failed("stopped during the verification");
        if (!may_be_tried_again(*verification_)) break;
    }
    verifying_ = false;
    auto judged = judge_verification(*verification_, challenge);
    const std::lock_guard lock(mutex_);
    report_.verified = judged.has_value();
    if (!judged) report_.last_problem = judged.error().message;
    return judged;
}

Result<void> Sender::judge_verification(const OktaOutcome& outcome, const std::string& challenge) const {
    constexpr std::string_view trying = "the hook did not pass Okta's verification (one GET)";
    if (!succeeded(outcome)) return failed(trying, Error{sentence_of(outcome, options_.time_max)});
    const nlohmann::json answer = nlohmann::json::parse(outcome.body, nullptr, false);
    if (outcome.status == 200 && answer.is_object() && answer.contains("verification") &&
        answer["verification"] == challenge) {
        return {};
    }
    return failed(trying, Error{fmt::format("200 with {{\"verification\":\"<the challenge>\"}} was expected, but {}",
                                            sentence_of(outcome, options_.time_max))});
}

bool Sender::more_to_create(TimePoint when) const {
    if (stops_ > 0 || !creating_) return false;
    if (options_.deliveries > 0 && created_ >= options_.deliveries) return false;
    return options_.duration.count() == 0 || when < began_ + options_.duration;
}

/// When the next delivery is to leave, by the rate.
TimePoint Sender::fresh_due() const {
    if (options_.rate <= 0) return began_;
    return began_ + duration_cast<Duration>(duration<double>(static_cast<double>(created_) / options_.rate));
}

TimePoint Sender::next_due() const {
    TimePoint due = now() + milliseconds(100);
    if (!offers_->has_room()) return due;
    if (!later_.empty()) due = std::min(due, later_.begin()->first);
    return creating_ ? std::min(due, fresh_due()) : due;
}

void Sender::start_what_is_due(TimePoint when) {
    if (creating_ && !more_to_create(when)) {
        creating_ = false;
        if (stops_ > 0) forget_what_never_began();
    }
    while (offers_->has_room()) {
        if (!later_.empty() && (later_.begin()->first <= when || stops_ > 0)) {
            auto offer = std::move(later_.begin()->second);
            later_.erase(later_.begin());
            begin(std::move(offer), when);
            continue;
        }
        const TimePoint due = fresh_due();
        if (!more_to_create(when) || due > when) return;
        auto offer = create();
        if (!offer) {
            creating_ = false;
            return;
        }
        if (chance(options_.reorder_share)) {
            later_.emplace(when + some_while(), std::move(offer));
            continue;
        }
        if (options_.rate > 0) {
            const std::lock_guard lock(mutex_);
            report_.behind = duration_cast<milliseconds>(when - due);
        }
        begin(std::move(offer), when);
    }
}

/// Long enough for a few later deliveries to overtake.
Duration Sender::some_while() {
    const double pause = options_.rate > 0 ? 1 / options_.rate : 0.001;
    std::uniform_real_distribution<double> some(std::max(0.02, 1.5 * pause), std::max(0.2, 5 * pause));
    return duration_cast<Duration>(duration<double>(some(dice_)));
}

std::unique_ptr<OktaOffer> Sender::create() {
    std::unique_ptr<OktaOffer> offer;
    if (spare_.empty()) {
        offer = std::make_unique<OktaOffer>();
    } else {
        offer = std::move(spare_.back());
        spare_.pop_back();
    }
    offer->tries = 0;
    offer->repeat = false;
    if (!deliveries_->next(offer->body, SystemClock().wall())) return nullptr;
    write_request(*offer);
    ++created_;
    return offer;
}

void Sender::write_request(OktaOffer& offer) const {
    offer.request.assign(post_head_)
        .append(std::to_string(offer.body.text.size()))
        .append("\r\n\r\n")
        .append(offer.body.text);
}

void Sender::begin(std::unique_ptr<OktaOffer> offer, TimePoint when) {
    {
        const std::lock_guard lock(mutex_);
        if (offer->tries == 0 && !offer->repeat) {
            ++report_.deliveries;
            report_.events += offer->body.events;
            report_.previews += offer->body.preview ? 1U : 0U;
            report_.bytes += offer->body.text.size();
        }
        if (offer->tries == 0 && offer->repeat) ++report_.repeats;
        if (offer->tries > 0) ++report_.retried;
    }
    offers_->begin(std::move(offer), when);
}

void Sender::forget_what_never_began() {
    for (auto at = later_.begin(); at != later_.end();) at = at->second->tries == 0 ? later_.erase(at) : std::next(at);
}

void Sender::settle(std::unique_ptr<OktaOffer> offer, const OktaOutcome& outcome) {
    if (verifying_) {
        verification_ = outcome;
        return;
    }
    if (succeeded(outcome)) return acknowledge(std::move(offer), outcome);
    {
        const std::lock_guard lock(mutex_);
        const bool answered = outcome.kind == OktaOutcome::Kind::answered;
        if (outcome.kind == OktaOutcome::Kind::timed_out) ++report_.timed_out;
        if (outcome.kind == OktaOutcome::Kind::unreachable) ++report_.unreachable;
        if (answered) ++(outcome.status / 100 == 5 ? report_.failed_5xx : report_.refused_4xx);
        report_.last_problem = sentence_of(outcome, options_.time_max);
    }
    if (offer->tries < tries_max && may_be_tried_again(outcome)) {
        later_.emplace(now() + options_.retry_after, std::move(offer));
    } else {
        give_up(*offer);
    }
}

void Sender::acknowledge(std::unique_ptr<OktaOffer> offer, const OktaOutcome& outcome) {
    const bool first_time = !offer->repeat;
    if (first_time && acknowledged_) acknowledged_->append(offer->body.uuids);
    {
        const std::lock_guard lock(mutex_);
        took_.add(duration_cast<microseconds>(outcome.took));
        report_.answers_with_body += outcome.body.empty() ? 0U : 1U;
        if (first_time) {
            ++report_.acknowledged;
            report_.acknowledged_events += offer->body.events;
        }
    }
    if (first_time && stops_ == 0 && chance(options_.duplicate_share)) {
        // Mostly the same delivery again; now and then a second hook that subscribes to the same events.
        if (chance(0.25)) offer->body = deliveries_->under_another_id(offer->body);
        write_request(*offer);
        offer->repeat = true;
        offer->tries = 0;
        later_.emplace(now() + some_while(), std::move(offer));
    } else if (spare_.size() < spare_offers_max) {
        spare_.push_back(std::move(offer));
    }
}

void Sender::give_up(const OktaOffer& offer) {
    const std::lock_guard lock(mutex_);
    if (offer.repeat) {
        ++report_.repeats_refused;
    } else {
        report_.lost_events += offer.body.events;
        ++given_up_;
    }
}

OktaSenderReport Sender::report_now() const {
    OktaSenderReport report = report_;
    report.p50 = took_.quantile(0.5);
    report.p99 = took_.quantile(0.99);
    report.max = took_.max();
    return report;
}

/// What only this thread can see, for the screen.
void Sender::publish() {
    const std::lock_guard lock(mutex_);
    report_.connections = offers_->connections();
    report_.in_flight = report_.deliveries - report_.acknowledged - given_up_;
}

}  // namespace

Result<std::unique_ptr<OktaSender>> OktaSender::make(OktaSenderOptions options) {
    auto sender = std::make_unique<Sender>(std::move(options));
    if (auto opened = sender->open(); !opened) return failed("start the simulated Okta", opened.error());
    return sender;
}

}  // namespace hookline::rehearse
