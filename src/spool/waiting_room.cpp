#include "spool/waiting_room.h"

#include <utility>

namespace hookline::spool {

WaitingRoom::Answer WaitingRoom::add(WaitingAppend& append) {
    const std::lock_guard lock(mutex_);
    if (closed_) return Answer::closed;
    Lane& lane = lanes_[append.append.tenant];
    const auto fits = [&](std::uint64_t mine, std::uint64_t all, std::uint64_t room) {
        return mine + append.bytes + all <= room;
    };
    append.in_retry_room = append.is_retry && bytes_ > 0 && !fits(lane.bytes, bytes_, limits_.bytes_max);
    // One that is larger than the room is taken into an empty one: nothing would ever be gained by waiting.
    const bool has_all_room = bytes_ == 0 && !append.in_retry_room;
    if (!has_all_room && !fits(bytes_of(lane, append), all_bytes_of(append),
                               append.in_retry_room ? limits_.retry_bytes : limits_.bytes_max)) {
        if (lane.appends.empty()) lanes_.erase(append.append.tenant);
        return Answer::busy;
    }
    if (lane.appends.empty()) turns_.push_back(append.append.tenant);
    bytes_of(lane, append) += append.bytes;
    all_bytes_of(append) += append.bytes;
    ++appends_;
    lane.appends.push_back(std::move(append));
    news();
    return Answer::taken;
}

WaitingRoom::Answer WaitingRoom::add(WaitingSettle& settle) {
    const std::lock_guard lock(mutex_);
    if (closed_) return Answer::closed;
    others_.settles.push_back(std::move(settle));
    news();
    return Answer::taken;
}

WaitingRoom::Answer WaitingRoom::add(WaitingAside aside) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t bytes = aside.letter.body.size() + aside.letter.answer.size();
    if (closed_) return Answer::closed;
    if (asides_bytes_ > 0 && asides_bytes_ + bytes > limits_.asides_bytes_max) return Answer::busy;
    asides_bytes_ += bytes;
    others_.asides.push_back(std::move(aside));
    news();
    return Answer::taken;
}

WaitingRoom::Answer WaitingRoom::add(std::function<void()> command) {
    const std::lock_guard lock(mutex_);
    if (closed_) return Answer::closed;
    others_.commands.push_back(std::move(command));
    news();
    return Answer::taken;
}

void WaitingRoom::news() {
    // A commit thread that is at work looks again by itself.
    if (sleeping_) woken_.notify_one();
}

Group WaitingRoom::take() {
    const std::lock_guard lock(mutex_);
    Group group = std::exchange(others_, {});
    asides_bytes_ = 0;
    take_appends(group.appends);
    return group;
}

void WaitingRoom::take_appends(std::vector<WaitingAppend>& group) {
    std::uint64_t bytes = 0;
    while (!turns_.empty()) {
        const TenantId tenant = turns_.front();
        Lane& lane = lanes_[tenant];
        lane.credit += limits_.turn_bytes;
        while (!lane.appends.empty() && lane.appends.front().bytes <= lane.credit) {
            const WaitingAppend& front = lane.appends.front();
            const std::uint64_t next = front.bytes;
            if (!group.empty() && bytes + next > limits_.group_bytes_max) return;
            bytes += next;
            --appends_;
            all_bytes_of(front) -= next;
            bytes_of(lane, front) -= next;
            lane.credit -= next;
            group.push_back(std::move(lane.appends.front()));
            lane.appends.pop_front();
        }
        turns_.pop_front();
        if (lane.appends.empty()) {
            lanes_.erase(tenant);
        } else {
            turns_.push_back(tenant);
        }
    }
}

void WaitingRoom::wait(Duration at_most) {
    std::unique_lock lock(mutex_);
    sleeping_ = true;
    woken_.wait_for(lock, at_most, [this] { return woken_early_ || closed_ || !turns_.empty() || !others_.empty(); });
    sleeping_ = false;
    woken_early_ = false;
}

void WaitingRoom::wake() {
    const std::lock_guard lock(mutex_);
    woken_early_ = true;
    news();
}

void WaitingRoom::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    woken_.notify_one();
}

bool WaitingRoom::is_closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
}

std::uint64_t WaitingRoom::appends() const {
    const std::lock_guard lock(mutex_);
    return appends_;
}

std::uint64_t WaitingRoom::bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_ + retry_bytes_;
}

}  // namespace hookline::spool
