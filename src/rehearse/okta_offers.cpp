#include "rehearse/okta_offers.h"

#include <algorithm>
#include <array>

#include <sys/epoll.h>
#include <unistd.h>

#include "base/check.h"

namespace hookline::rehearse {
namespace {

using namespace std::chrono;
using Progress = PostConnection::Progress;
using Kind = OktaOutcome::Kind;

constexpr std::uint64_t wake_mark = UINT64_MAX;

TimePoint now() { return steady_clock::now(); }

}  // namespace

Result<std::unique_ptr<OktaOffers>> OktaOffers::make(const OktaSenderOptions& options, Done done) {
    const auto url = parse_hook_url(options.url);
    if (!url) return tl::unexpected(url.error());
    auto address = HookAddress::resolve(*url);
    if (!address) return tl::unexpected(address.error());
    std::unique_ptr<ClientTls> tls;
    if (url->tls) {
        auto made = ClientTls::make(options.ca_file);
        if (!made) return tl::unexpected(made.error());
        tls = std::move(*made);
    }
    return std::unique_ptr<OktaOffers>(new OktaOffers(options, std::move(*address), std::move(tls), std::move(done)));
}

OktaOffers::OktaOffers(const OktaSenderOptions& options, HookAddress address, std::unique_ptr<ClientTls> tls, Done done)
    : options_(options),
      address_(std::move(address)),
      tls_(std::move(tls)),
      done_(std::move(done)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    check(epoll_ >= 0, "no epoll descriptor");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = wake_mark;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_.descriptor(), &event);
    for (std::size_t which = 0; which < options_.connections; ++which) {
        lines_.push_back(std::make_unique<Line>(address_, tls_.get()));
        free_.push_back(which);
    }
}

OktaOffers::~OktaOffers() {
    lines_.clear();
    ::close(epoll_);
}

void OktaOffers::begin(std::unique_ptr<OktaOffer> offer, TimePoint begins) {
    check(has_room(), "an offer needs a free connection");
    const std::size_t which = free_.back();
    free_.pop_back();
    Line& line = *lines_[which];
    offer->began = begins;
    ++offer->tries;
    line.offer = std::move(offer);
    line.deadline = begins + options_.time_max;
    schedule(which, line.connection.open() ? Step::send : Step::connect, begins);
}

void OktaOffers::schedule(std::size_t which, Step step, TimePoint from) {
    Line& line = *lines_[which];
    line.next = step;
    line.next_at = from + options_.round_trip;
    if (options_.round_trip.count() == 0) take_step(which);
}

void OktaOffers::take_step(std::size_t which) {
    Line& line = *lines_[which];
    const Step step = std::exchange(line.next, Step::none);
    line.next_at = never;
    switch (step) {
        case Step::none:
            return;
        case Step::connect: {
            const Progress progress = line.connection.connect(address_turn_);
            ++connections_;
            if (line.connection.open()) watch(which, true, true);
            return advance(which, progress);
        }
        case Step::begin_tls:
            return advance(which, line.connection.begin_tls());
        case Step::send:
            // While the step was waited for, the hook may have closed the idle connection.
            if (!line.connection.open()) return schedule(which, Step::connect, now());
            return advance(which, line.connection.send(line.offer->request));
    }
}

void OktaOffers::advance(std::size_t which, Progress progress) {
    Line& line = *lines_[which];
    switch (progress) {
        case Progress::wants_read:
            return watch(which, false, false);
        case Progress::wants_write:
            return watch(which, true, false);
        case Progress::connected:
            watch(which, false, false);
            return schedule(which, tls_ ? Step::begin_tls : Step::send, now());
        case Progress::secured:
            watch(which, false, false);
            return schedule(which, Step::send, now());
        case Progress::answered:
            if (!options_.keep_alive) line.connection.close();
            return finish(which,
                          {Kind::answered, line.connection.answer().status(), line.connection.answer().body(), "", {}});
        case Progress::failed:
            line.watches_write = false;
            if (!line.offer || line.next == Step::send) return;  // an idle connection went away
            ++address_turn_;
            return finish(which, {Kind::unreachable, 0, "", line.connection.problem(), {}});
    }
}

void OktaOffers::watch(std::size_t which, bool write, bool fresh) {
    Line& line = *lines_[which];
    if (!fresh && line.watches_write == write) return;
    line.watches_write = write;
    epoll_event event{};
    event.events = write ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.u64 = which;
    ::epoll_ctl(epoll_, fresh ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, line.connection.descriptor(), &event);
}

void OktaOffers::finish(std::size_t which, OktaOutcome outcome) {
    Line& line = *lines_[which];
    std::unique_ptr<OktaOffer> offer = std::move(line.offer);
    line.next = Step::none;
    line.next_at = line.deadline = never;
    free_.push_back(which);
    outcome.took = now() - offer->began;
    done_(std::move(offer), outcome);
}

void OktaOffers::wait(TimePoint until) {
    const TimePoint before = now();
    // Deadlines and far-away steps are looked at in turns: cheaper than a timer for each of thousands of posts a
    // second.
    const Duration turn = options_.round_trip.count() > 0 ? milliseconds(1) : milliseconds(5);
    const TimePoint end = under_way() > 0 ? std::min(until, before + turn) : until;
    const auto left = ceil<milliseconds>(std::max(end - before, Duration(0)));
    std::array<epoll_event, 256> events{};
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                   static_cast<int>(std::min<std::int64_t>(left.count(), 1'000)));
    for (int place = 0; place < count; ++place) {
        const std::uint64_t which = events[static_cast<std::size_t>(place)].data.u64;
        if (which == wake_mark) {
            wake_.quiet();
        } else if (lines_[which]->connection.open()) {
            advance(which, lines_[which]->connection.go_on());
        }
    }
    if (const TimePoint after = now(); after >= clocks_due_) {
        clocks_due_ = after + turn;
        look_at_clocks(after);
    }
}

void OktaOffers::look_at_clocks(TimePoint when) {
    for (std::size_t which = 0; which < lines_.size(); ++which) {
        Line& line = *lines_[which];
        if (!line.offer) continue;
        if (when >= line.deadline) {
            line.connection.close();
            line.watches_write = false;
            finish(which, {Kind::timed_out, 0, "", "", {}});
        } else if (when >= line.next_at) {
            take_step(which);
        }
    }
}

}  // namespace hookline::rehearse
