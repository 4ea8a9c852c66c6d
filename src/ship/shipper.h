#pragma once
// One tenant's shipper: a step that has at most one bulk in flight, or one settle that is not yet on disk.
//
// What an answer means is logzio's business (verdict.h); what follows from it stands here, row by row as in DESIGN
// section 4 (shipper_verdicts.cpp). Whatever is sent is read from the spool when there is a slot for it, and forgotten
// while it is on its way: lines are read again in the rare case that they are needed. Crew thread only.

#include <optional>
#include <string>
#include <vector>

#include "ship/bulk_size.h"
#include "ship/letters.h"
#include "ship/narrowing.h"
#include "ship/parts.h"
#include "ship/sifting.h"

namespace hookline::ship {

class Shipper {
 public:
    Shipper(TenantId tenant, Parts& parts);
    ~Shipper();
    Shipper(const Shipper&) = delete;
    Shipper& operator=(const Shipper&) = delete;

    /// The spool has something new for this tenant.
    void arrived(TimePoint now);
    /// Where its lines go may have changed: a hold is tried again now.
    void try_again();
    /// A slot is free.
    void wake() { parts_.crew.wake(step_); }

 private:
    /// Consecutive lines of the queue, as they were sent.
    struct Run {
        Position begin;
        Position end;             ///< the cursor behind them
        std::size_t skipped = 0;  ///< lines in front of `begin` that were taken ahead of their turn
        std::size_t lines = 0;
        std::size_t bytes = 0;
    };
    /// Lines as the lane has read them, from the cursor on.
    struct Fetched {
        Position from;
        Result<spool::Batch> batch;
    };
    struct Flight {
        enum class What {
            bulk,   ///< the run at the cursor
            ahead,  ///< one line behind the cursor, to see whether the listener understands any
            group,  ///< some lines of the run that is being narrowed down
        } what = What::bulk;
        Run run;
        spool::BulkNote note;
        std::string region;

        [[nodiscard]] std::string_view kind() const {
            return what == What::bulk ? "bulk" : what == What::ahead ? "line_ahead" : "part";
        }
    };
    /// A run of which some lines were refused, while it is found out which.
    struct Hunt {
        Run run;
        Narrowing narrowing;
        Sentence sentence;      ///< the answer to the whole run
        bool accepted = false;  ///< it took some lines
        spool::BulkNote note;
        std::vector<std::pair<std::uint32_t, Sentence>> found;  ///< refused lines, each with the answer that told
    };

    // The step (shipper.cpp).
    TimePoint step(TimePoint now);
    TimePoint go_on(TimePoint now);
    [[nodiscard]] TimePoint due() const { return std::max(next_try_, bulk_due_); }
    bool has_slot(const std::string& region, TimePoint now);
    void leave_slot(TimePoint now) { parts_.slots.release(tenant_, now); }
    void publish(TimePoint now);
    void end();

    // What is sent (shipper_sends.cpp).
    void send(const Destination& destination, TimePoint now);
    void send_from_queue(const Destination& destination, TimePoint now);
    [[nodiscard]] std::optional<Result<spool::Batch>> next_lines();
    void fetch(Position from, std::size_t bytes_max, std::size_t lines_max);
    void send_group(const Destination& destination, TimePoint now);
    void start(const Destination& destination, Flight flight, std::shared_ptr<const std::string> lines);
    bool pass_over(const spool::Batch& batch, std::size_t& first, TimePoint now);
    [[nodiscard]] std::size_t lines_wanted() const;
    [[nodiscard]] std::size_t end_of_run(const spool::Batch& batch, std::size_t first) const;
    [[nodiscard]] std::optional<std::size_t> line_ahead(const spool::Batch& batch, std::size_t first) const;
    [[nodiscard]] std::optional<spool::Batch> read_again(const Run& run, TimePoint now);

    // What is written (shipper_settles.cpp).
    void settle(const Run& run, std::vector<spool::LetterDraft> letters, std::size_t delivered, bool accepted,
                TimePoint now);
    void write(spool::Settle settle, TimePoint now);
    void on_settled(const Result<void>& result, TimePoint now);
    void find_next_work(TimePoint now);
    [[nodiscard]] bool much_is_waiting(TimePoint now);
    void bury(const Run& run, spool::LetterReason reason, const logzio::Verdict& verdict, TimePoint now);
    void end_hunt(TimePoint now);

    // What follows from an answer (shipper_verdicts.cpp).
    void on_verdict(TimePoint now);
    void remember(const Flight& flight, const logzio::Verdict& verdict, TimePoint now);
    void on_bulk(const Flight& flight, const logzio::Verdict& verdict, TimePoint now);
    void on_ahead(const Flight& flight, const logzio::Verdict& verdict, TimePoint now);
    void on_group(const Flight& flight, const logzio::Verdict& verdict, TimePoint now);
    void delivered(const Run& run, TimePoint now);
    void partly_accepted(const Run& run, const logzio::PartlyAccepted& counts, const logzio::Verdict& verdict,
                         TimePoint now);
    void not_understood(const Run& run, const logzio::Verdict& verdict, TimePoint now);
    void token_rejected(const logzio::Verdict& verdict, TimePoint now);
    void too_large(const Run& run, const logzio::Verdict& verdict, TimePoint now);
    void retry_later(const logzio::RetryLater& retry, const logzio::Verdict& verdict, std::size_t bytes, TimePoint now);
    void refused(const logzio::Verdict& verdict, TimePoint now);
    void note_what_was_found(const logzio::Verdict& verdict);
    void sift(const Run& run, const logzio::Verdict& verdict, TimePoint now);
    void follow(Sifting::Next next, const Run& run, const logzio::Verdict& verdict, TimePoint now);

    // Holds (shipper_holds.cpp).
    void hold(HoldReason reason, std::string detail, Duration wait, TimePoint now);
    void probe_later(HoldReason reason, std::string detail, TimePoint now);
    void clear_hold(TimePoint now);
    [[nodiscard]] bool is_probed() const;
    [[nodiscard]] bool is_proven() const;
    [[nodiscard]] std::string label() const;

    const TenantId tenant_;
    Parts& parts_;
    Crew::StepId step_;

    // What is under way.
    bool fetching_ = false;           ///< the lane reads
    std::optional<Fetched> fetched_;  ///< what it has read, until the step takes it
    std::optional<Flight> flight_;
    std::optional<logzio::Verdict> verdict_;  ///< of the flight, until the step takes it
    std::optional<spool::Settle> settling_;
    std::optional<Result<void>> settled_;  ///< of the settle, until the step takes it
    std::optional<spool::BulkNote> note_;  ///< of the last bulk

    // What is to be done.
    bool has_work_ = false;                  ///< there may be lines at the cursor
    bool more_ = false;                      ///< there were lines behind the last run when it was read
    std::optional<TimePoint> arrived_at_;    ///< the first news since the queue was read
    TimePoint bulk_due_ = TimePoint::min();  ///< under load a bulk waits to fill
    TimePoint next_try_ = TimePoint::min();  ///< a hold or backoff waits
    TimePoint last_bulk_at_ = TimePoint::min();
    TimePoint looked_at_{};  ///< when much_is_waiting last asked the spool
    std::string slot_region_;

    // What earlier answers left behind.
    BulkSize size_;
    Backoff backoff_;
    ProbeRhythm rhythm_;
    std::optional<Sifting> sifting_;
    std::optional<Hunt> hunt_;
    std::optional<spool::Settle> blocked_;  ///< a settle that could not be written: letters full, or the disk
    TimePoint narrow_hour_began_{};
    std::size_t narrow_sends_ = 0;  ///< in that hour
    TimePoint alarmed_at_{};

    ShipperStatus status_;  ///< as it will be published; also holds the hold
    bool changed_ = false;
};

}  // namespace hookline::ship
