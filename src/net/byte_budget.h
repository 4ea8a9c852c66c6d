#pragma once
// The memory that all requests in progress of a server may take together. Any thread.

#include <atomic>
#include <cstddef>

namespace hookline::net {

/// Bytes are counted when they have been read; a connection asks before it reads more. Small requests may use all of
/// the budget, large ones three quarters of it, so that a few large bodies cannot keep deliveries of the usual size
/// out; what nobody sends the rest of is thrown out when others need its room. Half-read large bodies could wait for
/// each other for ever: so one at a time, the guest, may go beyond.
class ByteBudget {
 public:
    explicit ByteBudget(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    /// Replaces what a connection holds.
    void hold(std::size_t& held, std::size_t now) {
        if (held == now) return;
        used_.fetch_add(now - held, std::memory_order_relaxed);  // wraps where it shrinks, as unsigned numbers may
        held = now;
    }
    [[nodiscard]] std::size_t used() const { return used_.load(std::memory_order_relaxed); }
    /// Large bodies wait for memory now, or soon small ones will.
    [[nodiscard]] bool crowded() const { return used() >= large_bytes_max(); }
    /// What those who keep it full should give back at a time.
    [[nodiscard]] std::size_t to_give_back() const { return bytes_max_ / 8; }
    /// Reads should be short now: each connection that reads may go over by one of them.
    [[nodiscard]] bool tight() const { return used() > bytes_max_ / 2; }

    [[nodiscard]] bool may_read(std::size_t held, const void* who) {
        const std::size_t limit = held < small_bytes ? bytes_max_ : large_bytes_max();
        if (used() < limit) return true;
        const void* nobody = nullptr;
        return guest_.compare_exchange_strong(nobody, who) || nobody == who;
    }
    /// A connection's request is over.
    void leave(std::size_t& held, const void* who) {
        hold(held, 0);
        const void* guest = who;
        guest_.compare_exchange_strong(guest, nullptr);
    }

 private:
    [[nodiscard]] std::size_t large_bytes_max() const { return bytes_max_ / 4 * 3; }

    static constexpr std::size_t small_bytes = 64 * 1024;
    const std::size_t bytes_max_;
    std::atomic<std::size_t> used_{0};
    std::atomic<const void*> guest_{nullptr};
};

}  // namespace hookline::net
