#include "status/process_gauges.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

namespace hookline::status {
namespace {

double seconds_of(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

ProcessGauges::ProcessGauges(Metrics& metrics)
    : cpu_seconds_(metrics.counter("process_cpu_seconds_total", "Processor time used, in the kernel too")),
      resident_bytes_(metrics.gauge("process_resident_memory_bytes", "Memory in use")),
      open_files_(metrics.gauge("process_open_fds", "Open file descriptors, connections among them")),
      open_files_max_(metrics.gauge("process_max_fds", "The most there may be")) {}

void ProcessGauges::look() {
    rusage used{};
    if (::getrusage(RUSAGE_SELF, &used) == 0) {
        cpu_seconds_.add(seconds_of(used.ru_utime) + seconds_of(used.ru_stime) - cpu_seconds_.value());
    }
    std::ifstream pages("/proc/self/statm");
    double whole = 0;
    double resident = 0;
    if (pages >> whole >> resident) resident_bytes_.set(resident * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    std::error_code fault;
    const std::filesystem::directory_iterator files("/proc/self/fd", fault);
    if (!fault) open_files_.set(static_cast<double>(std::distance(begin(files), end(files)) - 1));  // the list itself
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) open_files_max_.set(static_cast<double>(limit.rlim_cur));
}

}  // namespace hookline::status
