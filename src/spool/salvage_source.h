#pragma once
// Where a salvage reads from: the damaged spool as it is; or, when that cannot be opened or most of it cannot be
// reached, a copy (of links, where the disk has them) whose list of files is made anew. The spool's own files are never
// written to. One thread.

#include <memory>

#include "base/file.h"
#include "base/result.h"
#include "base/seal.h"
#include "spool/floors.h"
#include "spool/salvage_swap.h"
#include "spool/store.h"
#include "spool/verify.h"

namespace hookline::spool {

class SalvageSource {
 public:
    static Result<std::unique_ptr<SalvageSource>> open(const std::shared_ptr<WatchedFiles>& files,
                                                       const Path& directory, const ReadProgress& progress,
                                                       const std::optional<SealKey>& key);
    ~SalvageSource() { close(); }
    SalvageSource(const SalvageSource&) = delete;
    SalvageSource& operator=(const SalvageSource&) = delete;

    [[nodiscard]] const Store& store() const { return *store_; }
    /// Null without a key that fits: then what is sealed is taken as it is.
    [[nodiscard]] const Keyring* keys() const { return keys_.get(); }
    /// What is wrong, with the logs and files of the spool itself.
    [[nodiscard]] const Survey& first_look() const { return look_; }
    [[nodiscard]] bool rebuilt() const { return rebuilt_; }
    [[nodiscard]] bool log_is_damaged() const { return look_.log_damaged; }
    /// Ends reading; a copy goes.
    void close();

 private:
    SalvageSource(std::shared_ptr<WatchedFiles> files, const Path& directory)
        : files_(std::move(files)), directory_(directory), copy_(directory / salvage_reading) {}
    Result<void> open_store(const Path& directory, bool takes_short_logs = false);
    Result<void> open_copy_with_newest_list();
    Result<void> open_rebuilt_copy(const ReadProgress& progress, Survey& survey);
    Result<void> copy_files();

    std::shared_ptr<WatchedFiles> files_;
    Path directory_;
    Path copy_;
    const Floors nothing_passed_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<Keyring> keys_;
    Survey look_;
    bool rebuilt_ = false;
};

}  // namespace hookline::spool
