#pragma once
// sim okta and sim logzio, until they are done or a signal ends them. Main thread, before any other was started.

#include "app/command.h"

namespace hookline::app {

int run_sim(const SimOktaCommand& command);
int run_sim(const SimLogzioCommand& command);

}  // namespace hookline::app
