#include "ship/shipping.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "ship/parts.h"
#include "ship/proofs.h"
#include "ship/shipper.h"

namespace hookline::ship {
namespace {

/// The shippers of all tenants. News from other threads is gathered in a list of its own, so that many commits wake
/// the crew once.
class Fleet final : public Shipping {
 public:
    Fleet(spool::Spool& spool, logzio::Listener& listener, FindDestination find_destination, FindUrl find_url,
          const ShippingLimits& limits, Crew& crew, const Clock& clock, Metrics& metrics, std::uint64_t seed,
          Mailbox* lane, spool::RecentBulks* recent)
        : parts_{spool,
                 listener,
                 std::move(find_destination),
                 limits,
                 crew,
                 lane,
                 clock,
                 ShipMetrics(metrics),
                 {},
                 Slots(limits.listener_bulks_max, [this](TenantId tenant) { slot_granted(tenant); }),
                 Pace(PaceLimits{.interval_max = limits.bulk_age_max}),
                 Chance(seed),
                 {},
                 static_cast<std::uint64_t>(clock.wall().time_since_epoch().count()),
                 recent},
          proofs_(parts_, std::move(find_url), [this](const spool::HeaderIdentity& pair) { proven(pair); }) {
        parts_.slots_step = crew.add([this](TimePoint now) { return parts_.slots.step(now); });
        parts_.went_quiet = [this] { went_quiet(); };
        parts_.somebody_is_forgotten = [this] {
            parts_.crew.post([this] {
                for (const TenantId tenant : std::exchange(parts_.forgotten, {})) shippers_.erase(tenant);
            });
        };
    }
    ~Fleet() override {
        parts_.crew.remove(parts_.slots_step);
        // A shipper that goes gives its slot to another, who is looked for among those that are left.
        while (!shippers_.empty()) {
            const auto gone = shippers_.extract(shippers_.begin());
        }
    }

    void begin() override {
        for (const TenantId tenant : parts_.spool.tenants_with_lines()) shipper(tenant).arrived(parts_.clock.now());
    }

    void arrived(const std::vector<TenantId>& tenants) override {
        bool is_first = false;
        {
            const std::lock_guard lock(mutex_);
            is_first = news_.empty();
            news_.insert(news_.end(), tenants.begin(), tenants.end());
        }
        if (is_first) parts_.crew.post([this] { take_news(); });
    }

    void destinations_changed() override {
        parts_.crew.post([this] {
            for (const auto& [tenant, shipper] : shippers_) shipper->try_again();
        });
    }

    std::vector<ShipperStatus> status() const override { return parts_.board.all(); }

    void drain(std::function<void()> done) override {
        parts_.crew.post([this, done = std::move(done)] {
            parts_.draining = true;
            drained_.push_back(done);
            if (parts_.under_way == 0) went_quiet();
        });
    }

    logzio::Prover& prover() override { return proofs_; }

 private:
    Shipper& shipper(TenantId tenant) {
        auto& place = shippers_[tenant];
        if (!place) place = std::make_unique<Shipper>(tenant, parts_);
        return *place;
    }

    void take_news() {
        std::vector<TenantId> news;
        {
            const std::lock_guard lock(mutex_);
            news.swap(news_);
        }
        const TimePoint now = parts_.clock.now();
        for (const TenantId tenant : news) shipper(tenant).arrived(now);
    }

    void slot_granted(TenantId tenant) {
        const auto found = shippers_.find(tenant);
        if (found != shippers_.end()) found->second->wake();
    }

    /// Events of this pair that were stored before need not wait for their next try.
    void proven(const spool::HeaderIdentity& pair) {
        const auto known = parts_.spool.find(pair);
        const auto found = known ? shippers_.find(known->id) : shippers_.end();
        if (found != shippers_.end()) found->second->try_again();
    }

    void went_quiet() {
        for (const auto& done : std::exchange(drained_, {})) done();
    }

    Parts parts_;
    std::unordered_map<TenantId, std::unique_ptr<Shipper>> shippers_;
    Proofs proofs_;
    std::vector<std::function<void()>> drained_;

    std::mutex mutex_;  // guards what follows
    std::vector<TenantId> news_;
};

}  // namespace

std::unique_ptr<Shipping> Shipping::make(spool::Spool& spool, logzio::Listener& listener,
                                         FindDestination find_destination, FindUrl find_url, ShippingLimits limits,
                                         Crew& crew, const Clock& clock, Metrics& metrics, std::uint64_t seed,
                                         Mailbox* lane, spool::RecentBulks* recent) {
    return std::make_unique<Fleet>(spool, listener, std::move(find_destination), std::move(find_url), limits, crew,
                                   clock, metrics, seed, lane, recent);
}

}  // namespace hookline::ship
