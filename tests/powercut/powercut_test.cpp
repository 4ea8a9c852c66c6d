// Power cuts: at any moment, whatever of the unsynced the disk then holds, the spool opens and holds what it had
// acknowledged. And flipped bits: noticed or harmless, never a silent loss.
//
// HOOKLINE_POWERCUT_CUTS and HOOKLINE_POWERCUT_FLIPS set how many of each mixture are tried (./test --long powercut);
// with HOOKLINE_POWERCUT_TELL each bit is named before it is flipped, for one that ends the process.

#include <cstdlib>
#include <iostream>

#include "powercut/play.h"
#include "spool/salvage.h"

namespace hookline::powercut {
namespace {

unsigned number_from(const char* variable, unsigned otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

/// Answers every sync without doing it: for opening many images quickly.
std::shared_ptr<Recorder> unsynced_files(const std::filesystem::path& directory) {
    return std::make_shared<Recorder>(directory.string());
}

Disk disk_at(const std::vector<Entry>& diary, std::size_t cut) {
    Disk disk;
    for (std::size_t at = 0; at < cut; ++at) disk.apply(diary[at]);
    return disk;
}

struct Figures {
    unsigned cuts = 0;
    unsigned in_recovery = 0;
    unsigned under_way = 0;  ///< in the middle of a commit
    std::vector<std::string> wrong;
};

/// A cut, and for some of them another one while the spool recovers from the first.
void cut_and_judge(const Play& play, std::size_t cut, std::mt19937_64& chance, Figures& figures) {
    const Fate fate = every_fate[chance() % std::size(every_fate)];
    const Image image = disk_at(play.diary(), cut).cut(fate, chance);
    const auto possible = play.possible(cut);
    const test::TempDirectory room;
    const std::filesystem::path first = room / "first";
    write_image(image, first);
    ++figures.cuts;
    if (possible.size() > 1) ++figures.under_way;
    const auto told = [&](const std::string& wrong, const char* when) {
        if (wrong.empty()) return;
        figures.wrong.push_back("cut at " + std::to_string(cut) + " of " + std::to_string(play.diary().size()) + ", " +
                                name_of(fate) + when + ": " + wrong);
    };
    const auto recovery = unsynced_files(first);
    const Judgement judgement = judge(first, possible, recovery);
    told(judgement.wrong, "");
    if (chance() % 4 != 0 || judgement.opened == 0) return;

    Disk disk;
    disk.begin(image);
    const std::size_t again = chance() % (judgement.opened + 1);
    for (std::size_t at = 0; at < again; ++at) disk.apply(recovery->diary()[at]);
    const Fate second_fate = every_fate[chance() % std::size(every_fate)];
    const std::filesystem::path second = room / "second";
    write_image(disk.cut(second_fate, chance), second);
    ++figures.in_recovery;
    told(judge(second, possible, unsynced_files(second)).wrong,
         (std::string(", and at ") + std::to_string(again) + " of its recovery, " + name_of(second_fate)).c_str());
}

Figures cut_often(const Mixture& mixture, std::uint64_t seed, unsigned steps, unsigned cuts,
                  const std::string& skipped_syncs = {}) {
    Play play(mixture, seed, skipped_syncs);
    play.run(steps);
    std::mt19937_64 chance(seed + 1);
    Figures figures;
    for (unsigned count = 0; count < cuts; ++count) {
        cut_and_judge(play, chance() % (play.diary().size() + 1), chance, figures);
    }
    return figures;
}

TEST(PowerCut, WhateverTheDiskHoldsAfterItTheSpoolOpensAndHoldsWhatItAcknowledged) {
    const unsigned cuts = number_from("HOOKLINE_POWERCUT_CUTS", 60);
    Figures all;
    for (const Mixture& mixture : mixtures) {
        // In pieces, so that more cuts also mean other histories.
        for (unsigned done = 0; done < cuts; done += 60) {
            const Figures some = cut_often(mixture, 1 + done, 70, std::min(60U, cuts - done));
            all.cuts += some.cuts;
            all.in_recovery += some.in_recovery;
            all.under_way += some.under_way;
            for (const std::string& wrong : some.wrong) {
                ADD_FAILURE() << mixture.name << ", seed " << 1 + done << ": " << wrong;
            }
        }
    }
    std::cout << "power cuts: " << all.cuts << ", of them within a commit " << all.under_way
              << "; once more while recovering: " << all.in_recovery << "\n";
    EXPECT_GT(all.under_way, 0U);
    EXPECT_GT(all.in_recovery, 0U);
}

TEST(PowerCut, ASyncThatIsLeftOutIsNoticed) {
    // Of the log, of tables, of the list of files, and of the directory: each is needed.
    for (const char* left_out : {".log", ".sst", "MANIFEST", "/"}) {
        unsigned wrong = 0;
        for (std::uint64_t seed = 1; seed <= 6 && wrong == 0; ++seed) {
            wrong += static_cast<unsigned>(cut_often(mixtures[4], seed, 70, 40, left_out).wrong.size());
        }
        EXPECT_GT(wrong, 0U) << left_out;
    }
}

/// What came of one flipped bit.
enum class Flip { refused, read_error, harmless, last_write, wrong };

/// A salvage of a spool that does not start: what is wrong with it, if anything.
std::string salvage_and_judge(const std::filesystem::path& directory, const Play& play) {
    spool::SalvageOptions options;
    options.directory = directory;
    const auto report = spool::salvage(options);
    if (!report) return "it cannot be salvaged: " + report.error().message;
    SpoolHouseAt house(directory, unsynced_files(directory));
    if (auto opened = house.try_open(); !opened) return "it does not open after a salvage: " + opened.error().message;
    const auto found = read_ledger(house, play.last());
    if (!found) return "it cannot be read after a salvage: " + found.error().message;
    const spool::SurveyedTable& of_state = report->survey.tables.at(static_cast<std::size_t>(spool::Table::state));
    std::size_t missing = 0;
    for (const auto& [token, queue] : play.last().queues) {
        const auto& saved = found->queues.at(token).waiting;
        for (const std::string& line : queue.waiting)
            if (std::find(saved.begin(), saved.end(), line) == saved.end()) ++missing;
        // What was settled may come back only where it is not known any more how far that went.
        for (const std::string& line : saved)
            if (!report->rebuilt && !report->survey.log_damaged && !of_state.unreadable && !of_state.damaged &&
                std::find(queue.waiting.begin(), queue.waiting.end(), line) == queue.waiting.end())
                return "a salvage brings back what had been settled, or was another's: " + line;
    }
    for (const auto& [uuid, body] : play.last().letters)
        if (!found->letters.contains(uuid)) ++missing;
    const spool::Survey& survey = report->survey;
    const bool told =
        survey.lost_deliveries() > 0 || survey.nameless_letters > 0 || survey.log_damaged ||
        std::any_of(survey.tenants.begin(), survey.tenants.end(), [](const spool::SurveyedTenant& tenant) {
            return tenant.lost_letters > 0 || tenant.label.empty();
        });
    return missing == 0 || told
               ? ""
               : std::to_string(missing) + " lines or letters are lost in a salvage that does not say so";
}

Flip flip_and_judge(Image image, const std::string& name, std::size_t at, unsigned bit, const Play& play,
                    std::string& why) {
    if (std::getenv("HOOKLINE_POWERCUT_TELL") != nullptr) {
        std::cerr << "flipping bit " << bit << " of byte " << at << " of " << image[name].size() << " in " << name
                  << "\n";
    }
    image[name][at] = static_cast<char>(image[name][at] ^ static_cast<char>(1U << bit & 0xffU));
    const test::TempDirectory room;
    const std::filesystem::path directory = room / "spool";
    write_image(image, directory);
    SpoolHouseAt house(directory, unsynced_files(directory));
    if (auto opened = house.try_open(); !opened) {
        why = opened.error().message;
        house.spool.reset();
        // A third of them, which take longer than all the rest. What is sealed with a key that is gone cannot be saved,
        // and what seems to be of a newer version is left alone.
        const bool is_tried = at % 3 == 0 && name != "spool.key" && name != "FORMAT";
        const std::string wrong = is_tried ? salvage_and_judge(directory, play) : "";
        EXPECT_EQ(wrong, "") << name << ", byte " << at << ", bit " << bit << ": " << why;
        return Flip::refused;
    }
    const Ledger& last = play.last();
    const auto found = read_ledger(house, last);
    if (!found) return Flip::read_error;
    if (*found == last) return Flip::harmless;
    // Damage to the very last write looks like a power cut in it (docs/spool-format.md).
    const Ledger& before = *play.possible(play.last_begun()).front();
    Ledger shortened = *found;
    for (auto& [token, queue] : shortened.queues) {
        const auto there = before.queues.find(token);
        if (there == before.queues.end()) continue;
        queue.last_uuid = there->second.last_uuid;
        queue.last_said = there->second.last_said;
    }
    if (name.ends_with(".log") && shortened == before) return Flip::last_write;
    for (const auto& [token, queue] : found->queues) {
        why += " " + token.substr(0, 1) + " " + std::to_string(queue.waiting.size()) + "/" +
               std::to_string(last.queues.at(token).waiting.size());
    }
    why += ", letters " + std::to_string(found->letters.size()) + "/" + std::to_string(last.letters.size());
    return Flip::wrong;
}

TEST(BitFlip, IsNoticedOrHarmlessNeverASilentLoss) {
    const unsigned flips = number_from("HOOKLINE_POWERCUT_FLIPS", 60);
    unsigned counts[5] = {};
    for (const Mixture& mixture : mixtures) {
        for (unsigned done = 0; done < flips; done += 60) {
            const std::uint64_t seed = 101 + done + static_cast<std::uint64_t>(&mixture - mixtures);
            Play play(mixture, seed);
            std::mt19937_64 chance(seed);
            play.run(60, chance() % 2 == 0 ? Play::End::killed : Play::End::closed);
            const Image image = disk_at(play.diary(), play.diary().size()).cut(Fate::kept, chance);
            std::vector<std::string> names;
            std::vector<std::string> lists;  // small, and everything hangs on them
            for (const auto& [name, bytes] : image) {
                if (!bytes.empty()) names.push_back(name);
                if (name.starts_with("MANIFEST-") || name == "CURRENT") lists.push_back(name);
            }
            for (unsigned count = 0; count < std::min(60U, flips - done); ++count) {
                const auto& among = chance() % 4 == 0 ? lists : names;
                const std::string& name = among[chance() % among.size()];
                const std::string& bytes = image.at(name);
                // The ends of files are where their meaning is.
                const std::size_t size = bytes.size();
                const std::size_t at =
                    chance() % 3 == 0 ? size - 1 - chance() % std::min<std::size_t>(size, 100) : chance() % size;
                const auto bit = static_cast<unsigned>(chance() % 8);
                std::string why;
                const Flip flip = flip_and_judge(image, name, at, bit, play, why);
                ++counts[static_cast<unsigned>(flip)];
                EXPECT_NE(flip, Flip::wrong) << mixture.name << ", seed " << seed << ": bit " << bit << " of byte "
                                             << at << " of " << size << " in " << name << ":" << why;
            }
        }
    }
    std::cout << "flipped bits: " << counts[0] << " refused the start, " << counts[1] << " were read errors, "
              << counts[2] << " harmless, " << counts[3] << " in the last write\n";
    EXPECT_GT(counts[0], 0U);
}

/// Where records begin in a file of RocksDB's log format: 7 bytes of checksum, length and kind, then the payload.
std::vector<std::size_t> record_places(const std::string& bytes) {
    constexpr std::size_t block_bytes = 32 * 1024;
    constexpr std::size_t header_bytes = 7;
    std::vector<std::size_t> places;
    for (std::size_t at = 0; at + header_bytes <= bytes.size();) {
        if (block_bytes - at % block_bytes < header_bytes) {
            at += block_bytes - at % block_bytes;
            continue;
        }
        places.push_back(at);
        const auto low = static_cast<unsigned char>(bytes[at + 4]);
        const auto high = static_cast<unsigned char>(bytes[at + 5]);
        at += header_bytes + low + 256U * high;
    }
    return places;
}

TEST(BitFlip, InTheHeadsOfTheManifestIsNoticed) {
    // A length that points behind the file's end looks like a record that a power cut tore; but the logs from before it
    // are gone.
    const unsigned flips = number_from("HOOKLINE_POWERCUT_FLIPS", 60);
    unsigned counts[5] = {};
    Play play(mixtures[4], 7);
    play.run(60, Play::End::closed);
    std::mt19937_64 chance(7);
    const Image image = disk_at(play.diary(), play.diary().size()).cut(Fate::kept, chance);
    std::string name = image.at("CURRENT");
    name.pop_back();
    constexpr unsigned no_bit = 8;
    std::string without;
    ASSERT_EQ(flip_and_judge(image, name, 0, no_bit, play, without), Flip::harmless) << without;
    const std::vector<std::size_t> places = record_places(image.at(name));
    ASSERT_GT(places.size(), 5U);
    for (unsigned count = 0; count < flips; ++count) {
        // The later ones are what a torn end could be mistaken for.
        const std::size_t back = chance() % std::min<std::size_t>(places.size(), 8);
        const std::size_t at = places[places.size() - 1 - back] + chance() % 7;
        const auto bit = static_cast<unsigned>(chance() % 8);
        std::string why;
        const Flip flip = flip_and_judge(image, name, at, bit, play, why);
        ++counts[static_cast<unsigned>(flip)];
        if (std::getenv("HOOKLINE_POWERCUT_TELL") != nullptr) std::cerr << why << "\n";
        EXPECT_NE(flip, Flip::wrong) << "bit " << bit << " of byte " << at << ", record " << back << " from the end of "
                                     << places.size() << ":" << why;
    }
    std::cout << "flipped bits in the manifest: " << counts[0] << " refused the start, " << counts[1]
              << " were read errors, " << counts[2] << " harmless\n";
}

}  // namespace
}  // namespace hookline::powercut
