// The keys of what happens in between: document, spool.

#include "app/config_kinds.h"
#include "app/config_secrets.h"
#include "app/spool_key.h"

namespace hookline::app {
namespace {

using namespace std::chrono_literals;
constexpr std::uint64_t kib = 1ULL << 10;
constexpr std::uint64_t mib = 1ULL << 20;
constexpr std::uint64_t gib = 1ULL << 30;
constexpr std::uint64_t tib = 1ULL << 40;
constexpr std::uint64_t pib = 1ULL << 50;

using Taken = Result<void>;

Result<Secret> read_key_text(std::string_view text) {
    if (auto key = parse_spool_key(text); !key) return tl::unexpected(key.error());
    return Secret(std::string(text));
}
Taken set_spool_key_file(Draft& draft, const Setting& setting, const std::string& text) {
    auto content = read_secret_text(draft, setting, text);
    if (!content) return tl::unexpected(content.error());
    auto key = read_key_text(*content);
    if (!key) return failed(text, key.error());
    return keep_one(draft.spool_key, std::move(key));
}
Taken set_spool_key(Draft& draft, const Setting&, const std::string& text) {
    return keep_one(draft.spool_key, read_key_text(text));
}

}  // namespace

std::vector<KeyRule> inner_rules() {
    using logzio::Shape;
    return {
        choice_key(
            "document.compatibility", HOOKLINE_FIELD(shape),
            std::vector<std::pair<std::string, Shape>>{{"none", Shape::hookline}, {"reference", Shape::reference}},
            "`reference`: the shape that logzio/okta-events-hook 1.0 wrote, its overwritten `eventType` included"),
        size_key("document.line_bytes_max", HOOKLINE_FIELD(line_limits.line_bytes_max), {10'000, 500'000, {}},
                 "one line; the listener refuses longer ones"),
        count_key("document.string_characters_max", HOOKLINE_FIELD(line_limits.string_characters_max),
                  {256, 32'700, {}}, "one string; longer ones are cut, and the original is kept aside"),
        count_key("document.fields_max", HOOKLINE_FIELD(line_limits.fields_max), {50, 1'000, {}},
                  "fields of one line; the rest is folded into a string"),
        count_key("document.levels_max", HOOKLINE_FIELD(line_limits.levels_max), {3, 10, {}},
                  "nesting; what is deeper is folded into a string"),

        path_key("spool.directory", HOOKLINE_FIELD(spool_directory), "directory",
                 "where events are kept until Logz.io has them; on a local disk"),
        text_key("spool.key_file", "file", "", "64 hexadecimal digits", set_spool_key_file,
                 "the main key that events and tokens are encrypted with; without one it is made and kept in "
                 "`<spool>/spool.key`"),
        secret_of_file_key("spool.key", set_spool_key, "64 hexadecimal digits"),
        path_key("spool.backup_directory", HOOKLINE_FIELD(backup_directory), "directory",
                 "where `hookline backup` may make its directories while the relay runs; without one only a stopped "
                 "spool can be copied"),
        size_key("spool.bytes_max", HOOKLINE_FIELD(spool.bytes_max), {16 * mib, pib, "only the free space limits"},
                 "all stored events; more: 503"),
        size_key("spool.tenant_bytes_max", HOOKLINE_FIELD(spool.tenant_bytes_max), {mib, pib, {}},
                 "one tenant's stored events; more: 503"),
        share_key("spool.shared_share", HOOKLINE_FIELD(spool.shared_share),
                  "of the spool, for tenants that are neither named nor allow-listed together"),
        size_key("spool.free_bytes_min", HOOKLINE_FIELD(spool.free_bytes_min),
                 {mib, 100 * tib, "1 GiB or 5 % of the disk, whichever is less"},
                 "nothing new is stored below this much free space"),
        size_key("spool.waiting_bytes_max", HOOKLINE_FIELD(spool.waiting_bytes_max), {mib, 16 * gib, {}},
                 "deliveries waiting for their commit; more: 503"),
        size_key("spool.group_bytes_max", HOOKLINE_FIELD(spool.group_bytes_max), {64 * kib, gib, {}}, "one commit"),
        duration_key("spool.seen_age_max", HOOKLINE_FIELD(spool.seen_age_max), 1h, 24h * 30,
                     "how long an event is known again"),
        count_key("spool.seen_tenant_max", HOOKLINE_FIELD(spool.seen_tenant_max), {1'000, 100'000'000, {}},
                  "ids remembered for one tenant; the oldest are forgotten first"),
        count_key("spool.seen_max", HOOKLINE_FIELD(spool.seen_max), {1'000, 1'000'000'000, {}},
                  "ids remembered in all (some 60 bytes of memory each)"),
        size_key("spool.condemned_tenant_bytes_max", HOOKLINE_FIELD(spool.condemned_tenant_bytes_max), {mib, tib, {}},
                 "one tenant's dead letters of acknowledged events; full: its delivery is held"),
        size_key("spool.aside_tenant_bytes_max", HOOKLINE_FIELD(spool.aside_tenant_bytes_max), {mib, tib, {}},
                 "one tenant's bodies kept aside; full: the oldest goes"),
        size_key("spool.aside_bytes_max", HOOKLINE_FIELD(spool.aside_bytes_max), {mib, tib, {}},
                 "all bodies kept aside; full: the oldest goes"),
        duration_key("spool.keep_delivered", HOOKLINE_FIELD(spool.kept_age_max), 1h, 24h * 365,
                     "how long after their receipt delivered events are kept, so that `hookline resend` can send them "
                     "once more",
                     "off"),
        size_key("spool.keep_delivered_bytes_max", HOOKLINE_FIELD(spool.kept_bytes_max), {mib, pib, {}},
                 "what they may take on disk in all; more: the oldest of the largest tenants go. They also go before "
                 "the disk comes near its reserve"),
        count_key("spool.gaps_max", HOOKLINE_FIELD(spool.gaps_max), {100, 10'000'000, {}},
                  "entries of the ledger of refusals; the oldest are forgotten first"),
        duration_key("spool.heartbeat", HOOKLINE_FIELD(spool.heartbeat), 1s, 10min,
                     "how exactly a time of absence is known afterwards"),
    };
}

}  // namespace hookline::app
