#pragma once
// A configuration on disk, read the way the program reads it.

#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "app/config.h"
#include "support/temp_directory.h"

namespace hookline::app {

inline const std::string token_of_acme = "AcmeAcmeAcmeAcmeAcmeAcmeAcme1234";
inline const std::string key_of_spool = std::string(60, '5') + "c0de";
inline const std::string secret_of_acme = "acme-secret-acme-secret";

/// `hookline.toml` and whatever lies beside it, the environment and the flags, until `read`.
class Written {
 public:
    void file(const std::string& toml) {
        write("hookline.toml", toml);
        sources_.file = directory_ / "hookline.toml";
    }
    void write(const std::string& name, const std::string& text) const {
        const Path path = directory_ / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << text;
        std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }
    void variable(const std::string& name, const std::string& value) { sources_.environment[name] = value; }
    void flag(const std::string& key, const std::string& value) { sources_.flags.emplace_back(key, value); }
    void socket(const std::string& key, const std::string& value) { sources_.sockets.emplace_back(key, value); }
    void credential(const std::string& name, const std::string& text) {
        write("credentials/" + name, text);
        variable("CREDENTIALS_DIRECTORY", (directory_ / "credentials").string());
    }
    /// A tenant and a hook that are complete, for tests about something else.
    void acme() const {
        write("acme-token", token_of_acme + "\n");
        write("acme-secret", secret_of_acme + "\n");
    }
    static std::string acme_toml() {
        return "[tenants.acme]\nregion = \"us\"\ntoken_file = \"acme-token\"\n"
               "[hooks.acme]\nsecret_files = [\"acme-secret\"]\n";
    }
    [[nodiscard]] Path path(const std::string& name) const { return directory_ / name; }

    [[nodiscard]] tl::expected<Config, std::vector<ConfigProblem>> read() const { return read_config(sources_); }

    /// The configuration; a failure of the test when it is refused.
    [[nodiscard]] Config accepted() const {
        auto config = read();
        if (config) return std::move(*config);
        for (const ConfigProblem& problem : config.error()) ADD_FAILURE() << to_string(problem);
        return {};
    }
    /// Every problem as people see it, the directory taken out: "hookline.toml:3:1: …".
    [[nodiscard]] std::vector<std::string> problems() const {
        std::vector<std::string> texts;
        const auto config = read();
        if (config) return texts;
        for (const ConfigProblem& problem : config.error()) {
            std::string text = to_string(problem);
            const std::string prefix = directory_.path().string() + "/";
            for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
                text.erase(at, prefix.size());
            texts.push_back(std::move(text));
        }
        return texts;
    }

 private:
    test::TempDirectory directory_;
    ConfigSources sources_;
};

}  // namespace hookline::app
