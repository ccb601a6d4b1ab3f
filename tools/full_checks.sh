#!/usr/bin/env bash
# The slow checks of `.ci/run full`, each in a build directory of its own: sanitizers, the theory at full length, the
# determinism matrix, coverage, benchmarks. Writes docs/full-checks.md: what was run, on which commit, what came out;
# rows of checks that are not run now stay as they were.
#   tools/full_checks.sh [asan|tsan|theory|matrix|alarms|coverage|lines|mutants|bench ...]     default: all
set -uo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8
logs=build-full-logs
mkdir -p "$logs"
commit=$(git rev-parse --short=12 HEAD)
failed=0
rows=()

# built_tests PRESET DIRECTORY LABELS [WITHOUT]: builds the preset and runs its tests that have one of the labels.
built_tests() {
  cmake --preset "$1" && cmake --build "$2" &&
    ctest --test-dir "$2" --output-on-failure --no-tests=error -j "$(nproc)" -L "$3" -LE 'lint|matrix' ${4:+-E "$4"}
}

check_asan() { UBSAN_OPTIONS=print_stacktrace=1 built_tests asan build-asan quick; }
# Threads meet in the experiment only, which the other tests run often enough; the theory would take an hour.
check_tsan() { built_tests tsan build-tsan quick '^theory$'; }
check_theory() { built_tests ci build full; }
check_matrix() { /usr/bin/python3 tests/determinism/matrix.py full </dev/null; }
check_alarms() {  # how often `meshsim check` calls a model different that is the same
  cmake --preset ci && cmake --build build --target meshsim && tests/console/false_alarms.py --meshsim build/meshsim
}
check_coverage() {
  built_tests coverage build-coverage quick &&
    gcovr --root . build-coverage --filter "(sim|models|scenarios|reports|tools)/" --exclude-throw-branches \
      --print-summary
}
# Lines of the engine and the model that three of the quick unit tests run; below 90% is a failure. Their own objects
# only, and counters of threads that came out negative are left out: gcovr trips over both.
check_lines() {
  local tests=(test_sim test_models test_reference) test
  cmake --preset coverage && cmake --build build-coverage --target "${tests[@]}" || return 1
  find build-coverage -name '*.gcda' -delete
  for test in "${tests[@]}"; do build-coverage/tests/"$test" --minimal || return 1; done
  gcovr --root . build-coverage/CMakeFiles --filter "(sim|models)/" --exclude-throw-branches \
    --gcov-ignore-parse-errors --fail-under-line 90 --print-summary
}
check_mutants() { /usr/bin/python3 tests/mutants/run.py --markdown docs/mutation-check.md; }
check_bench() { cmake --preset bench && cmake --build build-bench && bench/run.sh build-bench; }

# What a log says about itself in one line: ctest's, the matrix's or gcovr's summary.
summary() { grep -hE 'tests passed|[0-9]+ problems$|^lines:|^figures|of [0-9]+ killed|^false alarms' "$1" | tail -n 1; }

all=(asan tsan theory matrix alarms coverage lines mutants bench)
chosen=("$@")
[ ${#chosen[@]} -gt 0 ] || chosen=("${all[@]}")
for name in "${chosen[@]}"; do
  declare -F "check_$name" >/dev/null || { echo "full_checks.sh: no check '$name' (${all[*]})" >&2; exit 2; }
  log="$logs/$name.log" verdict=passed started=$SECONDS
  "check_$name" >"$log" 2>&1 || { verdict=FAILED; failed=1; tail -n 60 "$log"; }
  rows+=("| $name | $verdict | $(summary "$log") | $((SECONDS - started)) s | $commit | $(date -u +%Y-%m-%d) |")
  echo "${rows[-1]}"
done

document=docs/full-checks.md
for name in "${all[@]}"; do  # what was not run now
  [[ " ${chosen[*]} " == *" $name "* ]] && continue
  kept=$(grep -h "^| $name |" "$document" 2>/dev/null) && rows+=("$kept")
done
{
  echo "# The last run of each full check"
  echo
  echo "Written by \`.ci/run full\`, or \`tools/full_checks.sh\` with the names of some." \
       "The latest of these rows: on $(nproc) cores of" \
       "$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1), $(g++ --version | head -n 1)."
  echo
  echo "| check | verdict | what came out | time | commit | date |"
  echo "|---|---|---|---|---|---|"
  printf '%s\n' "${rows[@]}" | LC_ALL=C sort
} >"$document.new"
mv "$document.new" "$document"
exit $failed
