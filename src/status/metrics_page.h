#pragma once
// `GET /metrics`: in Prometheus' text format, or as OpenMetrics for whoever asks for that. Private to the room; any
// thread.

#include <string_view>

#include "base/metrics.h"
#include "net/http.h"

namespace hookline::status {

/// Whether an Accept header prefers OpenMetrics 1.0 to the text format (RFC 9110 section 12.5.1). Where both are as
/// welcome, it must have been named: `*/*` alone means the text format.
bool prefers_openmetrics(std::string_view accept);

net::HttpResponse metrics_page(const Metrics& metrics, const net::Headers& asked);

}  // namespace hookline::status
