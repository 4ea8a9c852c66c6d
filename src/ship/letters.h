#pragma once
// Condemned lines as dead letters. Pure; any thread.

#include <string_view>

#include "logzio/verdict.h"
#include "spool/spool.h"

namespace hookline::ship {

/// The answer that condemns: its status and text, the text cut to a size that thousands of letters may carry.
struct Sentence {
    int status = 0;
    std::string answer;
};
Sentence sentence_of(const logzio::Verdict& verdict);

spool::LetterDraft letter_of(std::string_view line, spool::LetterReason reason, const Sentence& sentence);

/// Lines of which `bad` were refused and could not be told apart; `bulk_lines` were in the bulk.
spool::LetterDraft letter_in_doubt(std::string lines, std::size_t count, std::size_t bad, std::size_t bulk_lines,
                                   const Sentence& sentence);

}  // namespace hookline::ship
