#pragma once
// The server's side of TLS 1.2 and 1.3: certificate and key, and their renewal while connections go on.
//
// `TlsServer` may be asked from any thread; a reload swaps the context for new connections only.

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"

struct ssl_ctx_st;

namespace hookline::net {

class TlsServer {
 public:
    /// Reads a PEM chain and its key. Refused, with a sentence that says what to do: an unreadable file, a key that
    /// does not match, a certificate that has expired or is not yet valid.
    static Result<std::shared_ptr<TlsServer>> open(Path certificate, Path key, const Clock& clock);

    /// Reads both again, from other paths perhaps. What `open` would refuse is refused and the old pair stays, paths
    /// included.
    Result<void> reload(Path certificate, Path key);
    Result<void> reload();
    /// Reloads when one of the files was replaced since the last look; true when a new pair was taken up.
    Result<bool> reload_if_changed();

    [[nodiscard]] std::shared_ptr<ssl_ctx_st> context() const;
    [[nodiscard]] WallTime expires_at() const;

    ~TlsServer();
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;

 private:
    struct State;
    explicit TlsServer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// A self-signed ECDSA P-256 certificate for rehearsals and tests: PEM texts, valid for `days`, for names such as
/// "localhost" and addresses such as "127.0.0.1".
struct SelfSigned {
    std::string certificate_pem;
    std::string key_pem;
};
Result<SelfSigned> make_self_signed(const std::vector<std::string>& names, int days);

}  // namespace hookline::net
