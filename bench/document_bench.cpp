// What it costs to turn a delivery into lines, and what the parser would cost on simdjson instead
// (docs/decisions/0008-one-json-reader.md). Run it pinned: taskset -c 1 document_bench.

#include <string>

#include <benchmark/benchmark.h>
#include <simdjson.h>

#include "base/json_scanner.h"
#include "logzio/line.h"
#include "okta/delivery.h"

namespace hookline {
namespace {

/// An event of the size and make of Okta's larger ones: 2.4 kB, 100 values.
constexpr std::string_view event =
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

std::string delivery_of(std::int64_t events) {
    std::string body =
        R"({"eventType":"com.okta.event_hook","eventTypeVersion":"1.0","cloudEventsVersion":"0.1","source":)"
        R"("https://example.okta.com/api/v1/eventHooks/who1a2b3c4d5e6f7g8h9","eventId":)"
        R"("5d1f0c9e-3b1a-4d57-9c1e-8a7b6c5d4e3f","data":{"events":[)";
    for (std::int64_t place = 0; place < events; ++place) body += (place == 0 ? "" : ",") + std::string(event);
    body += R"(]},"eventTime":"2026-03-14T09:27:03.120Z","contentType":"application/json"})";
    body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
    return body;
}

void per_event(benchmark::State& state, const std::string& body) {
    const auto bodies = static_cast<double>(state.iterations());
    state.counters["ns_per_event"] = benchmark::Counter(bodies * static_cast<double>(state.range(0)) * 1e-9,
                                                        benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

logzio::LineSource source_of(const okta::Envelope& envelope) {
    logzio::LineSource source;
    for (const okta::Member& member : envelope.known) source.envelope.push_back({member.key, member.raw});
    for (const okta::Member& member : envelope.others) source.envelope_other.push_back({member.key, member.raw});
    source.envelope_event_time = envelope.event_time;
    source.source = envelope.source;
    source.received_at = WallTime(std::chrono::seconds(1'773'480'423));
    return source;
}

/// The whole way: body to lines.
void parse_and_document(benchmark::State& state) {
    const std::string body = delivery_of(state.range(0));
    okta::DeliveryParser parser;
    logzio::LineBuilder builder(logzio::Shape::hookline, {});
    std::string lines;
    for ([[maybe_unused]] auto _ : state) {
        lines.clear();
        const auto delivery = parser.parse(body);
        logzio::LineSource source = source_of(delivery->envelope);
        for (const okta::Event& each : delivery->events) {
            source.event = each.raw;
            benchmark::DoNotOptimize(builder.build(source, lines));
        }
        benchmark::DoNotOptimize(lines.data());
    }
    per_event(state, body);
}
BENCHMARK(parse_and_document)->Arg(1)->Arg(5)->Arg(50);

void parse_only(benchmark::State& state) {
    const std::string body = delivery_of(state.range(0));
    okta::DeliveryParser parser;
    for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(parser.parse(body));
    per_event(state, body);
}
BENCHMARK(parse_only)->Arg(1)->Arg(5)->Arg(50);

/// An event that goes through the guards: a lone surrogate keeps it off the fast way.
void document_with_guards(benchmark::State& state) {
    std::string guarded(event);
    guarded.insert(1, R"("note":"\ud800",)");
    logzio::LineSource source;
    source.event = guarded;
    logzio::LineBuilder builder(logzio::Shape::hookline, {});
    std::string lines;
    for ([[maybe_unused]] auto _ : state) {
        lines.clear();
        benchmark::DoNotOptimize(builder.build(source, lines));
    }
}
BENCHMARK(document_with_guards);

void validate_by_scanner(benchmark::State& state) {
    const std::string body = delivery_of(state.range(0));
    for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(is_json(body));
    per_event(state, body);
}
BENCHMARK(validate_by_scanner)->Arg(1)->Arg(50);

/// The other design: simdjson's DOM validates, its On-Demand cuts the slices.
void validate_and_slice_by_simdjson(benchmark::State& state) {
    const std::string body = delivery_of(state.range(0));
    simdjson::dom::parser dom;
    simdjson::ondemand::parser on_demand;
    for ([[maybe_unused]] auto _ : state) {
        if (dom.parse(body.data(), body.size(), false).error() != simdjson::SUCCESS) state.SkipWithError("refused");
        simdjson::ondemand::document document;
        if (on_demand.iterate(body.data(), body.size(), body.capacity()).get(document) != simdjson::SUCCESS) return;
        for (auto element : document["data"]["events"]) {
            simdjson::ondemand::object object;
            std::string_view raw;
            if (element.get_object().get(object) != simdjson::SUCCESS) return;
            if (object.raw_json().get(raw) != simdjson::SUCCESS) return;
            benchmark::DoNotOptimize(raw);
        }
    }
    per_event(state, body);
}
BENCHMARK(validate_and_slice_by_simdjson)->Arg(1)->Arg(50);

}  // namespace
}  // namespace hookline
