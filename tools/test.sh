#!/usr/bin/env bash
# The tests, from nothing: installs what is missing, builds, runs the quick tests and ends with ctest's summary.
# Arguments go to ctest, e.g. tools/test.sh -R tidy
set -euo pipefail
cd "$(dirname "$0")/.."

tools/setup.sh test
cmake --preset "${MESHSIM_PRESET:-release}"
cmake --build build
ctest --test-dir build --output-on-failure --no-tests=error -j "$(nproc)" -L "${MESHSIM_LABELS:-quick}" "$@"
