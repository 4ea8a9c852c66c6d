#pragma once
// The reports of both simulations as JSON objects of one line. Pure; any thread.

#include <string>

#include "rehearse/logzio_emulator.h"
#include "rehearse/okta_sender.h"

namespace hookline::rehearse {

std::string to_json(const OktaSenderReport& report);
std::string to_json(const LogzioEmulatorReport& report);

}  // namespace hookline::rehearse
