// Nothing is lost without a word: over many made-up events and limits so small that every guard has to work, each leaf
// is in the line, in its place or in hookline.folded or hookline.original, or else the line says that it was cut.
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "line_support.h"

namespace hookline::logzio {
namespace {

constexpr LineLimits small{.line_bytes_max = 10'000, .string_characters_max = 256, .fields_max = 50, .levels_max = 3};

/// Makes events whose leaves can all be told apart.
class EventMaker {
 public:
    explicit EventMaker(unsigned seed) : chance_(seed) {}

    std::string event(std::size_t members) {
        leaves_.clear();
        return object(members, 1);
    }
    /// A text for each leaf that is in no other.
    [[nodiscard]] const std::vector<std::string>& leaves() const { return leaves_; }

 private:
    std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(chance_); }

    std::string leaf() {
        const std::string mark = "leaf" + std::to_string(leaves_.size()) + "x";
        leaves_.push_back(mark);
        if (below(20) == 0) return '"' + mark + std::string(below(200), 'y') + '"';
        return '"' + mark + '"';
    }

    std::string key() {
        static constexpr std::string_view odd[] = {"type",    "message", "a.b", "",     "_id",
                                                   "eventId", "k0",      "k0",  "tags", "\\u006b0"};
        if (below(10) == 0) return std::string(odd[below(std::size(odd))]);
        return "k" + std::to_string(below(60));
    }

    std::string value(std::size_t level) {
        const std::size_t kind = below(level < 7 ? 10 : 6);
        if (kind < 6) return leaf();
        if (kind < 8) return object(below(9), level + 1);
        std::string out = "[";
        for (std::size_t left = below(12); left > 0; --left) out += value(level + 1) + (left > 1 ? ", " : "");
        return out + "]";
    }

    std::string object(std::size_t members, std::size_t level) {
        std::string out = "{";
        for (std::size_t left = members; left > 0; --left)
            out += '"' + key() + "\":" + value(level) + (left > 1 ? "," : "");
        return out + "}";
    }

    std::mt19937 chance_;
    std::vector<std::string> leaves_;
};

TEST(LineProperty, EachLeafIsInTheLineOrTheLineSaysThatItWasCut) {
    std::size_t cut = 0;
    std::size_t whole = 0;
    for (unsigned seed = 0; seed < 300; ++seed) {
        EventMaker maker(seed);
        const std::string event = maker.event(1 + seed % 25);
        for (const Shape shape : {Shape::hookline, Shape::reference}) {
            const Built built = build(delivered(event), shape, small);
            std::size_t missing = 0;
            for (const std::string& leaf : maker.leaves())
                missing += built.text.find(leaf) == std::string::npos ? 1U : 0U;
            ASSERT_EQ(missing > 0, built.line.cut) << "seed " << seed << ": " << event << "\n" << built.text;
            ++(built.line.cut ? cut : whole);
        }
    }
    // Both happen often enough to mean something.
    EXPECT_GT(cut, 50U);
    EXPECT_GT(whole, 50U);
}

TEST(LineProperty, TheQuickWayAndTheCarefulWayWriteTheSame) {
    // White space between tokens leads to the careful way.
    std::size_t compared = 0;
    for (unsigned seed = 0; seed < 300; ++seed) {
        EventMaker maker(seed);
        const std::string event = maker.event(1 + seed % 12);
        std::string compact;
        append_compact_json(compact, event);
        const std::string spaced = "{ " + compact.substr(1);
        const Built quick = build(delivered(compact));
        EXPECT_EQ(quick.text, build(delivered(spaced)).text);
        compared += quick.guards().empty() ? 1U : 0U;  // else both went the careful way
    }
    EXPECT_GT(compared, 30U);
}

}  // namespace
}  // namespace hookline::logzio
