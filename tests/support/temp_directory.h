#pragma once
// A directory of one's own under the system's temporary directory, removed with all that is in it at the end.

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/check.h"

namespace hookline::test {

class TempDirectory {
 public:
    TempDirectory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "hookline-test-XXXXXX").string();
        check(::mkdtemp(pattern.data()) != nullptr, "no temporary directory can be made");
        path_ = pattern;
    }
    TempDirectory(const TempDirectory&) = delete;
    TempDirectory& operator=(const TempDirectory&) = delete;
    ~TempDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
    std::filesystem::path path_;
};

}  // namespace hookline::test
