// Which of N lines were refused, asked of a listener that only counts.

#include "ship/narrowing.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hookline::ship {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Narrowing::Lines all_of(std::size_t lines) {
    Narrowing::Lines order(lines);
    std::iota(order.begin(), order.end(), 0U);
    return order;
}

struct Asked {
    std::size_t requests = 0;
    std::vector<unsigned> sends;  ///< of each line, the bulk included
};
Asked ask_all(Narrowing& narrowing, std::size_t lines, const std::set<std::uint32_t>& bad) {
    Asked asked{0, std::vector<unsigned>(lines, 1)};
    while (const Narrowing::Lines* group = narrowing.group()) {
        ++asked.requests;
        std::size_t refused = 0;
        for (const std::uint32_t line : *group) {
            ++asked.sends[line];
            refused += bad.count(line);
        }
        narrowing.answered(refused);
    }
    return asked;
}

TEST(Narrowing, FindsExactlyTheRefusedLinesInThreeSendsOfEach) {
    std::mt19937 random(1);
    for (int round = 0; round < 3'000; ++round) {
        const std::size_t lines = 1 + random() % 400;
        std::set<std::uint32_t> bad;
        const std::size_t wanted = 1 + random() % (round % 3 == 0 ? lines : std::min<std::size_t>(lines, 5));
        while (bad.size() < wanted) bad.insert(static_cast<std::uint32_t>(random() % lines));
        auto order = all_of(lines);
        std::shuffle(order.begin(), order.end(), random);

        Narrowing narrowing(order, bad.size(), 3);
        const Asked asked = ask_all(narrowing, lines, bad);
        EXPECT_EQ(std::set<std::uint32_t>(narrowing.found().begin(), narrowing.found().end()), bad);
        EXPECT_EQ(narrowing.found().size(), bad.size());
        EXPECT_THAT(narrowing.doubtful(), IsEmpty());
        EXPECT_LE(*std::max_element(asked.sends.begin(), asked.sends.end()), 3U);
        const double root = std::ceil(std::sqrt(lines));
        EXPECT_LE(static_cast<double>(asked.requests), root * static_cast<double>(1 + bad.size()));
    }
}

TEST(Narrowing, AsksNothingThatFollowsFromTheNumbers) {
    const Narrowing all_bad(all_of(5), 5, 3);
    EXPECT_TRUE(all_bad.done());
    EXPECT_THAT(all_bad.found(), ElementsAre(0, 1, 2, 3, 4));

    // Nine lines in groups of three; the bad one is the last, and neither its group nor it is asked about.
    Narrowing narrowing(all_of(9), 1, 3);
    const Asked asked = ask_all(narrowing, 9, {8});
    EXPECT_EQ(asked.requests, 2U + 1U);
    EXPECT_EQ(asked.sends[8], 1U);
    EXPECT_THAT(narrowing.found(), ElementsAre(8));
}

TEST(Narrowing, ALimitOfOneSendAsksNothing) {
    const Narrowing narrowing(all_of(10), 2, 1);
    EXPECT_TRUE(narrowing.done());
    EXPECT_EQ(narrowing.doubtful().size(), 10U);
    EXPECT_EQ(narrowing.doubtful_bad(), 2U);
}

TEST(Narrowing, AHigherLimitAsksLess) {
    Narrowing three(all_of(10'000), 1, 3);
    Narrowing eight(all_of(10'000), 1, 8);
    const Asked with_three = ask_all(three, 10'000, {5'000});
    const Asked with_eight = ask_all(eight, 10'000, {5'000});
    EXPECT_LT(with_eight.requests, with_three.requests);
    EXPECT_LE(*std::max_element(with_eight.sends.begin(), with_eight.sends.end()), 8U);
    EXPECT_THAT(eight.found(), ElementsAre(5'000));
}

TEST(Narrowing, SendsWithoutAnswerCountAndLeaveDoubtsNotLosses) {
    std::mt19937 random(2);
    for (int round = 0; round < 3'000; ++round) {
        const std::size_t lines = 2 + random() % 200;
        std::set<std::uint32_t> bad;
        const std::size_t wanted = 1 + random() % std::min<std::size_t>(lines, 6);
        while (bad.size() < wanted) bad.insert(static_cast<std::uint32_t>(random() % lines));

        Narrowing narrowing(all_of(lines), bad.size(), 3);
        std::vector<unsigned> sends(lines, 1);
        const int end = static_cast<int>(random() % 60);
        for (int request = 0; narrowing.group() != nullptr; ++request) {
            if (request == end) {
                narrowing.give_up();
                break;
            }
            std::size_t refused = 0;
            for (const std::uint32_t line : *narrowing.group()) {
                EXPECT_LE(++sends[line], 3U);
                refused += bad.count(line);
            }
            if (random() % 4 == 0) {
                narrowing.sent_in_vain();
            } else {
                narrowing.answered(refused);
            }
        }
        EXPECT_TRUE(narrowing.done());
        std::set<std::uint32_t> condemned(narrowing.found().begin(), narrowing.found().end());
        for (const std::uint32_t line : condemned) EXPECT_TRUE(bad.contains(line)) << "a good line was condemned";
        EXPECT_EQ(condemned.size() + narrowing.doubtful_bad(), bad.size());
        condemned.insert(narrowing.doubtful().begin(), narrowing.doubtful().end());
        for (const std::uint32_t line : bad) EXPECT_TRUE(condemned.contains(line)) << "a bad line was lost";
        EXPECT_EQ(condemned.size(), narrowing.found().size() + narrowing.doubtful().size());
    }
}

TEST(Narrowing, AnswersThatContradictEachOtherEndIt) {
    std::mt19937 random(3);
    for (int round = 0; round < 2'000; ++round) {
        const std::size_t lines = 2 + random() % 100;
        Narrowing narrowing(all_of(lines), 1 + random() % lines, 3);
        std::vector<unsigned> sends(lines, 1);
        while (const Narrowing::Lines* group = narrowing.group()) {
            for (const std::uint32_t line : *group) ASSERT_LE(++sends[line], 3U);
            narrowing.answered(random() % (group->size() + 1));
        }
        std::set<std::uint32_t> condemned(narrowing.found().begin(), narrowing.found().end());
        condemned.insert(narrowing.doubtful().begin(), narrowing.doubtful().end());
        EXPECT_EQ(condemned.size(), narrowing.found().size() + narrowing.doubtful().size());
    }
}

}  // namespace
}  // namespace hookline::ship
