// What goes over the wire to a listener, and what comes back of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "logzio/gzip.h"
#include "logzio/listener.h"
#include "logzio/mask.h"
#include "logzio/suspects.h"
#include "support/inflate.h"

namespace hookline::logzio {
namespace {

using test::inflated;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view token = "abcdefghijABCDEFGHIJ012345678901";

class Inbox final : public Mailbox {
 public:
    void post(std::vector<Task> tasks) override {
        for (const Task& task : tasks) task();
    }
};

/// Keeps the request and answers as it is told.
class OneAnswer final : public net::HttpClient {
 public:
    explicit OneAnswer(net::ClientOutcome outcome) : outcome_(std::move(outcome)) {}
    void start(net::ClientRequest request, Mailbox& mailbox, std::function<void(net::ClientOutcome)> done) override {
        requests.push_back(std::move(request));
        mailbox.post([done = std::move(done), this] { done(outcome_); });
    }
    void cancel_all() override {}

    std::vector<net::ClientRequest> requests;

 private:
    net::ClientOutcome outcome_;
};

net::ClientOutcome answer(int status, std::string body) {
    net::ClientOutcome outcome;
    outcome.answer = net::ClientAnswer{status, {}, std::move(body)};
    return outcome;
}

Bulk bulk_of(std::string lines, std::size_t count) {
    return {std::make_shared<const std::string>(std::move(lines)), count};
}

Verdict verdict_for(OneAnswer& client, const Bulk& bulk, ListenerLimits limits = {}) {
    Inbox inbox;
    Verdict verdict;
    Listener(client, limits)
        .start("https://listener.example:8071", Secret(std::string(token)), bulk, inbox,
               [&](Verdict heard) { verdict = std::move(heard); });
    return verdict;
}

TEST(Listener, PostsGzippedLinesWithTokenAndType) {
    OneAnswer client(answer(200, ""));
    const auto verdict = verdict_for(client, bulk_of("{\"a\":1}\n{\"b\":2}\n", 2));

    EXPECT_TRUE(std::holds_alternative<Delivered>(verdict.meaning));
    ASSERT_EQ(client.requests.size(), 1U);
    const net::ClientRequest& request = client.requests[0];
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "https://listener.example:8071/");
    EXPECT_EQ(request.secret_query.reveal(), "token=" + std::string(token) + "&type=okta");
    EXPECT_EQ(inflated(*request.body), "{\"a\":1}\n{\"b\":2}\n");
    bool gzip_named = false;
    for (const auto& header : request.headers) {
        gzip_named |= header.name == "Content-Encoding" && header.value == "gzip";
        EXPECT_THAT(header.value, Not(HasSubstr(token)));
    }
    EXPECT_TRUE(gzip_named);
}

TEST(Listener, ABulkOfAnotherTypeSaysSo) {
    OneAnswer client(answer(200, ""));
    Bulk bulk = bulk_of("{}\n", 1);
    bulk.type = "hookline";
    EXPECT_TRUE(std::holds_alternative<Delivered>(verdict_for(client, bulk).meaning));
    EXPECT_EQ(client.requests[0].secret_query.reveal(), "token=" + std::string(token) + "&type=hookline");
}

TEST(Listener, ATokenCannotAddToTheQuery) {
    OneAnswer client(answer(200, ""));
    Inbox inbox;
    Listener(client, {})
        .start("http://127.0.0.1:1/x", Secret("a&type=evil#\xff "), bulk_of("{}\n", 1), inbox, [](const Verdict&) {});
    EXPECT_EQ(client.requests[0].secret_query.reveal(), "token=a%26type%3Devil%23%FF%20&type=okta");
    EXPECT_EQ(client.requests[0].url, "http://127.0.0.1:1/x/");
}

TEST(Listener, MasksATokenThatTheAnswerEchoes) {
    OneAnswer client(answer(401, "token " + std::string(token) + " is not valid; ABCDEFGHIJABCDEFGHIJ012345678901!"));
    const auto verdict = verdict_for(client, bulk_of("{}\n", 1));
    EXPECT_EQ(verdict.answer, "token [token] is not valid; [token]!");
    EXPECT_EQ(verdict.status, 401);
}

TEST(Listener, MasksATokenThatTheReadLimitCutsOff) {
    EXPECT_EQ(mask_token("no: " + std::string(token.substr(0, 20)), token), "no: [token]");
    EXPECT_EQ(mask_token("no: abc", token), "no: abc");
    EXPECT_EQ(mask_token("", token), "");
    EXPECT_EQ(mask_token("x", ""), "x");
}

TEST(Listener, DoesNotSendWhatNoListenerTakes) {
    OneAnswer client(answer(200, ""));
    ListenerLimits limits;
    limits.bulk_bytes_max = 10;
    const auto verdict = verdict_for(client, bulk_of("{\"a\":\"0123456789\"}\n", 1), limits);
    EXPECT_TRUE(std::holds_alternative<TooLarge>(verdict.meaning));
    EXPECT_TRUE(client.requests.empty());
}

TEST(Gzip, IsUndoneByAnotherImplementation) {
    std::string events;
    for (int i = 0; i < 20'000; ++i) events += R"({"uuid":")" + std::to_string(i * 7919) + "\",\"type\":\"okta\"}\n";
    std::string noise(1'000'000, '\0');
    std::uint64_t state = 1;
    for (char& c : noise)
        c = static_cast<char>((state = state * 6364136223846793005ULL + 1442695040888963407ULL) >> 56);
    for (const std::string& text : {std::string(), std::string("x"), events, noise, std::string(5'000'000, 'a')}) {
        EXPECT_TRUE(inflated(gzip(text)) == text);
    }
    EXPECT_LT(gzip(events).size(), events.size() / 3);
}

TEST(Suspects, AreLinesThatAListenerWouldCountAsBad) {
    EXPECT_FALSE(is_suspect("{\"a\":1}\n"));
    EXPECT_FALSE(is_suspect("{}"));
    for (const char* bad : {"\n", "", "  \n", "[]\n", "1\n", "{\"a\":1} {}\n", "{\"a\":\n", "{\"a\":\"\xff\"}\n"}) {
        EXPECT_TRUE(is_suspect(bad)) << bad;
    }
    EXPECT_FALSE(is_suspect("{\"a\":\"" + std::string(500'000 - 8, 'x') + "\"}\n"));
    EXPECT_TRUE(is_suspect("{\"a\":\"" + std::string(500'000 - 7, 'x') + "\"}\n"));
}

TEST(Suspects, TellTheUuidOfALine) {
    EXPECT_EQ(uuid_of("{\"uuid\":\"5fee\",\"x\":{\"uuid\":\"no\"}}\n"), "5fee");
    EXPECT_EQ(uuid_of("{\"uuid\":7}\n"), "");
    EXPECT_EQ(uuid_of("not json"), "");
}

}  // namespace
}  // namespace hookline::logzio
