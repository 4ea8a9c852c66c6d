#pragma once
// A dead letter: something that could not be delivered, kept with the reason and the exact answer. Plain data.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"

namespace hookline::spool {

enum class LetterClass : std::uint8_t {
    condemned,   ///< an acknowledged event: never dropped, own quota; when that is full its tenant's delivery is held
    kept_aside,  ///< a refused body, or the original of an event that was cut: a ring, the oldest goes out
};

/// Why. The text of each (`too_large`, …) is what `--reason` takes and what listings show; see reason_name.
enum class LetterReason : std::uint8_t {
    line_refused,   ///< condemned: the listener counted it as malformed, oversized or empty (400)
    bulk_refused,   ///< condemned: k of the lines in it were refused and could not be told apart; it holds all lines in
                    ///< doubt, and not those of the bulk that are known to be at Logz.io
    too_large,      ///< condemned: 413 for this line alone
    token_refused,  ///< condemned: acknowledged before its token was proven, then refused (expires after 7 days)
    too_old,        ///< condemned: older than the configured age limit
    body_refused,   ///< kept aside: a delivery answered 400
    element_refused,  ///< kept aside: an array element that is no object
    content_cut,      ///< kept aside: the original of an event that a guard had to cut
};
std::string_view reason_name(LetterReason reason);
std::optional<LetterReason> reason_of(std::string_view name);
/// Whether sending the same bytes again can help (a token can be put right, a proxy's limit raised; malformed lines
/// stay malformed).
bool replay_can_help(LetterReason reason);

struct LetterDraft {
    LetterClass kind = LetterClass::condemned;
    LetterReason reason = LetterReason::line_refused;
    int status = 0;           ///< the listener's, or the one Okta was answered
    std::string answer;       ///< the exact text of that answer
    std::string uuid;         ///< of the event, where known
    std::string body;         ///< the bytes: lines as sent (replayed as they are), or the raw body or element
    std::uint32_t lines = 0;  ///< how many lines `body` holds; 0: it is no line and cannot be replayed
    std::optional<WallTime> expires_at;
};

struct Letter {
    std::uint64_t id = 0;
    TenantId tenant;
    std::string tenant_label;
    WallTime at{};
    LetterDraft draft;
};

struct LetterFilter {
    std::optional<TenantId> tenant;
    std::optional<LetterReason> reason;
    std::optional<LetterClass> kind;
    std::optional<WallTime> from;
    std::optional<WallTime> to;
    std::optional<std::uint64_t> id;
};

}  // namespace hookline::spool
