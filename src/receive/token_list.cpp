#include "receive/token_list.h"

#include "base/seal.h"

namespace hookline::receive {
namespace {

Hash128 keyed(const Sha256& digest) {
    static const std::string key = random_bytes(16);
    std::string text = key;
    text.append(reinterpret_cast<const char*>(digest.data()), digest.size());
    return hash128(text);
}

}  // namespace

void TokenList::add(const std::vector<Sha256>& digests) {
    digests_.insert(digests_.end(), digests.begin(), digests.end());
    for (const Sha256& digest : digests) found_by_.insert(keyed(digest));
}

bool TokenList::holds(const Sha256& digest) const { return found_by_.contains(keyed(digest)); }

}  // namespace hookline::receive
