#include "base/file.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"

namespace hookline {

Result<std::string> read_file(const Path& path, std::size_t bytes_max) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.number() < 0) return failed_with_errno("read", path);
    std::string content;
    char buffer[16 * 1024];
    while (true) {
        const ssize_t got = ::read(file.number(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed_with_errno("read", path);
        if (got == 0) return content;
        content.append(buffer, static_cast<std::size_t>(got));
        if (content.size() > bytes_max) {
            return failed("read " + path.string() + ": it is larger than " + std::to_string(bytes_max) + " bytes");
        }
    }
}

Result<Secret> read_secret_file(const Path& path) {
    auto content = read_file(path, 64 * 1024);
    if (!content) return tl::unexpected(content.error());
    if (content->ends_with('\n')) content->pop_back();
    if (content->ends_with('\r')) content->pop_back();
    if (content->empty()) return failed("read " + path.string() + ": the file is empty, a secret was expected");
    return Secret(std::move(*content));
}

Result<void> write_file_atomically(const Path& path, std::string_view content) {
    Path beside = path;
    beside += ".new";
    {
        const Descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (file.number() < 0) return failed_with_errno("create", beside);
        if (auto written = write_all(file, content, beside); !written) return written;
        if (::fsync(file.number()) != 0) return failed_with_errno("sync", beside);
    }
    if (::rename(beside.c_str(), path.c_str()) != 0) return failed_with_errno("rename to", path);
    const Path folder = path.has_parent_path() ? path.parent_path() : Path(".");
    const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.number() < 0 || ::fsync(directory.number()) != 0) return failed_with_errno("sync", folder);
    return {};
}

std::optional<FileStamp> stamp_of(const Path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return {};
    constexpr std::int64_t second_ns = 1'000'000'000;
    return FileStamp{status.st_ino, status.st_size, status.st_mtim.tv_sec * second_ns + status.st_mtim.tv_nsec,
                     status.st_ctim.tv_sec * second_ns + status.st_ctim.tv_nsec};
}

}  // namespace hookline
