// A new token whose first delivery was taken but for some lines: the pair is proven, and the good lines are at Logz.io,
// so none of them may be stored. Which ones were refused is found out as for any bulk, as far as there is time for it.

#include <algorithm>
#include <utility>

#include "logzio/suspects.h"
#include "ship/proofs.h"

namespace hookline::ship {
namespace {

std::vector<std::string_view> lines_in(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        lines.push_back(text.substr(0, text.find('\n') + 1));
        text.remove_prefix(lines.back().size());
    }
    return lines;
}

}  // namespace

Proofs::Hunt Proofs::hunt_of(const Trial& trial, const logzio::PartlyAccepted& counts,
                             const logzio::Verdict& verdict) const {
    std::vector<std::string_view> lines = lines_in(*trial.request.lines);
    std::vector<bool> suspect;
    suspect.reserve(lines.size());
    for (const std::string_view line : lines) suspect.push_back(logzio::is_suspect(line));
    Hunt hunt{std::move(lines), Narrowing::of(suspect, counts.bad(), parts_.limits.line_sends_max),
              sentence_of(verdict)};
    note_found(hunt, verdict);
    return hunt;
}

/// A group's answer. One that tells nothing ends the search: there is no time to come back to it.
void Proofs::answered(Hunt& hunt, const logzio::Verdict& verdict) {
    if (std::holds_alternative<logzio::Delivered>(verdict.meaning)) {
        hunt.narrowing.answered(0);
    } else if (const auto* counts = std::get_if<logzio::PartlyAccepted>(&verdict.meaning)) {
        hunt.narrowing.answered(counts->bad());
    } else {
        hunt.narrowing.give_up();
    }
    note_found(hunt, verdict);
}

void Proofs::note_found(Hunt& hunt, const logzio::Verdict& verdict) {
    const Narrowing::Lines& found = hunt.narrowing.found();
    for (std::size_t known = hunt.found.size(); known < found.size(); ++known) {
        hunt.found.push_back({{found[known]}, false, sentence_of(verdict).answer});
    }
}

bool Proofs::may_ask(const Trial& trial, TimePoint now) const {
    return !trial.hunt->narrowing.done() && !parts_.draining &&
           trial.hunt->sends < parts_.limits.narrow_sends_hour_max &&
           now + proof_useful_time_min <= trial.request.until;
}

void Proofs::ask(const Pair& pair, Trial& trial, TimePoint now) {
    const Narrowing::Lines& group = *trial.hunt->narrowing.group();
    std::string text;
    for (const std::uint32_t line : group) text += trial.hunt->lines[line];
    ++trial.hunt->sends;
    send(pair, trial, std::make_shared<const std::string>(std::move(text)), group.size(), now);
}

/// What is not known by now stays in doubt.
logzio::Proof Proofs::found_out(Hunt hunt) {
    hunt.narrowing.give_up();
    logzio::Proof proof{logzio::ProofOutcome::accepted, hunt.sentence.status, "", {}};
    note_found(hunt, {{}, hunt.sentence.status, hunt.sentence.answer, {}});
    const std::size_t found = hunt.found.size();
    proof.condemned = std::move(hunt.found);
    Narrowing::Lines doubtful = hunt.narrowing.doubtful();
    if (!doubtful.empty()) {
        std::sort(doubtful.begin(), doubtful.end());
        const Doubt doubt{doubtful.size(), hunt.narrowing.doubtful_bad(), found, hunt.lines.size()};
        proof.condemned.push_back({std::move(doubtful), true, told_of(doubt, hunt.sentence)});
    }
    return proof;
}

}  // namespace hookline::ship
