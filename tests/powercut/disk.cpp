#include "powercut/disk.h"

#include <algorithm>
#include <fstream>

namespace hookline::powercut {
namespace {

constexpr std::size_t sector_bytes = 512;

bool toss(std::mt19937_64& chance) { return (chance() & 1U) != 0; }

}  // namespace

const char* name_of(Fate fate) {
    switch (fate) {
        case Fate::gone:
            return "gone";
        case Fate::kept:
            return "kept";
        case Fate::torn:
            return "torn";
        case Fate::shuffled:
            break;
    }
    return "shuffled";
}

void Disk::change(std::map<std::string, std::uint64_t>& names, const NameChange& change) {
    if (!change.also_gone.empty()) names.erase(change.also_gone);
    if (change.file == 0) {
        names.erase(change.name);
    } else {
        names[change.name] = change.file;
    }
}

void Disk::begin(const Image& image) {
    std::uint64_t number = UINT64_MAX;  // a diary counts upward
    for (const auto& [name, bytes] : image) {
        files_[number] = {bytes, bytes.size()};
        synced_names_[name] = names_[name] = number--;
    }
}

void Disk::apply(const Entry& entry) {
    const auto note = [&](NameChange one) {
        change(names_, one);
        pending_.push_back(std::move(one));
    };
    switch (entry.kind) {
        case Entry::Kind::create:
            files_[entry.file] = {};
            note({entry.name, entry.file, {}});
            break;
        case Entry::Kind::append:
            files_[entry.file].written += entry.bytes;
            break;
        case Entry::Kind::truncate: {
            File& file = files_[entry.file];
            file.written.resize(entry.size);
            file.synced = std::min(file.synced, file.written.size());
            break;
        }
        case Entry::Kind::sync: {
            File& file = files_[entry.file];
            file.synced = std::max<std::size_t>(file.synced, std::min<std::size_t>(entry.size, file.written.size()));
            break;
        }
        case Entry::Kind::rename:
            note({entry.name_after, names_[entry.name], entry.name});
            break;
        case Entry::Kind::remove:
            note({entry.name, 0, {}});
            break;
        case Entry::Kind::sync_directory:
            for (const NameChange& one : pending_) change(synced_names_, one);
            pending_.clear();
            break;
    }
}

std::string Disk::content(const File& file, Fate fate, std::mt19937_64& chance) {
    const std::string synced = file.written.substr(0, file.synced);
    if (fate == Fate::gone || file.synced == file.written.size()) return synced;
    if (fate == Fate::kept) return file.written;
    const std::size_t first = file.synced / sector_bytes;
    const std::size_t sectors = (file.written.size() + sector_bytes - 1) / sector_bytes - first;
    if (fate == Fate::torn) {
        const std::size_t upto = (first + chance() % (sectors + 1)) * sector_bytes;
        return file.written.substr(0, std::clamp(upto, file.synced, file.written.size()));
    }
    // The length the file system knows of may be ahead of the sectors that are there.
    const std::size_t length = file.synced + chance() % (file.written.size() - file.synced + 1);
    std::string torn = file.written.substr(0, length);
    for (std::size_t at = first * sector_bytes; at < length; at += sector_bytes) {
        if (toss(chance)) continue;
        const std::size_t from = std::max(at, file.synced);
        const std::size_t to = std::min(at + sector_bytes, length);
        std::fill(torn.begin() + static_cast<std::ptrdiff_t>(from), torn.begin() + static_cast<std::ptrdiff_t>(to),
                  '\0');
    }
    return torn;
}

Image Disk::cut(Fate fate, std::mt19937_64& chance) const {
    std::map<std::string, std::uint64_t> names = synced_names_;
    std::size_t upto = 0;
    if (fate == Fate::kept) upto = pending_.size();
    if (fate == Fate::torn || fate == Fate::shuffled) upto = chance() % (pending_.size() + 1);
    for (std::size_t at = 0; at < upto; ++at) change(names, pending_[at]);
    Image image;
    for (const auto& [name, number] : names) image[name] = content(files_.at(number), fate, chance);
    return image;
}

void write_image(const Image& image, const std::filesystem::path& directory) {
    std::filesystem::create_directories(directory);
    for (const auto& [name, bytes] : image) {
        std::ofstream(directory / name, std::ios::binary)
            .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
}

}  // namespace hookline::powercut
