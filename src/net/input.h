#pragma once
// The bytes of a connection that are not parsed yet: mostly a view of what was just read, copied only when a turn ends
// with some of it left. A value; loop thread only.

#include <cstddef>
#include <string>
#include <string_view>

namespace hookline::net {

class Input {
 public:
    [[nodiscard]] std::string_view view() const {
        return kept_.empty() ? fresh_ : std::string_view(kept_).substr(consumed_);
    }
    [[nodiscard]] bool empty() const { return view().empty(); }
    /// `bytes` must stay where they are until `keep`, and nothing be left of those before unless it was kept.
    void add(std::string_view bytes) {
        if (kept_.empty()) {
            fresh_ = bytes;
        } else {
            kept_.append(bytes);
        }
    }
    void consume(std::size_t bytes) {
        if (kept_.empty()) {
            fresh_.remove_prefix(bytes);
            return;
        }
        consumed_ += bytes;
        if (consumed_ == kept_.size()) clear();
    }
    /// Copies what is left, so that the place it was read into can be used again.
    void keep() {
        if (!fresh_.empty()) {
            kept_.assign(fresh_);
        } else if (consumed_ > 0) {
            kept_.erase(0, consumed_);
        }
        consumed_ = 0;
        fresh_ = {};
    }
    /// Gives the memory back as well: most connections are idle most of the time.
    void clear() {
        kept_ = std::string();
        consumed_ = 0;
        fresh_ = {};
    }

 private:
    std::string kept_;
    std::size_t consumed_ = 0;
    std::string_view fresh_;
};

}  // namespace hookline::net
