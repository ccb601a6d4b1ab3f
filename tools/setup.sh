#!/usr/bin/env bash
# Installs, with apt-get, what is missing of Debian 12's packages. Does nothing when nothing is missing, asks nothing,
# and works as root or through sudo. Groups add up:
#   tools/setup.sh            what building and running needs
#   tools/setup.sh plot       and what tools/plot.py needs
#   tools/setup.sh lint       and clang-format, clang-tidy
#   tools/setup.sh full       and everything `.ci/run full` uses
set -euo pipefail

packages=(g++ cmake ninja-build ccache libboost-graph-dev libyaml-cpp-dev libfmt-dev libcli11-dev nlohmann-json3-dev
          doctest-dev)
for group in "$@"; do
  case "$group" in
    plot) packages+=(python3 python3-matplotlib python3-yaml) ;;
    test) packages+=(python3 python3-matplotlib python3-yaml python3-jsonschema) ;;
    lint) packages+=(clang-format clang-tidy) ;;
    full) packages+=(python3 python3-matplotlib python3-yaml python3-jsonschema clang clang-format clang-tidy graphviz
                     libbenchmark-dev valgrind locales gcovr) ;;
    *) echo "setup.sh: unknown group '$group' (plot, test, lint, full)" >&2; exit 2 ;;
  esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "setup.sh: this is not a Debian system; install by other means: ${packages[*]}" >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "installing: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "setup.sh: needs root or sudo to install packages" >&2; exit 1; }
  as_root=(sudo)
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -o Dpkg::Use-Pty=0 "$@" </dev/null >>"$log" 2>&1
}
if ! { install update && install install -y --no-install-recommends "${missing[@]}"; }; then
  tail -n 40 "$log" >&2
  echo "setup.sh: apt-get failed" >&2
  exit 1
fi
