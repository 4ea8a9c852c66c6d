#pragma once
// gzip undone piece by piece (RFC 1952, several members one after another are one text). Belongs to one thread.

#include <memory>
#include <string>
#include <string_view>

namespace hookline::rehearse {

class Inflate {
 public:
    Inflate();
    ~Inflate();
    Inflate(const Inflate&) = delete;
    Inflate& operator=(const Inflate&) = delete;

    void begin();
    /// Appends what `piece` holds to `out`, of which no more than `bytes_max` in all; false: this is no gzip. What lies
    /// beyond `bytes_max` is not inflated, and `full` says so.
    bool add(std::string_view piece, std::string& out, std::size_t bytes_max);
    /// The text ended where a member ended.
    [[nodiscard]] bool complete() const;
    [[nodiscard]] bool full() const;

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace hookline::rehearse
