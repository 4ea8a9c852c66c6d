#pragma once
// What `check` found. Private to the check command; main thread.

#include <functional>
#include <string>
#include <vector>

#include "app/command_run.h"
#include "app/config.h"
#include "net/http_client.h"

namespace hookline::app {

struct Finding {
    enum class Level { good, warning, problem } level = Level::good;
    std::string subject;  ///< "certificate", "region eu", "tenant acme"
    std::string text;
};

/// Findings in order, printed as they come unless JSON is asked for.
class Findings {
 public:
    Findings(const Terminal& terminal, bool json) : terminal_(terminal), json_(json) {}
    void good(const std::string& subject, const std::string& text) { add({Finding::Level::good, subject, text}); }
    void warning(const std::string& subject, const std::string& text) { add({Finding::Level::warning, subject, text}); }
    void problem(const std::string& subject, const std::string& text) { add({Finding::Level::problem, subject, text}); }
    [[nodiscard]] bool any_problem() const;
    [[nodiscard]] Json json() const;
    [[nodiscard]] const std::vector<Finding>& all() const { return all_; }

 private:
    void add(Finding finding);
    const Terminal& terminal_;
    bool json_;
    std::vector<Finding> all_;
};

/// A token to try, from the configuration or from --token-file.
struct TokenToTry {
    std::string whose;  ///< "tenant acme"
    std::string region;
    Secret token;
};

/// Asks Logz.io. `ask` puts a question to a person.
struct OnlineParts {
    const Config& config;
    net::HttpClient& client;
    Findings& findings;
    std::function<bool(const std::string& question)> ask;
    WallTime now;
};
/// DNS, TCP and TLS of each region: a request without a token must be answered 401.
void check_listeners(const OnlineParts& parts, const std::vector<std::string>& regions);
/// Writes one test line with each token; asks before it does, and again before other regions are tried.
void check_tokens(const OnlineParts& parts, const std::vector<TokenToTry>& tokens);
/// Looks at our own address from outside: name, TLS, and that hookline answers there.
void check_own_url(const OnlineParts& parts, const std::string& url);

}  // namespace hookline::app
