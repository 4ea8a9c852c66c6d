#!/usr/bin/env bash
# Makes the Debian package: scripts/package.sh [DIRECTORY] puts hookline_VERSION_ARCH.deb there (build/package), says its name on
# stdout. Its dependencies are those of the Debian it is made on. HOOKLINE_DEB_VERSION=1.2.3 calls it another version.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/prepare.sh
source "$root/scripts/prepare.sh"

into=${1:-$root/build/package}
mkdir -p "$into"
build release
version=()
[ -z "${HOOKLINE_DEB_VERSION:-}" ] || version=(-D "CPACK_PACKAGE_VERSION=$HOOKLINE_DEB_VERSION")
work=$(mktemp -d -t hookline-package.XXXXXX)
trap 'rm -rf "$work"' EXIT
umask 022
(cd "$root/build/release" && cpack -G DEB -B "$work" "${version[@]}") >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "the package could not be made"; }
for made in "$work"/*.deb; do
  mv "$made" "$into/"
  echo "$into/$(basename "$made")"
done
