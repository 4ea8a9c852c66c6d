#pragma once
// A delivery becomes what the spool appends: each event a line, each with what it is known by. One a loop.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "logzio/line.h"
#include "logzio/prover.h"
#include "okta/delivery.h"
#include "spool/spool.h"

namespace hookline::receive {

/// Okta's eventIds have 36 characters; of longer ones this much is kept where they are noted.
inline constexpr std::size_t event_id_bytes_max = 128;

class Packer {
 public:
    Packer(logzio::Shape shape, logzio::LineLimits limits) : builder_(shape, limits) {}

    /// Everything of the Append but its tenant and flags. Nothing when the lines would take more than
    /// `lines_bytes_max`: each line repeats the envelope, so a small body can make many bytes of them. `body` is what
    /// the delivery was read from: it is kept aside whole, once, when some of the envelope does not fit into a line.
    std::optional<spool::Append> pack(const okta::Delivery& delivery, std::string_view body, WallTime received_at,
                                      std::size_t lines_bytes_max);

 private:
    logzio::LineBuilder builder_;
};

/// The lines as Logz.io is to get them from memory: an event that stands in the delivery twice is sent once, and one
/// with a uuid that another event of the delivery has as well is marked, as the spool does for what it stores.
struct LinesToProve {
    std::string lines;
    std::size_t count = 0;
};
LinesToProve lines_to_prove(const spool::Append& append);

/// Those of them that Logz.io refused while it took the others, as dead letters.
std::vector<spool::LetterDraft> letters_of(const logzio::Proof& proof, std::string_view lines_sent);

}  // namespace hookline::receive
