#pragma once
// The configuration: what the file, the environment and the flags say, checked whole. Plain data once it is made.
//
// Order: built-in defaults, then the TOML file, HOOKLINE_… of the environment, flags, and sockets that were passed.
// Secrets come from files, the environment or systemd credentials, never from a command line. docs/configuration.md
// lists every key, and a test keeps that page and this code the same.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "logzio/line.h"
#include "logzio/listener.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "receive/endpoint.h"
#include "receive/entrances.h"
#include "ship/shipping.h"
#include "spool/spool.h"

namespace hookline::app {

/// Where a named tenant's lines go.
struct NamedTenant {
    std::string region;
    Secret token;
};

struct Config {
    // Receive.
    std::vector<net::Endpoint> listen{{"127.0.0.1", 8080}};
    bool tls = false;
    Path certificate;
    Path key;
    bool proxy_protocol = false;
    net::Networks trusted_proxies;
    unsigned loops = 0;  ///< 0: one for each core, at most 4
    bool open = false;   ///< header mode without any access rule on an address other than loopback
    net::HttpServerLimits http;
    receive::EndpointLimits endpoint;
    receive::Entrances entrances;
    bool remove_used_hooks = false;  ///< access.remove_used_hooks: a reload may take away a hook used in the last 24 h

    // Document.
    logzio::Shape shape = logzio::Shape::hookline;
    logzio::LineLimits line_limits;

    // Spool.
    Path spool_directory{"./hookline-spool"};
    std::optional<SealKey> spool_key;  ///< nothing: the one beside the spool, made where there is none
    spool::SpoolLimits spool;
    Path backup_directory;  ///< where the relay may make backups; empty: nowhere

    // Ship.
    logzio::Regions regions;
    logzio::ListenerLimits listener;
    net::ClientOptions client;
    ship::ShippingLimits shipping;
    std::map<std::string, NamedTenant, std::less<>> tenants;

    // Admin.
    std::optional<net::Endpoint> admin = net::Endpoint{"127.0.0.1", 9180};
    std::optional<Secret> admin_token;          ///< nothing: the one in the spool directory (status::admin_token)
    std::vector<std::string> admin_host_names;  ///< accepted in Host besides addresses and "localhost"
    Path admin_certificate;                     ///< with its key: the admin address speaks HTTPS
    Path admin_key;
    LogLevel log_level = LogLevel::info;
    std::optional<LogFormat> log_format;  ///< nothing: the fitting one
    std::string log_ship_to;              ///< the tenant that the log's warnings are shipped to; empty: nobody
    LogLevel log_ship_level = LogLevel::warn;
    std::chrono::milliseconds stop_time_max{10'000};

    /// What a person should know though it is no error: shown at the start and by `check`.
    std::vector<std::string> warnings;
    /// What was said, by key and as text; without secrets.
    std::map<std::string, std::string> said;
};

/// Keys that were changed and that a reload does not take up: they count at the next start.
std::vector<std::string> keys_for_the_next_start(const Config& before, const Config& next);

/// One thing that is wrong: `hookline.toml:12:3: spool.tenant_bytes_max: …; expected a size such as "20 GiB"`.
struct ConfigProblem {
    std::string
        source;  ///< file, "$HOOKLINE_…", "credential …", "command line" or, when nothing was said, "configuration"
    unsigned line = 0;
    unsigned column = 0;
    std::string key;
    std::string message;
};
std::string to_string(const ConfigProblem& problem);

/// What flags said: dotted keys and their texts, as if each stood in the file.
struct ConfigSources {
    std::optional<Path> file;
    std::map<std::string, std::string> environment;  ///< all of it; only HOOKLINE_… and CREDENTIALS_DIRECTORY are read
    std::vector<std::pair<std::string, std::string>> flags;
    std::vector<std::pair<std::string, std::string>> sockets{};  ///< `listens_of` those that were passed
};

/// Reads everything and reports everything that is wrong at once.
tl::expected<Config, std::vector<ConfigProblem>> read_config(const ConfigSources& sources);

/// Every key there is, for docs/configuration.md, completion and `hookline check --keys`.
struct ConfigKey {
    std::string name;         ///< "spool.tenant_bytes_max"; * stands for a name the user chooses
    std::string environment;  ///< "HOOKLINE_SPOOL_TENANT_BYTES_MAX"; <NAME> for the *
    std::string kind;         ///< "size", "duration", "list of networks", …
    std::string default_text;
    std::string limits;  ///< what is allowed
    std::string meaning;
};
std::vector<ConfigKey> config_keys();
/// The tables of docs/configuration.md.
std::string config_keys_markdown();

}  // namespace hookline::app
