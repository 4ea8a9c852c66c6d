#include "ship/letters.h"

#include <algorithm>

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

std::string told_of(const Doubt& doubt, const Sentence& sentence) {
    std::string text = fmt::format(
        "{} of these {} lines refused, not known which; the others of them are at Logz.io, "
        "where a replay makes copies",
        doubt.bad, doubt.lines);
    const std::size_t elsewhere = doubt.bulk_lines - std::min(doubt.bulk_lines, doubt.lines + doubt.found);
    if (elsewhere > 0 || doubt.found > 0) {
        text += fmt::format("; of the bulk of {}, {} more lines are at Logz.io", doubt.bulk_lines, elsewhere);
        if (doubt.found > 0) text += fmt::format(" and {} are dead letters of their own", doubt.found);
    }
    return text + "; the listener said: " + sentence.answer;
}

spool::LetterDraft letter_in_doubt(std::string lines, const Doubt& doubt, const Sentence& sentence) {
    spool::LetterDraft letter;
    letter.reason = spool::LetterReason::bulk_refused;
    letter.status = sentence.status;
    letter.answer = told_of(doubt, sentence);
    letter.body = std::move(lines);
    letter.lines = static_cast<std::uint32_t>(doubt.lines);
    return letter;
}

}  // namespace hookline::ship
