#!/usr/bin/python3
"""The mutation check: does the test suite notice a planted fault?

    tests/mutants/run.py [--build DIR] [--only N,N...] [--sample COUNT --seed S] [--markdown FILE]

Copies the sources, plants all faults of faults.py behind one number, builds the quick tests once, then runs them once
for each fault until the first failure. Prints a line for each fault and exits with 0 if at least 95% were killed (38
of 40). Without any fault the tests must pass: that is tried first.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time

from faults import EXPRESSION, FAULTS, STATEMENT

SOURCE = pathlib.Path(__file__).resolve().parents[2]
TABLE = SOURCE / "docs/mutation-check.md"
# The quickest first: most faults die in a second.
TESTS = ["test_models", "test_sim", "test_reference", "test_theory", "test_scenarios", "test_reports"]
ENGINE = TESTS[:4]  # what a sample asks: a fault in the engine that only a reader's or a report's test notices is news
HEADER = """#pragma once
// Written by tests/mutants/run.py: which fault is planted. 0: none.
#include <cstdlib>
#include <type_traits>
namespace mutants {
inline const int planted = [] {
  const char* number = std::getenv("MESHSIM_MUTANT");
  return number == nullptr ? 0 : std::atoi(number);
}();
constexpr bool is(int number) { return std::is_constant_evaluated() ? false : planted == number; }
}  // namespace mutants
"""


def planted(number: int, fault) -> str:
    test = f"::mutants::is({number})"
    if fault.kind == EXPRESSION:
        return f"({test} ? ({fault.bad}) : ({fault.good}))"
    if fault.kind == STATEMENT:
        return f"if ({test}) {{ {fault.bad} }} else {{ {fault.good} }}"
    return fault.bad.replace("@", test)


def plant(tree: pathlib.Path) -> None:
    (tree / "sim/planted.h").write_text(HEADER)
    by_file: dict[str, str] = {}
    for number, fault in enumerate(FAULTS, 1):
        text = by_file.get(fault.file) or (tree / fault.file).read_text()
        if text.count(fault.good) != 1:
            raise SystemExit(f"fault {number} ({fault.title}): its text stands {text.count(fault.good)} times in "
                             f"{fault.file}; plant it anew in tests/mutants/faults.py")
        by_file[fault.file] = text.replace(fault.good, planted(number, fault))
    for name, text in by_file.items():
        include = '#include "sim/planted.h"\n'
        place = text.find("#include")
        if place < 0:  # a header that needs nothing
            place = text.index("#pragma once\n") + len("#pragma once\n")
        (tree / name).write_text(text[:place] + include + text[place:])


def mirror(tree: pathlib.Path) -> None:
    """A copy of the sources whose unchanged files keep their times, so that a second run builds little."""
    tree.mkdir(parents=True, exist_ok=True)
    for part in ["CMakeLists.txt", "CMakePresets.json", "cmake", "sim", "models", "scenarios", "reports", "tests",
                 "tools", "docs"]:
        source = SOURCE / part
        if source.is_dir():
            shutil.copytree(source, tree / part, dirs_exist_ok=True)
        elif source.exists():
            shutil.copy2(source, tree / part)


def run(binary: pathlib.Path, number: int, limit: float) -> bool:
    """True if the tests passed."""
    environment = dict(os.environ, MESHSIM_MUTANT=str(number))
    try:
        done = subprocess.run([str(binary), "--abort-after=1"], env=environment, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return False  # a fault that makes tests run for ever has been noticed
    return done.returncode == 0


def noticed_last_time() -> dict[str, str]:
    """By a fault's title: the test program that the last table names. It is asked first, which saves running the
    others until it; who kills a fault for the first time is found in the order of TESTS."""
    if not TABLE.exists():
        return {}
    cells = [[cell.strip() for cell in line.split("|")] for line in TABLE.read_text(encoding="utf-8").splitlines()]
    return {row[2]: row[4] for row in cells if len(row) > 5 and row[4] in TESTS}


def chosen(arguments: argparse.Namespace) -> list[int]:
    everything = list(range(1, len(FAULTS) + 1))
    if arguments.only:
        return [int(n) for n in arguments.only.split(",")]
    if arguments.sample:
        return sorted(random.Random(arguments.seed).sample(everything, arguments.sample))
    return everything


def document(rows: list[tuple[int, str, str, str]], killed: int) -> str:
    commit = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=SOURCE, capture_output=True, text=True,
                            check=False).stdout.strip()
    table = "".join(f"| {n} | {title} | [{file}](../{file}) | {who} |\n" for n, title, file, who in rows)
    return (f"# The mutation check\n\nForty faults planted by [tests/mutants/faults.py](../tests/mutants/faults.py), "
            f"one at a time, and the first test program\nthat noticed. {killed} of {len(rows)} were killed on "
            f"{time.strftime('%Y-%m-%d', time.gmtime())}, commit {commit}. `tests/mutants/run.py` does it again;\n"
            f"`.ci/run` tries four each day.\n\n| | fault | where | killed by |\n|---|---|---|---|\n{table}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=str(SOURCE / "build-mutants"), help="where the copy and its build go")
    parser.add_argument("--only", help="numbers of faults, with commas")
    parser.add_argument("--sample", type=int, help="so many faults, drawn at random")
    parser.add_argument("--seed", default=str(int(time.time()) // 86400), help="of the sample; absent: the day")
    parser.add_argument("--markdown", help="write the result there as a table")
    parser.add_argument("--list", action="store_true", help="print the faults and stop")
    arguments = parser.parse_args()
    if arguments.list:
        for number, fault in enumerate(FAULTS, 1):
            print(f"{number:3} {fault.file}: {fault.title}")
        return 0
    tests = ENGINE if arguments.sample else TESTS
    home = pathlib.Path(arguments.build).resolve()
    tree, build = home / "source", home / "build"
    mirror(tree)
    plant(tree)
    subprocess.run(["cmake", "-S", str(tree), "-B", str(build), "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                    "-DCMAKE_CXX_FLAGS_RELEASE=-O1"],  # verdicts do not ask for speed: -O1 is two thirds of -O2's time
                   check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", str(build), "--target", *tests], check=True, stdout=subprocess.DEVNULL)
    limits = {}
    for test in tests:
        started = time.monotonic()
        if not run(build / "tests" / test, 0, 600):
            print(f"{test} fails without any fault: nothing to check", file=sys.stderr)
            return 1
        limits[test] = 30 + 5 * (time.monotonic() - started)
    rows, survived, before = [], [], noticed_last_time()
    for number in chosen(arguments):
        fault = FAULTS[number - 1]
        order = sorted(tests, key=lambda test: test != before.get(fault.title))
        killer = next((t for t in order if not run(build / "tests" / t, number, limits[t])), None)
        rows.append((number, fault.title, fault.file, killer or "SURVIVED"))
        if killer is None:
            survived.append(number)
        print(f"{number:3} {killer or 'SURVIVED':15} {fault.title}", flush=True)
    killed = len(rows) - len(survived)
    print(f"{killed} of {len(rows)} killed" + (f"; survived: {survived}" if survived else ""))
    if arguments.markdown:
        pathlib.Path(arguments.markdown).write_text(document(rows, killed))
    return 0 if killed >= 0.95 * len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
