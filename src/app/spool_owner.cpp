#include "app/spool_owner.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hookline::app {

Result<void> may_write_as_this_user(const Path& directory) {
    struct stat about {};
    if (::geteuid() != 0 || ::stat(directory.c_str(), &about) != 0 || about.st_uid == 0) return {};
    const passwd* const owner = ::getpwuid(about.st_uid);
    const std::string name = owner != nullptr ? owner->pw_name : fmt::format("#{}", about.st_uid);
    return failed(
        fmt::format("{} is {}'s, who could not open again what root writes there; run it as that user: "
                    "runuser -u {} -- hookline …",
                    directory.string(), name, name));
}

}  // namespace hookline::app
