"""Runs the scenarios of tests/published and judges them against tests/published/facts.yaml.

Every measure is read from the JSON of `meshsim run`; a run that several measures share is made once.
"""
import functools
import json
import math
import pathlib
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "tests/published"
STALL = ROOT / "scenarios/incidents/metastable-stall.yaml"
CONNECTIONS = (2, 4, 8, 16, 32)
PERCENTILES = ("p50", "p90", "p99")


def number(cell):
    """The value of a cell of a report: a number, an estimate, or a bound taken as its nearest end."""
    if isinstance(cell, dict):
        if "value" in cell:
            return cell["value"]
        return 0.0 if "upperBound" in cell else 1.0
    return cell


class Run:
    def __init__(self, report):
        self.candidates = {c["name"]: c["tables"] for c in report["candidates"]}

    def row(self, table, candidate=None, **match):
        tables = self.candidates[candidate or list(self.candidates)[-1]]
        for row in tables[table]["rows"]:
            if all(row[key] == value for key, value in match.items()):
                return row
        raise KeyError((table, match))

    def value(self, table, column, candidate=None, **match):
        return number(self.row(table, candidate, **match)[column])


class Published:
    def __init__(self, meshsim):
        self.meshsim = str(pathlib.Path(meshsim).resolve())
        self.facts = yaml.safe_load((HERE / "facts.yaml").read_text(encoding="utf-8"))

    @functools.lru_cache(maxsize=None)
    def run(self, path, *sets):
        path = path if isinstance(path, pathlib.Path) else HERE / (path + ".yaml")
        command = [self.meshsim, "run", str(path), "--json", "--root", str(ROOT)]
        for item in sets:
            command += ["--set", item]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
        if done.returncode != 0:
            raise SystemExit("%s: exit %d\n%s" % (" ".join(command), done.returncode, done.stderr))
        return Run(json.loads(done.stdout))

    # ---- Istio's benchmark
    def benchmark(self, candidate, connections, arrivals="paced", rate=1000):
        """[p50, p90, p99] in ms."""
        run = self.run("benchmark", "traffic.c.rate=%d/s" % rate, "traffic.c.arrivals=%s" % arrivals,
                       "traffic.c.connections=%d" % connections)
        return [1e3 * run.value("entries", p, candidate) for p in PERCENTILES]

    def added(self, candidate, connections, percentile, arrivals="paced"):
        index = PERCENTILES.index(percentile)
        return (self.benchmark(candidate, connections, arrivals)[index] -
                self.benchmark("none", connections, arrivals)[index])

    def growth(self, candidate):
        return self.added(candidate, 32, "p99") / self.added(candidate, 2, "p99")

    def growth_no_filters(self):
        return self.growth("no-filters")

    def growth_telemetry(self):
        return self.growth("telemetry")

    def growth_jittered(self):
        few, many = (self.benchmark("telemetry", n, "jittered")[1] for n in (2, 64))
        return many / few - 1

    def profile_order(self):
        none, bare, full = (self.benchmark(c, 16)[0] for c in ("none", "no-filters", "telemetry"))
        return none < bare < full

    def page_p90(self):
        return self.added("telemetry", 16, "p90")

    def page_jittered_p90(self):
        return self.added("telemetry", 16, "p90", "jittered")

    # ---- probability and queueing
    def fan_out_100(self):
        return 1 - self.run(ROOT / "scenarios/lessons/tail-at-scale.yaml").value("entries", "success", "library")

    def fan_out_2000(self):
        return 1 - self.run("fan-out-2000").value("entries", "success")

    def hedge_cut(self):
        run = self.run("hedge")
        without, hedged = (run.value("entries", "p99.9", c) for c in ("none", "library"))
        return 1 - hedged / without

    def hedge_load(self):
        return self.run("hedge").value("edges", "amplification", "library", callee="leaf/default") - 1

    def station(self, workers):
        return self.run("station", "services.web.workers=%d" % workers, "traffic.web=%d/s" % (80 * workers))

    def mm1_mean(self):
        return 1e3 * self.station(1).value("entries", "mean")

    def mm1_p50(self):
        return 1e3 * self.station(1).value("entries", "p50")

    def mm1_p99(self):
        return 1e3 * self.station(1).value("entries", "p99")

    def waiting(self, workers):
        """Mean wait in service times of 10 ms, by Little's law from the mean length of the queue."""
        run = self.station(workers)
        return run.value("services", "queue_length") / run.value("entries", "achieved") / 0.010

    def mm2_waits(self):
        return self.station(2).value("endpoints", "waited")

    def mm2_wait(self):
        return self.waiting(2)

    def mm10_waits(self):
        return self.station(10).value("endpoints", "waited")

    def mm10_wait(self):
        return self.waiting(10)

    # ---- retries
    def attempts_mean(self):
        return self.run("attempts").value("edges", "amplification")

    def attempts_failed(self):
        return 1 - self.run("attempts").value("edges", "success")

    def tries_per_request(self, name):
        """Of the innermost callee: the product of the tries per call along the chain."""
        edges = self.run(name).candidates["library"]["edges"]["rows"]
        return math.prod(number(row["amplification"]) for row in edges)

    def layers_64(self):
        return self.tries_per_request("layers-64")

    def layers_243(self):
        return self.tries_per_request("layers-243")

    def reject_free(self):
        return self.run("reject-nearly-all").value("edges", "amplification", caller="a")

    def reject_budget(self):
        return self.run("reject-nearly-all").value("edges", "amplification", caller="b")

    def backoff(self, retries):
        run = self.run("backoff-window", "policy.b.retries.max=%d" % retries)
        return 1e3 * run.value("latency_by_outcome", "p50", outcome="failures")

    def backoff_3(self):
        return self.backoff(3)

    def backoff_5(self):
        return self.backoff(5)

    # ---- Istio's exercises
    def reviews(self, name):
        return self.run(name).value("edges", "success", callee="reviews/default")

    def bookinfo_delay(self):
        return self.run("bookinfo-delay").value("entries", "p50")

    def bookinfo_reviews(self):
        return 1 - self.reviews("bookinfo-delay")

    def bookinfo_v3(self):
        return self.run("bookinfo-delay-v3").value("entries", "p50")

    def bookinfo_v3_reviews(self):
        return self.reviews("bookinfo-delay-v3")

    def bookinfo_abort(self):
        return self.run("bookinfo-abort").value("entries", "p99")

    def bookinfo_abort_reviews(self):
        return self.reviews("bookinfo-abort")

    def circuit(self, callers):
        """Refused calls of ten per caller."""
        run = self.run(ROOT / "scenarios/lessons/istio-circuit-breaking.yaml", "traffic.callers.users=%d" % callers)
        edge = run.row("edges", "sidecar", callee="httpbin/default")
        return 10 * callers * edge["calls_pool_overflow"] / edge["calls"]

    def circuit_2(self):
        return self.circuit(2)

    def circuit_3(self):
        return self.circuit(3)

    # ---- metastable failures
    def stalled(self, rate, retries=1):
        return self.run(STALL, "run.duration=400s", "traffic.client=%d/s" % rate,
                        "policy.db.retries.max=%d" % retries)

    def after(self, rate, retries=1):
        """Success in the last quarter, five minutes after the stall."""
        slots = self.stalled(rate, retries).candidates["sidecar"]["timeline"]["series"]
        late = [number(share) for t, share in zip(slots["t"], slots["success"]) if t >= 300]
        return sum(late) / len(late)

    def stall_load(self):
        """Tries per second from the stall on: before it a call is one try."""
        edge = self.stalled(280).row("edges", "sidecar", callee="db/default")
        rate = number(edge["calls_rate"])
        before = 20 / 400 * edge["calls"]
        return rate * (edge["attempts"] - before) / (edge["calls"] - before)

    def stall_goodput(self):
        return 280 * self.after(280)

    def stall_140(self):
        return self.after(140) > 0.99

    def stall_160(self):
        return self.after(160) < 0.01

    def stall_93(self):
        return self.after(93, 2) > 0.99

    def stall_107(self):
        return self.after(107, 2) < 0.01

    # ---- shapes
    def chain(self, column, entry):
        run = self.run("chain")
        return (run.value("entries", column, "sidecar", entry=entry + "/default") -
                run.value("entries", column, "none", entry=entry + "/default"))

    def chain_mean(self):
        return self.chain("mean", "d0") / self.chain("mean", "a0")

    def chain_p99(self):
        return self.chain("p99", "d0") / self.chain("p99", "a0")

    def overload_p50(self):
        return self.run("overload", "traffic.web=600/s").value("entries", "p50")


def judge(row, measured):
    """(passes, the rule in words)."""
    if "holds" in row:
        return measured is True, "so"
    if "within" in row:
        off = abs(measured - row["published"])
        allowed = row["within"] * abs(row["published"])
        rule = "exactly" if row["within"] == 0 else "within %.3g %%" % (100 * row["within"])
        return off <= allowed + 1e-9, rule
    if "range" in row:
        low, high = row["range"]
        return low <= measured <= high, "%g to %g" % (low, high)
    if "atLeast" in row:
        return measured >= row["atLeast"], "at least %g" % row["atLeast"]
    return measured <= row["atMost"], "at most %g" % row["atMost"]
