#include "spool/conversion.h"

#include <memory>
#include <unordered_map>

#include "base/log.h"
#include "spool/format.h"
#include "spool/sealed_rows.h"

namespace hookline::spool {
namespace {

class Conversion {
 public:
    Conversion(Store& store, const Keyring& keys, ConversionLimits limits)
        : store_(store), keys_(keys), limits_(limits), changes_(store.changes()) {}

    Result<void> run() {
        log_info("the spool is of an older version and is being sealed; this may take a while",
                 {{"bytes", store_.table_bytes(Table::records) + store_.table_bytes(Table::bodies)}});
        Result<void> done = seal_tenants();
        if (done) done = seal_records();
        if (done) done = seal_letters();
        if (done) done = rewrite_tables();
        if (!done) return failed("seal what an older version kept", done.error());
        log_info("the spool is sealed", {{"deliveries", records_}, {"letters", letters_}});
        if (orphans_ > 0) {
            log_warn("rows of tenants that are not known could not be sealed and stay as they are",
                     {{"rows", orphans_}});
        }
        return {};
    }

 private:
    struct Known {
        std::shared_ptr<const Sealer> sealer;
        Sequence cursor{1};
    };

    Result<void> seal_tenants() {
        Walk walk = store_.walk(Table::state);
        for (walk.seek_to_first(); walk.valid(); walk.next()) {
            if (const auto of = tenant_of_key(cursor_prefix, walk.key())) {
                const auto cursor = decode_cursor(walk.value());
                if (!cursor) return failed("the cursor of tenant " + std::to_string(of->number) + " is damaged");
                tenants_[*of].cursor = cursor->sequence;
            } else if (const auto id = tenant_of_key(tenant_prefix, walk.key())) {
                if (auto sealed = seal_tenant_row(*id, walk.value()); !sealed) return sealed;
            }
            if (auto written = write_if_much(); !written) return written;
        }
        if (auto end = walk.end(); !end) return failed("read tenants", end.error());
        return write();
    }

    Result<void> seal_tenant_row(TenantId id, std::string_view value) {
        const auto row = decode_tenant(value);
        if (row && row->identity) {
            tenants_[id].sealer = keys_.new_tenant(id);
            put(Table::state, tenant_key(id),
                seal_tenant({*row->identity, row->proven, row->first_seen, tenants_[id].sealer->key()}, id, keys_));
            return {};
        }
        const auto opened = open_tenant(value, id, keys_);
        if (!opened) return failed("the row of tenant " + std::to_string(id.number) + " is damaged");
        tenants_[id].sealer = keys_.tenant(id, opened->key);
        return {};
    }

    /// In pieces: a walk that stays open keeps the files it reads.
    Result<void> seal_records() {
        std::string from;
        for (bool more = true; more;) {
            const std::string begin = from;
            Walk walk = store_.walk(Table::records);
            Record record;
            std::uint64_t bytes = 0;
            for (walk.seek(begin); walk.valid() && bytes < limits_.rewrite_bytes; walk.next()) {
                bytes += seal_record(walk.key(), walk.value(), record);
                from = std::string(walk.key()) + '\0';
                if (auto written = write_if_much(); !written) return written;
            }
            more = walk.valid();
            if (auto end = walk.end(); !more && !end) return failed("read deliveries", end.error());
            if (auto written = write(); !written) return written;
            walk = store_.walk(Table::records);  // lets go of the files
            if (auto rewritten = store_.rewrite(Table::records, begin, from); !rewritten) return rewritten;
            if (more) log_info("sealing goes on", {{"deliveries", records_}});
        }
        return {};
    }

    /// Gives how many bytes it wrote.
    std::uint64_t seal_record(std::string_view key, std::string_view value, Record& record) {
        const auto place = record_key_of(key);
        const auto owner = place ? tenants_.find(place->tenant) : tenants_.end();
        // A record that cannot be understood is found, and told, by whoever reads its queue.
        if (!place || !decode_record(value, record)) return 0;
        if (owner == tenants_.end() || !owner->second.sealer) {
            orphans_ += record.sealed ? 0 : 1;
            return 0;
        }
        if (place->sequence < owner->second.cursor) {
            changes_.erase(Table::records, key);
            waiting_bytes_ += key.size();
            return 0;
        }
        // The sums in front of a record count what the sealed ones before it take.
        const bool goes_on = behind_of_ == place->tenant && behind_ == place->sequence;
        if (goes_on) record.header.before.stored = stored_;
        std::uint64_t bytes = value.size();
        if (!record.sealed) {
            std::string sealed = encode(record.header);
            if (!record.header.line_bytes.empty()) sealed += seal_packed_lines(record.payload, *owner->second.sealer);
            bytes = sealed.size();
            put(Table::records, key, sealed);
            ++records_;
        }
        behind_of_ = place->tenant;
        behind_ = Sequence{place->sequence.number + 1};
        stored_ = record.header.before.stored + key.size() + bytes;
        return record.sealed ? 0 : bytes;
    }

    Result<void> seal_letters() {
        Walk walk = store_.walk(Table::letters);
        for (walk.seek_to_first(); walk.valid(); walk.next()) {
            const auto id = number_of(walk.key());
            auto row = decode_letter(walk.value());
            if (!id || !row) return failed("a dead letter is damaged");
            if (!row->sealed.empty()) continue;
            const auto owner = tenants_.find(row->tenant);
            if (owner == tenants_.end() || !owner->second.sealer) {
                ++orphans_;
                continue;
            }
            const auto body = store_.get(Table::bodies, walk.key());
            if (!body) return failed("read the body of dead letter " + std::to_string(*id), body.error());
            put(Table::letters, walk.key(), seal_letter(*id, *row, *owner->second.sealer));
            if (*body) put(Table::bodies, walk.key(), seal_packed_body(*id, **body, *owner->second.sealer));
            ++letters_;
            if (auto written = write_if_much(); !written) return written;
        }
        if (auto end = walk.end(); !end) return failed("read dead letters", end.error());
        return write();
    }

    Result<void> rewrite_tables() {
        for (const Table table : {Table::letters, Table::bodies}) {
            if (auto rewritten = store_.rewrite(table, {}, {}); !rewritten) return rewritten;
        }
        return {};
    }

    void put(Table table, std::string_view key, std::string_view value) {
        changes_.put(table, key, value);
        waiting_bytes_ += key.size() + value.size();
    }
    Result<void> write_if_much() { return waiting_bytes_ < limits_.commit_bytes ? Result<void>{} : write(); }
    Result<void> write() {
        waiting_bytes_ = 0;
        if (changes_.empty()) return {};
        const auto written = store_.commit(changes_);
        changes_.clear();
        if (!written) return tl::unexpected(written.error().error);
        return {};
    }

    Store& store_;
    const Keyring& keys_;
    const ConversionLimits limits_;
    Changes changes_;
    std::uint64_t waiting_bytes_ = 0;
    std::unordered_map<TenantId, Known> tenants_;
    std::uint64_t records_ = 0;
    std::uint64_t letters_ = 0;
    std::uint64_t orphans_ = 0;

    // What stands in front of the next record of the queue at hand.
    TenantId behind_of_;
    Sequence behind_;
    std::uint64_t stored_ = 0;
};

}  // namespace

Result<void> seal_plain_values(Store& store, const Keyring& keys, ConversionLimits limits) {
    return Conversion(store, keys, limits).run();
}

}  // namespace hookline::spool
