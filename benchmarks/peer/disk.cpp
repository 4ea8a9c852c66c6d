#include "peer/disk.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "peer/samples.h"

namespace hookline::bench {

using std::chrono::steady_clock;

Result<std::string> measure_disk(const Path& directory, std::chrono::duration<double> length) {
    const Path path = directory / "disk-probe";
    const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) return failed("make " + path.string() + ": " + std::strerror(errno));
    const std::string block(4096, 'x');
    Samples took;
    std::string problem;
    const auto ends = steady_clock::now() + length;
    for (auto began = steady_clock::now(); began < ends && problem.empty(); began = steady_clock::now()) {
        const bool written = ::write(file, block.data(), block.size()) == static_cast<ssize_t>(block.size());
        if (!written || ::fdatasync(file) != 0) problem = std::strerror(errno);
        took.add(steady_clock::now() - began);
    }
    ::close(file);
    ::unlink(path.c_str());
    if (!problem.empty()) return failed("append and sync " + path.string() + ": " + problem);
    return took.json();
}

}  // namespace hookline::bench
