#include "spool/keyring.h"

#include <algorithm>
#include <atomic>

#include "spool/encoding.h"

namespace hookline::spool {
namespace {

constexpr std::size_t run_bytes = 16;
constexpr std::size_t number_bytes = 8;
/// A backlog that outlived more starts derives a key now and then.
constexpr std::size_t run_keys_max = 4;

std::uint64_t next_number() {
    static std::atomic<std::uint64_t> numbers = 1;
    return numbers++;
}

}  // namespace

Sealer::Sealer(TenantId owner, const SealKey& key, std::shared_ptr<const std::string> run)
    : owner_(owner), key_(key), run_(std::move(run)) {}

Sealer::RunKey Sealer::run_key(std::string_view run) const {
    const std::lock_guard lock(mutex_);
    const auto found =
        std::find_if(run_keys_.begin(), run_keys_.end(), [&](const auto& known) { return known.first == run; });
    if (found != run_keys_.end()) {
        // The one used last stands last.
        std::rotate(found, found + 1, run_keys_.end());
        return run_keys_.back().second;
    }
    if (run_keys_.size() == run_keys_max) run_keys_.erase(run_keys_.begin());
    auto made = std::make_shared<const SealKey>(key_.derive(run, "hookline spool: values of one run"));
    run_keys_.emplace_back(run, made);
    return made;
}

std::string Sealer::context_of(const SealedAs& what) const {
    std::string context;
    Encoder(context).byte(static_cast<std::uint8_t>(what.kind)).big64(owner_.number).big64(what.number).raw(what.front);
    return context;
}

void Sealer::seal(const SealedAs& what, std::string_view plain, std::string& out) const {
    const std::uint64_t number = next_number();
    out.reserve(out.size() + plain.size() + added_bytes);
    Encoder(out).raw(*run_).big64(number);
    hookline::seal(*run_key(*run_), number, context_of(what), plain, out);
}

bool Sealer::open(const SealedAs& what, std::string_view sealed, std::string& out) const {
    if (sealed.size() < run_bytes + number_bytes) return false;
    const std::string_view run = sealed.substr(0, run_bytes);
    const std::uint64_t number = Decoder(sealed.substr(run_bytes, number_bytes)).big64();
    return open_sealed(*run_key(run), number, context_of(what), sealed.substr(run_bytes + number_bytes), out);
}

}  // namespace hookline::spool
