#pragma once
// A spool in memory that behaves as the real one promises toward people: tenants, letters, gaps, traces. Nothing is
// received and nothing shipped. One thread at a time, but for what the admin worker asks.

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "spool/spool.h"

namespace hookline::test {

class FakeSpool : public spool::Spool {
 public:
    // What a test puts in.
    TenantId add_tenant(spool::Identity identity, std::uint64_t waiting_lines = 0) {
        const TenantId id{++last_tenant_};
        spool::TenantStatus status;
        status.id = id;
        status.label = spool::label_of(identity);
        status.named = std::holds_alternative<spool::NamedIdentity>(identity);
        status.proven = true;
        status.waiting_lines = waiting_lines;
        tenants_.emplace(id, std::make_pair(std::move(identity), status));
        return id;
    }
    template <class Change>
    void change_tenant(const std::string& label, Change change) {
        for (auto& [id, one] : tenants_) {
            if (one.second.label == label) change(one.second);
        }
    }
    std::uint64_t add_letter(TenantId tenant, spool::LetterReason reason, std::string body, std::uint32_t lines,
                             WallTime at) {
        spool::Letter letter;
        letter.id = ++last_letter_;
        letter.tenant = tenant;
        letter.tenant_label = tenants_.at(tenant).second.label;
        letter.at = at;
        letter.draft.reason = reason;
        const bool aside = reason == spool::LetterReason::body_refused ||
                           reason == spool::LetterReason::element_refused || reason == spool::LetterReason::content_cut;
        letter.draft.kind = aside ? spool::LetterClass::kept_aside : spool::LetterClass::condemned;
        letter.draft.status = 400;
        letter.draft.answer = R"({"malformedLines":1})";
        letter.draft.uuid = "uuid-" + std::to_string(letter.id);
        letter.draft.body = std::move(body);
        letter.draft.lines = lines;
        letters_.emplace(letter.id, letter);
        return letter.id;
    }
    std::vector<spool::Gap> gap_list;
    std::multimap<std::string, spool::Trace> traces;
    spool::SpoolStatus status_now;
    bool broken = false;  ///< what reads the disk fails
    std::vector<std::uint64_t> replayed;
    std::vector<spool::Resend> resends;
    std::vector<spool::Resent> resend_answers;  ///< one after the other; the last one stays
    std::size_t resends_before_failure = SIZE_MAX;
    std::vector<Path> backed_up;
    std::function<void()> during_backup;
    std::size_t letters_read_at_once = 0;  ///< the most that anybody asked for

    [[nodiscard]] std::size_t letter_count() const { return letters_.size(); }

    // What the room under test asks.
    [[nodiscard]] std::optional<spool::Identity> identity(TenantId tenant) const override {
        const auto found = tenants_.find(tenant);
        if (found == tenants_.end()) return {};
        return found->second.first;
    }
    [[nodiscard]] std::optional<Known> find(const spool::Identity& identity) const override {
        for (const auto& [id, one] : tenants_) {
            if (one.first == identity) return Known{id, one.second.proven, false};
        }
        return {};
    }
    [[nodiscard]] std::vector<spool::TenantStatus> tenants() const override {
        std::vector<spool::TenantStatus> all;
        for (const auto& [id, one] : tenants_) all.push_back(one.second);
        return all;
    }
    [[nodiscard]] std::optional<spool::TenantStatus> tenant(TenantId tenant) const override {
        const auto found = tenants_.find(tenant);
        if (found == tenants_.end()) return {};
        return found->second.second;
    }
    [[nodiscard]] Result<std::vector<spool::Letter>> letters(const spool::LetterFilter& filter, std::uint64_t after,
                                                             std::size_t count_max) const override {
        if (broken) return failed("read letters: input/output error");
        const_cast<FakeSpool*>(this)->letters_read_at_once = std::max(letters_read_at_once, count_max);
        std::vector<spool::Letter> found;
        for (auto at = letters_.upper_bound(after); at != letters_.end() && found.size() < count_max; ++at) {
            if (passes(filter, at->second)) found.push_back(at->second);
        }
        return found;
    }
    Result<std::size_t> replay(const std::vector<std::uint64_t>& ids) override {
        if (broken) return failed("replay: input/output error");
        std::size_t done = 0;
        for (const std::uint64_t id : ids) {
            const auto found = letters_.find(id);
            if (found == letters_.end() || found->second.draft.lines == 0) continue;
            replayed.push_back(id);
            letters_.erase(found);
            ++done;
        }
        return done;
    }
    Result<std::size_t> discard(const std::vector<std::uint64_t>& ids) override {
        std::size_t done = 0;
        for (const std::uint64_t id : ids) done += letters_.erase(id);
        return done;
    }
    [[nodiscard]] Result<std::vector<spool::Gap>> gaps(std::optional<WallTime> from,
                                                       std::size_t count_max) const override {
        std::vector<spool::Gap> found;
        for (const spool::Gap& gap : gap_list) {
            if ((!from || gap.to >= *from) && found.size() < count_max) found.push_back(gap);
        }
        return found;
    }
    [[nodiscard]] Result<std::vector<spool::Trace>> trace(std::string_view uuid) const override {
        std::vector<spool::Trace> found;
        const auto [begin, end] = traces.equal_range(std::string(uuid));
        for (auto at = begin; at != end; ++at) found.push_back(at->second);
        return found;
    }
    Result<void> rekey(TenantId tenant, spool::Identity identity) override {
        for (const auto& [id, one] : tenants_) {
            if (id != tenant && one.first == identity) return failed("this region and token are another tenant's");
        }
        auto& one = tenants_.at(tenant);
        one.second.label = spool::label_of(identity);
        one.first = std::move(identity);
        return {};
    }
    Result<void> forget(TenantId tenant) override {
        tenants_.erase(tenant);
        return {};
    }
    void at_next_turn(Task task) override { task(); }
    [[nodiscard]] spool::SpoolStatus status() const override { return status_now; }
    Result<spool::Resent> resend(const spool::Resend& wish) override {
        if (broken || resends.size() >= resends_before_failure) return failed("resend: input/output error");
        resends.push_back(wish);
        if (resend_answers.empty()) return spool::Resent{};
        spool::Resent told = resend_answers.front();
        if (resend_answers.size() > 1) resend_answers.erase(resend_answers.begin());
        return told;
    }
    Result<spool::Backup> back_up(const Path& directory, const spool::BackupProgress& progress) override {
        if (broken) return failed("back up: input/output error");
        if (!progress(0, 4096)) return failed("stopped");
        if (during_backup) during_backup();
        if (!progress(4096, 4096)) return failed("stopped");
        backed_up.push_back(directory);
        spool::Backup made;
        made.files = 5;
        made.bytes = 4096;
        made.key_id = "0011223344556677";
        made.key_beside = true;
        return made;
    }

    // What it does not.
    TenantId introduce(const spool::Identity& identity) override { return add_tenant(identity); }
    [[nodiscard]] std::optional<Known> known(TenantId) const override { return {}; }
    void append(spool::Append, Mailbox&, AppendDone) override {}
    void keep_aside(TenantId, spool::LetterDraft) override {}
    void note_refusal(spool::Gap) override {}
    void on_arrival(std::function<void(const std::vector<TenantId>&)>) override {}
    [[nodiscard]] std::vector<TenantId> tenants_with_lines() const override { return {}; }
    [[nodiscard]] Position cursor(TenantId) const override { return {}; }
    [[nodiscard]] Result<spool::Batch> read(TenantId, Position, std::size_t, std::size_t) const override {
        return spool::Batch{};
    }
    void settle(spool::Settle, Mailbox&, std::function<void(Result<void>)>) override {}
    Result<void> close() override { return {}; }
    bool commit_now() override { return false; }

 private:
    static bool passes(const spool::LetterFilter& filter, const spool::Letter& letter) {
        return (!filter.tenant || letter.tenant == *filter.tenant) &&
               (!filter.reason || letter.draft.reason == *filter.reason) &&
               (!filter.kind || letter.draft.kind == *filter.kind) && (!filter.from || letter.at >= *filter.from) &&
               (!filter.to || letter.at < *filter.to) && (!filter.id || letter.id == *filter.id);
    }

    std::uint64_t last_tenant_ = 0;
    std::uint64_t last_letter_ = 0;
    std::map<TenantId, std::pair<spool::Identity, spool::TenantStatus>> tenants_;
    std::map<std::uint64_t, spool::Letter> letters_;
};

}  // namespace hookline::test
