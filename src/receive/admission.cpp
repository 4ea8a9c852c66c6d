#include "receive/admission.h"

#include <algorithm>

namespace hookline::receive {

Admission::Entered Admission::enter(Place& place, Mailbox& mailbox, Turn turn) {
    std::vector<Told> told;
    Entered entered = Entered::later;
    {
        const std::lock_guard lock(mutex_);
        Tenant& tenant = tenants_[place.tenant_];
        tenant.listed = place.listed_;
        if (line_.empty() && fits(tenant, place) == Fits::yes) {
            take_in(tenant, place);
            return Entered::now;
        }
        place.state_ = Place::State::waiting;
        place.mailbox_ = &mailbox;
        if (tenant.waiting.empty()) line_.push_back(place.tenant_);
        tenant.waiting.push_back(&place);
        tenant.waiting_bytes += place.bytes_;
        waiting_bytes_ += place.bytes_;

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
        } else if (place.state_ == Place::State::waiting) {
            take_off_line(tenant->second, place);
        }
        place.state_ = Place::State::outside;
        forget_if_gone(place.tenant_);
        admit_waiting(told);
    }
    tell(told);
}

/// `nobody`: not even others would fit. What is larger than a limit fits where nothing else is.
Admission::Fits Admission::fits(const Tenant& tenant, const Place& place) const {
    if (inside_bytes_ > 0 && inside_bytes_ + place.bytes_ > limits_.bytes_max) return Fits::nobody;
    if (tenant.listed) return Fits::yes;
    const auto shared_max = static_cast<std::size_t>(static_cast<double>(limits_.bytes_max) * limits_.shared_share);
    const bool pool_has_room = inside_unlisted_bytes_ == 0 || inside_unlisted_bytes_ + place.bytes_ <= shared_max;
    const bool own_room = tenant.inside_bytes == 0 || tenant.inside_bytes + place.bytes_ <= limits_.tenant_bytes_max;
    return pool_has_room && own_room ? Fits::yes : Fits::no;
}

void Admission::take_in(Tenant& tenant, Place& place) {
    place.state_ = Place::State::inside;
    tenant.inside_bytes += place.bytes_;
    inside_bytes_ += place.bytes_;
    if (!place.listed_) inside_unlisted_bytes_ += place.bytes_;
}

void Admission::take_off_line(Tenant& tenant, Place& place) {
    tenant.waiting.erase(std::find(tenant.waiting.begin(), tenant.waiting.end(), &place));
    tenant.waiting_bytes -= place.bytes_;
    waiting_bytes_ -= place.bytes_;
    if (tenant.waiting.empty()) line_.remove(place.tenant_);
}

/// One from each tenant in turn. Who does not fit because everything is full keeps the front, so that a large delivery
/// is not overtaken for ever; who is over its own limit is passed by.
void Admission::admit_waiting(std::vector<Told>& told) {
    std::size_t passed_by = 0;
    while (passed_by < line_.size()) {
        Tenant& tenant = tenants_.find(line_.front())->second;
        Place& next = *tenant.waiting.front();
        const Fits fit = fits(tenant, next);
        if (fit == Fits::nobody) return;
        if (fit == Fits::no) {
            ++passed_by;
            line_.splice(line_.end(), line_, line_.begin());
            continue;
        }
        passed_by = 0;
        line_.splice(line_.end(), line_, line_.begin());
        take_off_line(tenant, next);
        take_in(tenant, next);
        told.push_back({next.mailbox_, std::move(next.turn_), true});
    }
}

/// Too much waits: the newest of whoever waits for the most goes.
void Admission::make_room(std::vector<Told>& told) {
    while (waiting_bytes_ > limits_.waiting_bytes_max) {
        const auto largest = std::max_element(line_.begin(), line_.end(), [&](const auto& left, const auto& right) {
            return tenants_.find(left)->second.waiting_bytes < tenants_.find(right)->second.waiting_bytes;
        });
        const std::string name = *largest;
        Tenant& tenant = tenants_.find(name)->second;
        Place& last = *tenant.waiting.back();
        take_off_line(tenant, last);
        last.state_ = Place::State::outside;
        told.push_back({last.mailbox_, std::move(last.turn_), false});
        forget_if_gone(name);
    }
}

void Admission::forget_if_gone(const std::string& name) {
    const auto found = tenants_.find(name);
    if (found != tenants_.end() && found->second.inside_bytes == 0 && found->second.waiting.empty()) {
        tenants_.erase(found);
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
