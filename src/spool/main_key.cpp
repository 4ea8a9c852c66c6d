#include "spool/main_key.h"

#include <vector>

#include <rocksdb/env.h>

#include "base/hash.h"
#include "base/log.h"
#include "spool/changes.h"
#include "spool/format.h"
#include "spool/sealed_rows.h"

namespace hookline::spool {
namespace {

std::string text_of(const SealKey& key) {
    const std::string_view bytes = key.reveal();
    return hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}) + "\n";
}

std::string rotate_command(const Path& directory) {
    return "`hookline spool rotate-key --spool " + directory.string() + " --new-key-file FILE`";
}

tl::unexpected<Error> wrong_key(const Path& directory, std::string_view wanted, const SealKey& given,
                                const std::string& whose) {
    return failed(directory.string() + " is sealed with key " + std::string(wanted) + ", and " + whose + " is " +
                  given.id() + ": give the key it was sealed with; to change keys, give the old one and run " +
                  rotate_command(directory));
}

/// The key that a store says it is sealed with.
Result<SealKey> find_named(std::string_view id, rocksdb::FileSystem& files, const Path& directory,
                           const std::optional<SealKey>& given) {
    if (given) {
        if (given->id() == id) return *given;
        return wrong_key(directory, id, *given, "the one that was given (spool.key_file or spool.key)");
    }
    const auto made = read_key(files, directory, made_key_name);
    if (!made) return tl::unexpected(made.error());
    if (*made && (*made)->id() == id) {
        // A rotation ended before anything was sealed with the next key.
        if (auto deleted = delete_key(files, directory, next_key_name); !deleted)
            return tl::unexpected(deleted.error());
        return **made;
    }
    if (const auto next = read_key(files, directory, next_key_name); next && *next && (*next)->id() == id) {
        if (auto taken = take_next_key(files, directory); !taken) return tl::unexpected(taken.error());
        log_info("an interrupted change of the spool's key is complete", {{"key", id}});
        return **next;
    }
    const std::string path = (directory / made_key_name).string();
    if (*made) return wrong_key(directory, id, **made, "the one in " + path);
    return failed(directory.string() + " is sealed with key " + std::string(id) + ", and there is no " + path +
                  ": put that file back, or name the one that holds the key with spool.key_file; without it nobody "
                  "can read what is in the spool");
}

struct SealedTenantRow {
    TenantId id;
    std::string value;
};

Result<std::optional<SealedTenantRow>> first_sealed_tenant(const Store& store) {
    Walk walk = store.walk(Table::state);
    for (walk.seek(tenant_prefix); walk.valid(); walk.next()) {
        const auto id = tenant_of_key(tenant_prefix, walk.key());
        const auto row = decode_tenant(walk.value());
        if (id && row && !row->sealed.empty()) return SealedTenantRow{*id, std::string(walk.value())};
    }
    if (auto end = walk.end(); !end) return failed("read tenants", end.error());
    return std::nullopt;
}

/// For a new or plain store; or for one that has lost the row that names its key, when the key opens it.
Result<SealKey> find_unnamed(const Store& store, rocksdb::FileSystem& files, const Path& directory,
                             const std::optional<SealKey>& given) {
    const auto sealed = first_sealed_tenant(store);
    if (!sealed) return tl::unexpected(sealed.error());
    const auto made = given ? Result<std::optional<SealKey>>(given) : read_key(files, directory, made_key_name);
    if (!made) return tl::unexpected(made.error());
    if (*sealed) {
        if (*made && open_tenant((*sealed)->value, (*sealed)->id, Keyring(**made))) return **made;
        return failed(directory.string() + " is sealed, it no longer says with which key, and " +
                      (*made ? "key " + (*made)->id() + " does not open it" : "there is no key") +
                      ": name the file that holds the right one with spool.key_file");
    }
    if (*made) return **made;
    SealKey key = SealKey::random();
    if (auto written = write_key(files, directory, made_key_name, key); !written)
        return tl::unexpected(written.error());
    return key;
}

}  // namespace

Result<SealKey> find_main_key(const Store& store, rocksdb::FileSystem& files, const Path& directory,
                              const std::optional<SealKey>& given) {
    const auto value = store.get(Table::state, main_key_key);
    if (!value) return failed("read which key the spool has", value.error());
    if (!*value) return find_unnamed(store, files, directory, given);
    const auto row = decode_main_key(**value);
    if (!row) return failed("the row that says which key the spool has is damaged");
    auto key = find_named(row->id, files, directory, given);
    if (key && !is_of_main_key(**value, Keyring(*key)))
        return failed("the row that says which key the spool has is damaged");
    return key;
}

std::unique_ptr<Keyring> find_keys(const Store& store, rocksdb::FileSystem& files, const Path& directory,
                                   const std::optional<SealKey>& given) {
    const auto named = store.get(Table::state, main_key_key);
    const auto tenant = first_sealed_tenant(store);
    const auto fits = [&](const Keyring& keys) {
        if (named && *named && is_of_main_key(**named, keys)) return true;
        return tenant && *tenant && open_tenant((*tenant)->value, (*tenant)->id, keys).has_value();
    };
    std::vector<SealKey> candidates;
    if (given) candidates.push_back(*given);
    for (const std::string_view name : {made_key_name, next_key_name}) {
        const auto key = read_key(files, directory, name);
        if (key && *key) candidates.push_back(**key);
    }
    for (const SealKey& key : candidates) {
        auto keys = std::make_unique<Keyring>(key);
        if (fits(*keys)) return keys;
    }
    return nullptr;
}

Result<std::optional<SealKey>> read_key(rocksdb::FileSystem& files, const Path& directory, std::string_view name) {
    const std::string path = (directory / name).string();
    if (!files.FileExists(path, {}, nullptr).ok()) return std::nullopt;
    std::string text;
    const auto status = rocksdb::ReadFileToString(&files, path, &text);
    if (!status.ok()) return failed("read " + path + ": " + status.ToString());
    auto key = SealKey::from_hex(text);
    wipe(text);
    if (!key) return failed(path + " holds no key: expected 64 hexadecimal digits on one line");
    return key;
}

Result<void> write_key(rocksdb::FileSystem& files, const Path& directory, std::string_view name, const SealKey& key) {
    std::string text = text_of(key);
    auto written = replace_file(files, directory, name, text);
    wipe(text);
    return written;
}

Result<void> take_next_key(rocksdb::FileSystem& files, const Path& directory) {
    return rename_file(files, directory, next_key_name, made_key_name);
}

Result<void> delete_key(rocksdb::FileSystem& files, const Path& directory, std::string_view name) {
    const std::string path = (directory / name).string();
    if (!files.FileExists(path, {}, nullptr).ok()) return {};
    if (auto deleted = result_of("delete " + path, files.DeleteFile(path, {}, nullptr)); !deleted) return deleted;
    return sync_directory(files, directory);
}

}  // namespace hookline::spool
