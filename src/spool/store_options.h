#pragma once
// How RocksDB is set up. The reasons stand in docs/spool-format.md and beside each choice.

#include <vector>

#include <rocksdb/db.h>

#include "spool/store.h"

namespace hookline::spool {

rocksdb::DBOptions database_options(const Store::Options& options, rocksdb::Env* env);
std::vector<rocksdb::ColumnFamilyDescriptor> table_options(const Store::Options& options, const Floors& floors);

}  // namespace hookline::spool
