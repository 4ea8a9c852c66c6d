#!/usr/bin/env bash
# clang-format over all sources, every include down the house, clang-tidy over what the last commits changed in src/
# (or over the files named; --everything: over all of src/, half an hour on two cores).
# --fix formats in place. --deep lets the static analyzer follow paths too: three times as long, so CI leaves it out.
# Needs build/dev/compile_commands.json (./test lint makes it).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
mapfile -t sources < <(find src tests benchmarks -name '*.cpp' -o -name '*.h' | sort)

if [ "${1:-}" = --fix ]; then
  clang-format-14 -i "${sources[@]}"
  exit 0
fi
status=0
printf '%s\0' "${sources[@]}" | xargs -0 -n 20 -P "$(nproc)" clang-format-14 --dry-run --Werror || status=1
[ $status = 0 ] || echo "scripts/lint.sh --fix puts that right"

python3 scripts/check_floors.py || status=1

began=$SECONDS
checks='-clang-analyzer-*'
if [ "${1:-}" = --deep ]; then checks=''; shift; fi
commits_looked_at=12
changed() {
  local since
  since=$(git rev-list -n 1 --skip=$commits_looked_at HEAD)
  git diff --name-only --diff-filter=d "${since:-HEAD}" -- 'src/*.cpp'
}
case ${1:-} in
  --everything) mapfile -t files < <(find src -name '*.cpp' | sort) ;;
  '') mapfile -t files < <(changed) ;;
  *) files=("$@") ;;
esac
[ ${#files[@]} -gt 0 ] || { echo "clang-tidy: nothing changed in src/"; exit $status; }
# g++'s own warning flags mean nothing to clang-tidy.
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy-14 -p build/dev --quiet --checks="$checks" \
  --extra-arg=-Wno-unknown-warning-option 2> >(grep -v 'warnings generated\|^Suppressed\|^Use -header-filter' >&2) || status=1
echo "clang-tidy: ${#files[@]} files in $((SECONDS - began)) s"
exit $status
