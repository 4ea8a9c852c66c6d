#include "net/readiness.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace hookline::net {
namespace {

int new_set() {
    const int set = ::epoll_create1(EPOLL_CLOEXEC);
    if (set < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    return set;
}

}  // namespace

Readiness::Readiness(boost::asio::io_context& context) : set_(context, new_set()) { watch(); }

void Readiness::watch() {
    set_.async_wait(Set::wait_read, [this](const boost::system::error_code& problem) {
        if (problem) return;
        tell();
        watch();
    });
}

bool Readiness::wait(Place& place, std::uint32_t events) {
    place.wanted = events;
    if (place.asked == events) return true;
    epoll_event event{};
    event.events = events;
    event.data.ptr = &place;
    const int change = place.asked == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (::epoll_ctl(set_.native_handle(), change, place.socket, &event) != 0) {
        place.wanted = 0;
        return false;
    }
    place.asked = events;
    return true;
}

void Readiness::take_out(Place& place) {
    if (place.asked == 0) return;
    (void)::epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, place.socket, nullptr);
    place.asked = 0;
}

void Readiness::forget(Place& place) {
    place.wanted = 0;
    take_out(place);
    // It may end while others of the same batch are told.
    const auto is_it = [&place](const epoll_event& event) { return event.data.ptr == &place; };
    const auto found = std::find_if(events_.begin() + told_, events_.begin() + known_, is_it);
    if (found != events_.begin() + known_) found->data.ptr = nullptr;
}

void Readiness::tell() {
    known_ = std::max(::epoll_wait(set_.native_handle(), events_.data(), static_cast<int>(events_.size()), 0), 0);
    for (told_ = 0; told_ < known_;) {
        auto* const place = static_cast<Place*>(events_.at(static_cast<std::size_t>(told_++)).data.ptr);
        if (place == nullptr) continue;
        if (place->wanted == 0) {
            take_out(*place);
            continue;
        }
        place->wanted = 0;
        place->waiter->on_ready();
    }
    told_ = known_ = 0;
}

}  // namespace hookline::net
