#pragma once
// A spool in a directory of its own, by hand or with its thread, and short ways to talk to it.

#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/check.h"
#include "spool/spool.h"
#include "support/fake_clock.h"
#include "support/fault_files.h"
#include "support/temp_directory.h"

namespace hookline::spool {

/// Runs what it is sent at once, on the sender's thread.
class PromptMailbox final : public Mailbox {
 public:
    using Mailbox::post;
    void post(std::vector<Task> tasks) override {
        ++posts;
        for (const Task& task : tasks) task();
    }
    unsigned posts = 0;
};

struct SpoolHouse {
    explicit SpoolHouse(CommitMode mode = CommitMode::by_hand) {
        options.directory = directory / "spool";
        options.commit_mode = mode;
        options.limits.free_bytes_min = 1;  // whatever disk the tests run on
    }
    SpoolHouse& open() {
        auto opened = Spool::open(options, clock, metrics);
        check(opened.has_value(), opened ? "" : opened.error().message.c_str());
        spool = std::move(*opened);
        return *this;
    }
    Result<void> try_open() {
        auto opened = Spool::open(options, clock, metrics);
        if (!opened) return tl::unexpected(opened.error());
        spool = std::move(*opened);
        return {};
    }
    /// Closes in order and opens again.
    SpoolHouse& reopen() {
        spool.reset();
        return open();
    }
    /// As after `kill -9`: what the files hold at this moment, in another directory.
    void kill_and_move() {
        const Path copy = directory / ("after-kill-" + std::to_string(++kills));
        std::filesystem::copy(options.directory, copy, std::filesystem::copy_options::recursive);
        spool.reset();
        options.directory = copy;
    }

    TenantId tenant(const std::string& token = std::string(32, 'a'), const std::string& region = "us") {
        return spool->introduce(HeaderIdentity{region, Secret(token)});
    }

    static Append delivery(TenantId tenant, const std::vector<std::string>& uuids, const std::string& said = "hello") {
        Append append;
        append.tenant = tenant;
        append.event_id = "delivery of " + (uuids.empty() ? std::string("nothing") : uuids.front());
        for (const std::string& uuid : uuids) {
            AppendLine line;
            const std::string text = R"({"uuid":")" + uuid + R"(","said":")" + said + "\"}\n";
            line.offset = static_cast<std::uint32_t>(append.lines.size());
            line.length = static_cast<std::uint32_t>(text.size());
            line.id = id_of_uuid(uuid);
            line.content = hash128(text);
            line.mark_at = line.length - 2;
            line.mark = R"(,"uuid_conflict":true)";
            append.lines += text;
            append.events.push_back(line);
        }
        append.received_at = WallTime(std::chrono::seconds(1'767'225'600));
        return append;
    }
    /// Appends and waits for the answer; by hand, with one turn.
    Appended append(Append append) {
        std::promise<Appended> answer;
        spool->append(std::move(append), mailbox, [&](const Appended& appended) { answer.set_value(appended); });
        if (options.commit_mode == CommitMode::by_hand) spool->commit_now();
        return answer.get_future().get();
    }
    Appended append(TenantId tenant, const std::vector<std::string>& uuids, const std::string& said = "hello") {
        return append(delivery(tenant, uuids, said));
    }
    Result<void> settle(Settle settle) {
        std::promise<Result<void>> answer;
        spool->settle(std::move(settle), mailbox, [&](const Result<void>& done) { answer.set_value(done); });
        if (options.commit_mode == CommitMode::by_hand) spool->commit_now();
        return answer.get_future().get();
    }
    Result<void> settle(TenantId tenant, Position upto) {
        Settle settle;
        settle.tenant = tenant;
        settle.upto = upto;
        return this->settle(std::move(settle));
    }
    Batch read(TenantId tenant, std::size_t bytes_max = 1 << 20, std::size_t lines_max = 1000) {
        auto batch = spool->read(tenant, spool->cursor(tenant), bytes_max, lines_max);
        check(batch.has_value(), batch ? "" : batch.error().message.c_str());
        return std::move(*batch);
    }
    /// All lines that wait, without their newlines.
    std::vector<std::string> lines(TenantId tenant) {
        std::vector<std::string> all;
        for (const BatchLine& line : read(tenant, 1 << 30, 1 << 30).lines) {
            all.emplace_back(line.text.substr(0, line.text.size() - 1));
        }
        return all;
    }
    /// All bytes of all files of the spool.
    std::string bytes_on_disk() const {
        std::string all;
        for (const auto& file : std::filesystem::recursive_directory_iterator(options.directory)) {
            if (file.is_regular_file()) all += *read_file(file.path(), std::size_t{1} << 30);
        }
        return all;
    }

    test::TempDirectory directory;
    test::FakeClock clock;
    Metrics metrics;
    PromptMailbox mailbox;
    SpoolOptions options;
    std::unique_ptr<Spool> spool;
    unsigned kills = 0;
};

inline std::string line_of(const std::string& uuid, const std::string& said = "hello") {
    return R"({"uuid":")" + uuid + R"(","said":")" + said + R"("})";
}

inline LetterDraft condemned_letter(const std::string& body = "{\"a\":1}\n", const std::string& uuid = "") {
    LetterDraft letter;
    letter.kind = LetterClass::condemned;
    letter.reason = LetterReason::line_refused;
    letter.status = 400;
    letter.answer = "{\"malformedLines\":1}";
    letter.uuid = uuid;
    letter.body = body;
    letter.lines = 1;
    return letter;
}

inline LetterDraft aside_letter(const std::string& body = "not json") {
    LetterDraft letter;
    letter.kind = LetterClass::kept_aside;
    letter.reason = LetterReason::body_refused;
    letter.status = 400;
    letter.body = body;
    return letter;
}

}  // namespace hookline::spool
