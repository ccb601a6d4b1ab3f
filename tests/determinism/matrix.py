#!/usr/bin/python3
"""Same seed, same bytes: runs every shipped scenario under conditions that must not matter and compares what comes out.

  matrix.py quick --meshsim build/meshsim   one binary: threads, a CPU without FMA, locale, working directory
  matrix.py full                            builds g++ and clang++ at several optimisation levels, and the same for each
  ... --accept                              records the fingerprints in fingerprints.csv after a change that was meant

Compared are the bytes of `meshsim run --json` and, inside them, the fingerprints (a hash of every event). The first
run of the first binary is what all others have to equal; fingerprints.csv holds it for other days and other machines.
Exit code: 0 all equal, 1 a difference, 2 usage.
"""
import argparse
import csv
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORD = ROOT / "tests/determinism/fingerprints.csv"
WITHOUT_FMA = "glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2"  # glibc 2.36 then picks the code it has for older processors

# A short version of every scenario: its timeline shrinks with its duration. Large fleets are cut further.
SHORT_NS = {"": 2_000_000_000, "synthetic-500": 100_000_000, "synthetic-1000": 50_000_000, "thousand": 50_000_000}
REPLICATIONS = 4
# Exit codes of a run that went through: in a shortened one what a scenario expects may fail or stay undecided.
JUDGED = (0, 1, 5)
UNITS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000, "h": 3_600_000_000_000}

# Compilers and flags of the full matrix. -march=native brings FMA instructions where the CPU has them.
BUILDS = {
    "g++ -O2": ("g++", "-O2"),
    "g++ -O0": ("g++", "-O0"),
    "g++ -O3 native": ("g++", "-O3 -march=native"),
    "clang++ -O2": ("clang++", "-O2"),
    "clang++ -O0": ("clang++", "-O0"),
    "clang++ -O3 native": ("clang++", "-O3 -march=native"),
}


@dataclass
class Condition:
    """What surrounds a run and must not change it."""
    name: str
    threads: int = 1
    seed: int = 1
    env: dict = field(default_factory=dict)
    cwd: pathlib.Path = ROOT


def scenarios(only):
    return [path for path in sorted(ROOT.glob("scenarios/**/*.yaml")) if only in str(path)]


def nanoseconds(text):
    number, unit = re.fullmatch(r"([0-9.]+)([a-z]+)", str(text)).groups()
    return round(float(number) * UNITS[unit])


def short_version(scenario):
    """The options that make a run of this scenario short and keep every entry of its timeline inside it."""
    document = yaml.safe_load(scenario.read_text(encoding="utf-8"))
    duration = min(limit for name, limit in SHORT_NS.items() if name in scenario.name)
    timeline = document.get("timeline") or []
    instants = [(f"timeline.{i}.{key}", nanoseconds(entry[key]))
                for i, entry in enumerate(timeline) for key in ("at", "for") if key in entry]
    longest = nanoseconds(document.get("run", {}).get("duration", "60s"))
    settings = {"run.duration": duration, "run.warmup": duration // 4}
    settings |= {path: max(1, instant * duration // longest) for path, instant in instants}
    options = ["--replications", str(REPLICATIONS)]
    for path, value in settings.items():
        options += ["--set", f"{path}={value}ns"]
    return options


def other_locale(folder):
    """The environment of a locale with a decimal comma, made in folder; C.UTF-8 where the sources are not installed."""
    made = shutil.which("localedef") and subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / "de_DE.UTF-8")], capture_output=True).returncode == 0
    if made:
        return "de_DE.UTF-8", {"LOCPATH": str(folder), "LC_ALL": "de_DE.UTF-8"}
    return "C.UTF-8 (no sources of de_DE here)", {"LC_ALL": "C.UTF-8"}


def without_fma_matters():
    """Does the tunable change libm's bits here? If not, the runs without FMA prove nothing on this machine."""
    code = "import math; print(hash(tuple(math.exp(i * 1e-4) * math.sin(i * 1e-3) for i in range(1, 100000))))"
    def answer(env):
        return subprocess.run(["/usr/bin/python3", "-c", code], env={**os.environ, **env}, capture_output=True).stdout
    return answer({}) != answer({"GLIBC_TUNABLES": WITHOUT_FMA})


def conditions(folder):
    name, locale = other_locale(folder)
    fma = {"GLIBC_TUNABLES": WITHOUT_FMA}
    return [
        Condition("1 thread"),
        Condition("2 threads", threads=2),
        Condition("4 threads", threads=4),
        Condition("without FMA", env=fma),
        Condition(f"locale {name}", env=locale),
        Condition("another directory", cwd=folder),
        Condition("4 threads, without FMA, locale, directory", threads=4, env={**fma, **locale}, cwd=folder),
    ]


def run(meshsim, scenario, condition):
    """The JSON of one short run, as bytes; None and a message when the run itself failed."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "GLIBC_"))}
    env.update({"LC_ALL": "C"} | condition.env)
    command = [str(meshsim), "run", str(scenario), "--json", "--threads", str(condition.threads),
               "--seed", str(condition.seed), *short_version(scenario)]
    done = subprocess.run(command, env=env, cwd=condition.cwd, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode not in JUDGED or not done.stdout:
        said = done.stderr.decode(errors="replace")[-800:]
        return None, f"{' '.join(command)}\n  exit code {done.returncode}: {said}"
    return done.stdout, ""


def fingerprints(document):
    """Every value under a key that names a fingerprint, in the order of the document."""
    found = []
    def walk(value, inside):
        if isinstance(value, dict):
            for key, child in value.items():
                walk(child, inside or "fingerprint" in key)
        elif isinstance(value, list):
            for child in value:
                walk(child, inside)
        elif inside:
            found.append(str(value))
    walk(document, False)
    return found


def first_difference(expected, got):
    a, b = expected.decode().splitlines(), got.decode().splitlines()
    for number, (left, right) in enumerate(zip(a, b), start=1):
        if left != right:
            at = next((i for i, (x, y) in enumerate(zip(left, right)) if x != y), min(len(left), len(right)))
            cut = slice(max(0, at - 60), at + 60)
            return f"line {number}, column {at + 1}:\n    expected ...{left[cut]}\n    got      ...{right[cut]}"
    return f"{len(a)} lines against {len(b)}"


class Comparison:
    """Holds the first answer for each scenario and counts what differs from it."""

    def __init__(self):
        self.expected = {}
        self.runs = 0
        self.problems = []

    def observe(self, binary_name, meshsim, scenario, condition):
        name = scenario.relative_to(ROOT).as_posix()
        output, failure = run(meshsim, scenario, condition)
        self.runs += 1
        if output is None:
            self.problems.append(f"{name}: {failure}")
        elif name not in self.expected:
            prints = fingerprints(json.loads(output))
            if not prints:
                self.problems.append(f"{name}: the JSON holds no fingerprint")
            self.expected[name] = (output, prints)
        elif output != self.expected[name][0]:
            events = "the same events" if fingerprints(json.loads(output)) == self.expected[name][1] else "other events"
            self.problems.append(f"{name}: {binary_name}, {condition.name}: {events}, "
                                 f"{first_difference(self.expected[name][0], output)}")

    def must_differ(self, meshsim, scenario):
        """Another seed has to give other events: a comparison that cannot fail proves nothing."""
        name = scenario.relative_to(ROOT).as_posix()
        output, failure = run(meshsim, scenario, Condition("another seed", seed=2))
        self.runs += 1
        if output is None:
            self.problems.append(f"{name}: {failure}")
        elif name in self.expected and fingerprints(json.loads(output)) == self.expected[name][1]:
            self.problems.append(f"{name}: another seed gives the same fingerprints")

    def rows(self):
        return [[name, *prints] for name, (_, prints) in sorted(self.expected.items())]


def read_record():
    if not RECORD.exists():
        return []
    with RECORD.open(newline="", encoding="utf-8") as file:
        return [row for row in csv.reader(file) if row and not row[0].startswith("#")]


def write_record(rows):
    with RECORD.open("w", newline="", encoding="utf-8") as file:
        file.write("# scenario, then a fingerprint per candidate of its short version; written by matrix.py --accept\n")
        csv.writer(file, lineterminator="\n").writerows(rows)


def build(name, folder):
    compiler, flags = BUILDS[name]
    directory = folder / name.replace("+", "p").replace(" ", "")
    commands = [
        ["cmake", "-S", str(ROOT), "-B", str(directory), "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
         f"-DCMAKE_CXX_COMPILER={compiler}", "-DMESHSIM_TESTS=OFF", f"-DCMAKE_CXX_FLAGS_RELEASE={flags}"],
        ["cmake", "--build", str(directory), "--target", "meshsim"],
    ]
    for command in commands:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{name} does not build:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return directory / "meshsim"


def main():
    parser = argparse.ArgumentParser(description="Same seed, same bytes.")
    parser.add_argument("mode", choices=["quick", "full"])
    parser.add_argument("--meshsim", type=pathlib.Path, help="the binary (quick)")
    parser.add_argument("--builds", type=pathlib.Path, default=ROOT / "build-matrix", help="where full builds")
    parser.add_argument("--only", default="", help="scenarios whose path contains this")
    parser.add_argument("--accept", action="store_true", help="record the fingerprints")
    arguments = parser.parse_args()
    if arguments.mode == "quick" and not arguments.meshsim:
        parser.error("quick needs --meshsim")

    comparison = Comparison()
    chosen = scenarios(arguments.only)
    if not chosen:
        raise SystemExit("no scenario found")
    with tempfile.TemporaryDirectory() as folder:
        around = conditions(pathlib.Path(folder))
        names = ["the build"] if arguments.mode == "quick" else list(BUILDS)
        for name in names:
            meshsim = arguments.meshsim.resolve() if arguments.mode == "quick" else build(name, arguments.builds)
            before = len(comparison.problems)
            for scenario in chosen:
                for condition in around:
                    comparison.observe(name, meshsim, scenario, condition)
                if name == names[0]:
                    comparison.must_differ(meshsim, scenario)
            print(f"{name}: {len(chosen)} scenarios x {len(around)} conditions, "
                  f"{len(comparison.problems) - before} problems", flush=True)
        print("conditions: " + "; ".join(condition.name for condition in around))
    if not without_fma_matters():
        print("note: on this machine libm has the same bits with and without FMA")

    recorded, now = {row[0]: row for row in read_record()}, {row[0]: row for row in comparison.rows()}
    kept = {name: row for name, row in recorded.items() if arguments.only and arguments.only not in str(ROOT / name)}
    if arguments.accept and not comparison.problems:
        write_record([row for _, row in sorted((kept | now).items())])
        print(f"recorded in {RECORD.relative_to(ROOT)}")
    elif recorded != kept | now:
        now = kept | now
        moved = sorted(name for name in recorded.keys() | now.keys() if recorded.get(name) != now.get(name))
        comparison.problems.append(f"other fingerprints than recorded: {', '.join(moved)}\n"
                                   "  if that was meant: --accept, and a line under 'Results changed' in CHANGELOG.md")
    for problem in comparison.problems:
        print("DIFFERS " + problem)
    print(f"{comparison.runs} runs, {len(comparison.problems)} problems")
    return 1 if comparison.problems else 0


if __name__ == "__main__":
    sys.exit(main())
