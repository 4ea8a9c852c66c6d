#include "spool/rotation.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

#include "spool/format.h"
#include "spool/main_key.h"
#include "spool/opening.h"
#include "spool/salvage_swap.h"
#include "spool/sealed_rows.h"
#include "spool/sealed_store.h"

namespace hookline::spool {
namespace {

bool is_ours(const Path& file, const Path& directory) {
    std::error_code error;
    const Path folder = std::filesystem::weakly_canonical(file, error).parent_path();
    return file.filename().string().starts_with(made_key_name) &&
           folder == std::filesystem::weakly_canonical(directory, error);
}

/// Opened to read, since a key is often nobody's to write.
Result<void> sync_to_disk(const Path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = file >= 0 && ::fsync(file) == 0;
    const int code = errno;
    if (file >= 0) ::close(file);
    return synced ? Result<void>{} : failed("sync " + path.string() + ": " + std::strerror(code));
}

/// A key that a power cut could still take must not replace one that is safe.
Result<void> secure(const Path& file, const Path& directory) {
    if (is_ours(file, directory)) {
        return failed(file.string() +
                      " is where hookline keeps keys of its own making, and it would be deleted: put "
                      "the new key elsewhere, best not beside what it opens");
    }
    if (auto synced = sync_to_disk(file); !synced) return synced;
    return sync_to_disk(std::filesystem::absolute(file).parent_path());
}

/// Everything in one write: there is no moment at which rows are sealed with two keys.
Result<std::uint64_t> seal_rows_anew(Store& store, const Keyring& old_keys, const Keyring& new_keys) {
    Changes changes = store.changes();
    std::uint64_t tenants = 0;
    Walk walk = store.walk(Table::state);
    for (walk.seek(tenant_prefix); walk.valid(); walk.next()) {
        const auto id = tenant_of_key(tenant_prefix, walk.key());
        if (!id) continue;
        const auto row = open_tenant(walk.value(), *id, old_keys);
        if (!row) return failed("the row of tenant " + std::to_string(id->number) + " is damaged");
        changes.put(Table::state, walk.key(), seal_tenant(*row, *id, new_keys));
        ++tenants;
    }
    if (auto end = walk.end(); !end) return failed("read tenants", end.error());
    changes.put(Table::state, main_key_key, seal_main_key(new_keys));
    stage_rewrite_due(changes);
    const auto written = store.commit(changes);
    if (!written) return failed("write tenants' rows", written.error().error);
    return tenants;
}

Result<void> finish(Store& store) {
    if (auto rewritten = rewrite_rows(store); !rewritten) return rewritten;
    Changes changes = store.changes();
    stage_nothing_due(changes);
    const auto written = store.commit(changes);
    if (!written) return tl::unexpected(written.error().error);
    return store.close();
}

Result<RotationReport> rotate(const RotationOptions& options, const std::shared_ptr<WatchedFiles>& files) {
    const Floors nothing_passed;
    auto opened = open_sealed_store({options.directory, files, {}, true, false}, nothing_passed, options.key);
    if (!opened) return tl::unexpected(opened.error());
    if (options.key && !options.new_key) {
        return failed("its key was given, so the new one must be too: name its file with --new-key-file");
    }
    RotationReport report;
    report.made = !options.new_key;
    const SealKey new_key = options.new_key ? *options.new_key : SealKey::random();
    report.old_id = opened->keys->main_key().id();
    report.new_id = new_key.id();
    if (new_key == opened->keys->main_key()) return failed("the new key is the one it has");

    if (report.made) {
        auto written = write_key(*files, options.directory, next_key_name, new_key);
        if (!written) return tl::unexpected(written.error());
    }
    const auto tenants = seal_rows_anew(*opened->store, *opened->keys, Keyring(new_key));
    if (!tenants) return tl::unexpected(tenants.error());
    report.tenants = *tenants;
    Result<void> done;
    if (report.made) {
        done = take_next_key(*files, options.directory);
    } else if (!options.key) {
        done = delete_key(*files, options.directory, made_key_name);
        report.deleted = true;
    }
    if (done) done = finish(*opened->store);
    if (!done) return tl::unexpected(done.error());
    report.copies = copies_of_salvage(options.directory);
    return report;
}

}  // namespace

Result<RotationReport> rotate_key(const RotationOptions& options) {
    const std::string trying = "change the key of " + options.directory.string();
    auto files = std::make_shared<WatchedFiles>(options.files ? options.files : rocksdb::FileSystem::Default());
    if (!files->FileExists((options.directory / "CURRENT").string(), {}, nullptr).ok()) {
        return failed(trying + ": there is no spool");
    }
    if (options.new_key_file) {
        if (auto secured = secure(*options.new_key_file, options.directory); !secured) {
            return failed(trying, secured.error());
        }
    }
    const auto lock = DirectoryLock::take(files, options.directory);
    if (!lock) return failed(trying, lock.error());
    if (auto checked = check_format(*files, options.directory); !checked) return failed(trying, checked.error());
    auto report = rotate(options, files);
    if (!report) return failed(trying, report.error());
    return report;
}

}  // namespace hookline::spool
