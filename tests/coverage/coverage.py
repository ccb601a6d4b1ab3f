#!/usr/bin/env python3
"""How often the intervals that a report prints hold the truth: many seeds of queues with known answers, and of Online
Boutique against a long run with other seeds.

  /usr/bin/python3 tests/coverage/coverage.py --meshsim build/meshsim --work build/coverage [--write docs/coverage.md]

MESHSIM_COVERAGE_SEEDS limits the seeds of each cell (default 1000), MESHSIM_COVERAGE_CELLS names cells. Every finished
seed is a line of WORK/<cell>.csv and is not run again; the name holds a digest of the scenario and of the program.
"""
import argparse
import csv
import datetime
import hashlib
import json
import math
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BOUTIQUE = "scenarios/fleets/online-boutique.yaml"
METRICS = ("mean", "p50", "p99")
VALUES = tuple("%s %s" % (metric, what) for metric in METRICS for what in ("value", "half width"))
TRUTH_SEED = 1_000_000_007
POOLED = (94.0, 96.5)  # per cent, of all cells of a metric
LEAST = 92.0  # of one cell
REFUSED = 20.0  # of one cell, at most
SMALL = 1000  # seeds below which nothing is judged: noise would decide


def queue(workers, utilisation, seconds, replications):
    rate = utilisation * workers / 0.010
    return """meshsim: 1
run: {warmup: auto, duration: %gs, replications: %d}
network: {sameZone: {constant: 0s}}
services: {q: {workers: %d, serviceTime: 10ms, queue: {capacity: unlimited}}}
traffic: {q: %g/s}
candidates: [none]
""" % (seconds, replications, workers, rate)


def queue_truth(workers, utilisation, mean=0.010):
    """Sojourn in M/M/c, first come first served: Erlang C, then the tail solved for the percentile."""
    load = workers * utilisation
    term, total = 1.0, 1.0
    for k in range(1, workers):
        term *= load / k
        total += term
    last = term * load / workers / (1 - utilisation)
    waits = last / (total + last)
    spare = workers - 1 - load  # (c mu - lambda) / mu - 1

    def tail(t):
        x = t / mean
        inner = x if abs(spare) < 1e-12 else (1 - math.exp(-spare * x)) / spare
        return math.exp(-x) * (1 + waits * inner)

    def percentile(q):
        low, high = 0.0, 1000 * mean
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if tail(middle) > 1 - q else (low, middle)
        return low

    return {"mean": mean + waits * mean / (workers * (1 - utilisation)), "p50": percentile(0.5),
            "p99": percentile(0.99)}


class Cell:
    def __init__(self, name, text=None, truth=None, arguments=()):
        self.name, self.text, self.truth, self.arguments = name, text, truth, list(arguments)


def cells():
    found = []
    for workers, utilisation in ((1, 0.5), (1, 0.8), (4, 0.5), (4, 0.8)):
        seconds = (20_000 if utilisation > 0.7 else 10_000) / (utilisation * workers / 0.010)
        found.append(Cell("M/M/%d at %d %%" % (workers, round(100 * utilisation)),
                          queue(workers, utilisation, seconds, 20), queue_truth(workers, utilisation)))
    found.append(Cell("Online Boutique", arguments=["--set", "run.duration=60s", "--replications", "20",
                                                    "--set", "candidates=[none]"]))
    return found


def simulate(program, file, seed, arguments):
    result = subprocess.run([program, "run", file, "--seed", str(seed), "--json", *arguments], cwd=ROOT,
                            capture_output=True, text=True)
    if result.returncode == 5:
        return None  # no steady state was found: a refusal
    if result.returncode != 0:
        raise SystemExit("%s: exit %d: %s" % (file, result.returncode, result.stderr[:300]))
    row = json.loads(result.stdout)["candidates"][0]["tables"]["entries"]["rows"][0]
    return {metric: row[metric] for metric in METRICS}


def truth_of(cell, program, file, work):
    """By formula, or from replications with seeds that no cell uses."""
    if cell.truth is not None:
        return cell.truth
    kept = work / "truth.json"
    if not kept.exists():
        many = int(os.environ.get("MESHSIM_COVERAGE_TRUTH", "9000"))
        arguments = cell.arguments[:2] + ["--replications", str(many)] + cell.arguments[4:]
        kept.write_text(json.dumps(simulate(program, file, TRUTH_SEED, arguments)))
    return {metric: value["value"] for metric, value in json.loads(kept.read_text()).items()}


def run(cell, program, seeds, work):
    """Rows by seed: for each metric 1 (holds the truth), 0 (does not) or empty (refused)."""
    digest = hashlib.sha256(open(program, "rb").read() + repr((cell.text, cell.arguments)).encode()).hexdigest()[:12]
    folder = work / ("".join(c if c.isalnum() else "-" for c in cell.name) + "-" + digest)
    folder.mkdir(parents=True, exist_ok=True)
    file = BOUTIQUE
    if cell.text is not None:
        file = str(folder / "scenario.yaml")
        pathlib.Path(file).write_text(cell.text)
    truth = truth_of(cell, program, file, folder)
    kept = folder / "seeds.csv"
    done = {}
    if kept.exists():
        with open(kept, newline="") as lines:
            done = {int(row["seed"]): row for row in csv.DictReader(lines) if None not in row.values()}
    with open(kept, "a", newline="") as lines:
        writer = csv.DictWriter(lines, ("seed",) + METRICS + VALUES)
        if kept.stat().st_size == 0:
            writer.writeheader()
        for seed in range(1, seeds + 1):
            if seed in done:
                continue
            found = simulate(program, file, seed, cell.arguments)
            row = {"seed": seed}
            for metric in METRICS:
                value = found[metric] if found else {}
                width = value.get("halfWidth") if isinstance(value, dict) else None
                row[metric] = "" if width is None else int(abs(value["value"] - truth[metric]) <= width)
                row[metric + " value"], row[metric + " half width"] = value.get("value", ""), width
            writer.writerow(row)
            lines.flush()
            done[seed] = {key: str(value) for key, value in row.items()}
    return [done[seed] for seed in sorted(done)]


def judge(results):
    """Table rows, and what is out of bounds."""
    table, problems = [], []
    pooled = {metric: [0, 0] for metric in METRICS}
    for name, rows in results:
        for metric in METRICS:
            given = [row[metric] for row in rows if row[metric] != ""]
            held = given.count("1")
            refused = 100.0 * (len(rows) - len(given)) / len(rows)
            share = 100.0 * held / len(given) if given else float("nan")
            pooled[metric][0] += held
            pooled[metric][1] += len(given)
            table.append((name, metric, len(rows), refused, share))
            if len(rows) >= SMALL and not share >= LEAST:
                problems.append("%s, %s: %.1f %% is below %g %%" % (name, metric, share, LEAST))
            if len(rows) >= SMALL and refused > REFUSED:
                problems.append("%s, %s: %.1f %% refused" % (name, metric, refused))
    for metric, (held, given) in pooled.items():
        share = 100.0 * held / given if given else float("nan")
        table.append(("all", metric, given, 0.0, share))
        if given >= SMALL * len(results) and not POOLED[0] <= share <= POOLED[1]:
            problems.append("all, %s: %.2f %% is outside %g to %g %%" % ((metric, share) + POOLED))
    return table, problems


def document(table, commit):
    today = datetime.date.today().isoformat()
    lines = ["# Coverage of the intervals", "",
             "How often a 95 % interval of a report holds the truth.",
             "Written by `tests/coverage/coverage.py`, commit %s, %s. Not edited by hand." % (commit, today), "",
             "Each seed is an experiment of 20 replications. M/M/c: the warm-up is found (`warmup: auto`), the truth",
             "is Erlang's formula; Online Boutique's truth is a long run with another seed.",
             "Asked for, with 1,000 seeds:",
             "pooled %g to %g %%, no case below %g %%, at most %g %% refused." % (POOLED + (LEAST, REFUSED)), "",
             "| case | of | seeds | refused | holds the truth | standard error |", "|---|---|---|---|---|---|"]
    for name, metric, seeds, refused, share in table:
        error = math.sqrt(0.95 * 0.05 / max(seeds * (1 - refused / 100), 1)) * 100
        lines.append("| %s | %s | %d | %.1f %% | %.1f %% | %.1f %% |" % (name, metric, seeds, refused, share, error))
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--meshsim", required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--write", type=pathlib.Path)
    arguments = parser.parse_args()
    program = str(pathlib.Path(arguments.meshsim).resolve())
    work = arguments.work.resolve()
    seeds = int(os.environ.get("MESHSIM_COVERAGE_SEEDS", "1000"))
    wanted = os.environ.get("MESHSIM_COVERAGE_CELLS", "")
    results = [(cell.name, run(cell, program, seeds, work)) for cell in cells() if wanted in cell.name]
    table, problems = judge(results)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    text = document(table, commit.stdout.strip() or "unknown")
    print(text)
    if arguments.write:
        arguments.write.write_text(text)
    for problem in problems:
        print("coverage: " + problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
