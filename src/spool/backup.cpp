#include "spool/backup.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/log.h"

namespace hookline::spool {
namespace {

constexpr std::size_t piece_bytes = 1U << 20;
constexpr std::string_view format_name = "FORMAT";

Result<void> sync_folder(const Path& path) {
    const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.number() < 0 || ::fsync(folder.number()) != 0) return failed_with_errno("sync", path);
    return {};
}

/// Its owner's alone, whatever the umask.
int create(const Path& path) { return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600); }

/// A directory that vanishes again unless it was finished.
class Unfinished {
 public:
    explicit Unfinished(Path path) : path_(std::move(path)) {}
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;
    ~Unfinished() {
        if (!made_) return;
        std::error_code fault;
        std::filesystem::remove_all(path_, fault);
        if (fault) log_warn("an unfinished backup stays behind; remove it", {{"directory", path_.string()}});
    }
    Result<void> make() {
        if (auto cleared = clear(); !cleared) return cleared;
        if (::mkdir(path_.c_str(), 0700) != 0) return failed_with_errno("make", path_);
        made_ = true;
        return {};
    }
    Result<void> finish(const Path& name) {
        // A directory with something in it that came there meanwhile is not replaced: rename refuses that.
        if (::rename(path_.c_str(), name.c_str()) != 0) return failed_with_errno("name the backup", name);
        made_ = false;
        return sync_folder(name.parent_path());
    }
    [[nodiscard]] const Path& path() const { return path_; }

 private:
    /// What a process that ended in the middle has left. Only a directory of our own mode with store files in it is
    /// taken for that.
    Result<void> clear() {
        std::error_code fault;
        if (!std::filesystem::exists(std::filesystem::symlink_status(path_, fault))) return {};
        struct stat status {};
        const bool ours = ::lstat(path_.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
                          (status.st_mode & 07777) == 0700 && status.st_uid == ::geteuid();
        if (!ours) return failed(path_.string() + " is in the way: remove it");
        for (const auto& file : std::filesystem::directory_iterator(path_, fault)) {
            const std::string name = file.path().filename().string();
            const bool of_store = name == "CURRENT" || name == format_name || name.starts_with("MANIFEST-") ||
                                  name.starts_with("OPTIONS-") || name.ends_with(".sst") || name.ends_with(".log");
            if (!of_store || file.is_directory(fault))
                return failed(path_.string() + " is in the way, with files of others in it (" + name + "): remove it");
        }
        std::filesystem::remove_all(path_, fault);
        if (fault) return failed("remove " + path_.string() + ": " + fault.message());
        return {};
    }

    Path path_;
    bool made_ = false;
};

class Copier {
 public:
    Copier(const Path& from, const Path& to, const BackupProgress& progress)
        : from_(from), to_(to), progress_(progress) {}

    Result<void> take(const std::vector<Store::Part>& parts) {
        for (const Store::Part& part : parts) total_ += part.bytes;
        if (!progress_(0, total_)) return failed("stopped");
        for (const Store::Part& part : parts) {
            if (auto taken = take_one(part); !taken) return taken;
            if (!progress_(made_.bytes, total_)) return failed("stopped");
        }
        return {};
    }
    Result<void> write(const std::string& name, const std::string& content) {
        const Path path = to_ / name;
        const Descriptor file(create(path));
        if (file.number() < 0) return failed_with_errno("create", path);
        if (auto written = write_all(file, content, path); !written) return written;
        if (::fsync(file.number()) != 0) return failed_with_errno("sync", path);
        count(content.size());
        return {};
    }
    [[nodiscard]] const Backup& made() const { return made_; }

 private:
    Result<void> take_one(const Store::Part& part) {
        if (part.content) return write(part.name, *part.content);
        // Synced when it was written; its name is, with the directory.
        if (!part.immutable || ::link((from_ / part.name).c_str(), (to_ / part.name).c_str()) != 0) return copy(part);
        count(part.bytes);
        return {};
    }

    Result<void> copy(const Store::Part& part) {
        const Path source = from_ / part.name;
        const Path path = to_ / part.name;
        const Descriptor in(::open(source.c_str(), O_RDONLY | O_CLOEXEC));
        if (in.number() < 0) return failed_with_errno("read", source);
        const Descriptor out(create(path));
        if (out.number() < 0) return failed_with_errno("create", path);
        std::string piece(std::min<std::uint64_t>(piece_bytes, std::max<std::uint64_t>(part.bytes, 1)), '\0');
        std::uint64_t done = 0;
        while (done < part.bytes) {
            const ssize_t got =
                ::read(in.number(), piece.data(), std::min<std::uint64_t>(piece.size(), part.bytes - done));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return failed_with_errno("read", source);
            if (got == 0) return failed("read " + source.string() + ": it is shorter than the store says");
            if (auto written = write_all(out, {piece.data(), static_cast<std::size_t>(got)}, path); !written)
                return written;
            done += static_cast<std::uint64_t>(got);
            if (!progress_(made_.bytes + done, total_)) return failed("stopped");
        }
        if (::fsync(out.number()) != 0) return failed_with_errno("sync", path);
        count(part.bytes);
        return {};
    }

    void count(std::uint64_t bytes) {
        ++made_.files;
        made_.bytes += bytes;
    }

    const Path& from_;
    const Path& to_;
    const BackupProgress& progress_;
    std::uint64_t total_ = 0;
    Backup made_;
};

/// Where a path leads, links followed.
Result<Path> real_path(const Path& path) {
    std::error_code fault;
    Path real = std::filesystem::canonical(path, fault);
    if (fault) return failed(path.string() + ": " + fault.message());
    return real;
}

Result<Path> place_of(const BackupPlan& plan) {
    if (!plan.directory.is_absolute() || !plan.directory.has_filename() || plan.directory.filename() == ".." ||
        plan.directory.filename() == ".") {
        return failed("a backup wants an absolute path with a name at its end");
    }
    const auto parent = real_path(plan.directory.parent_path());
    if (!parent) return tl::unexpected(parent.error());
    const auto spool = real_path(plan.spool);
    if (!spool) return tl::unexpected(spool.error());
    const auto [end, ignored] = std::mismatch(spool->begin(), spool->end(), parent->begin(), parent->end());
    if (end == spool->end()) return failed("a backup cannot lie within its spool " + spool->string());
    Path place = *parent / plan.directory.filename();
    std::error_code fault;
    if (std::filesystem::exists(std::filesystem::symlink_status(place, fault)))
        return failed(place.string() + " is there already; a backup makes its own directory");
    return place;
}

/// Linked tables cost nothing now, but all of their room once the spool has let go of them.
Result<void> has_room(const BackupPlan& plan, const Path& parent, const std::vector<Store::Part>& parts) {
    std::uint64_t bytes = 0;
    for (const Store::Part& part : parts) bytes += part.bytes;
    struct stat here {};
    struct stat there {};
    if (::stat(plan.spool.c_str(), &here) != 0) return failed_with_errno("look at", plan.spool);
    if (::stat(parent.c_str(), &there) != 0) return failed_with_errno("look at", parent);
    if (here.st_dev == there.st_dev) bytes += plan.free_bytes_min;
    std::error_code fault;
    const auto disk = std::filesystem::space(parent, fault);
    if (fault) return failed("look at " + parent.string() + ": " + fault.message());
    if (disk.available < bytes) {
        return failed("there is too little room at " + parent.string() + ": " + std::to_string(bytes >> 20) +
                      " MiB must be free, the reserve included, and " + std::to_string(disk.available >> 20) +
                      " MiB are");
    }
    return {};
}

}  // namespace

Result<Backup> back_up_store(Store& store, const BackupPlan& plan, const BackupProgress& progress) {
    const auto place = place_of(plan);
    if (!place) return tl::unexpected(place.error());
    Unfinished unfinished(place->string() + ".partial");
    if (auto made = unfinished.make(); !made) return tl::unexpected(made.error());
    Copier copier(plan.spool, unfinished.path(), progress);
    const auto copied = store.with_parts([&](const std::vector<Store::Part>& parts) -> Result<void> {
        if (auto room = has_room(plan, place->parent_path(), parts); !room) return room;
        return copier.take(parts);
    });
    if (!copied) return tl::unexpected(copied.error());
    const auto format = read_file(plan.spool / format_name, piece_bytes);
    if (!format) return tl::unexpected(format.error());
    if (auto written = copier.write(std::string(format_name), *format); !written)
        return tl::unexpected(written.error());
    if (auto synced = sync_folder(unfinished.path()); !synced) return tl::unexpected(synced.error());
    if (auto finished = unfinished.finish(*place); !finished) return tl::unexpected(finished.error());
    return copier.made();
}

}  // namespace hookline::spool
