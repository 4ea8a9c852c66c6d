#include "simulation/relay.h"

namespace hookline::simulation {
namespace {

// A small part of what a relay of some hours remembers, so that most is read piece by piece.
constexpr std::uint64_t few_ids = 8;
constexpr std::uint64_t few_ids_a_turn = 4;

std::string url_of(std::string_view region) { return "http://listener/" + std::string(region); }

}  // namespace

bool LoopMailbox::run() {
    if (tasks_.empty()) return false;
    std::vector<Task> tasks;
    tasks.swap(tasks_);
    for (Task& task : tasks) task();
    return true;
}

Relay::Relay(RelaySetup& setup, test::FakeClock& clock, net::HttpClient& client)
    : setup_(setup), clock_(clock), client_(client) {}

std::optional<ship::Destination> Relay::destination_of(TenantId tenant) const {
    const auto identity = process_->spool->identity(tenant);
    if (!identity) return {};
    if (const auto* by_header = std::get_if<spool::HeaderIdentity>(&*identity)) {
        return ship::Destination{by_header->region, url_of(by_header->region), by_header->token};
    }
    const auto found = setup_.tenants.find(std::get<spool::NamedIdentity>(*identity).name);
    if (found == setup_.tenants.end()) return {};
    return ship::Destination{found->second.region, url_of(found->second.region), Secret(found->second.token)};
}

bool Relay::is_proven(const std::string& region, const std::string& token) const {
    for (const spool::TenantStatus& tenant : process_->spool->tenants()) {
        const auto identity = process_->spool->identity(tenant.id);
        const auto* by_header = identity ? std::get_if<spool::HeaderIdentity>(&*identity) : nullptr;
        if (by_header != nullptr && by_header->region == region && by_header->token.reveal() == token)
            return tenant.proven;
    }
    return false;
}

std::optional<std::string> Relay::start() {
    process_ = std::make_unique<Process>(setup_.entrances, clock_);
    open_ = true;
    spool::SpoolOptions options;
    options.directory = setup_.directory;
    options.commit_mode = spool::CommitMode::by_hand;
    options.limits.free_bytes_min = 1;
    options.limits.kept_age_max = setup_.kept_age;
    if (setup_.reads_few_ids) {
        options.limits.seen_at_start = few_ids;
        options.limits.seen_a_turn = few_ids_a_turn;
    }
    options.files = files_;
    options.on_fatal = [process = process_.get()](const Error&) { process->failed = true; };
    auto opened = spool::Spool::open(std::move(options), clock_, process_->metrics);
    if (!opened) {
        process_.reset();
        return opened.error().message;
    }
    Process& process = *process_;
    process.spool = std::move(*opened);
    process.listener.emplace(client_, logzio::ListenerLimits{}, &process.crew);
    process.shipping = ship::Shipping::make(
        *process.spool, *process.listener, [this](TenantId tenant) { return destination_of(tenant); },
        [](std::string_view region) -> std::optional<std::string> { return url_of(region); }, {}, process.crew, clock_,
        process.metrics, ++setup_.seed, &process.crew);
    process.spool->on_arrival([&process](const std::vector<TenantId>& tenants) { process.shipping->arrived(tenants); });
    process.shipping->begin();
    process.endpoint = receive::make_endpoint({process.entrances,
                                               *process.spool,
                                               process.shipping->prover(),
                                               clock_,
                                               process.metrics,
                                               logzio::Shape::hookline,
                                               {},
                                               {}});
    return {};
}

void Relay::kill(bool power_cut, std::uint64_t torn_bytes) {
    files_->cut_power();
    end();
    files_->heal();
    files_->power_on(power_cut ? torn_bytes : std::numeric_limits<std::uint32_t>::max());
}

void Relay::end() {
    // Whoever waits for the spool is told through mailboxes that must still be there.
    (void)process_->spool->close();
    process_.reset();
}

void Relay::request(const net::RequestHead& head, std::string body,
                    const std::shared_ptr<net::Responder::Target>& target) {
    if (auto refused = process_->endpoint->on_head(head)) return target->respond(std::move(*refused));
    body.reserve(body.size() + 64);
    process_->endpoint->on_request(head, std::move(body), net::Responder(target));
}

TimePoint Relay::run_due(TimePoint now) {
    TimePoint next = process_->crew.run_due(now);
    while (process_->mailbox.run()) next = std::min(next, process_->crew.run_due(now));
    return next;
}

}  // namespace hookline::simulation
