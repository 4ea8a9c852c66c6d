#pragma once
// The OpenMetrics 1.0 text format, which prometheus-cpp does not write: counters without `_total` in their family's
// name, units, exemplars, and `# EOF`, so that a page that was cut off is known for one. Pure; any thread.

#include <string>
#include <string_view>

namespace hookline {

class Exemplars;

/// `text`: what Metrics::text gives. The samples are the same, so that both forms say the same by construction.
std::string openmetrics_of(std::string_view text, const Exemplars& exemplars);

}  // namespace hookline
