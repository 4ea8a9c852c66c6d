#include "spool/letter.h"

#include <array>

namespace hookline::spool {
namespace {

struct ReasonText {
    LetterReason reason;
    std::string_view name;
    bool replay_can_help;
};

constexpr std::array reasons{
    ReasonText{LetterReason::line_refused, "line_refused", false},
    ReasonText{LetterReason::bulk_refused, "bulk_refused", false},
    ReasonText{LetterReason::too_large, "too_large", true},
    ReasonText{LetterReason::token_refused, "token_refused", true},
    ReasonText{LetterReason::too_old, "too_old", true},
    ReasonText{LetterReason::body_refused, "body_refused", false},
    ReasonText{LetterReason::element_refused, "element_refused", false},
    ReasonText{LetterReason::content_cut, "content_cut", false},
};

}  // namespace

std::string_view reason_name(LetterReason reason) {
    for (const ReasonText& known : reasons) {
        if (known.reason == reason) return known.name;
    }
    return "unknown";
}

std::optional<LetterReason> reason_of(std::string_view name) {
    for (const ReasonText& known : reasons) {
        if (known.name == name) return known.reason;
    }
    return {};
}

bool replay_can_help(LetterReason reason) {
    for (const ReasonText& known : reasons) {
        if (known.reason == reason) return known.replay_can_help;
    }
    return false;
}

}  // namespace hookline::spool
