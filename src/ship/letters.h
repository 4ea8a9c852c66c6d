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

/// Lines of one bulk that could not be told apart.
struct Doubt {
    std::size_t lines = 0;       ///< of which
    std::size_t bad = 0;         ///< were refused
    std::size_t found = 0;       ///< refused lines of the same bulk that are known
    std::size_t bulk_lines = 0;  ///< of the whole bulk
};
/// What a letter about them says: where every line of the bulk is, and what a replay does.
std::string told_of(const Doubt& doubt, const Sentence& sentence);
spool::LetterDraft letter_in_doubt(std::string lines, const Doubt& doubt, const Sentence& sentence);

}  // namespace hookline::ship
