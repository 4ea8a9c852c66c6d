#include "status/backup_desk.h"

#include <algorithm>
#include <array>
#include <system_error>

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "status/admin_request.h"

namespace hookline::status {
namespace {

constexpr std::size_t path_bytes_max = 1024;

/// What a person may see of a path: one line.
bool is_plain(std::string_view text) {
    return !text.empty() && text.size() <= path_bytes_max && std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
    });
}

}  // namespace

net::HttpResponse BackupDesk::begin(std::string_view body) {
    const Json wish = Json::parse(body, nullptr, false);
    const bool formed = wish.is_object() && wish.size() == 1 && wish.contains("directory") &&
                        wish["directory"].is_string() && is_plain(wish["directory"].get_ref<const std::string&>());
    if (!formed) return refuse(400, R"(expected {"directory":"/a/path"})");
    const auto place = place_(wish["directory"].get<std::string>());
    if (!place) return refuse(409, place.error().message);
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) return refuse(409, "the relay stops");
        if (entry_.stage == Stage::running) return refuse(409, "a backup is being made: " + entry_.directory);
        if (thread_.joinable()) thread_.join();  // it has nothing left to do
        entry_ = Entry();
        entry_.stage = Stage::running;
        entry_.directory = place->string();
        entry_.began = clock_.wall();
        bytes_done_ = bytes_total_ = 0;
        thread_ = std::thread([this, directory = *place] {
            pthread_setname_np(pthread_self(), "backup");
            work(directory);
        });
    }
    return state();
}

void BackupDesk::work(const Path& directory) {
    const auto made = spool_.back_up(directory, [this](std::uint64_t done, std::uint64_t total) {
        bytes_done_ = done;
        bytes_total_ = total;
        return !stopping_.load();
    });
    const std::lock_guard lock(mutex_);
    entry_.ended = clock_.wall();
    if (!made) {
        entry_.stage = Stage::failed;
        entry_.error = made.error().message;
        log_warn("no backup was made", {{"directory", entry_.directory}, {"why", entry_.error}});
        return;
    }
    entry_.made = *made;
    entry_.stage = Stage::done;
    log_info("backup made", {{"directory", entry_.directory}, {"files", made->files}, {"bytes", made->bytes}});
}

net::HttpResponse BackupDesk::state() const {
    static constexpr std::array<const char*, 4> names{"none", "running", "done", "failed"};
    const std::lock_guard lock(mutex_);
    const bool done = entry_.stage == Stage::done;
    return answer(Json{{"state", names.at(static_cast<std::size_t>(entry_.stage))},
                       {"directory", entry_.directory},
                       {"began", instant(entry_.began)},
                       {"ended", instant(entry_.ended)},
                       {"bytes_done", done ? entry_.made.bytes : bytes_done_.load()},
                       {"bytes_total", done ? entry_.made.bytes : bytes_total_.load()},
                       {"files", entry_.made.files},
                       {"key", entry_.made.key_id},
                       {"key_beside", entry_.made.key_beside},
                       {"error", entry_.error}});
}

void BackupDesk::stop() {
    std::thread running;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        running = std::move(thread_);
    }
    if (running.joinable()) running.join();
}

Result<Path> place_within(const Path& allowed, const std::string& asked) {
    if (allowed.empty()) {
        return failed(
            "the configuration names no place for backups: set spool.backup_directory, or stop the relay and run "
            "`hookline backup` with --spool");
    }
    const Path place(asked);
    std::error_code fault;
    const Path real = std::filesystem::canonical(allowed, fault);
    if (fault) return failed("spool.backup_directory " + allowed.string() + ": " + fault.message());
    const Path parent = std::filesystem::canonical(place.parent_path(), fault);
    const bool within = !fault && place.is_absolute() && parent == real && place.has_filename() &&
                        place.filename() != "." && place.filename() != "..";
    if (!within) {
        return failed("the relay makes backups directly within spool.backup_directory alone: " + allowed.string() +
                      "/NAME");
    }
    struct stat status {};
    if (::stat(real.c_str(), &status) != 0 || status.st_uid != ::geteuid() || (status.st_mode & 022) != 0) {
        return failed("spool.backup_directory " + allowed.string() +
                      " must belong to the relay's user, and nobody else may write to it");
    }
    if (std::filesystem::exists(std::filesystem::symlink_status(real / place.filename(), fault)))
        return failed(place.string() + " is there already; a backup makes its own directory");
    return real / place.filename();
}

}  // namespace hookline::status
