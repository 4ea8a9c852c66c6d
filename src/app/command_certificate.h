#pragma once
// A certificate as Okta would see it: does its chain end at an authority that this system trusts, for which names,
// until when. Main thread; pure but for reading files.

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file.h"

namespace hookline::app {

struct CertificateView {
    std::vector<std::string> names;  ///< DNS names and addresses of the first certificate
    WallTime expires_at{};
    bool trusted = false;
    std::string fault;  ///< why not trusted, one sentence
};

/// Errors: the file cannot be read or holds no certificate. `when` is the moment it is judged at.
Result<CertificateView> look_at_certificate(const Path& chain, WallTime when);

/// Whether one of the names (a wildcard's one label too) covers the host.
bool covers(const std::vector<std::string>& names, const std::string& host);

}  // namespace hookline::app
