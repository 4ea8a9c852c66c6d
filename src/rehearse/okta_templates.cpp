#include "rehearse/okta_templates.h"

#include <array>

#include <fmt/format.h>

namespace hookline::rehearse {
namespace {

struct Place {
    std::string_view city, state, country, postal_code;
    double latitude, longitude;
    std::string_view network;  ///< of the documentation ranges (RFC 5737), so that nobody's address is used
    int as_number;
    std::string_view provider;
};
constexpr std::array<Place, 8> places{{
    {"Lisbon", "Lisbon", "Portugal", "1000-001", 38.7167, -9.1333, "192.0.2.", 64496, "example telecom"},
    {"Haifa", "Haifa District", "Israel", "3100001", 32.8184, 34.9885, "198.51.100.", 64497, "sample net"},
    {"Denver", "Colorado", "United States", "80202", 39.7525, -104.9995, "203.0.113.", 64498, "illustration cable"},
    {"Hamburg", "Hamburg", "Germany", "20095", 53.5511, 9.9937, "192.0.2.", 64499, "muster netz"},
    {"Osaka", "Osaka", "Japan", "530-0001", 34.6937, 135.5023, "198.51.100.", 64500, "rei network"},
    {"S\xc3\xa3o Paulo", "S\xc3\xa3o Paulo", "Brazil", "01000-000", -23.5475, -46.6361, "203.0.113.", 64501,
     "exemplo fibra"},
    {"Sydney", "New South Wales", "Australia", "2000", -33.8679, 151.2073, "192.0.2.", 64502, "specimen broadband"},
    {"Toronto", "Ontario", "Canada", "M5H", 43.6532, -79.3832, "198.51.100.", 64503, "northern example"},
}};

struct Person {
    std::string_view name, login;
};
constexpr std::array<Person, 12> people{{
    {"Ada Quill", "ada.quill"},
    {"Bruno Vale", "bruno.vale"},
    {"Chiara Tofts", "chiara.tofts"},
    {"Dmitri Oslow", "dmitri.oslow"},
    {"Esther Lind\xc3\xb8", "esther.lindo"},
    {"Farid Nouri", "farid.nouri"},
    {"Grace O'Hollan", "grace.ohollan"},
    {"Hiro \xe7\x94\xb0\xe4\xb8\xad", "hiro.tanaka"},
    {"In\xc3\xaas Prado", "ines.prado"},
    {"Jonas Wendt", "jonas.wendt"},
    {"Karla Esch", "karla.esch"},
    {"Liam Straker", "liam.straker"},
}};

struct Browser {
    std::string_view raw, os, name, device;
};
constexpr std::array<Browser, 5> browsers{{
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
     "Windows 10", "CHROME", "Computer"},
    {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 "
     "Safari/605.1.15",
     "Mac OS X", "SAFARI", "Computer"},
    {"Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0", "Linux", "FIREFOX", "Computer"},
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 "
     "Mobile/15E148 Safari/604.1",
     "iOS (iPhone)", "SAFARI", "Mobile"},
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 "
     "Edg/141.0.0.0",
     "Windows 11", "EDGE", "Computer"},
}};

constexpr std::array<std::string_view, 6> apps{"Payroll",     "Wiki", "Source Control",
                                               "Travel Desk", "Mail", "Status Board"};
constexpr std::array<std::string_view, 6> groups{"Everyone",    "Finance", "Engineering",
                                                 "Contractors", "Support", "Site B"};

class EventText {
 public:
    EventText(const OktaEventType& type, std::mt19937_64& dice, std::string_view hook_id, bool spelled_out)
        : type_(type), dice_(dice), hook_id_(hook_id), spelled_out_(spelled_out) {}

    std::string build() {
        const bool system = type_.actor == 's';
        const Person& person = pick(people);
        begin_object();
        member("uuid", uuid_mark);
        member("published", published_mark);
        member("eventType", type_.name);
        member("version", "0");
        member("displayMessage", type_.message);
        member("severity", type_.result == "SUCCESS" ? "INFO" : "WARN");
        client(system);
        if (spelled_out_) raw("device", "null");
        raw("actor", system ? thing("SystemPrincipal", "spr", "system@okta.com", "Okta System") : user(person));
        begin_object("outcome");
        member("result", type_.result);
        text_or_null("reason", type_.reason);
        end_object();
        targets(person);
        transaction(system);
        debug_context(system);
        text_or_null("legacyEventType", type_.legacy);
        authentication_context(system);
        security_context(system);
        if (spelled_out_) raw("insertionTimestamp", "null");
        end_object();
        return std::move(text_);
    }

 private:
    template <class All>
    const typename All::value_type& pick(const All& all) {
        return all[dice_() % all.size()];
    }
    /// 20 characters, as Okta's ids have them.
    std::string id(std::string_view prefix) {
        static constexpr std::string_view letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        std::string text(prefix);
        while (text.size() < 16) text += letters[dice_() % letters.size()];
        return text + "0h7x";
    }

    void comma() {
        if (text_.back() != '{' && text_.back() != '[') text_ += ',';
    }
    void begin_object() { text_ += '{'; }
    void begin_object(std::string_view key) {
        comma();
        text_ += fmt::format(R"("{}":{{)", key);
    }
    void end_object() { text_ += '}'; }
    void raw(std::string_view key, std::string_view value) {
        comma();
        text_ += fmt::format(R"("{}":{})", key, value);
    }
    void member(std::string_view key, std::string_view value) { raw(key, fmt::format(R"("{}")", value)); }
    void text_or_null(std::string_view key, std::string_view value) {
        if (!value.empty()) return member(key, value);
        if (spelled_out_) raw(key, "null");
    }

    std::string thing(std::string_view type, std::string_view prefix, std::string_view alternate,
                      std::string_view name) {
        return fmt::format(R"({{"id":"{}","type":"{}","alternateId":"{}","displayName":"{}"{}}})", id(prefix), type,
                           alternate, name, spelled_out_ ? R"(,"detailEntry":null)" : "");
    }
    std::string user(const Person& person) {
        return thing("User", "00u", fmt::format("{}@example.com", person.login), person.name);
    }

    void client(bool system) {
        begin_object("client");
        if (system) {
            raw("ipChain", "[]");
            if (spelled_out_) {
                for (const char* key : {"userAgent", "zone", "device", "id", "ipAddress", "geographicalContext"}) {
                    raw(key, "null");
                }
            }
            return end_object();
        }
        place_ = &pick(places);
        const Browser& browser = pick(browsers);
        address_ = fmt::format("{}{}", place_->network, 1 + dice_() % 254);
        const std::string geography = fmt::format(
            R"({{"city":"{}","state":"{}","country":"{}","postalCode":"{}","geolocation":{{"lat":{},"lon":{}}}}})",
            place_->city, place_->state, place_->country, place_->postal_code, place_->latitude, place_->longitude);
        begin_object("userAgent");
        member("rawUserAgent", browser.raw);
        member("os", browser.os);
        member("browser", browser.name);
        end_object();
        member("zone", "null");
        member("device", browser.device);
        if (spelled_out_) raw("id", "null");
        member("ipAddress", address_);
        raw("geographicalContext", geography);
        raw("ipChain", fmt::format(R"([{{"ip":"{}","geographicalContext":{},"version":"V4"{}}}])", address_, geography,
                                   spelled_out_ ? R"(,"source":null)" : ""));
        end_object();
    }

    std::string target(char kind, const Person& actor) {
        switch (kind) {
            case 'U':
                return user(type_.actor == 'u' ? actor : pick(people));
            case 'A':
                return thing("AppInstance", "0oa", pick(apps), pick(apps));
            case 'a':
                return thing("AppUser", "0ua", fmt::format("{}@example.com", pick(people).login), pick(people).name);
            case 'G':
                return thing("UserGroup", "00g", "unknown", pick(groups));
            case 'P':
                return thing("PolicyEntity", "00p", "unknown", "Sign-on policy for contractors");
            case 'R':
                return thing("PolicyRule", "0pr", "00pQ81vbm3Tz0Kd1L0h7", "Ask for a second factor outside the office");
            case 'F':
                return thing("AuthenticatorEnrollment", "pfd", "unknown", "Okta Verify");
            case 'T':
                return thing("Token", "00T", "unknown", "nightly export");
            case 'Z':
                return thing("NetworkZone", "nzo", "unknown", "Branch offices");
            case 'I':
                return thing("IdentityProvider", "0oi", "unknown", "Partner directory");
            case 'r':
                return thing("ROLE", "irb", "unknown", "Help Desk Administrator");
            default:
                return thing("Device", "guo", "unknown", "LAPTOP-7Q2");
        }
    }
    void targets(const Person& actor) {
        if (type_.targets.empty()) return raw("target", spelled_out_ ? "null" : "[]");
        std::string all;
        for (const char kind : type_.targets) all += (all.empty() ? "" : ",") + target(kind, actor);
        raw("target", "[" + all + "]");
    }

    void transaction(bool system) {
        begin_object("transaction");
        member("type", system ? "JOB" : "WEB");
        member("id", transaction_mark);
        raw("detail", "{}");
        end_object();
    }

    void debug_context(bool system) {
        begin_object("debugContext");
        begin_object("debugData");
        if (!system) {
            member("requestId", transaction_mark);
            member("dtHash", fmt::format("{:016x}{:016x}{:016x}{:016x}", dice_(), dice_(), dice_(), dice_()));
        }
        const std::string uri = fmt::format("/api/v1/{}/{}", type_.sign_in ? "authn" : "users", id("00u"));
        member("requestUri", uri);
        member("url", uri + "?");
        member("targetEventHookIds", hook_id_);
        if (type_.sign_in) {
            member("threatSuspected", "false");
            member("risk", "{reasons=Anomalous Location, level=MEDIUM}");
            member("behaviors",
                   "{New Geo-Location=NEGATIVE, New Device=POSITIVE, New IP=NEGATIVE, New State=NEGATIVE, "
                   "New Country=NEGATIVE, Velocity=NEGATIVE, New City=NEGATIVE}");
            member("logOnlySecurityData",
                   R"({\"risk\":{\"level\":\"MEDIUM\",\"reasons\":\"Anomalous Location\"},\"behaviors\":{)"
                   R"(\"New Geo-Location\":\"NEGATIVE\",\"New Device\":\"POSITIVE\",\"New IP\":\"NEGATIVE\"}})");
            member("authnRequestId", serial_mark);
            member("deviceFingerprint", fmt::format("{:016x}{:016x}", dice_(), dice_()));
        } else {
            member("changedAttributes", "department,manager,costCenter");
            member("correlation", serial_mark);
        }
        end_object();
        end_object();
    }

    void authentication_context(bool system) {
        begin_object("authenticationContext");
        raw("authenticationStep", "0");
        member("externalSessionId", system ? std::string_view("unknown") : session_mark);
        if (!system) member("rootSessionId", session_mark);
        if (type_.sign_in) {
            member("authenticationProvider", "OKTA_AUTHENTICATION_PROVIDER");
            member("credentialProvider", "OKTA_CREDENTIAL_PROVIDER");
            member("credentialType", "PASSWORD");
        } else if (spelled_out_) {
            for (const char* key : {"authenticationProvider", "credentialProvider", "credentialType"}) raw(key, "null");
        }
        if (spelled_out_) {
            for (const char* key : {"issuer", "interface", "authenticatorContext"}) raw(key, "null");
        }
        end_object();
    }

    void security_context(bool system) {
        begin_object("securityContext");
        if (!system) {
            raw("asNumber", std::to_string(place_->as_number));
            member("asOrg", place_->provider);
            member("isp", place_->provider);
            member("domain", "example.net");
            raw("isProxy", "false");
        } else if (spelled_out_) {
            for (const char* key : {"asNumber", "asOrg", "isp", "domain", "isProxy"}) raw(key, "null");
        }
        end_object();
    }

    const OktaEventType& type_;
    std::mt19937_64& dice_;
    std::string_view hook_id_;
    bool spelled_out_;
    const Place* place_ = nullptr;
    std::string address_;
    std::string text_;
};

}  // namespace

std::string okta_event_text(const OktaEventType& type, std::mt19937_64& dice, std::string_view hook_id,
                            bool spelled_out) {
    return EventText(type, dice, hook_id, spelled_out).build();
}

std::string okta_preview_text(const OktaEventType& type) {
    return fmt::format(
        R"({{"uuid":"{}","published":"{}","eventType":"{}","version":"0","displayMessage":"{}","severity":"INFO",)"
        R"("client":{{"userAgent":null,"zone":null,"device":null,"id":null,"ipAddress":null,"geographicalContext":null,)"
        R"("ipChain":[]}},"device":null,"actor":null,"outcome":{{"result":"Success","reason":null}},"target":null,)"
        R"("transaction":{{"type":null,"id":null,"detail":{{}}}},"debugContext":null,"legacyEventType":"{}",)"
        R"("authenticationContext":null,"securityContext":null,"insertionTimestamp":null}})",
        uuid_mark, published_mark, type.name, type.message, type.legacy);
}

}  // namespace hookline::rehearse
