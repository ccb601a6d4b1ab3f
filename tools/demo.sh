#!/usr/bin/env bash
# The main job, from nothing: installs what is missing, builds, compares Online Boutique without and with sidecars,
# prints the comparison and draws it. Everything it writes is under build/ and out/.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/setup.sh plot
cmake --preset release --log-level=WARNING
cmake --build build --target meshsim

scenario=scenarios/fleets/online-boutique.yaml
out=out/online-boutique
build/meshsim compare "$scenario" --out "$out"
/usr/bin/python3 tools/plot.py "$out"

printf '\nThe numbers: %s\nThe pictures, to open:\n' "$PWD/$out"
find "$PWD/$out" -name '*.png' | LC_ALL=C sort | sed 's/^/  /'
