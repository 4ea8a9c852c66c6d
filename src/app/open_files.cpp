#include "app/open_files.h"

#include <algorithm>

#include <sys/resource.h>

namespace hookline::app {
namespace {

/// RocksDB's tables (512) and logs, 256 connections of the admin API, those to Logz.io, and some to spare.
constexpr std::size_t files_beside_connections = 1'280;
constexpr std::size_t least_share = 4;  // of a small limit: no more than this part of it goes to connections

}  // namespace

std::size_t raise_open_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    if (limit.rlim_cur < limit.rlim_max) {
        const rlimit raised{limit.rlim_max, limit.rlim_max};
        if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    }
    return limit.rlim_cur;
}

std::size_t connections_that_fit(std::size_t wanted, std::size_t open_files_max) {
    if (open_files_max == 0) return wanted;  // not known
    const std::size_t beside =
        open_files_max > files_beside_connections ? open_files_max - files_beside_connections : 0;
    return std::min(wanted, std::max(beside, open_files_max / least_share));
}

}  // namespace hookline::app
