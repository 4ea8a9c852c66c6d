#pragma once
// What the disk alone can do: 4 kB are appended to a file and synced (fdatasync), one after the other, as a journal of
// one writer would. A relay that answers after a sync cannot be quicker than this.

#include <chrono>
#include <string>

#include "base/file.h"
#include "base/result.h"

namespace hookline::bench {

/// A JSON object with the times of one append and sync, in microseconds.
Result<std::string> measure_disk(const Path& directory, std::chrono::duration<double> length);

}  // namespace hookline::bench
