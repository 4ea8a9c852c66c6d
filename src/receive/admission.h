#pragma once
// How much is worked on at once, and who is next when it is too much: by bytes, round-robin by tenant.
//
// Shared by all loops; any thread. A turn that comes later is told through the mailbox of who waits.

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/mailbox.h"

namespace hookline::receive {

struct AdmissionLimits {
    std::size_t bytes_max = 64 * 1024 * 1024;          ///< worked on; more waits
    std::size_t tenant_bytes_max = 16 * 1024 * 1024;   ///< of one unlisted tenant; more waits
    std::size_t waiting_bytes_max = 64 * 1024 * 1024;  ///< more is turned away
    double shared_share = 0.5;                         ///< of bytes_max: all unlisted tenants together; more waits
};

class Admission : public std::enable_shared_from_this<Admission> {
 public:
    enum class Entered { now, later, turned_away };
    using Turn = std::function<void(bool admitted)>;

    /// A place, inside or in the line before it; given back when it goes. Any thread.
    class Place {
     public:
        Place(std::shared_ptr<Admission> admission, std::string tenant, bool listed, std::size_t bytes)
            : admission_(std::move(admission)),
              tenant_(std::move(tenant)),
              listed_(listed),
              bytes_(std::max<std::size_t>(bytes, 1)) {}  // a tenant with nothing inside is forgotten
        ~Place() { admission_->leave(*this); }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

     private:
        friend class Admission;
        enum class State { outside, waiting, inside };
        const std::shared_ptr<Admission> admission_;
        const std::string tenant_;
        const bool listed_;
        const std::size_t bytes_;
        // Guarded by the Admission's mutex.
        State state_ = State::outside;
        Mailbox* mailbox_ = nullptr;
        Turn turn_;
    };

    explicit Admission(AdmissionLimits limits) : limits_(limits) {}

    std::unique_ptr<Place> place(std::string tenant, bool listed, std::size_t bytes) {
        return std::make_unique<Place>(shared_from_this(), std::move(tenant), listed, bytes);
    }
    /// `later`: `turn` is posted to `mailbox` once, with false when the place is lost to a tenant that waits for less.
    /// It is not called after the place was given back, but may have been posted already.
    Entered enter(Place& place, Mailbox& mailbox, Turn turn);

    [[nodiscard]] std::size_t inside_bytes() const;
    [[nodiscard]] std::size_t waiting_bytes() const;

 private:
    struct Tenant;
    using Tenants = std::map<std::string, Tenant, std::less<>>;
    using Line = std::list<Tenants::iterator>;
    struct Tenant {
        std::size_t inside_bytes = 0;
        std::size_t waiting_bytes = 0;
        bool listed = false;
        std::deque<Place*> waiting{};
        Line* line = nullptr;  ///< where it stands; nowhere while it waits for room of its own
        Line::iterator place_in_line{};
    };
    struct Told {
        Mailbox* mailbox = nullptr;
        Turn turn;
        bool admitted = false;
    };

    void leave(Place& place);
    enum class Fits { yes, own_room_is_full, pool_is_full, nobody };
    Fits fits(const Tenant& tenant, const Place& place) const;
    void take_in(Tenant& tenant, Place& place);
    void wait(Tenants::iterator tenant, Place& place);
    void stop_waiting(Tenants::iterator tenant, Place& place);
    void join_line(Tenants::iterator tenant);
    static void leave_line(Tenant& tenant);
    Fits admit_next(Line& line, std::vector<Told>& told);
    void admit_waiting(std::vector<Told>& told);
    void make_room(std::vector<Told>& told);
    void forget_if_gone(Tenants::iterator tenant);
    static void tell(std::vector<Told>& told);

    const AdmissionLimits limits_;
    mutable std::mutex mutex_;  // guards what follows
    std::size_t inside_bytes_ = 0;
    std::size_t inside_unlisted_bytes_ = 0;
    std::size_t waiting_bytes_ = 0;
    Tenants tenants_;  ///< those with anything inside or waiting
    /// Tenants with someone waiting; the front is next. A line of its own for those who share the pool: however many of
    /// them wait for it, looking at the first is enough, and nobody else is held up.
    Line listed_line_;
    Line unlisted_line_;
    bool listed_turn_ = true;
    std::set<std::pair<std::size_t, std::string_view>> by_waiting_bytes_;
};

}  // namespace hookline::receive
