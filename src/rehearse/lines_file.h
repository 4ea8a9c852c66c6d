#pragma once
// A file that lines are appended to as they come, for checks from outside: buffered, on disk for other readers within
// 100 ms and when it is closed. Any thread.

#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/file.h"
#include "base/result.h"

namespace hookline::rehearse {

class LinesFile {
 public:
    static Result<std::unique_ptr<LinesFile>> open(const Path& path);
    ~LinesFile();
    LinesFile(const LinesFile&) = delete;
    LinesFile& operator=(const LinesFile&) = delete;

    /// Whole lines, each with its newline. Waits for the disk when more than 64 MiB are ahead of it.
    void append(std::string_view lines);
    /// Everything appended so far has been handed to the system.
    void flush();
    /// The first thing that went wrong, empty while all is well.
    [[nodiscard]] std::string problem() const;

 private:
    explicit LinesFile(std::FILE* file);
    void write_until_stopped();

    std::FILE* file_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::string waiting_;
    bool writing_ = false;
    bool hurry_ = false;
    bool stopping_ = false;
    std::string problem_;
    std::thread thread_;
};

}  // namespace hookline::rehearse
