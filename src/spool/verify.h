#pragma once
// Is a spool whole? Reads all of it and changes nothing. Blocks; one thread; the directory must not be in use.

#include <functional>
#include <memory>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "spool/survey.h"

namespace rocksdb {
class FileSystem;
}

namespace hookline::spool {

/// How far a long reading has come.
using ReadProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// Errors: there is no spool, somebody holds it, or its format is a newer one. Damage is no error: the survey tells it.
/// What is sealed is looked into with `key`, or with the one beside the spool.
Result<Survey> verify(const Path& directory, const ReadProgress& progress = {}, const std::optional<SealKey>& key = {},
                      std::shared_ptr<rocksdb::FileSystem> files = {});

/// Every key there is, in the order of the tables. Keys hold no secret, and this is how a test sees it.
Result<void> list_keys(const Path& directory, const std::function<void(Table, std::string_view key)>& take,
                       std::shared_ptr<rocksdb::FileSystem> files = {});

/// What logs and table files say by themselves, added to a survey. `store` is null when it could not be opened.
void examine_files(const std::shared_ptr<WatchedFiles>& files, const Path& directory, const Store* store,
                   const ReadProgress& progress, Survey& survey);

}  // namespace hookline::spool
