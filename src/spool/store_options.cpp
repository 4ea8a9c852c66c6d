#include "spool/store_options.h"

#include <cstdarg>
#include <string>

#include <rocksdb/cache.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

namespace hookline::spool {
namespace {

/// Looking at a spool leaves no file behind, RocksDB's own log neither.
class SilentLog final : public rocksdb::Logger {
 public:
    using rocksdb::Logger::Logv;
    void Logv(const char*, va_list) override {}
};

rocksdb::ColumnFamilyOptions small_table(const Store::Options& options, const std::shared_ptr<rocksdb::Cache>& cache) {
    const StoreLimits& limits = options.limits;
    rocksdb::BlockBasedTableOptions blocks;
    blocks.block_cache = cache;
    blocks.block_size = limits.block_bytes;
    // Indexes in the bounded cache: with 32 kB blocks those of a 10 GB backlog take next to nothing.
    blocks.cache_index_and_filter_blocks = true;
    // Both pinned, so that a newer RocksDB does not begin to write what Debian 12's cannot read.
    blocks.format_version = 5;
    blocks.checksum = rocksdb::kCRC32c;

    rocksdb::ColumnFamilyOptions table;
    table.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
    table.write_buffer_size = limits.small_buffer_bytes;
    table.arena_block_size = 64U << 10;
    table.max_write_buffer_number = 2;
    table.compression = rocksdb::kNoCompression;
    table.target_file_size_base = limits.table_file_bytes;
    table.disable_auto_compactions = options.by_hand;
    return table;
}

rocksdb::ColumnFamilyOptions records_table(const Store::Options& options,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
    rocksdb::ColumnFamilyOptions table = small_table(options, cache);
    table.write_buffer_size = options.limits.write_buffer_bytes;
    table.arena_block_size = 1U << 20;
    table.level_compaction_dynamic_level_bytes = true;
    table.max_bytes_for_level_base = 4 * options.limits.table_file_bytes;
    // A flood must slow itself by the waiting room, not every tenant by a write stall.
    table.level0_file_num_compaction_trigger = 4;
    table.level0_slowdown_writes_trigger = 64;
    table.level0_stop_writes_trigger = 128;
    table.soft_pending_compaction_bytes_limit = 0;
    table.hard_pending_compaction_bytes_limit = 0;
    return table;
}

}  // namespace

rocksdb::DBOptions database_options(const Store::Options& options, rocksdb::Env* env) {
    const StoreLimits& limits = options.limits;
    rocksdb::DBOptions database;
    database.env = env;
    database.create_if_missing = true;
    database.create_missing_column_families = true;
    // The check of the log before this open (wal_check.h) has made sure that nothing but a torn last record can be
    // dropped here.
    database.wal_recovery_mode = options.read_only ? rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords
                                                   : rocksdb::WALRecoveryMode::kPointInTimeRecovery;
    // For reading too: RocksDB 7.8 wants to note that it no longer tracks them, and a reader has nowhere to note it, so
    // that an assertion ends the process (DBImpl::Recover).
    database.track_and_verify_wals_in_manifest = true;
    database.recycle_log_file_num = 0;
    database.max_total_wal_size = limits.wal_bytes_max;
    database.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(limits.write_buffers_bytes_max);
    database.allow_concurrent_memtable_write = false;  // one thread writes
    database.max_background_jobs = 2;
    database.max_open_files = limits.open_files_max;
    database.bytes_per_sync = 1U << 20;
    database.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
    database.max_log_file_size = limits.info_log_bytes;
    database.keep_log_file_num = 2;
    database.stats_dump_period_sec = 0;
    database.stats_persist_period_sec = 0;
    if (options.by_hand) database.max_background_jobs = 1;
    if (options.read_only) {
        database.create_if_missing = database.create_missing_column_families = false;
        database.info_log = std::make_shared<SilentLog>();
    }
    return database;
}

std::vector<rocksdb::ColumnFamilyDescriptor> table_options(const Store::Options& options, const Floors& floors) {
    const auto cache = rocksdb::NewLRUCache(options.limits.cache_bytes);
    std::vector<rocksdb::ColumnFamilyDescriptor> tables;
    for (std::size_t at = 0; at < table_count; ++at) {
        const auto table = static_cast<Table>(at);
        auto settings = table == Table::records ? records_table(options, cache) : small_table(options, cache);
        if (table == Table::records) settings.compaction_filter_factory = make_records_filter(floors);
        if (table == Table::seen) settings.compaction_filter_factory = make_seen_filter(floors);
        if (table == Table::notes) settings.compaction_filter_factory = make_notes_filter(floors);
        if (table == Table::gaps) settings.compaction_filter_factory = make_gaps_filter(floors);
        tables.emplace_back(std::string(table_name(table)), settings);
    }
    return tables;
}

}  // namespace hookline::spool
