#!/usr/bin/env bash
# Runs every benchmark and writes bench/results/<machine>.md: CPU nanoseconds (the least of several repetitions, since
# other work on a machine only ever adds) and, where valgrind is installed, instructions per unit.
#   bench/run.sh [build directory] [machine name]     default: build-bench, and a name made from the CPU's model
# Configure first: cmake --preset bench && cmake --build build-bench
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8
build=${1:-build-bench}
machine=${2:-$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)}
machine=$(printf '%s' "$machine" | tr '[:upper:]' '[:lower:]' | tr -cs 'a-z0-9' '-' | sed 's/^-//; s/-$//')
bench=$build/bench/meshsim_bench
instructions=$build/bench/meshsim_instructions
mesh_instructions=$build/bench/meshsim_mesh_instructions
for program in "$bench" "$instructions" "$mesh_instructions"; do
  [ -x "$program" ] || { echo "run.sh: no $program: cmake --preset bench && cmake --build build-bench" >&2; exit 2; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$bench" --benchmark_min_time="${MIN_TIME:-0.2}" --benchmark_repetitions="${REPETITIONS:-5}" \
  --benchmark_out="$work/times.json" --benchmark_out_format=json >&2

# collected COMMAND...: the instructions of one run; what it prints goes to $work/printed.
collected() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 >"$work/printed" |
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

# instructions_per_unit WORKLOAD UNITS [PENDING]: the difference between a run and one twice as long.
instructions_per_unit() {
  local counts=() units
  for units in "$2" $((2 * $2)); do
    counts+=("$(collected "$instructions" "$1" "$units" ${3:+"$3"})")
  done
  echo "| $1${3:+ $3} | $(((counts[1] - counts[0]) / $2)) |"
}

# instructions_per_call MODE CALLS: likewise; the number of calls is random (of one seed), so the program says it.
instructions_per_call() {
  local counts=() calls=() wanted
  for wanted in "$2" $((2 * $2)); do
    counts+=("$(collected "$mesh_instructions" "$1" "$wanted")")
    calls+=("$(<"$work/printed")")
  done
  echo "| mesh call, $1, 16 pods | $(((counts[1] - counts[0]) / (calls[1] - calls[0]))) |"
}
if command -v valgrind >/dev/null; then
  {
    instructions_per_unit hold 300000 1000
    instructions_per_unit hold 300000 100000
    instructions_per_unit mm1 300000
    instructions_per_unit chain 100000
    instructions_per_call none 100000
    instructions_per_call fused 100000
    instructions_per_call queueing 100000
    instructions_per_call everything 100000
  } >"$work/instructions.md"
fi

mkdir -p bench/results
/usr/bin/python3 bench/table.py "$work/times.json" "$work/instructions.md" "$machine" >"bench/results/$machine.md"
echo "figures in bench/results/$machine.md"
