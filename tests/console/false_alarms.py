#!/usr/bin/python3
"""How often does meshsim check call a model different that is the same, with another seed? At most once in twenty.

  false_alarms.py --meshsim build/meshsim [--trials 200]

Three ways to be wrong, each tried with as many seeds:
  expectations  what is expected is exactly the truth (1.39 tries, 2.7% failures: closed forms), six lines, up to three
                looks: any line that fails is a false alarm
  baselines     written with one seed, checked with another, with a margin of nothing: any difference is a false alarm
  regression    the shipped scenarios/regression as they are
An alarm is exit code 1. Inconclusive is not one: it says that it does not know.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[2]
MOST = 0.05

TRUTH = """meshsim: 1
run: {duration: 5s, warmup: 1s, replications: {min: 10, max: 20}}
services:
  a: {replicas: 2, workers: unlimited, serviceTime: 1ms, calls: [b]}
  b: {replicas: 2, workers: unlimited, serviceTime: 2ms, errors: 30%}
traffic: {a: 400/s}
policy: {b: {retries: {max: 2, retryOn: [5xx]}}}
candidates: [library, sidecar]
"""
EXPECT = """expect:
  not above, library: library amplification(b) <= 1.39x
  not below, library: library amplification(b) >= 1.39x
  not above, sidecar: sidecar amplification(b) <= 1.39x
  not below, sidecar: sidecar amplification(b) >= 1.39x
  not more failures:  sidecar failed(a) <= 2.7%
  not fewer failures: sidecar failed(a) >= 2.7%
"""


def check(meshsim, *arguments):
    command = [meshsim, "check", *map(str, arguments), "--threads", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode not in (0, 1, 5):
        said = (done.stdout + done.stderr)[-800:]
        raise SystemExit(f"{' '.join(command)}\n  exit code {done.returncode}: {said}")
    return done.returncode


def expectations(meshsim, folder, seed):
    path = folder / f"truth-{seed}.yaml"
    path.write_text(TRUTH + EXPECT, encoding="utf-8")
    return check(meshsim, path, "--seed", seed)


def baselines(meshsim, folder, seed):
    path = folder / f"baseline-{seed}.yaml"
    path.write_text(TRUTH.replace("{min: 10, max: 20}", "20"), encoding="utf-8")
    check(meshsim, path, "--seed", 2 * seed, "--update-baseline", "--margin", "0%")
    return check(meshsim, path, "--seed", 2 * seed + 1)


def regression(meshsim, _, seed):
    return check(meshsim, ROOT / "scenarios/regression", "--seed", seed)


def main():
    parser = argparse.ArgumentParser(description="Counts false alarms.")
    parser.add_argument("--meshsim", type=pathlib.Path, required=True)
    parser.add_argument("--trials", type=int, default=200)
    arguments = parser.parse_args()
    meshsim = str(arguments.meshsim.resolve())
    words, bad = [], False
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(max_workers=2) as pool:
        for trial in (expectations, baselines, regression):
            seeds = range(101, 101 + arguments.trials)
            codes = list(pool.map(lambda seed, run=trial: run(meshsim, pathlib.Path(name), seed), seeds))
            alarms = codes.count(1)
            bad = bad or alarms > MOST * arguments.trials
            words.append(f"{trial.__name__} {alarms} (inconclusive {codes.count(5)})")
    print(f"false alarms in {arguments.trials} trials each: {', '.join(words)}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
