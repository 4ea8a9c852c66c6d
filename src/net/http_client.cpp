#include "net/http_client.h"

#include <algorithm>
#include <csignal>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>

#include <pthread.h>

#include "base/check.h"
#include "base/time_text.h"
#include "net/curl_transfer.h"

namespace hookline::net {
namespace {

constexpr std::size_t spare_transfers_max = 64;        // handles kept for the next request
constexpr long kept_connections_max = 256;             // idle ones, all hosts; the oldest is closed first
constexpr auto look_around = std::chrono::seconds(1);  // the longest poll

void set_up_libcurl() {
    static std::once_flag once;
    std::call_once(once, [] { check(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl does not start"); });
}

/// The queue is shared; all else belongs to the network thread.
class CurlClient final : public HttpClient {
 public:
    CurlClient(ClientOptions options, std::unique_ptr<CurlTrust> trust)
        : options_(std::move(options)), trust_(std::move(trust)), multi_(curl_multi_init()) {
        check(multi_ != nullptr, "libcurl gives no multi handle");
        curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
        curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(options_.connections_per_host_max));
        curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kept_connections_max);
        thread_ = std::thread([this] { run(); });
    }

    ~CurlClient() override {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        curl_multi_wakeup(multi_);
        thread_.join();
        spare_.clear();
        curl_multi_cleanup(multi_);
    }

    void start(ClientRequest request, Mailbox& mailbox, std::function<void(ClientOutcome)> done) override {
        QueuedRequest queued{std::move(request), &mailbox, std::move(done), std::chrono::steady_clock::now()};
        {
            const std::lock_guard lock(mutex_);
            queue_.push_back(std::move(queued));
        }
        curl_multi_wakeup(multi_);
    }

    void cancel_all() override {
        {
            const std::lock_guard lock(mutex_);
            cancelling_ = true;
        }
        curl_multi_wakeup(multi_);
    }

 private:
    void run() {
        pthread_setname_np(pthread_self(), "http-client");
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are for the main thread; SIGPIPE for nobody

        while (take_orders()) {
            int running = 0;
            curl_multi_perform(multi_, &running);
            collect_finished();
            const TimePoint now = std::chrono::steady_clock::now();
            give_up_late(now);
            curl_multi_poll(multi_, nullptr, 0, milliseconds_to_wait(now), nullptr);
        }
    }

    /// False once the client is being destroyed.
    bool take_orders() {
        std::vector<QueuedRequest> queue;
        bool cancelling = false;
        bool stopping = false;
        {
            const std::lock_guard lock(mutex_);
            queue.swap(queue_);
            cancelling = std::exchange(cancelling_, false);
            stopping = stopping_;
        }
        for (QueuedRequest& queued : queue) begin(std::move(queued));
        if (cancelling || stopping) {
            while (!active_.empty()) give_up(active_.begin()->first, "the transfer was cancelled: no answer");
        }
        return !stopping;
    }

    void begin(QueuedRequest queued) {
        std::unique_ptr<CurlTransfer> transfer;
        if (spare_.empty()) {
            transfer = std::make_unique<CurlTransfer>(options_, *trust_);
        } else {
            transfer = std::move(spare_.back());
            spare_.pop_back();
        }
        transfer->prepare(std::move(queued));
        check(curl_multi_add_handle(multi_, transfer->handle()) == CURLM_OK, "libcurl takes no transfer");
        deadlines_.insert({transfer->deadline(), transfer.get()});
        CurlTransfer* const key = transfer.get();
        active_.emplace(key, std::move(transfer));
    }

    void collect_finished() {
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            char* self = nullptr;
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &self);
            const CURLcode code = message->data.result;  // the message is gone with the handle's removal
            // NOLINTNEXTLINE(*-reinterpret-cast): libcurl hands the pointer back as char*
            auto transfer = release(reinterpret_cast<CurlTransfer*>(self));
            transfer->finish(code, std::chrono::steady_clock::now());
            put_away(std::move(transfer));
        }
    }

    void give_up_late(TimePoint now) {
        while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
            give_up(deadlines_.begin()->second, "no answer in time");
        }
    }

    void give_up(CurlTransfer* key, std::string_view why) {
        auto transfer = release(key);
        transfer->give_up(why, std::chrono::steady_clock::now());
        put_away(std::move(transfer));
    }

    std::unique_ptr<CurlTransfer> release(CurlTransfer* key) {
        curl_multi_remove_handle(multi_, key->handle());
        deadlines_.erase({key->deadline(), key});
        auto node = active_.extract(key);
        return std::move(node.mapped());
    }

    void put_away(std::unique_ptr<CurlTransfer> transfer) {
        if (spare_.size() < spare_transfers_max) spare_.push_back(std::move(transfer));
    }

    int milliseconds_to_wait(TimePoint now) const {
        Duration wait = look_around;
        if (!deadlines_.empty()) wait = std::clamp<Duration>(deadlines_.begin()->first - now, Duration::zero(), wait);
        return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(wait).count());
    }

    const ClientOptions options_;
    const std::unique_ptr<CurlTrust> trust_;
    CURLM* const multi_;
    std::vector<std::unique_ptr<CurlTransfer>> spare_;
    std::unordered_map<CurlTransfer*, std::unique_ptr<CurlTransfer>> active_;
    std::set<std::pair<TimePoint, CurlTransfer*>> deadlines_;

    std::mutex mutex_;  // guards what follows
    std::vector<QueuedRequest> queue_;
    bool cancelling_ = false;
    bool stopping_ = false;

    std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<HttpClient>> make_http_client(ClientOptions options) {
    set_up_libcurl();
    auto trust = CurlTrust::load(options.ca_file);
    if (!trust) return failed("make HTTP client", trust.error());
    return std::make_unique<CurlClient>(std::move(options), std::move(*trust));
}

}  // namespace hookline::net
