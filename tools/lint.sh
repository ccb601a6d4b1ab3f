#!/usr/bin/env bash
# The checks that need LLVM's tools. Needs a configured build directory (its compile_commands.json) for tidy.
#   tools/lint.sh format              every C++ file is laid out as .clang-format says (--fix rewrites them)
#   tools/lint.sh tidy [DIR] [FILE..] clang-tidy on the sources of the product, or only on FILEs; DIR: build directory
set -euo pipefail
cd "$(dirname "$0")/.."

sources() { find sim models scenarios reports tools tests bench -name '*.h' -o -name '*.cpp' | LC_ALL=C sort; }

case "${1:-}" in
  format)
    if [ "${2:-}" = --fix ]; then
      sources | xargs -r clang-format -i
    else
      sources | xargs -r clang-format --dry-run -Werror
      echo "format: $(sources | wc -l) files are laid out as .clang-format says"
    fi
    ;;
  tidy)
    build=${2:-build}
    shift; [ $# -eq 0 ] || shift
    [ -f "$build/compile_commands.json" ] || { echo "lint.sh: no $build/compile_commands.json" >&2; exit 2; }
    if [ $# -gt 0 ]; then files=("$@"); else
      mapfile -t files < <(find sim models scenarios reports tools -name '*.cpp' | LC_ALL=C sort)
    fi
    # Largest first: the last file to finish is then a small one.
    mapfile -t files < <(ls -S "${files[@]}")
    printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy -p "$build" --quiet \
      --extra-arg=-Wno-unknown-warning-option 2> >(grep -vE '^[0-9]+ warnings? generated|^Suppressed|^Use -' >&2)
    echo "tidy: ${#files[@]} files are clean"
    ;;
  *) echo "usage: tools/lint.sh format [--fix] | tidy [DIR] [FILE...]" >&2; exit 2 ;;
esac
