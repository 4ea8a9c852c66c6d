#pragma once
// Whose spool it is. Main thread.

#include "base/file.h"
#include "base/result.h"

namespace hookline::app {

/// What root writes into another user's spool that user could not open again: an error that says as whom to run
/// instead. For whoever opens one to write, which every command on a spool without a relay does.
Result<void> may_write_as_this_user(const Path& directory);

}  // namespace hookline::app
