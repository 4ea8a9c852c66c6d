#pragma once
// What one delivery, one settle or one letter adds to the commit at hand. The commit thread's own.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "spool/parts.h"
#include "spool/spool.h"
#include "spool/waiting_room.h"

namespace hookline::spool {

/// Of `stored` new events of a delivery, those that Logz.io took before it was stored.
std::uint64_t delivered_before(const Append& append, std::uint32_t stored);

class Staging {
 public:
    Staging(Parts& parts, Changes& changes) : parts_(parts), changes_(changes) {}

    /// Decides which of its events are new, whether there is room for them, and stages them.
    Appended append(WaitingAppend& waiting);
    Result<void> settle(WaitingSettle& waiting);
    void keep_aside(const WaitingAside& waiting);
    /// Lines that are not asked whether they were seen.
    Position append_lines(Tenant& tenant, std::string_view lines, const std::vector<std::uint32_t>& line_bytes,
                          bool copy = false);
    void heartbeat(bool closed);

 private:
    /// An event of a delivery that was never seen with this content.
    struct Fresh {
        std::size_t event = 0;
        bool conflict = false;
    };
    void find_fresh(const Append& append, Appended& answer);
    [[nodiscard]] bool seal_fresh(WaitingAppend& waiting, const Sealer& sealer) const;
    void note_seen(const Append& append, Sequence sequence);
    void stage_asides(const Append& append, Tenant& tenant);
    void stage_letter(Tenant& tenant, const LetterDraft& letter);
    void stage_row(Tenant& tenant, bool prove);
    void put_record(Tenant& tenant, const std::string& header, std::string_view payload, std::uint64_t lines_bytes,
                    std::size_t lines);

    Parts& parts_;
    Changes& changes_;
    std::vector<Fresh> fresh_;
    RecordHeader header_;
    SeenDelivery seen_;
};

}  // namespace hookline::spool
