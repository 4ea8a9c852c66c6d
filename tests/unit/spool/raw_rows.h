#pragma once
// A spool's rows as they stand on disk, under its front door.

#include <map>
#include <string>
#include <string_view>

#include "base/check.h"
#include "spool/floors.h"
#include "spool/format.h"
#include "spool/store.h"

namespace hookline::spool {

/// Opens what nobody else has open.
inline std::unique_ptr<Store> open_raw(const Path& directory, const Floors& floors, bool read_only = false) {
    const auto files = std::make_shared<WatchedFiles>(rocksdb::FileSystem::Default());
    auto store = Store::open({directory, files, {}, true, read_only}, floors);
    check(store.has_value(), store ? "" : store.error().message.c_str());
    return std::move(*store);
}

/// All rows of a table; the spool itself may be open.
inline std::map<std::string, std::string> rows_of(const Path& directory, Table table) {
    const Floors nothing_passed;
    const auto store = open_raw(directory, nothing_passed, true);
    std::map<std::string, std::string> rows;
    Walk walk = store->walk(table);
    for (walk.seek_to_first(); walk.valid(); walk.next()) rows.emplace(walk.key(), walk.value());
    check(walk.end().has_value(), "a table cannot be read");
    return rows;
}

/// Changes one row of a spool that is closed.
inline void put_row(const Path& directory, Table table, const std::string& key, const std::string& value) {
    const Floors nothing_passed;
    const auto store = open_raw(directory, nothing_passed);
    Changes changes = store->changes();
    changes.put(table, key, value);
    check(store->commit(changes).has_value(), "a row cannot be written");
}

/// Without printing what it looked through.
inline bool holds(const std::string& bytes, std::string_view part) { return bytes.find(part) != std::string::npos; }

}  // namespace hookline::spool
