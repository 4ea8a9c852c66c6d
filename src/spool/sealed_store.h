#pragma once
// A store together with the keys that open it, and with nothing left to be done: values of an older version are sealed,
// and what an earlier process should have rewritten is. One thread.

#include <memory>
#include <optional>

#include "base/result.h"
#include "spool/floors.h"
#include "spool/keyring.h"
#include "spool/store.h"

namespace hookline::spool {

struct SealedStore {
    std::unique_ptr<Store> store;
    std::unique_ptr<Keyring> keys;
};

/// The directory must be locked and its format checked. `floors` outlives the store.
Result<SealedStore> open_sealed_store(Store::Options options, const Floors& floors, const std::optional<SealKey>& key);

/// Adds to a commit that tenants' rows must be rewritten after it, and rewrites them: a key that was changed or
/// destroyed is in no file any more.
void stage_rewrite_due(Changes& changes);
Result<void> rewrite_rows(Store& store);
/// Adds to a commit that it was done.
void stage_nothing_due(Changes& changes);

}  // namespace hookline::spool
