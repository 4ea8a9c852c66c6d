#include "spool/salvage.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/time_text.h"
#include "spool/format.h"
#include "spool/opening.h"
#include "spool/salvage_source.h"
#include "spool/salvage_swap.h"

namespace hookline::spool {
namespace {

/// A write of the new store.
constexpr std::uint64_t write_bytes_max = 4U << 20;

/// Takes what was saved, and the ledger's rows of what was not.
class Rescue {
 public:
    explicit Rescue(Store& store) : store_(store), changes_(store.changes()) {}

    Result<void> keep(Table table, std::string_view key, std::string_view value) {
        if (table == Table::gaps) next_gap_ = std::max(next_gap_, number_of(key).value_or(0) + 1);
        if (key == heartbeat_key) {
            if (const auto beat = decode_heartbeat(value)) last_beat_ = beat->wall;
        }
        changes_.put(table, key, value);
        bytes_ += key.size() + value.size();
        return bytes_ < write_bytes_max ? Result<void>{} : write();
    }

    Result<void> note_losses(const Survey& survey, WallTime now) {
        for (const SurveyedTenant& tenant : survey.tenants) {
            Gap gap;
            gap.tenant_label = tenant.label;
            gap.from = tenant.lost_from.value_or(last_beat_.value_or(now));
            gap.to = tenant.lost_to.value_or(now);
            if (tenant.lost_deliveries > 0) {
                gap.reason = "damage on disk: acknowledged deliveries that salvage could not read";
                gap.count = tenant.lost_deliveries;
                gap.events = tenant.lost_events;
                note(gap);
            }
            if (tenant.label.empty() && tenant.waiting_deliveries > 0) {
                gap.reason = "damage on disk: deliveries of tenant " + std::to_string(tenant.id.number) +
                             ", of which it is no longer known who it is; they are in the old files";
                gap.count = tenant.waiting_deliveries;
                gap.events = tenant.waiting_lines;
                note(gap);
            }
            if (tenant.lost_letters > 0) note_letters(tenant.lost_letters, gap);
        }
        Gap gap;
        gap.from = last_beat_.value_or(now);
        gap.to = now;
        if (survey.nameless_letters > 0) note_letters(survey.nameless_letters, gap);
        if (survey.log_damaged) {
            gap.reason = "damage in the log: what stood there at the end of queues cannot be counted";
            gap.count = 0;
            note(gap);
        }
        return {};
    }

    Result<void> write() {
        if (changes_.empty()) return {};
        auto written = store_.commit(changes_);
        changes_.clear();
        bytes_ = 0;
        if (!written) return failed("write", written.error().error);
        return {};
    }

 private:
    void note_letters(std::uint64_t letters, Gap gap) {
        gap.reason = "damage on disk: dead letters that salvage could not read";
        gap.count = letters;
        gap.events = 0;
        note(gap);
    }
    void note(Gap gap) {
        gap.kind = Gap::Kind::lost;
        changes_.put(Table::gaps, number_key(next_gap_++), encode(gap));
    }

    Store& store_;
    Changes changes_;
    std::uint64_t bytes_ = 0;
    std::uint64_t next_gap_ = 1;
    std::optional<WallTime> last_beat_;
};

/// `damaged-20261122T154609Z`
std::string name_of_old_files(WallTime now) {
    std::string name = std::string(salvage_kept) + format_rfc3339(now).substr(0, 19) + "Z";
    std::erase_if(name, [](char c) { return c == ':'; });
    return name;
}

Result<Survey> rescue(SalvageSource& source, const std::shared_ptr<WatchedFiles>& files, const Path& fresh,
                      const SalvageOptions& options) {
    std::error_code error;
    std::filesystem::remove_all(fresh, error);
    if (auto made = make_directory(fresh); !made) return tl::unexpected(made.error());
    const Floors nothing_passed;
    auto store = Store::open({fresh, files, {}, false, false}, nothing_passed);
    if (!store) return failed("make a new store", store.error());
    Rescue saved(**store);
    const auto keep = [&](Table table, std::string_view key, std::string_view value) {
        return saved.keep(table, key, value);
    };
    auto found = survey(source.store(), {keep, options.progress, source.keys()});
    if (!found) return found;
    found->log_damaged = source.log_is_damaged();
    Result<void> done = saved.note_losses(*found, options.now);
    if (done) done = saved.write();
    // In tables, so that nothing rests on the log while the files change places.
    if (done) done = (*store)->flush(true);
    if (done) done = (*store)->close();
    if (!done) return tl::unexpected(done.error());
    return found;
}

Result<SalvageReport> salvage_locked(const std::shared_ptr<WatchedFiles>& files, const SalvageOptions& options) {
    SalvageReport report;
    if (options.dry_run && files->FileExists((options.directory / salvage_marker).string(), {}, nullptr).ok()) {
        report.continued = true;
        return report;
    }
    auto interrupted = finish_swap(*files, options.directory);
    if (!interrupted) return tl::unexpected(interrupted.error());
    if (!interrupted->empty()) {
        report.continued = true;
        report.old_files = *interrupted;
        return report;
    }
    const auto format = read_format(*files, options.directory);
    if (!format) return tl::unexpected(format.error());

    auto source = SalvageSource::open(files, options.directory, options.progress, options.key);
    if (!source) return tl::unexpected(source.error());
    report.rebuilt = (*source)->rebuilt();
    report.survey = (*source)->first_look();
    if (*format != FormatFile::known) report.survey.problem(std::string(format_problem(*format)));
    if (report.survey.fine()) return report;
    report.old_files = name_of_old_files(options.now);
    if (options.dry_run) return report;

    const auto rescued = rescue(**source, files, options.directory / salvage_new, options);
    if (!rescued) return tl::unexpected(rescued.error());
    (*source)->close();
    if (auto swapped = swap_in(*files, options.directory, report.old_files); !swapped) {
        return tl::unexpected(swapped.error());
    }
    if (auto marked = mark_format(*files, options.directory); !marked) return tl::unexpected(marked.error());
    return report;
}

}  // namespace

Result<SalvageReport> salvage(const SalvageOptions& options) {
    const std::string trying = "salvage " + options.directory.string();
    auto files = std::make_shared<WatchedFiles>(options.files ? options.files : rocksdb::FileSystem::Default());
    if (!is_spool(*files, options.directory)) return failed(trying + ": there is no spool");
    const auto lock = DirectoryLock::take(files, options.directory);
    if (!lock) return failed(trying, lock.error());
    auto report = salvage_locked(files, options);
    if (!report) return failed(trying, report.error());
    return report;
}

}  // namespace hookline::spool
