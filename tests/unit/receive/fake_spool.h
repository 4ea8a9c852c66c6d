#pragma once
// A spool in memory: it knows repeats, holds commits back when it is told to, and can be full or broken.

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "spool/spool.h"

namespace hookline::test {

class FakeSpool final : public spool::Spool {
 public:
    struct Kept {
        TenantId tenant;
        spool::LetterDraft letter;
    };

    // What a test sets.
    std::optional<spool::AppendOutcome> answers_only;  ///< every append is answered so, and nothing is stored
    bool holds_commits = false;                        ///< appends wait for `commit`

    // What a test looks at.
    std::vector<std::string> lines;      ///< stored, in order, marks included
    std::vector<spool::Append> appends;  ///< as they came
    std::vector<Kept> aside;             ///< by keep_aside and with appends
    std::vector<Kept> condemned;         ///< with appends
    std::vector<spool::Gap> refusals;
    std::set<std::string> proven;  ///< labels
    std::map<std::string, TenantId> tenants_by_label;

    void know(const spool::Identity& identity) {
        introduce(identity);
        proven.insert(label_of(identity));
    }
    [[nodiscard]] bool knows(const spool::Identity& identity) const {
        return tenants_by_label.contains(label_of(identity));
    }
    void commit() {
        std::vector<Waiting> waiting;
        waiting.swap(waiting_);
        for (Waiting& one : waiting) finish(one);
    }

    std::optional<Known> find(const spool::Identity& identity) const override {
        const auto found = tenants_by_label.find(label_of(identity));
        if (found == tenants_by_label.end()) return {};
        return Known{found->second, proven.contains(found->first), false};
    }
    TenantId introduce(const spool::Identity& identity) override {
        const std::string label = label_of(identity);
        return tenants_by_label.emplace(label, TenantId{tenants_by_label.size() + 1}).first->second;
    }
    void append(spool::Append append, Mailbox& mailbox, AppendDone done) override {
        appends.push_back(append);
        waiting_.push_back({std::move(append), &mailbox, std::move(done)});
        if (!holds_commits) commit();
    }
    void keep_aside(TenantId tenant, spool::LetterDraft letter) override {
        aside.push_back({tenant, std::move(letter)});
    }
    void note_refusal(spool::Gap gap) override { refusals.push_back(std::move(gap)); }

    // Not the endpoint's business.
    std::optional<spool::Identity> identity(TenantId) const override { return {}; }
    std::optional<Known> known(TenantId) const override { return {}; }
    std::vector<spool::TenantStatus> tenants() const override { return {}; }
    std::optional<spool::TenantStatus> tenant(TenantId) const override { return {}; }
    void on_arrival(std::function<void(const std::vector<TenantId>&)>) override {}
    std::vector<TenantId> tenants_with_lines() const override { return {}; }
    Position cursor(TenantId) const override { return {}; }
    Result<spool::Batch> read(TenantId, Position, std::size_t, std::size_t) const override { return spool::Batch{}; }
    void settle(spool::Settle, Mailbox&, std::function<void(Result<void>)>) override {}
    Result<std::vector<spool::Letter>> letters(const spool::LetterFilter&, std::uint64_t, std::size_t) const override {
        return std::vector<spool::Letter>{};
    }
    Result<std::size_t> replay(const std::vector<std::uint64_t>&) override { return std::size_t{0}; }
    Result<std::size_t> discard(const std::vector<std::uint64_t>&) override { return std::size_t{0}; }
    Result<std::vector<spool::Gap>> gaps(std::optional<WallTime>, std::size_t) const override { return refusals; }
    Result<std::vector<spool::Trace>> trace(std::string_view) const override { return std::vector<spool::Trace>{}; }
    Result<void> rekey(TenantId, spool::Identity) override { return {}; }
    Result<void> forget(TenantId) override { return {}; }
    Result<spool::Resent> resend(const spool::Resend&) override { return spool::Resent{}; }
    Result<spool::Backup> back_up(const Path&, const spool::BackupProgress&) override { return spool::Backup{}; }
    void at_next_turn(Task task) override { task(); }
    spool::SpoolStatus status() const override { return {}; }
    Result<void> close() override { return {}; }
    bool commit_now() override { return false; }

 private:
    struct Waiting {
        spool::Append append;
        Mailbox* mailbox;
        AppendDone done;
    };

    void finish(Waiting& waiting) {
        spool::Appended appended;
        if (answers_only) {
            appended.outcome = *answers_only;
        } else {
            appended = store(waiting.append);
        }
        waiting.mailbox->post([done = std::move(waiting.done), appended] { done(appended); });
    }

    spool::Appended store(const spool::Append& append) {
        spool::Appended appended;
        for (const spool::AppendLine& line : append.events) {
            auto& contents = seen_[{append.tenant, line.id}];
            const bool conflict = !contents.empty();
            if (!contents.insert(line.content).second) {
                ++appended.repeated;
                continue;
            }
            ++appended.stored;
            if (conflict) ++appended.conflicts;
            std::string text = append.lines.substr(line.offset, line.length);
            if (conflict) text.insert(line.mark_at, line.mark);
            if (!append.already_delivered) lines.push_back(text);
        }
        for (const spool::LetterDraft& letter : append.condemned) condemned.push_back({append.tenant, letter});
        for (const spool::LetterDraft& letter : append.asides) aside.push_back({append.tenant, letter});
        if (append.prove) {
            for (const auto& [label, id] : tenants_by_label) {
                if (id == append.tenant) proven.insert(label);
            }
        }
        appended.outcome = appended.stored > 0 ? spool::AppendOutcome::stored : spool::AppendOutcome::repeated;
        return appended;
    }

    std::vector<Waiting> waiting_;
    std::map<std::pair<TenantId, Hash128>, std::set<Hash128>> seen_;
};

}  // namespace hookline::test
