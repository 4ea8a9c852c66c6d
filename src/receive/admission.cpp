#include "receive/admission.h"

#include <algorithm>

namespace hookline::receive {

Admission::Entered Admission::enter(Place& place, Mailbox& mailbox, Turn turn) {
    std::vector<Told> told;
    Entered entered = Entered::later;
    {
        const std::lock_guard lock(mutex_);
        const auto tenant = tenants_.try_emplace(place.tenant_).first;
        tenant->second.listed = place.listed_;
        const bool nobody_waits = listed_line_.empty() && unlisted_line_.empty() && tenant->second.waiting.empty();
        if (nobody_waits && fits(tenant->second, place) == Fits::yes) {
            take_in(tenant->second, place);
            return Entered::now;
        }
        place.mailbox_ = &mailbox;
        wait(tenant, place);
        admit_waiting(told);
        if (place.state_ == Place::State::waiting) make_room(told);
        if (place.state_ == Place::State::inside) entered = Entered::now;
        if (place.state_ == Place::State::outside) entered = Entered::turned_away;
        // Whoever asks is told by the answer; `turn_` is still empty, so the letters below leave it out.
        if (entered == Entered::later) place.turn_ = std::move(turn);
    }
    tell(told);
    return entered;
}

void Admission::leave(Place& place) {
    std::vector<Told> told;
    {
        const std::lock_guard lock(mutex_);
        const auto tenant = tenants_.find(place.tenant_);
        if (place.state_ == Place::State::inside) {
            tenant->second.inside_bytes -= place.bytes_;
            inside_bytes_ -= place.bytes_;
            if (!place.listed_) inside_unlisted_bytes_ -= place.bytes_;
            if (!tenant->second.waiting.empty()) join_line(tenant);
        } else if (place.state_ == Place::State::waiting) {
            stop_waiting(tenant, place);
        }
        place.state_ = Place::State::outside;
        forget_if_gone(tenant);
        admit_waiting(told);
    }
    tell(told);
}

/// `nobody`: not even others would fit. What is larger than a limit fits where nothing else is.
Admission::Fits Admission::fits(const Tenant& tenant, const Place& place) const {
    if (inside_bytes_ > 0 && inside_bytes_ + place.bytes_ > limits_.bytes_max) return Fits::nobody;
    if (tenant.listed) return Fits::yes;
    const bool own_room = tenant.inside_bytes == 0 || tenant.inside_bytes + place.bytes_ <= limits_.tenant_bytes_max;
    if (!own_room) return Fits::own_room_is_full;
    const auto shared_max = static_cast<std::size_t>(static_cast<double>(limits_.bytes_max) * limits_.shared_share);
    const bool pool_has_room = inside_unlisted_bytes_ == 0 || inside_unlisted_bytes_ + place.bytes_ <= shared_max;
    return pool_has_room ? Fits::yes : Fits::pool_is_full;
}

void Admission::take_in(Tenant& tenant, Place& place) {
    place.state_ = Place::State::inside;
    tenant.inside_bytes += place.bytes_;
    inside_bytes_ += place.bytes_;
    if (!place.listed_) inside_unlisted_bytes_ += place.bytes_;
}

void Admission::wait(Tenants::iterator tenant, Place& place) {
    place.state_ = Place::State::waiting;
    by_waiting_bytes_.erase({tenant->second.waiting_bytes, tenant->first});
    tenant->second.waiting.push_back(&place);
    tenant->second.waiting_bytes += place.bytes_;
    by_waiting_bytes_.emplace(tenant->second.waiting_bytes, tenant->first);
    waiting_bytes_ += place.bytes_;
    join_line(tenant);
}

void Admission::stop_waiting(Tenants::iterator tenant, Place& place) {
    Tenant& all = tenant->second;
    by_waiting_bytes_.erase({all.waiting_bytes, tenant->first});
    all.waiting.erase(std::find(all.waiting.begin(), all.waiting.end(), &place));
    all.waiting_bytes -= place.bytes_;
    waiting_bytes_ -= place.bytes_;
    if (all.waiting.empty()) return leave_line(all);
    by_waiting_bytes_.emplace(all.waiting_bytes, tenant->first);
    join_line(tenant);  // its next may fit into its own room where this one did not
}

void Admission::join_line(Tenants::iterator tenant) {
    if (tenant->second.line != nullptr) return;
    Line& line = tenant->second.listed ? listed_line_ : unlisted_line_;
    tenant->second.line = &line;
    tenant->second.place_in_line = line.insert(line.end(), tenant);
}

void Admission::leave_line(Tenant& tenant) {
    if (tenant.line == nullptr) return;
    tenant.line->erase(tenant.place_in_line);
    tenant.line = nullptr;
}

/// One from the tenant in front, which goes to the end of its line. Who does not fit keeps the front, so that a large
/// delivery is not overtaken for ever; but who is over its own limit stands aside until something of it leaves.
Admission::Fits Admission::admit_next(Line& line, std::vector<Told>& told) {
    while (!line.empty()) {
        const auto tenant = line.front();
        Place& next = *tenant->second.waiting.front();
        const Fits fit = fits(tenant->second, next);
        if (fit == Fits::own_room_is_full) {
            leave_line(tenant->second);
            continue;
        }
        if (fit != Fits::yes) return fit;
        line.splice(line.end(), line, line.begin());
        stop_waiting(tenant, next);
        take_in(tenant->second, next);
        told.push_back({next.mailbox_, std::move(next.turn_), true});
        return Fits::yes;
    }
    return Fits::pool_is_full;
}

/// The lines take turns.
void Admission::admit_waiting(std::vector<Told>& told) {
    for (unsigned in_vain = 0; in_vain < 2; listed_turn_ = !listed_turn_) {
        const Fits fit = admit_next(listed_turn_ ? listed_line_ : unlisted_line_, told);
        if (fit == Fits::nobody) return;
        in_vain = fit == Fits::yes ? 0 : in_vain + 1;
    }
}

/// Too much waits: the newest of whoever waits for the most goes.
void Admission::make_room(std::vector<Told>& told) {
    while (waiting_bytes_ > limits_.waiting_bytes_max) {
        const auto tenant = tenants_.find(std::prev(by_waiting_bytes_.end())->second);
        Place& last = *tenant->second.waiting.back();
        stop_waiting(tenant, last);
        last.state_ = Place::State::outside;
        told.push_back({last.mailbox_, std::move(last.turn_), false});
        forget_if_gone(tenant);
    }
}

void Admission::forget_if_gone(Tenants::iterator tenant) {
    if (tenant != tenants_.end() && tenant->second.inside_bytes == 0 && tenant->second.waiting.empty()) {
        tenants_.erase(tenant);
    }
}

void Admission::tell(std::vector<Told>& told) {
    for (Told& one : told) {
        if (!one.turn) continue;
        one.mailbox->post([turn = std::move(one.turn), admitted = one.admitted] { turn(admitted); });
    }
}

std::size_t Admission::inside_bytes() const {
    const std::lock_guard lock(mutex_);
    return inside_bytes_;
}

std::size_t Admission::waiting_bytes() const {
    const std::lock_guard lock(mutex_);
    return waiting_bytes_;
}

}  // namespace hookline::receive
