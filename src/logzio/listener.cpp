#include "logzio/listener.h"

#include "logzio/gzip.h"
#include "logzio/mask.h"

namespace hookline::logzio {
namespace {

/// A token is letters and digits; anything else in it is escaped all the same (RFC 3986).
std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (unreserved) {
            out.push_back(c);
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out.append({'%', digits[byte >> 4U], digits[byte & 15U]});
        }
    }
    return out;
}

net::ClientRequest request_of(const std::string& url, const Secret& token, const Bulk& bulk,
                              std::chrono::milliseconds time_max) {
    net::ClientRequest request;
    request.url = url.ends_with('/') ? url : url + "/";
    // Documented precedence of the two types differs, so the line and the URL say the same.
    request.secret_query = Secret("token=" + percent_encoded(token.reveal()) + "&type=" + bulk.type);
    request.headers = {{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}};
    request.body = std::make_shared<const std::string>(gzip(*bulk.lines));
    request.time_max = time_max;
    return request;
}

WallTime wall_now() { return SystemClock().wall(); }

}  // namespace

void Listener::start(const std::string& url, const Secret& token, const Bulk& bulk, Mailbox& mailbox,
                     std::function<void(Verdict)> done) const {
    start(url, token, bulk, limits_.answer_time_max, mailbox, std::move(done));
}

void Listener::start(const std::string& url, const Secret& token, const Bulk& bulk, std::chrono::milliseconds time_max,
                     Mailbox& mailbox, std::function<void(Verdict)> done) const {
    if (bulk.lines->size() > limits_.bulk_bytes_max) {
        Verdict verdict{TooLarge{}, 0, "not sent: larger than a listener takes", {}};
        mailbox.post([verdict = std::move(verdict), done = std::move(done)] { done(verdict); });
        return;
    }
    if (!lane_ || bulk.lines->size() < limits_.lane_bytes_min) {
        return send(url, token, bulk, time_max, mailbox, std::move(done));
    }
    lane_->post([this, url, token, bulk, time_max, &mailbox, done = std::move(done)] {
        send(url, token, bulk, time_max, mailbox, done);
    });
}

void Listener::send(const std::string& url, const Secret& token, const Bulk& bulk, std::chrono::milliseconds time_max,
                    Mailbox& mailbox, std::function<void(Verdict)> done) const {
    client_.start(request_of(url, token, bulk, time_max), mailbox,
                  [token, count = bulk.count, done = std::move(done)](const net::ClientOutcome& outcome) {
                      Verdict verdict = verdict_of(outcome, count, wall_now());
                      verdict.answer = mask_token(std::move(verdict.answer), token.reveal());
                      done(std::move(verdict));
                  });
}

}  // namespace hookline::logzio
