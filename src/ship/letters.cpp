#include "ship/letters.h"

#include <fmt/format.h>

#include "logzio/suspects.h"

namespace hookline::ship {
namespace {

constexpr std::size_t answer_bytes_max = 4 * 1024;

}  // namespace

Sentence sentence_of(const logzio::Verdict& verdict) {
    return {verdict.status, verdict.answer.substr(0, answer_bytes_max)};
}

spool::LetterDraft letter_of(std::string_view line, spool::LetterReason reason, const Sentence& sentence) {
    spool::LetterDraft letter;
    letter.reason = reason;
    letter.status = sentence.status;
    letter.answer = sentence.answer;
    letter.uuid = logzio::uuid_of(line);
    letter.body = line;
    letter.lines = 1;
    return letter;
}

spool::LetterDraft letter_in_doubt(std::string lines, std::size_t count, std::size_t bad, std::size_t bulk_lines,
                                   const Sentence& sentence) {
    spool::LetterDraft letter;
    letter.reason = spool::LetterReason::bulk_refused;
    letter.status = sentence.status;
    letter.answer = fmt::format("{} of {} lines refused", bad, count);
    if (count < bulk_lines) letter.answer += fmt::format(", of a bulk of {}", bulk_lines);
    letter.answer += "; the listener said: " + sentence.answer;
    letter.body = std::move(lines);
    letter.lines = static_cast<std::uint32_t>(count);
    return letter;
}

}  // namespace hookline::ship
