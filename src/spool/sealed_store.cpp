#include "spool/sealed_store.h"

#include "spool/conversion.h"
#include "spool/format.h"
#include "spool/list_of_files.h"
#include "spool/main_key.h"
#include "spool/opening.h"
#include "spool/sealed_rows.h"

namespace hookline::spool {
namespace {

Result<void> commit(Store& store, Changes& changes) {
    const auto written = store.commit(changes);
    if (!written) return tl::unexpected(written.error().error);
    return {};
}

/// Names the key in a store that does not yet: whatever is there then may be plain.
Result<void> name_main_key(Store& store, const Keyring& keys) {
    const auto named = store.get(Table::state, main_key_key);
    if (!named) return failed("read which key the spool has", named.error());
    if (*named) return {};
    Walk walk = store.walk(Table::state);
    walk.seek_to_first();
    const bool empty = !walk.valid();
    if (auto end = walk.end(); empty && !end) return failed("read tenants", end.error());
    Changes changes = store.changes();
    changes.put(Table::state, main_key_key, seal_main_key(keys));
    if (!empty) changes.put(Table::state, due_key, encode(DueRow{true, true}));
    return commit(store, changes);
}

Result<void> do_what_is_due(Store& store, const Keyring& keys) {
    const auto value = store.get(Table::state, due_key);
    if (!value) return failed("read what is to be rewritten", value.error());
    if (!*value) return {};
    const auto due = decode_due(**value);
    if (!due) return failed("the row that says what is to be rewritten is damaged");
    Result<void> done;
    if (due->plain) done = seal_plain_values(store, keys);
    if (done && due->rows) done = rewrite_rows(store);
    if (!done) return done;
    Changes changes = store.changes();
    stage_nothing_due(changes);
    return commit(store, changes);
}

}  // namespace

Result<SealedStore> open_sealed_store(Store::Options options, const Floors& floors, const std::optional<SealKey>& key) {
    if (auto mended = mend_list_of_files(*options.files, options.directory); !mended)
        return tl::unexpected(mended.error());
    if (auto checked = check_log(options, floors); !checked) return tl::unexpected(checked.error());
    const Path directory = options.directory;
    const auto files = options.files;
    auto store = Store::open(std::move(options), floors);
    if (!store) return tl::unexpected(store.error());
    auto main_key = find_main_key(**store, *files, directory, key);
    if (!main_key) return tl::unexpected(main_key.error());
    auto keys = std::make_unique<Keyring>(*main_key);
    // From the first sealed value on, no older program may open it.
    Result<void> ready = mark_format(*files, directory);
    if (ready) ready = name_main_key(**store, *keys);
    if (ready) ready = do_what_is_due(**store, *keys);
    if (!ready) return tl::unexpected(ready.error());
    return SealedStore{std::move(*store), std::move(keys)};
}

void stage_rewrite_due(Changes& changes) { changes.put(Table::state, due_key, encode(DueRow{true, false})); }

Result<void> rewrite_rows(Store& store) { return store.rewrite(Table::state, {}, {}); }

void stage_nothing_due(Changes& changes) { changes.erase(Table::state, due_key); }

}  // namespace hookline::spool
