#pragma once
// What the process itself uses, under the names that every Prometheus client gives these. Private to the room; one
// thread at a time.

#include "base/metrics.h"

namespace hookline::status {

class ProcessGauges {
 public:
    explicit ProcessGauges(Metrics& metrics);
    /// What cannot be read keeps its last value.
    void look();

 private:
    Counter cpu_seconds_;
    Gauge resident_bytes_;
    Gauge open_files_;
    Gauge open_files_max_;
};

}  // namespace hookline::status
