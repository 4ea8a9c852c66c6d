#include "spool/salvage.h"

#include <algorithm>

#include "spool/format.h"
#include "spool/opening.h"
#include "spool/store.h"

namespace hookline::spool {
namespace {

/// Changes are written when they have become this many.
constexpr std::uint64_t changes_max = 10'000;

class Salvage {
 public:
    explicit Salvage(Store& store) : store_(store), changes_(store.changes()) {}

    Result<SalvageReport> run() {
        auto known = read_cursors();
        if (!known) return tl::unexpected(known.error());
        std::uint64_t tenant_max = 0;
        Record record;
        Walk walk = store_.walk(Table::records);
        for (walk.seek_to_first(); walk.valid(); walk.next()) {
            const auto key = record_key_of(walk.key());
            if (!key || !decode_record(walk.value(), record)) continue;
            tenant_max = std::max(tenant_max, key->tenant.number);
            const auto cursor = cursors_.find(key->tenant);
            if (cursor == cursors_.end()) {
                ++report_.orphaned_deliveries;
            } else if (key->sequence >= cursor->second) {
                take(*key, record, walk.value().size(), cursor->second);
            }
            if (auto written = write(changes_max); !written) return tl::unexpected(written.error());
        }
        if (auto end = walk.end(); !end) return failed("read records", end.error());
        // An orphan's number must not be given to somebody new.
        next_tenant_ = std::max(next_tenant_, tenant_max + 1);
        changes_.put(Table::state, next_tenant_key, encode_number(next_tenant_));
        if (auto written = write(0); !written) return tl::unexpected(written.error());
        return report_;
    }

 private:
    Result<void> read_cursors() {
        Walk walk = store_.walk(Table::state);
        for (walk.seek_to_first(); walk.valid(); walk.next()) {
            if (const auto owner = tenant_of_key(tenant_prefix, walk.key())) {
                cursors_.try_emplace(*owner, Sequence{1});
                next_tenant_ = std::max(next_tenant_, owner->number + 1);
            } else if (walk.key() == next_tenant_key) {
                next_tenant_ = std::max(next_tenant_, decode_number(walk.value()).value_or(1));
            }
        }
        if (auto end = walk.end(); !end) return failed("read tenants", end.error());
        for (auto& [tenant, sequence] : cursors_) {
            const auto value = store_.get(Table::state, cursor_key(tenant));
            if (!value) return tl::unexpected(value.error());
            if (*value) sequence = decode_cursor(**value).value_or(Position{sequence, 0}).sequence;
        }
        return {};
    }

    /// Counts a record, and fills the hole in front of it with records of no lines: a queue has no holes.
    void take(const RecordKey& key, const Record& record, std::size_t value_bytes, Sequence cursor) {
        ++report_.waiting_deliveries;
        if (key.tenant != tenant_) {
            tenant_ = key.tenant;
            expected_ = cursor;
            // Nothing in front of it is waiting, so the sums begin with what it says itself.
            behind_ = record.header.before;
        }
        for (; expected_ < key.sequence; ++expected_.number) {
            RecordHeader empty;
            empty.received_at = record.header.received_at;
            empty.before = behind_;
            changes_.put(Table::records, record_key(key.tenant, expected_), encode(empty));
            ++filled_;
            ++report_.missing_deliveries;
        }
        ++expected_.number;
        behind_ = record.header.before;
        behind_.lines += record.header.line_bytes.size();
        behind_.bytes += record.lines_bytes;
        behind_.stored += 16 + value_bytes;
    }

    Result<void> write(std::uint64_t more_than) {
        if (filled_ < more_than || changes_.empty()) return {};
        filled_ = 0;
        auto written = store_.commit(changes_);
        changes_.clear();
        if (!written) return failed("write", written.error().error);
        return {};
    }

    Store& store_;
    Changes changes_;
    SalvageReport report_;
    std::unordered_map<TenantId, Sequence> cursors_;
    std::uint64_t next_tenant_ = 1;
    TenantId tenant_;
    Sequence expected_;
    Totals behind_;
    std::uint64_t filled_ = 0;
};

}  // namespace

Result<SalvageReport> salvage(const Path& directory, std::shared_ptr<rocksdb::FileSystem> files) {
    const std::string trying = "salvage " + directory.string();
    auto watched = std::make_shared<WatchedFiles>(files ? std::move(files) : rocksdb::FileSystem::Default());
    if (!watched->FileExists((directory / "CURRENT").string(), {}, nullptr).ok()) {
        return failed(trying + ": there is no spool");
    }
    const auto lock = DirectoryLock::take(watched, directory);
    if (!lock) return failed(trying, lock.error());
    if (auto checked = check_format(*watched, directory); !checked) return failed(trying, checked.error());

    const Floors nothing_passed;
    Store::Options options{directory, watched, {}, false, true};
    auto store = Store::open(std::move(options), nothing_passed);
    if (!store) return failed(trying, store.error());
    auto report = Salvage(**store).run();
    if (!report) return failed(trying, report.error());
    // With everything in tables the damaged log is no longer needed.
    if (auto flushed = (*store)->flush(true); !flushed) return failed(trying, flushed.error());
    if (auto closed = (*store)->close(); !closed) return failed(trying, closed.error());
    return report;
}

}  // namespace hookline::spool
