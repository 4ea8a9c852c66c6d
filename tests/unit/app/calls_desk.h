#pragma once
// The admin calls for a command under test.

#include "app/command_admin.h"
#include "status/admin_api.h"

namespace hookline::app {

/// A desk that asks the calls without a socket.
class CallsDesk final : public AdminDesk {
 public:
    explicit CallsDesk(status::AdminParts& parts) : parts_(parts) {}
    Result<Json> ask(std::string_view method, const std::string& target, const Json& body) override {
        const auto answer =
            status::AdminCalls(parts_).call(method, "/api/v1/" + target, body.is_null() ? "" : body.dump());
        Json told = Json::parse(answer.body);
        if (answer.status != 200) return failed(told["error"].get<std::string>());
        return told;
    }
    [[nodiscard]] std::string name() const override { return "relay at 127.0.0.1:9180"; }

 private:
    status::AdminParts& parts_;
};

}  // namespace hookline::app
