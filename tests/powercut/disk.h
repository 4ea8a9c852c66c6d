#pragma once
// The disk as a power cut may legally have left it, rebuilt from a recorder's diary. What was synced is there whole, by
// content and by name. Of what was not: bytes are there or not by sectors of 512, in any order, so that a file may be
// short, torn, or hold zeros where something behind is there already. Names change in the order in which they were
// changed, up to any of them: so the journals of ext4, XFS and btrfs do it, and RocksDB relies on that between making a
// manifest and renaming CURRENT. Values; one thread.

#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "powercut/recorder.h"

namespace hookline::powercut {

/// How a cut treats what was not synced.
enum class Fate {
    gone,     ///< all of it
    kept,     ///< none: as after kill -9
    torn,     ///< a front part of each file, to a sector's end; the first so many names
    shuffled  ///< any sectors; the first so many names
};
inline constexpr Fate every_fate[] = {Fate::gone, Fate::kept, Fate::torn, Fate::shuffled};
const char* name_of(Fate fate);

/// Files by name.
using Image = std::map<std::string, std::string>;

/// Follows a diary forward; an image can be taken at each step.
class Disk {
 public:
    /// Files that were there before the diary begins, all of them safe.
    void begin(const Image& image);
    void apply(const Entry& entry);
    [[nodiscard]] Image cut(Fate fate, std::mt19937_64& chance) const;

 private:
    struct File {
        std::string written;
        std::size_t synced = 0;
    };
    struct NameChange {
        std::string name;
        std::uint64_t file = 0;  ///< 0: the name goes
        std::string also_gone;   ///< the old name of a renamed file: both happen, or neither
    };
    static std::string content(const File& file, Fate fate, std::mt19937_64& chance);
    static void change(std::map<std::string, std::uint64_t>& names, const NameChange& change);

    std::map<std::uint64_t, File> files_;
    std::map<std::string, std::uint64_t> synced_names_;
    std::map<std::string, std::uint64_t> names_;
    std::vector<NameChange> pending_;
};

void write_image(const Image& image, const std::filesystem::path& directory);

}  // namespace hookline::powercut
