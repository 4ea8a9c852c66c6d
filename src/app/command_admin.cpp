#include "app/command_admin.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "app/spool_key.h"
#include "app/spool_owner.h"
#include "base/metrics.h"
#include "net/http_client.h"
#include "spool/spool.h"
#include "status/admin_api.h"
#include "status/backup_desk.h"

namespace hookline::app {
namespace {

using namespace std::chrono_literals;

constexpr const char* default_address = "127.0.0.1:9180";
constexpr const char* default_spool = "./hookline-spool";
constexpr auto connect_time_max = 2s;
constexpr auto answer_time_max = 10min;  // a replay of many letters syncs many times
constexpr std::size_t answer_bytes_max = 256 * 1024 * 1024;

/// Takes what is posted, and lets the main thread wait for it.
class Inbox final : public Mailbox {
 public:
    using Mailbox::post;
    void post(std::vector<Task> tasks) override {
        // Told while it is locked: who waits takes the last answer, and then this object is gone.
        const std::lock_guard lock(mutex_);
        for (Task& task : tasks) tasks_.push_back(std::move(task));
        news_.notify_one();
    }
    void run_one() {
        Task task;
        {
            std::unique_lock lock(mutex_);
            news_.wait(lock, [this] { return !tasks_.empty(); });
            task = std::move(tasks_.front());
            tasks_.pop_front();
        }
        task();
    }

 private:
    std::mutex mutex_;  // guards what follows
    std::condition_variable news_;
    std::deque<Task> tasks_;
};

/// The API's answer as JSON, or its sentence as an error.
Result<Json> judged(int status, const std::string& body) {
    Json answer = Json::parse(body, nullptr, false);
    if (status == 200 && !answer.is_discarded()) return answer;
    if (answer.is_object() && answer.contains("error") && answer["error"].is_string())
        return failed(answer["error"].get<std::string>());
    return failed(fmt::format("status {} and no word why: is this hookline's admin address?", status));
}

struct RelayAddress {
    std::string text;  ///< "127.0.0.1:9180"
    bool tls = false;
};

class RelayDesk final : public AdminDesk {
 public:
    RelayDesk(std::unique_ptr<net::HttpClient> client, RelayAddress address, std::optional<Secret> token)
        : client_(std::move(client)), address_(std::move(address)), token_(std::move(token)) {}

    Result<Json> ask(std::string_view method, const std::string& target, const Json& body) override {
        const auto answer =
            send(method, "/api/v1/" + target, body.is_null() ? std::string() : body.dump(), answer_time_max);
        if (!answer) return failed("ask " + name(), answer.error());
        auto told = judged(answer->status, answer->body);
        if (!told && (answer->status == 401 || answer->status == 403)) return failed(name(), told.error());
        return told;
    }
    [[nodiscard]] std::string name() const override { return "relay at " + address_.text; }

    Result<Json> probe(StatusProbe which) {
        const std::string name_in_answer = probe_name(which);
        const auto answer = send("GET", which == StatusProbe::ready ? "/readyz" : "/healthz", "", connect_time_max);
        if (!answer) return failed("ask " + name(), answer.error());
        Json told = Json::parse(answer->body, nullptr, false);
        const bool says_it = told.is_object() && told.contains(name_in_answer);
        if (says_it && told[name_in_answer].is_boolean()) return told;
        return failed(fmt::format("{} answers {} and no word of hookline's", name(), answer->status));
    }

    /// The status of an answer to anything at all; an error when nobody answers.
    Result<int> knock(const std::string& target) {
        const auto answer = send("GET", target, "", connect_time_max);
        if (!answer) return tl::unexpected(answer.error());
        return answer->status;
    }

 private:
    Result<net::ClientAnswer> send(std::string_view method, const std::string& target, std::string body,
                                   std::chrono::milliseconds time_max) {
        net::ClientRequest request;
        request.method = method;
        request.url = (address_.tls ? "https://" : "http://") + address_.text + target;
        if (token_) request.headers.push_back({"Authorization", "Bearer " + std::string(token_->reveal())});
        if (!body.empty()) {
            request.headers.push_back({"Content-Type", "application/json"});
            request.body = std::make_shared<const std::string>(std::move(body));
        }
        request.connect_time_max = connect_time_max;
        request.time_max = time_max;
        net::ClientOutcome outcome;
        Inbox inbox;
        client_->start(std::move(request), inbox, [&outcome](net::ClientOutcome got) { outcome = std::move(got); });
        inbox.run_one();
        if (!outcome.answer) return failed(outcome.failure.reason);
        return std::move(*outcome.answer);
    }

    std::unique_ptr<net::HttpClient> client_;
    RelayAddress address_;
    std::optional<Secret> token_;
};

class SpoolDesk final : public AdminDesk {
 public:
    static Result<std::unique_ptr<AdminDesk>> open(const Path& directory, std::optional<SealKey> key) {
        auto desk = std::make_unique<SpoolDesk>(directory);
        spool::SpoolOptions options;
        options.directory = directory;
        options.key = std::move(key);
        // A visit must forget nothing, whatever limits the relay itself runs with.
        options.limits.seen_max = options.limits.seen_tenant_max = UINT64_MAX / 4;
        options.limits.seen_age_max = std::chrono::hours(24 * 366);
        options.limits.aside_bytes_max = options.limits.aside_tenant_bytes_max = UINT64_MAX / 4;
        options.limits.condemned_tenant_bytes_max = UINT64_MAX / 4;
        options.limits.tenant_bytes_max = UINT64_MAX / 4;
        options.limits.gaps_max = UINT64_MAX / 4;
        options.limits.kept_age_max = std::chrono::hours(24 * 366 * 10);
        options.limits.kept_bytes_max = UINT64_MAX / 4;
        auto spool = spool::Spool::open(std::move(options), desk->clock_, desk->metrics_);
        if (!spool) return tl::unexpected(spool.error());
        desk->spool_ = std::move(*spool);
        // Nobody asks but the owner of the spool, who may write where he may write.
        desk->backups_.emplace(*desk->spool_, desk->clock_,
                               [](const std::string& asked) -> Result<Path> { return Path(asked); });
        return desk;
    }
    explicit SpoolDesk(Path directory) : directory_(std::move(directory)) {}
    SpoolDesk(const SpoolDesk&) = delete;
    SpoolDesk& operator=(const SpoolDesk&) = delete;
    ~SpoolDesk() override {
        backups_.reset();
        if (spool_) (void)spool_->close();
    }

    Result<Json> ask(std::string_view method, const std::string& target, const Json& body) override {
        status::AdminParts parts{*spool_, clock_, metrics_, {}, {}, {}, {}, {}, {}};
        parts.backups = &*backups_;
        const status::AdminCalls calls(parts);
        const net::HttpResponse answer = calls.call(method, "/api/v1/" + target, body.is_null() ? "" : body.dump());
        return judged(answer.status, answer.body);
    }
    [[nodiscard]] std::string name() const override { return "spool " + directory_.string() + " (no relay runs)"; }

 private:
    Path directory_;
    SystemClock clock_;
    Metrics metrics_;
    std::unique_ptr<spool::Spool> spool_;
    std::optional<status::BackupDesk> backups_;
};

/// Opening makes a spool where there is none: a mistyped path must not become one.
bool looks_like_spool(const Path& directory) {
    std::error_code fault;
    if (std::filesystem::exists(directory / "CURRENT", fault)) return true;
    for (const auto& entry : std::filesystem::directory_iterator(directory, fault)) {
        if (std::filesystem::exists(entry.path() / "CURRENT", fault)) return true;
    }
    return false;
}

/// Whether a relay has the spool open; nothing when that cannot be seen. RocksDB locks the file with fcntl.
std::optional<bool> is_open_elsewhere(const Path& directory) {
    const int file = ::open((directory / "hookline.lock").c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return {};
    struct flock wanted {};
    wanted.l_type = F_WRLCK;
    wanted.l_whence = SEEK_SET;
    const bool looked = ::fcntl(file, F_GETLK, &wanted) == 0;
    ::close(file);
    if (!looked) return {};
    return wanted.l_type != F_UNLCK;
}

std::optional<std::string> set_variable(const Environment& environment, const std::string& name) {
    const auto found = environment.find(name);
    if (found == environment.end() || found->second.empty()) return {};
    return found->second;
}

/// The token, and the spool it lies in, when it was not given.
struct FoundToken {
    std::optional<Secret> token;
    std::optional<Path> spool;
};
Result<FoundToken> find_token(const AdminTarget& target, const std::optional<Path>& spool,
                              const Environment& environment) {
    const auto of_file = [](const Path& path, std::optional<Path> of_spool) -> Result<FoundToken> {
        auto secret = read_secret_file(path);
        if (!secret) return tl::unexpected(secret.error());
        return FoundToken{std::move(*secret), std::move(of_spool)};
    };
    if (target.token_file) return of_file(*target.token_file, {});
    if (const auto token = set_variable(environment, "HOOKLINE_ADMIN_TOKEN")) return FoundToken{Secret(*token), {}};
    if (const auto file = set_variable(environment, "HOOKLINE_ADMIN_TOKEN_FILE")) return of_file(*file, {});
    const Path looked_in = spool.value_or(default_spool);
    if (!stamp_of(looked_in / "admin-token")) return FoundToken{};
    return of_file(looked_in / "admin-token", looked_in);
}

/// `relay.example.com:9180`: a name is good here, other than where an address must be bound.
bool is_name_and_port(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
    const std::string_view port = text.substr(colon + 1);
    const std::string_view name = text.substr(0, colon);
    const std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    return port.size() <= 5 && port.find_first_not_of("0123456789") == std::string_view::npos &&
           name.find_first_not_of(letters) == std::string_view::npos;
}

/// Whom to believe a certificate besides the system's authorities; empty: nobody.
std::string find_ca_file(const AdminTarget& target, const Environment& environment) {
    if (target.ca_file) return target.ca_file->string();
    return set_variable(environment, "HOOKLINE_ADMIN_CERTIFICATE").value_or("");
}

Result<RelayAddress> find_address(const AdminTarget& target, const Environment& environment) {
    constexpr std::string_view https = "https://";
    RelayAddress address{target.address, false};
    if (address.text.empty()) {
        address.text = set_variable(environment, "HOOKLINE_ADMIN_LISTEN").value_or(default_address);
        address.tls = set_variable(environment, "HOOKLINE_ADMIN_CERTIFICATE").has_value();
    }
    if (address.text == "off") address.text = default_address;
    if (address.text.starts_with(https)) {
        address = {address.text.substr(https.size()), true};
        if (address.text.ends_with('/')) address.text.pop_back();
    }
    auto endpoint = net::parse_endpoint(address.text);
    const bool stands_for_all = endpoint && (endpoint->address.empty() || endpoint->address == "0.0.0.0");
    // A certificate is of the name that was given, not of what that stands for.
    if ((!endpoint || (address.tls && !stands_for_all)) && is_name_and_port(address.text)) return address;
    if (!endpoint) return failed("--admin", endpoint.error());
    if (endpoint->address.empty() || endpoint->address == "0.0.0.0" || endpoint->address == "::")
        endpoint->address = "127.0.0.1";
    address.text = to_string(*endpoint);
    return address;
}

Result<std::unique_ptr<AdminDesk>> open_spool(const Path& directory, const std::string& address,
                                              const std::optional<Path>& key_file, const Environment& environment) {
    if (!looks_like_spool(directory)) return failed(directory.string() + " is no spool");
    if (auto may = may_write_as_this_user(directory); !may) return tl::unexpected(may.error());
    auto key = find_spool_key(key_file, environment);
    if (!key) return tl::unexpected(key.error());
    auto desk = SpoolDesk::open(directory, std::move(*key));
    if (!desk) {
        return failed(fmt::format(
            "{} (no relay that knows this spool's token answers at {}; if one runs elsewhere, name it with --admin)",
            desk.error().message, address));
    }
    return desk;
}

}  // namespace

Result<std::unique_ptr<AdminDesk>> AdminDesk::reach(const AdminTarget& target, const Environment& environment) {
    std::optional<Path> spool = target.spool;
    if (!spool) spool = set_variable(environment, "HOOKLINE_SPOOL_DIRECTORY");
    const auto address = find_address(target, environment);
    if (!address) return tl::unexpected(address.error());
    auto token = find_token(target, spool, environment);
    if (!token) return tl::unexpected(token.error());
    // Without its relay, whoever listens at the address by now must not be given the spool's token.
    if (token->spool && is_open_elsewhere(*token->spool) == false) {
        if (spool) return open_spool(*spool, address->text, target.spool_key_file, environment);
        return failed(
            fmt::format("no relay runs on {}; give --spool {} to look at it without one, or the --admin-token-file "
                        "of the relay that is meant",
                        token->spool->string(), token->spool->string()));
    }

    net::ClientOptions options;
    options.answer_bytes_max = answer_bytes_max;
    options.ca_file = find_ca_file(target, environment);
    auto client = net::make_http_client(std::move(options));
    if (!client) return tl::unexpected(client.error());
    const bool has_token = token->token.has_value();
    auto relay = std::make_unique<RelayDesk>(std::move(*client), *address, std::move(token->token));
    // Behind the gate there is nothing at this path: 404 means that the token was taken.
    const auto knocked = relay->knock("/api/v1/");
    if (knocked && (*knocked == 404 || !spool)) {
        if (*knocked == 404 || has_token) return relay;
        return failed(
            fmt::format("a relay answers at {} and wants its admin token: give --spool DIR, --admin-token-file FILE or "
                        "$HOOKLINE_ADMIN_TOKEN",
                        address->text));
    }
    if (spool) return open_spool(*spool, address->text, target.spool_key_file, environment);
    return failed(
        fmt::format("no relay answers at {} ({}); give its --admin address, or --spool DIR to look at a spool that no "
                    "relay has open",
                    address->text, knocked.error().message));
}

const char* probe_name(StatusProbe probe) { return probe == StatusProbe::ready ? "ready" : "healthy"; }

Result<Json> ask_probe(StatusProbe probe, const AdminTarget& target, const Environment& environment) {
    const auto address = find_address(target, environment);
    if (!address) return tl::unexpected(address.error());
    net::ClientOptions options;
    options.ca_file = find_ca_file(target, environment);
    auto client = net::make_http_client(std::move(options));
    if (!client) return tl::unexpected(client.error());
    return RelayDesk(std::move(*client), *address, {}).probe(probe);
}

std::string percent_encoded(std::string_view text) {
    std::string encoded;
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                           c == '_' || c == '.';
        encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return encoded;
}

std::optional<std::string> base64_decoded(std::string_view text) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (text.size() % 4 != 0) return {};
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3);
    while (!text.empty()) {
        const std::size_t padding =
            text.size() == 4 ? static_cast<std::size_t>(std::count(text.begin(), text.end(), '=')) : 0;
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            const std::size_t digit = i >= 4 - padding ? 0 : digits.find(text[i]);
            if (digit == std::string_view::npos) return {};
            group = group << 6 | static_cast<std::uint32_t>(digit);
        }
        for (std::size_t i = 0; i < 3 - std::min<std::size_t>(padding, 3); ++i)
            bytes += static_cast<char>(group >> (16 - 8 * i) & 0xFFU);
        text.remove_prefix(4);
    }
    return bytes;
}

}  // namespace hookline::app
