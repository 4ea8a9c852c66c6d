// Power cuts while a spool gets another key: at any moment, whatever of the unsynced the disk then holds, the key that
// opens everything is there.

#include "spool/rotation.h"

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>

#include "powercut/play.h"

namespace hookline::powercut {
namespace {

using testing::ElementsAre;

Image image_of(const std::filesystem::path& directory) {
    Image image;
    for (const auto& file : std::filesystem::directory_iterator(directory)) {
        if (!file.is_regular_file()) continue;
        std::ifstream in(file.path(), std::ios::binary);
        image[file.path().filename().string()] = std::string(std::istreambuf_iterator<char>(in), {});
    }
    return image;
}

TEST(PowerCut, WhileASpoolGetsAnotherKeyTheOneThatOpensItIsThere) {
    spool::SpoolHouse house;
    house.open();
    house.append(house.tenant(), {"before"});
    house.spool.reset();
    Disk disk;
    disk.begin(image_of(house.options.directory));
    const auto recorder = std::make_shared<Recorder>(house.options.directory.string());
    const auto report = spool::rotate_key({house.options.directory, {}, {}, recorder, {}});
    ASSERT_TRUE(report) << report.error().message;

    std::mt19937_64 chance(1);
    const std::vector<Entry>& diary = recorder->diary();
    for (std::size_t cut = 0; cut <= diary.size(); ++cut) {
        if (cut > 0) disk.apply(diary[cut - 1]);
        for (const Fate fate : {Fate::gone, every_fate[chance() % std::size(every_fate)]}) {
            const test::TempDirectory room;
            const std::filesystem::path left = room / "spool";
            write_image(disk.cut(fate, chance), left);
            SpoolHouseAt found(left, std::make_shared<Recorder>(left.string()));
            const auto opened = found.try_open();
            ASSERT_TRUE(opened) << "cut at " << cut << " of " << diary.size() << ", " << name_of(fate) << ": "
                                << opened.error().message;
            EXPECT_THAT(found.lines(found.tenant()), ElementsAre(spool::line_of("before"))) << cut;
        }
    }
}

}  // namespace
}  // namespace hookline::powercut
