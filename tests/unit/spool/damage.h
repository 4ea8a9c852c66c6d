#pragma once
// Spools that were killed, and ways to damage their files.

#include <fstream>

#include "spool_house.h"

namespace hookline::spool {

/// The newest log of a spool that holds anything.
inline Path log_of(const Path& directory) {
    Path newest;
    for (const auto& file : std::filesystem::directory_iterator(directory)) {
        if (file.path().extension() == ".log" && file.file_size() > 0) newest = std::max(newest, file.path());
    }
    check(!newest.empty(), "there is no log");
    return newest;
}

inline void write_at(const Path& path, std::uint64_t at, const std::string& bytes) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(at));
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline void flip_bit(const Path& path, std::uint64_t at, unsigned bit = 4) {
    const std::string content = *read_file(path, std::size_t{1} << 30);
    write_at(path, at, std::string(1, static_cast<char>(static_cast<unsigned>(content.at(at)) ^ bit)));
}

/// A killed spool of so many synced deliveries of about 2 kB.
struct KilledHouse : SpoolHouse {
    explicit KilledHouse(int deliveries) {
        open();
        id = tenant();
        for (int count = 0; count < deliveries; ++count) {
            append(id, {"event-" + std::to_string(count)}, std::string(2000, static_cast<char>('a' + count % 26)));
        }
        kill_and_move();
        log = log_of(options.directory);
    }
    TenantId id;
    Path log;
};

}  // namespace hookline::spool
