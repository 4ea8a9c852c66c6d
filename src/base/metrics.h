#pragma once
// Metrics: prometheus-cpp's registry, with the few calls that rooms need. Rooms ask for a handle once and keep it.
// Any thread.

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace prometheus {
class Registry;
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace hookline {

using Labels = std::map<std::string, std::string>;

/// A handle stays good as long as the Metrics it came from.
class Counter {
 public:
    explicit Counter(prometheus::Counter& counter) : counter_(&counter) {}
    void add(double by = 1);
    [[nodiscard]] double value() const;

 private:
    prometheus::Counter* counter_;
};
class Gauge {
 public:
    explicit Gauge(prometheus::Gauge& gauge) : gauge_(&gauge) {}
    void set(double value);
    void add(double by);
    [[nodiscard]] double value() const;

 private:
    prometheus::Gauge* gauge_;
};
class Histogram {
 public:
    explicit Histogram(prometheus::Histogram& histogram) : histogram_(&histogram) {}
    void observe(double value);

 private:
    prometheus::Histogram* histogram_;
};

class Metrics {
 public:
    Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;
    ~Metrics();

    /// Names by Prometheus' conventions (`hookline_deliveries_total`). Asking again for the same name and labels gives
    /// the same handle. Labels must come from a bounded set: never a token, uuid or anything else a sender chooses.
    Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
    Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});
    Histogram histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                        const Labels& labels = {});

    /// The text exposition format 0.0.4.
    [[nodiscard]] std::string text() const;

    /// Bounds in seconds that resolve both a 200 µs commit and Okta's 3 s.
    static const std::vector<double>& latency_bounds();

 private:
    std::unique_ptr<prometheus::Registry> registry_;
};

}  // namespace hookline
