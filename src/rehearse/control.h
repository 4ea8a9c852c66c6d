#pragma once
// The emulator's control interface: JSON over HTTP on a loopback address of its own. docs/rehearsal.md lists the calls.
// Runs on the threads of its connections.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/network.h"
#include "rehearse/door.h"
#include "rehearse/faults.h"
#include "rehearse/record.h"
#include "rehearse/request_reader.h"

namespace hookline::rehearse {

/// What the control interface may do with the emulator. Any thread.
class EmulatorControls {
 public:
    virtual ~EmulatorControls() = default;
    virtual Result<std::uint64_t> try_fault(Fault fault) = 0;
    virtual void drop_fault(std::uint64_t id) = 0;
    virtual void drop_faults() = 0;
    [[nodiscard]] virtual std::vector<std::shared_ptr<const ActiveFault>> faults() const = 0;
    [[nodiscard]] virtual LogzioEmulatorReport counts() const = 0;
    virtual Record& record() = 0;
    [[nodiscard]] virtual std::string fingerprint_of(std::string_view token) const = 0;
    [[nodiscard]] virtual std::chrono::milliseconds search_delay() const = 0;
};

class Control {
 public:
    static Result<std::unique_ptr<Control>> open(const net::Endpoint& at, EmulatorControls& emulator);
    [[nodiscard]] const net::Endpoint& endpoint() const { return door_->endpoint(); }

 private:
    explicit Control(EmulatorControls& emulator) : emulator_(emulator) {}
    struct Reply {
        int status = 200;
        std::string body;
    };
    void serve(Socket& socket);
    Reply answer(const ReceivedHead& head, const std::string& body);
    Reply set_fault(const std::string& body);
    Reply list_lines(const std::string& query);
    Reply list_requests(const std::string& query);
    Reply search(const ReceivedHead& head, const std::string& body);

    EmulatorControls& emulator_;
    std::unique_ptr<Door> door_;
};

}  // namespace hookline::rehearse
