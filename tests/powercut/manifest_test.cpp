// Power cuts while RocksDB's list of files is being written: it may be torn at its end, as the log may be.

#include <map>

#include <gtest/gtest.h>

#include "base/file.h"
#include "powercut/play.h"
#include "spool/verify.h"

namespace hookline::powercut {
namespace {

/// Follows the appends of a diary.
class Lists {
 public:
    /// Whether this entry of a list of files lies in more than one sector, so that a part of it can be missing.
    bool crosses(const Entry& entry) {
        if (entry.kind == Entry::Kind::create && entry.name.starts_with("MANIFEST-")) bytes_[entry.file] = 0;
        const auto list = bytes_.find(entry.file);
        if (entry.kind != Entry::Kind::append || list == bytes_.end()) return false;
        const std::size_t from = list->second;
        list->second += entry.bytes.size();
        return from / 512 != (list->second - 1) / 512;
    }

 private:
    std::map<std::uint64_t, std::size_t> bytes_;  ///< by number of the file
};

TEST(PowerCut, WhenTheListOfFilesIsTornAtItsEndItOpensAllTheSame) {
    unsigned cuts = 0;
    for (const Mixture& mixture : {mixtures[0], mixtures[1]}) {
        Play play(mixture, 721);
        play.run(70);
        std::mt19937_64 chance(1);
        Disk disk;
        Lists lists;
        for (std::size_t at = 0; at < play.diary().size(); ++at) {
            disk.apply(play.diary()[at]);
            if (!lists.crosses(play.diary()[at])) continue;
            for (unsigned time = 0; time < 4; ++time) {
                const test::TempDirectory room;
                const std::filesystem::path left = room / "spool";
                const Image image = disk.cut(Fate::shuffled, chance);
                write_image(image, left);
                ++cuts;
                EXPECT_TRUE(spool::verify(left)->fine()) << mixture.name << ", cut at " << at + 1;
                for (const auto& [name, bytes] : image) EXPECT_EQ(read_file(left / name).value(), bytes) << name;
                const Judgement judgement =
                    judge(left, play.possible(at + 1), std::make_shared<Recorder>(left.string()));
                EXPECT_EQ(judgement.wrong, "") << mixture.name << ", cut at " << at + 1;
            }
        }
    }
    EXPECT_GT(cuts, 20U);
}

}  // namespace
}  // namespace hookline::powercut
