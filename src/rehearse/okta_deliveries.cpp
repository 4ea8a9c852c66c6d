#include "rehearse/okta_deliveries.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/json_text.h"

namespace hookline::rehearse {
namespace {

/// Okta collects events for some seconds before it delivers them (facts 1.3: 5 to 25 s seen).
constexpr std::chrono::seconds collected_for{8};

bool is_blank(const std::string& line) { return line.find_first_not_of(" \t\r") == std::string::npos; }

std::string make_hook_id(std::uint64_t seed) {
    static constexpr std::string_view letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    std::mt19937_64 dice(seed ^ 0x400C);
    std::string id = "who";
    while (id.size() < 16) id += letters[dice() % letters.size()];
    return id + "0h7x";
}

}  // namespace

Result<std::unique_ptr<OktaEventFile>> OktaEventFile::open(const Path& path, bool start_over) {
    std::ifstream stream(path);
    if (!stream) return failed("open " + path.string() + ": " + std::strerror(errno));
    std::unique_ptr<OktaEventFile> file(new OktaEventFile(std::move(stream), start_over));
    std::uint64_t number = 0;
    for (std::string line; std::getline(file->file_, line);) {
        ++number;
        if (is_blank(line)) continue;
        if (file->reader_.read(line) == nullptr) {
            return failed(fmt::format("{} line {}: this is no JSON object", path.string(), number));
        }
        ++file->events_;
    }
    if (file->events_ == 0) return failed(path.string() + " holds no events");
    file->file_.clear();
    file->file_.seekg(0);
    return file;
}

bool OktaEventFile::append(std::string& out, std::string& uuids) {
    std::string line;
    do {
        if (std::getline(file_, line)) continue;
        if (!start_over_) return false;
        file_.clear();
        file_.seekg(0);
    } while (is_blank(line));
    if (line.back() == '\r') line.pop_back();
    // The file was read before; should it have changed since, a bad line goes out as it is.
    const Document* document = reader_.read(line);
    if (document != nullptr && !document->uuid.empty()) uuids.append(document->uuid) += '\n';
    out += line;
    return true;
}

Result<std::unique_ptr<OktaDeliveryMaker>> OktaDeliveryMaker::make(const OktaSenderOptions& options) {
    std::unique_ptr<OktaEventFile> file;
    if (options.events_file) {
        auto opened = OktaEventFile::open(*options.events_file, options.events_file_again);
        if (!opened) return tl::unexpected(opened.error());
        file = std::move(*opened);
    }
    return std::unique_ptr<OktaDeliveryMaker>(
        new OktaDeliveryMaker(options, make_hook_id(options.seed), std::move(file)));
}

OktaDeliveryMaker::OktaDeliveryMaker(const OktaSenderOptions& options, std::string hook_id,
                                     std::unique_ptr<OktaEventFile> file)
    : options_(options),
      dice_(options.seed),
      hook_id_(std::move(hook_id)),
      file_(std::move(file)),
      events_(options.seed, hook_id_),
      envelope_ids_(options.seed ^ 0xE17E) {
    const std::string source = json_string("https://" + options.org + "/api/v1/eventHooks/" + hook_id_);
    envelope_ = R"({"eventType":"com.okta.event_hook","eventTypeVersion":"1.0","cloudEventsVersion":"0.1","source":)" +
                source + R"(,"eventId":")";
}

bool OktaDeliveryMaker::next(OktaBody& body, WallTime now) {
    body.text.assign(envelope_).append(UuidMaker::text_bytes, '-');
    envelope_ids_.version_4(body.text.data() + envelope_.size());
    body.text += R"(","data":{"events":[)";
    body.uuids.clear();
    body.events = 0;

    std::uniform_real_distribution<double> share(0, 1);
    body.preview = !file_ && options_.preview_share > 0 && share(dice_) < options_.preview_share;
    const std::uint32_t spread = options_.events_max - options_.events_min + 1;
    const auto wanted = body.preview ? 1 : options_.events_min + static_cast<std::uint32_t>(dice_() % spread);
    const WallTime published = now - collected_for;
    for (; body.events < wanted; ++body.events) {
        const std::size_t before = body.text.size();
        if (body.events > 0) body.text += ',';
        if (body.preview) {
            events_.append_preview(body.text, body.uuids, now);
        } else if (!file_) {
            events_.append(body.text, body.uuids, published);
        } else if (!file_->append(body.text, body.uuids)) {
            body.text.resize(before);
            break;
        }
    }
    if (wanted > 0 && body.events == 0) return false;

    body.text += R"(]},"eventTime":")";
    body.text.append(MillisecondText::bytes, ' ');
    time_.write(body.text.data() + body.text.size() - MillisecondText::bytes, now);
    body.text += R"(","contentType":"application/json"})";
    return true;
}

OktaBody OktaDeliveryMaker::under_another_id(const OktaBody& body) {
    OktaBody again = body;
    envelope_ids_.version_4(again.text.data() + envelope_.size());
    return again;
}

}  // namespace hookline::rehearse
