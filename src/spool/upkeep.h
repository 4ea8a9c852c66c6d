#pragma once
// What people ask for: replaying and discarding letters, rekeying and forgetting tenants, tracing events. Each call
// blocks its caller; what it writes is written by the commit thread in pieces, so that others' groups go between. Any
// thread but the commit thread.

#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.h"
#include "spool/committer.h"
#include "spool/parts.h"
#include "spool/spool.h"

namespace hookline::spool {

class Upkeep {
 public:
    Upkeep(Parts& parts, Committer& committer) : parts_(parts), committer_(committer) {}

    Result<std::size_t> replay(std::vector<std::uint64_t> ids);
    Result<std::size_t> discard(std::vector<std::uint64_t> ids);
    /// Of records from `kept_from` on.
    Result<Resent> resend(const Resend& wish, Sequence kept_from);
    Result<void> rekey(TenantId tenant, Identity identity);
    Result<void> forget(TenantId tenant);
    [[nodiscard]] Result<std::vector<Trace>> trace(std::string_view uuid) const;

 private:
    /// Adds what becomes of one letter to a commit; false when nothing does.
    using LetterWork = std::function<Result<bool>(Changes& changes, std::uint64_t id, const LetterRow& row)>;
    Result<std::size_t> work_letters(std::vector<std::uint64_t> ids, const LetterWork& work);
    Result<std::size_t> work_some(const std::vector<std::uint64_t>& ids, std::size_t& at, const LetterWork& work);
    Result<bool> replay_one(Changes& changes, std::uint64_t id, const LetterRow& row);
    /// False, and nothing is written, where there is no room for it.
    Result<bool> put_back(TenantId tenant, std::string_view lines, const std::vector<std::uint32_t>& line_bytes);
    Result<void> erase_tenant(TenantId tenant);
    /// To be called with the commit after which tenants' rows must be rewritten; then, from the caller's thread, to
    /// have that done.
    void stage_rewrite(Changes& changes);
    Result<void> rewrite();
    /// Runs on the commit thread and brings back what it gave.
    template <class Value>
    Result<Value> on_commit_thread(const std::function<Result<Value>()>& work);

    Parts& parts_;
    Committer& committer_;
    unsigned rewrites_due_ = 0;  ///< the commit thread's own
};

}  // namespace hookline::spool
