#pragma once
// Where a spool's main key comes from: the one that was given, or a file beside the spool, made where there is none.
// A key is never made for a spool that is sealed already. One thread.

#include <memory>
#include <optional>
#include <string_view>

#include <rocksdb/file_system.h>

#include "base/file.h"
#include "base/result.h"
#include "base/seal.h"
#include "spool/keyring.h"
#include "spool/store.h"

namespace hookline::spool {

inline constexpr std::string_view made_key_name = "spool.key";
/// The one that a rotation will put in its place.
inline constexpr std::string_view next_key_name = "spool.key.new";

/// What may be used for a store: nothing was sealed with another key. Ends a rotation of the made key that was
/// interrupted.
Result<SealKey> find_main_key(const Store& store, rocksdb::FileSystem& files, const Path& directory,
                              const std::optional<SealKey>& given);

/// The same for who only looks: nothing is made or moved, and nothing is given when no key opens it.
std::unique_ptr<Keyring> find_keys(const Store& store, rocksdb::FileSystem& files, const Path& directory,
                                   const std::optional<SealKey>& given);

/// Nothing when there is no such file.
Result<std::optional<SealKey>> read_key(rocksdb::FileSystem& files, const Path& directory, std::string_view name);
/// Safe on disk when it returns.
Result<void> write_key(rocksdb::FileSystem& files, const Path& directory, std::string_view name, const SealKey& key);
/// `spool.key.new` becomes `spool.key`.
Result<void> take_next_key(rocksdb::FileSystem& files, const Path& directory);
Result<void> delete_key(rocksdb::FileSystem& files, const Path& directory, std::string_view name);

}  // namespace hookline::spool
