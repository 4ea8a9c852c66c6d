#pragma once
// What all shippers share. Crew thread only, but for the parts that say otherwise.

#include <functional>
#include <vector>

#include "ship/alarms.h"
#include "ship/backoff.h"
#include "ship/pace.h"
#include "ship/ship_metrics.h"
#include "ship/shipping.h"
#include "ship/slots.h"
#include "ship/status_board.h"

namespace hookline::ship {

struct Parts {
    spool::Spool& spool;
    const logzio::Listener& listener;
    FindDestination find_destination;
    const ShippingLimits limits;
    Crew& crew;
    Mailbox* lane;  ///< where large runs are read; nullptr: on the crew's thread
    const Clock& clock;
    ShipMetrics metrics;
    StatusBoard board;
    Slots slots;
    Pace pace;
    Chance chance;
    Alarms alarms;
    std::uint64_t last_bulk = 0;  ///< bulks are numbered through all tenants and, by the calendar, through restarts
    spool::RecentBulks* recent = nullptr;

    Crew::StepId slots_step{};          ///< to be woken when somebody waits for a slot
    std::vector<TenantId> forgotten{};  ///< tenants whose shippers may go
    std::function<void()> somebody_is_forgotten{};
    bool draining = false;               ///< nothing new is sent
    std::size_t under_way = 0;           ///< bulks and proofs without a verdict, settles that are not on disk
    std::function<void()> went_quiet{};  ///< called when `under_way` comes down to 0 while draining

    void begin_work() { ++under_way; }
    void end_work() {
        if (--under_way == 0 && draining && went_quiet) went_quiet();
    }
};

}  // namespace hookline::ship
