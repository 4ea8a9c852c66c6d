#include "peer/load.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "app/open_files.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/file.h"
#include "peer/requests.h"
#include "peer/samples.h"
#include "rehearse/post_connection.h"

namespace hookline::bench {
namespace {

using namespace std::chrono;
using rehearse::PostConnection;
using Progress = PostConnection::Progress;

constexpr auto patience_for_the_last = seconds(10);
constexpr std::size_t polled_max = 256;
/// Its last byte is repeated: a header that never ends.
constexpr std::string_view slow_head = "POST / HTTP/1.1\r\nX-Slow: a";

Duration seconds_of(double count) { return duration_cast<Duration>(duration<double>(count)); }

std::int64_t micros_of(TimePoint when) { return duration_cast<microseconds>(when.time_since_epoch()).count(); }

void say(const std::string& line) {
    std::fputs((line + "\n").c_str(), stdout);
    std::fflush(stdout);
}

struct Lane {
    Lane(const rehearse::HookAddress& address, const rehearse::ClientTls* tls) : connection(address, tls) {}
    PostConnection connection;
    std::string request;
    TimePoint due;
    std::uint32_t watched = 0;
    int descriptor = -1;  ///< the one that epoll knows
    bool busy = false;    ///< a delivery is under way
};

class Load {
 public:
    Load(const LoadOptions& options, rehearse::HookAddress address, std::unique_ptr<rehearse::ClientTls> tls,
         Requests requests)
        : options_(options),
          address_(std::move(address)),
          tls_(std::move(tls)),
          requests_(std::move(requests)),
          poll_(::epoll_create1(EPOLL_CLOEXEC)) {
        check(poll_ >= 0, "epoll is there");
        get_ = fmt::format("GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", address_.url.authority());
    }

    Result<void> connect_all() {
        for (unsigned number = 0; number < options_.connections + options_.silent; ++number) {
            auto& lane = lanes_.emplace_back(std::make_unique<Lane>(address_, tls_.get()));
            if (options_.handshakes) {
                free_.push_back(lane.get());
                continue;
            }
            // One after the other: none of them is refused because too many wait to be accepted.
            advance(*lane, lane->connection.connect(0));
            while (ready_ <= number && problem_.empty()) poll(milliseconds(1'000));
            if (!problem_.empty()) return failed(problem_);
        }
        if (options_.handshakes) return {};
        free_.clear();
        for (unsigned number = 0; number < options_.connections; ++number) free_.push_back(lanes_[number].get());
        return {};
    }

    void run() {
        watch_stdin();
        began_ = steady_clock::now();
        window_ends_ = began_ + seconds_of(options_.warm_seconds);
        ends_ = window_ends_ + seconds_of(options_.window_seconds) * options_.windows;
        const bool counted = options_.deliveries > 0;
        if (counted) window_ends_ = TimePoint::max();
        std::optional<TimePoint> waits_until;
        while (true) {
            const TimePoint now = steady_clock::now();
            if (!counted) end_windows(now);
            const bool more = !stopped_ && (counted ? started_ < options_.deliveries : now < ends_);
            if (more) {
                start_what_is_due(now);
            } else if (!waits_until) {
                waits_until = now + patience_for_the_last;
            }
            if (!more && (under_way_ == 0 || now > *waits_until)) break;
            if (options_.drip) drip(now);
            poll(wait_from(now));
        }
        if (counted) end_window(steady_clock::now());
        report();
    }

 private:
    [[nodiscard]] TimePoint due_of(std::uint64_t number) const {
        return options_.rate > 0 ? began_ + seconds_of(static_cast<double>(number) / options_.rate) : TimePoint();
    }

    void start_what_is_due(TimePoint now) {
        while (!free_.empty() && (options_.deliveries == 0 || started_ < options_.deliveries)) {
            const TimePoint due = due_of(started_);
            if (due > now) return;
            Lane& lane = *free_.front();
            free_.pop_front();
            lane.busy = true;
            ++started_;
            ++under_way_;
            const TimePoint sent = steady_clock::now();
            lane.due = options_.rate > 0 ? due : sent;
            late_.add(sent - lane.due);
            if (!options_.handshakes) requests_.write(lane.request, sent);
            const bool open = lane.connection.open() && !options_.handshakes;
            advance(lane, open ? lane.connection.send(lane.request) : lane.connection.connect(0));
        }
    }

    /// The silent ones take turns, so that each sends a byte a second. One that was closed stays away.
    void drip(TimePoint now) {
        const auto due = static_cast<std::uint64_t>(duration<double>(now - began_).count() * options_.silent);
        for (; dripped_ < due; ++dripped_) {
            Lane& lane = *lanes_[options_.connections + dripped_ % options_.silent];
            const std::size_t turn = dripped_ / options_.silent;
            const std::string_view start = slow_head.substr(std::min(turn, slow_head.size() - 1), 1);
            if (lane.connection.open()) advance(lane, lane.connection.send(start));
        }
    }

    [[nodiscard]] Duration wait_from(TimePoint now) const {
        Duration wait = milliseconds(20);
        if (options_.rate > 0 && !free_.empty()) wait = std::min<Duration>(wait, due_of(started_) - now);
        wait = std::min<Duration>(wait, std::max<Duration>(window_ends_ - now, Duration::zero()));
        return std::max<Duration>(wait, Duration::zero());
    }

    /// A further line on stdin, or its end, ends the run early.
    void watch_stdin() {
        epoll_event event{};
        event.events = EPOLLIN;
        ::epoll_ctl(poll_, EPOLL_CTL_ADD, STDIN_FILENO, &event);
    }
    void stop() {
        ::epoll_ctl(poll_, EPOLL_CTL_DEL, STDIN_FILENO, nullptr);
        ends_ = window_ends_ = steady_clock::now();
        windows_ended_ = std::max(windows_ended_, 1U);
        stopped_ = true;
    }

    void poll(Duration wait) {
        std::array<epoll_event, polled_max> events{};
        const auto whole = duration_cast<seconds>(wait);
        const timespec time{whole.count(), static_cast<long>(duration_cast<nanoseconds>(wait - whole).count())};
        const int count = ::epoll_pwait2(poll_, events.data(), polled_max, &time, nullptr);
        for (int place = 0; place < count; ++place) {
            auto* lane = static_cast<Lane*>(events[static_cast<std::size_t>(place)].data.ptr);
            if (lane == nullptr) {
                stop();
            } else if (lane->connection.open()) {
                advance(*lane, lane->connection.go_on());
            }
        }
    }

    void advance(Lane& lane, Progress progress) {
        while (true) {
            switch (progress) {
                case Progress::connected:
                    if (address_.url.tls) {
                        progress = lane.connection.begin_tls();
                        continue;
                    }
                    [[fallthrough]];
                case Progress::secured:
                    if (!lane.busy) {
                        ++ready_;
                        return watch(lane, 0);  // what the relay sends of itself now, tickets, is read with an answer
                    }
                    progress = lane.connection.send(options_.handshakes ? get_ : lane.request);
                    continue;
                case Progress::wants_read:
                    return watch(lane, EPOLLIN);
                case Progress::wants_write:
                    return watch(lane, EPOLLOUT);
                case Progress::answered:
                    return settle(lane);
                case Progress::failed:
                    return give_up(lane);
            }
        }
    }

    void watch(Lane& lane, std::uint32_t mask) {
        const int descriptor = lane.connection.descriptor();
        if (lane.descriptor == descriptor && lane.watched == mask) return;
        epoll_event event{};
        event.events = mask;
        event.data.ptr = &lane;
        // A closed descriptor has left epoll by itself, and its number may have come again.
        if (::epoll_ctl(poll_, EPOLL_CTL_MOD, descriptor, &event) != 0) {
            check(errno == ENOENT && ::epoll_ctl(poll_, EPOLL_CTL_ADD, descriptor, &event) == 0, "epoll takes it");
        }
        lane.descriptor = descriptor;
        lane.watched = mask;
    }

    void settle(Lane& lane) {
        if (!lane.busy) return lane.connection.close();  // a slow one was refused
        const TimePoint now = steady_clock::now();
        const int status = lane.connection.answer().status();
        ++answers_[status];
        if (status / 100 == 2) {
            ++acknowledged_;
            took_.add(now - lane.due);
        } else if (problem_.empty()) {
            problem_ = fmt::format("answer {}: {}", status, lane.connection.answer().body());
        }
        last_answer_ = now;
        if (options_.handshakes) lane.connection.close();
        release(lane);
    }

    void give_up(Lane& lane) {
        if (problem_.empty()) problem_ = lane.connection.problem();
        lane.descriptor = -1;
        if (!lane.busy) return;  // an idle one that the relay closed: it connects again when it is needed
        ++broken_;
        release(lane);
    }

    void release(Lane& lane) {
        lane.busy = false;
        if (!lane.connection.open()) lane.descriptor = -1;
        --under_way_;
        free_.push_back(&lane);
    }

    void end_windows(TimePoint now) {
        if (now < window_ends_) return;
        if (windows_ended_ == 0) {
            // What came before was warming up; its times do not count.
            took_.clear();
            late_.clear();
            ++windows_ended_;
            say(nlohmann::json{{"state", "warm"}, {"acknowledged", acknowledged_}, {"at", micros_of(now)}}.dump());
        } else {
            end_window(now);
        }
        const bool last = stopped_ || windows_ended_ > options_.windows;
        window_ends_ = last ? TimePoint::max() : window_ends_ + seconds_of(options_.window_seconds);
    }

    void end_window(TimePoint now) {
        ++windows_ended_;
        // Told first, so that who reads it looks at the relay at once; the times need sorting.
        say(nlohmann::json{{"state", "window"}, {"acknowledged", acknowledged_}, {"at", micros_of(now)}}.dump());
        window_times_.push_back({std::exchange(took_, {}), std::exchange(late_, {})});
    }

    void report() {
        // What was still under way at the end belongs to the last window: leaving out who waits longest would flatter.
        if (!window_times_.empty()) window_times_.back().first.add_all(took_);
        nlohmann::json windows = nlohmann::json::array();
        for (auto& [took, late] : window_times_) {
            windows.push_back(
                {{"ack", nlohmann::json::parse(took.json())}, {"late", nlohmann::json::parse(late.json())}});
        }
        nlohmann::json answers = nlohmann::json::object();
        for (const auto& [status, count] : answers_) answers[std::to_string(status)] = count;
        say(nlohmann::json{{"state", "done"},
                           {"began", micros_of(began_)},
                           {"last_answer", micros_of(last_answer_)},
                           {"started", started_},
                           {"acknowledged", acknowledged_},
                           {"unanswered", under_way_},
                           {"broken", broken_},
                           {"answers", answers},
                           {"body_bytes_mean", requests_.body_bytes_mean()},
                           {"windows", windows},
                           {"problem", problem_}}
                .dump());
    }

    const LoadOptions& options_;
    const rehearse::HookAddress address_;
    const std::unique_ptr<rehearse::ClientTls> tls_;
    Requests requests_;
    const int poll_;
    std::string get_;
    std::vector<std::unique_ptr<Lane>> lanes_;
    std::deque<Lane*> free_;
    std::size_t ready_ = 0;

    TimePoint began_, ends_, window_ends_, last_answer_;
    unsigned windows_ended_ = 0;  ///< the warming up is the first
    std::uint64_t started_ = 0, acknowledged_ = 0, under_way_ = 0, broken_ = 0;
    std::map<int, std::uint64_t> answers_;
    Samples took_, late_;
    std::vector<std::pair<Samples, Samples>> window_times_;
    bool stopped_ = false;
    std::uint64_t dripped_ = 0;
    std::string problem_;
};

}  // namespace

Result<void> run_load(const LoadOptions& options) {
    auto url = rehearse::parse_hook_url(options.url);
    if (!url) return tl::unexpected(url.error());
    auto address = rehearse::HookAddress::resolve(*url);
    if (!address) return tl::unexpected(address.error());
    auto tls = rehearse::ClientTls::make(options.ca_file);
    if (!tls) return tl::unexpected(tls.error());
    RequestOptions wanted;
    wanted.authority = url->authority();
    wanted.events = options.events;
    wanted.tenants = options.tenants;
    wanted.seed = options.seed;
    if (!options.secret_file.empty()) {
        auto secret = read_file(options.secret_file);
        if (!secret) return tl::unexpected(secret.error());
        wanted.secret = secret->substr(0, secret->find('\n'));
    }
    auto requests = Requests::make(wanted);
    if (!requests) return tl::unexpected(requests.error());

    app::raise_open_files();
    ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);  // a due time is kept to some microseconds
    Load load(options, std::move(*address), std::move(*tls), std::move(*requests));
    if (auto connected = load.connect_all(); !connected) return failed("connect to the relay", connected.error());
    say(R"({"state":"connected"})");
    std::array<char, 64> line{};
    if (::read(STDIN_FILENO, line.data(), line.size()) <= 0) return failed("nobody said go");
    load.run();
    return {};
}

}  // namespace hookline::bench
