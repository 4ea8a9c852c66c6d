#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/file.h"
#include "base/hash.h"
#include "status/admin_api.h"

namespace hookline::status {
namespace {

constexpr std::size_t token_bytes_min = 16;

}  // namespace

Result<Secret> admin_token(const Path& directory) {
    const Path path = directory / "admin-token";
    if (stamp_of(path)) {
        auto token = read_secret_file(path);
        if (token && token->reveal().size() < token_bytes_min) {
            return failed(path.string() +
                          " holds a token that could be guessed; remove the file, and a new one is made at the start");
        }
        return token;
    }
    std::array<std::uint8_t, 32> random{};
    if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1)
        return failed("make an admin token: no randomness");
    std::string text = hex(random);
    OPENSSL_cleanse(random.data(), random.size());
    if (auto written = write_file_atomically(path, text + "\n"); !written) return tl::unexpected(written.error());
    return Secret(std::move(text));
}

}  // namespace hookline::status
