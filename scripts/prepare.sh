# shellcheck shell=bash disable=SC2154  # root is set by who sources this
# Shared by ./run, ./test and ./bench: what must be installed, and how a preset is built. Sourced by bash, never run.
# Everything here speaks on stderr, so that `./run dead list --json | …` stays clean.

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 69; }  # EX_UNAVAILABLE

# Boost 1.81 is the oldest that fits; Debian 12's default is older, so it is named there.
boost_package() {
  if [ "$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" = bookworm ]; then echo libboost1.81-dev; else echo libboost-dev; fi
}

packages_to_build() {
  echo g++ cmake ninja-build pkg-config ccache ca-certificates
  echo libssl-dev libcurl4-openssl-dev "$(boost_package)"
  echo librocksdb-dev libsnappy-dev liblz4-dev libzstd-dev libbz2-dev zlib1g-dev
  echo libsimdjson-dev nlohmann-json3-dev libisal-dev libexpected-dev
  echo libspdlog-dev libfmt-dev prometheus-cpp-dev libtomlplusplus-dev libcli11-dev libmimalloc-dev libsystemd-dev
}
packages_to_test() { echo libgtest-dev libgmock-dev python3-minimal python3 python3-prometheus-client openssl strace; }
packages_to_bench() { echo libbenchmark-dev python3 openssl git; }
packages_for_instructions() { echo valgrind; }
packages_for_sanitizers() { echo clang-14 lld-14 libclang-rt-14-dev llvm-14; }
packages_for_lint() { echo clang-14 clang-tidy-14 clang-format-14 git; }

# The proxies of deploy/proxy and what they load. They are unpacked rather than installed, since their packages start
# services on ports 80 and 443; what cannot be had is skipped by its test.
packages_of_proxies() {
  echo nginx haproxy liblua5.3-0 libopentracing1 libopentracing-c-wrapper0 caddy
  echo apache2-bin libapr1 libaprutil1
}

# Whoever has Node from elsewhere has its npm with it, and Debian's could not stand beside it.
packages_for_page() { echo chromium chromium-driver fonts-liberation; command -v npm >/dev/null || echo npm; }

# install_page_tools: what tests/page/package-lock.json names, to the byte, in build/page_tools; nothing of it is run at install.
install_page_tools() {
  local tools=$root/build/page_tools
  cmp -s "$root/tests/page/package-lock.json" "$tools/installed-lock.json" && return 0
  say "installing, for the page's tests: what tests/page/package-lock.json names"
  mkdir -p "$tools"
  cp "$root/tests/page/package.json" "$root/tests/page/package-lock.json" "$tools/"
  if npm ci --prefix "$tools" --ignore-scripts --prefer-offline --no-audit --no-fund --no-update-notifier --loglevel error >&2 </dev/null; then
    cp "$tools/package-lock.json" "$tools/installed-lock.json"
  else
    say "npm could not install it; the tests that need axe-core will be skipped"
  fi
}

# systemd for systemd-analyze alone: nothing of it is started.
packages_for_package() { echo dpkg-dev file lintian systemd util-linux gzip; }

# install_missing WHY PACKAGE…: does nothing, quickly, when all of them are there.
install_missing() {
  local why=$1 missing=(); shift
  command -v dpkg-query >/dev/null || fail "this is no Debian or Ubuntu. Install what these packages hold, then build with cmake --preset release: $*"
  mapfile -t missing < <(comm -23 <(printf '%s\n' "$@" | sort -u) \
    <(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' | sort -u))
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing, $why: ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "installing needs root and there is no sudo; as root: apt-get install --no-install-recommends ${missing[*]}"
    as_root=(sudo)
  fi
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  "${apt[@]}" update >&2 || say "apt-get update failed; going on with the package lists that are here"
  "${apt[@]}" install -y --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" >&2 </dev/null ||
    fail "apt-get could not install: ${missing[*]}"
}

# fetch_proxies: into build/proxies, those whose program is neither there nor on this machine. As any user.
fetch_proxies() {
  local place=$root/build/proxies package program wanted=() downloads
  for program in sbin/nginx sbin/haproxy bin/caddy sbin/apache2; do
    [ -x "/usr/$program" ] || [ -x "$place/usr/$program" ] || wanted+=("$program")
  done
  [ ${#wanted[@]} -gt 0 ] && command -v apt-get >/dev/null || return 0
  say "fetching proxies to test with (unpacked below build/proxies, nothing is installed): ${wanted[*]##*/}"
  downloads=$(mktemp -d -t hookline-proxies.XXXXXX)
  for package in $(packages_of_proxies); do
    (cd "$downloads" && apt-get -qq -o APT::Sandbox::User=root download "$package" >/dev/null 2>&1) || say "apt-get cannot download $package; its test will be skipped"
  done
  mkdir -p "$place"
  find "$downloads" -name '*.deb' -exec dpkg-deb -x {} "$place" \;
  rm -rf "$downloads"
}

# Prometheus' own judge of rules and metrics. Its package would start a server that listens on every address, so the program
# alone is taken out of it, into build/tools. Where it cannot be had, the tests that need it say so and are skipped.
refresh_package_lists() {
  local as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo -n)
  "${as_root[@]}" apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update
}
promtool_here() { command -v promtool >/dev/null || [ -x "$root/build/tools/promtool" ]; }
fetch_promtool() {
  promtool_here && return 0
  say "fetching promtool out of Debian's package prometheus"
  local room
  room=$(mktemp -d)
  local download=(apt-get -qq -o Acquire::Retries=3 -o "APT::Sandbox::User=$(id -un)" download prometheus)
  if (cd "$room" && { "${download[@]}" || { refresh_package_lists && "${download[@]}"; }; } >&2 &&
      dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool); then
    mkdir -p "$root/build/tools"
    # At once, so that another run never sees half of it.
    mv "$room/usr/bin/promtool" "$root/build/tools/promtool.$$" && mv "$root/build/tools/promtool.$$" "$root/build/tools/promtool"
  else
    say "promtool could not be fetched"
  fi
  rm -rf "$room"
}

# As many compilers as there are cores, but never more than memory holds: the largest files take about 1 GB.
build_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/MemAvailable/ { print int($2 / 1200000) }' /proc/meminfo)
  [ "$memory" -ge 1 ] || memory=1
  echo $((cores < memory ? cores : memory))
}

# build PRESET [TARGET…]: ninja knows what is fresh, so the second time takes a moment.
build() {
  local preset=$1 directory=$root/build/$1 log; shift
  if [ ! -f "$directory/build.ninja" ] || [ "$root/CMakePresets.json" -nt "$directory/build.ninja" ]; then
    say "configuring $directory"
    log=$(mktemp)
    (cd "$root" && cmake --preset "$preset" >"$log" 2>&1) || { cat "$log" >&2; rm -f "$log"; fail "cmake could not configure the build"; }
    rm -f "$log"
    touch "$directory/build.ninja"
  fi
  # Paths in ccache's keys are taken from the tree's root on, so that another clone finds what this one compiled.
  export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
  [ -f "$directory/.ninja_log" ] || say "building $directory: some minutes the first time, a moment later on"
  ninja -C "$directory" -j "$(build_jobs)" --quiet "$@" >&2 || fail "the build failed"
}
