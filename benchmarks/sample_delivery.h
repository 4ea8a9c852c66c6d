#pragma once
// What the micro benchmarks and the counted instructions work on: always the same.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hookline::bench {

inline constexpr std::size_t padding_bytes = 64;

/// An event of the size and make of Okta's larger ones: 2.4 kB, 100 values.
inline constexpr std::string_view event =
    R"({"actor":{"id":"00u1a2b3c4d5e6f7g8h9","type":"User",)"
    R"("alternateId":"ada.lovelace@example.com","displayName":"Ada Lovelace","detailEntry":null},"client":{"userAgent":)"
    R"({"rawUserAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",)"
    R"("os":"Linux","browser":"CHROME"},"zone":"null","device":"Computer","id":null,"ipAddress":"192.0.2.17",)"
    R"("geographicalContext":{"city":"London","state":"England","country":"United Kingdom","postalCode":"SW1A",)"
    R"("geolocation":{"lat":51.5074,"lon":-0.1278}}},"device":null,"authenticationContext":{"authenticationProvider":)"
    R"("OKTA_AUTHENTICATION_PROVIDER","credentialProvider":"OKTA_CREDENTIAL_PROVIDER","credentialType":"PASSWORD",)"
    R"("issuer":{"id":"0oa1a2b3c4d5e6f7g8h9","type":"OIDC"},"interface":null,"authenticationStep":0,"rootSessionId":)"
    R"("idx9sXk2mQ4T7aLwCw3dNfPqA","externalSessionId":"idx9sXk2mQ4T7aLwCw3dNfPqA"},"displayMessage":)"
    R"("User login to Okta","eventType":"user.session.start","outcome":{"result":"SUCCESS","reason":null},"published":)"
    R"("2026-03-14T09:26:53.589Z","securityContext":{"asNumber":64500,"asOrg":"example transit","isp":"example isp",)"
    R"("domain":"example.net","isProxy":false},"severity":"INFO","debugContext":{"debugData":{"requestId":)"
    R"("c0ffee00c0ffee00c0ffee00c0ffee00","dtHash":"5f16a5b0c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d9e8f7",)"
    R"("requestUri":"/idp/idx/identify","threatSuspected":"false","url":"/idp/idx/identify?","risk":"{level=LOW}",)"
    R"("behaviors":"{New Geo-Location=NEGATIVE, New Device=NEGATIVE, New IP=POSITIVE, New State=NEGATIVE, Velocity=NEGATIVE}",)"
    R"("logOnlySecurityData":"{\"risk\":{\"level\":\"LOW\"},\"behaviors\":{\"New IP\":\"POSITIVE\"}}",)"
    R"("targetEventHookIds":"who1a2b3c4d5e6f7g8h9"}},"legacyEventType":"core.user_auth.login_success","transaction":)"
    R"({"type":"WEB","id":"c0ffee00c0ffee00c0ffee00c0ffee00","detail":{"requestApiTokenId":null}},"uuid":)"
    R"("2f0e7a64-1f84-11f1-8d4b-0242ac120002","version":"0","request":{"ipChain":[{"ip":"192.0.2.17",)"
    R"("geographicalContext":{"city":"London","state":"England","country":"United Kingdom","postalCode":"SW1A",)"
    R"("geolocation":{"lat":51.5074,"lon":-0.1278}},"version":"V4","source":null}]},"target":[{"id":)"
    R"("pfd1a2b3c4d5e6f7g8h9","type":"AuthenticatorEnrollment","alternateId":"unknown","displayName":"Password",)"
    R"("detailEntry":{"methodTypeUsed":"Password","methodUsedVerifiedProperties":"[USER_PRESENCE]"}},{"id":)"
    R"("0oa1a2b3c4d5e6f7g8h9","type":"AppInstance","alternateId":"Okta Dashboard","displayName":"Okta Dashboard",)"
    R"("detailEntry":{"signOnModeType":"OPENID_CONNECT"}}]})";

/// Okta's envelope around so many of them, with the padding that a parser may read.
inline std::string delivery_of(std::int64_t events) {
    std::string body =
        R"({"eventType":"com.okta.event_hook","eventTypeVersion":"1.0","cloudEventsVersion":"0.1","source":)"
        R"("https://example.okta.com/api/v1/eventHooks/who1a2b3c4d5e6f7g8h9","eventId":)"
        R"("5d1f0c9e-3b1a-4d57-9c1e-8a7b6c5d4e3f","data":{"events":[)";
    for (std::int64_t place = 0; place < events; ++place) body += (place == 0 ? "" : ",") + std::string(event);
    body += R"(]},"eventTime":"2026-03-14T09:27:03.120Z","contentType":"application/json"})";
    body.reserve(body.size() + padding_bytes);
    return body;
}

/// The same as Okta posts it to a relay in header mode.
inline std::string request_of(std::int64_t events) {
    const std::string body = delivery_of(events);
    return "POST / HTTP/1.1\r\nAccept: application/json\r\nHost: hooks.example.com\r\nlogzio_region: us\r\n"
           "logzio_token: BenchBenchBenchBenchBenc00000001\r\nAuthorization: a-secret-that-okta-sends-with-each-one\r\n"
           "User-Agent: Okta Hook Service v1.0.0 - who1a2b3c4d5e6f7g8h9\r\nContent-Type: application/json\r\n"
           "Content-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Lines as they are shipped, each with its own ids: a counter's digits in place of those that differ between events.
inline std::string lines_of(std::size_t bytes) {
    std::string lines;
    for (std::uint64_t number = 1; lines.size() < bytes; ++number) {
        std::string line = R"({"type":"okta",)" + std::string(event.substr(1)) + "\n";
        for (std::size_t at = line.find("c0ffee00"); at != std::string::npos; at = line.find("c0ffee00", at)) {
            std::uint64_t bits = number * 0x9E3779B97F4A7C15U;
            for (std::size_t place = 0; place < 16; ++place, bits >>= 4U)
                line[at + place] = "0123456789abcdef"[bits & 15U];
            at += 16;
        }
        lines += line;
    }
    return lines;
}

}  // namespace hookline::bench
