#include "rehearse/lines_file.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace hookline::rehearse {
namespace {

constexpr std::size_t waiting_bytes_max = 64 * 1024 * 1024;
constexpr std::size_t written_at_once = 1024 * 1024;

}  // namespace

Result<std::unique_ptr<LinesFile>> LinesFile::open(const Path& path) {
    std::FILE* file = std::fopen(path.c_str(), "ae");
    if (file == nullptr) return failed("open " + path.string() + ": " + std::strerror(errno));
    return std::unique_ptr<LinesFile>(new LinesFile(file));
}

LinesFile::LinesFile(std::FILE* file) : file_(file), thread_([this] { write_until_stopped(); }) {}

LinesFile::~LinesFile() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
    std::fclose(file_);
}

void LinesFile::append(std::string_view lines) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.size() < waiting_bytes_max; });
    waiting_ += lines;
    if (waiting_.size() >= written_at_once) changed_.notify_all();
}

void LinesFile::flush() {
    std::unique_lock lock(mutex_);
    hurry_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return waiting_.empty() && !writing_; });
}

std::string LinesFile::problem() const {
    const std::lock_guard lock(mutex_);
    return problem_;
}

void LinesFile::write_until_stopped() {
    std::unique_lock lock(mutex_);
    while (!stopping_ || !waiting_.empty()) {
        changed_.wait_for(lock, std::chrono::milliseconds(100),
                          [&] { return stopping_ || hurry_ || waiting_.size() >= written_at_once; });
        std::string lines = std::exchange(waiting_, {});
        hurry_ = false;
        writing_ = true;
        lock.unlock();
        const bool written =
            std::fwrite(lines.data(), 1, lines.size(), file_) == lines.size() && std::fflush(file_) == 0;
        const int why = errno;
        lock.lock();
        writing_ = false;
        if (!written && problem_.empty())
            problem_ = std::string("a lines file cannot be written: ") + std::strerror(why);
        changed_.notify_all();
    }
}

}  // namespace hookline::rehearse
