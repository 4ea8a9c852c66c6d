#pragma once
// The bodies of Okta's deliveries: an envelope around events that are made up, or come from a file. Belongs to one
// thread.

#include <cstdint>
#include <fstream>
#include <memory>
#include <random>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "rehearse/document.h"
#include "rehearse/okta_events.h"
#include "rehearse/okta_sender.h"

namespace hookline::rehearse {

struct OktaBody {
    std::string text;
    std::string uuids;  ///< one a line
    std::uint32_t events = 0;
    bool preview = false;
};

/// A file with one System Log event a line; blank lines are passed over.
class OktaEventFile {
 public:
    /// Reads the file once through, so that a bad line is known before anything was sent.
    static Result<std::unique_ptr<OktaEventFile>> open(const Path& path, bool start_over);

    /// Appends the next event and its uuid; false at the end of the file.
    bool append(std::string& out, std::string& uuids);
    [[nodiscard]] std::uint64_t events() const { return events_; }

 private:
    OktaEventFile(std::ifstream file, bool start_over) : file_(std::move(file)), start_over_(start_over) {}
    std::ifstream file_;
    bool start_over_;
    std::uint64_t events_ = 0;
    DocumentReader reader_{true};
};

class OktaDeliveryMaker {
 public:
    static Result<std::unique_ptr<OktaDeliveryMaker>> make(const OktaSenderOptions& options);

    /// The next delivery; false when the file of events has come to its end.
    bool next(OktaBody& body, WallTime now);
    /// The same events under another eventId, as a second hook that subscribes to them would get them.
    OktaBody under_another_id(const OktaBody& body);

    [[nodiscard]] const std::string& hook_id() const { return hook_id_; }

 private:
    OktaDeliveryMaker(const OktaSenderOptions& options, std::string hook_id, std::unique_ptr<OktaEventFile> file);

    const OktaSenderOptions& options_;
    std::mt19937_64 dice_;
    std::string hook_id_;
    std::unique_ptr<OktaEventFile> file_;
    OktaEventMaker events_;
    UuidMaker envelope_ids_;
    MillisecondText time_;
    std::string envelope_;  ///< up to the eventId
};

}  // namespace hookline::rehearse
