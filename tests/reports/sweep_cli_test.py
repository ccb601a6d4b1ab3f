#!/usr/bin/env python3
"""Sweeps, the warm-up that is found and the pairing of candidates as a user meets them.

  /usr/bin/python3 tests/reports/sweep_cli_test.py --meshsim build/meshsim

Only what needs the program itself; what a report says is tested without it (tests/reports/*_test.cpp).
"""
import argparse
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
STORM = "scenarios/incidents/retry-storm.yaml"
BOUTIQUE = "scenarios/fleets/online-boutique.yaml"
FEW = ["--replications", "2"]
MESHSIM = "meshsim"


def meshsim(*arguments, **options):
    return subprocess.run([MESHSIM, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, **options)


def report_of(*arguments):
    result = meshsim(*arguments, "--json")
    return result, json.loads(result.stdout)


class Pairing(unittest.TestCase):
    def test_common_random_numbers_cut_the_variance_of_the_sidecars_cost_tenfold(self):
        result, report = report_of(
            "compare", BOUTIQUE, "--set", "run.duration=10s", "--replications", "10", "--set",
            "candidates={none: {loadBalancer: ROUND_ROBIN}, sidecar: {loadBalancer: ROUND_ROBIN}}")
        self.assertEqual(result.returncode, 0, result.stderr)
        row = next(row for row in report["comparison"]["comparison"]["rows"]
                   if row["entry"] == "all entries" and row["metric"] == "mean")
        self.assertGreater(row["difference"]["value"], 3 * row["difference"]["halfWidth"])
        self.assertGreaterEqual(row["variance_reduction"], 10)


class WarmUp(unittest.TestCase):
    def scenario(self, directory):
        path = pathlib.Path(directory) / "queue.yaml"
        path.write_text("""meshsim: 1
run: {warmup: auto, duration: 40s, replications: 10}
services: {web: {workers: 2, replicas: 2, serviceTime: 18ms}}
traffic: [{name: web, to: web, rate: 180/s}]
candidates: [none, sidecar]
""")
        return str(path)

    def test_a_queue_is_measured_after_a_cut_that_the_report_shows(self):
        with tempfile.TemporaryDirectory() as work:
            out = str(pathlib.Path(work) / "out")
            result, report = report_of("compare", self.scenario(work), "--out", out)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertGreater(report["warmup_found"], 0)
            self.assertEqual(report["warmup"], report["warmup_found"])
            series = report["candidates"][0]["tables"]["warmup"]["series"]
            kept = dict(zip(series["t"], series["kept"]))
            self.assertEqual(min(t for t in kept if kept[t]), report["warmup_found"])
            with open(pathlib.Path(out) / "warmup.csv") as file:
                self.assertEqual({row["candidate"] for row in csv.DictReader(file)}, {"none", "sidecar"})
            _, one = report_of("run", self.scenario(work), "--candidate", "sidecar")
            self.assertEqual(one["warmup"], report["warmup"])  # one cut for all, asked for or not

    def test_overload_has_no_steady_state_and_no_figures(self):
        with tempfile.TemporaryDirectory() as work:
            file = self.scenario(work)
            result, report = report_of("run", file, "--set", "traffic.web.rate=240/s")
            self.assertEqual(result.returncode, 5, result.stderr)
            self.assertEqual(report["stopped"], "no_steady_state")
            self.assertIn("web is expected at 108 % of its workers", report["warnings"][0])
            self.assertEqual(list(report["candidates"][0]["tables"]), ["warmup"])
            swept, points = report_of("sweep", file, "--vary", "traffic.web.rate=90/s,240/s")
            self.assertEqual(swept.returncode, 5, swept.stderr)
            self.assertIsNone(points["comparison"]["sweep"]["rows"][2]["p50"])
            self.assertEqual(meshsim("check", file, "--set", "traffic.web.rate=240/s", "--set",
                                     "expect={fast: none p99(web) < 99s}").returncode, 5)


class Sweep(unittest.TestCase):
    VARY = ["--vary", "traffic.web.rate=100/s,200/s,300/s"]

    def scenario(self, directory):
        path = pathlib.Path(directory) / "shop.yaml"
        path.write_text("""meshsim: 1
run: {duration: 20s, warmup: 1s, replications: 2}
services: {web: {workers: 4, serviceTime: 1ms, calls: [db]}, db: {workers: 2, serviceTime: 8ms}}
traffic: [{name: web, to: web, rate: 100/s}]
policy: {db: {timeout: 100ms, retries: {max: 0, retryOn: [reset]}}}
candidates: [library]
timeline: [{name: slow-db, at: 5s, for: 5s, slow: db, by: 2x}]
""")
        return str(path)

    def test_points_are_kept_and_taken_up_again_with_the_same_report(self):
        with tempfile.TemporaryDirectory() as work:
            file, out = self.scenario(work), str(pathlib.Path(work) / "out")
            first, a = report_of("sweep", file, *self.VARY, "--out", out)
            self.assertEqual(first.returncode, 0, first.stderr)
            points = sorted((pathlib.Path(out) / "points").iterdir())
            self.assertEqual(len(points), 3)
            points[1].write_text("{}")  # not one of ours: run again
            self.assertIn("2 points were taken from", meshsim("sweep", file, *self.VARY, "--out", out).stdout)
            again, b = report_of("sweep", file, *self.VARY, "--out", out)
            self.assertEqual(a["comparison"]["sweep"]["rows"], b["comparison"]["sweep"]["rows"])
            other = meshsim("sweep", file, *self.VARY, "--seed", "2", "--out", out)
            self.assertNotIn("were taken from", other.stdout)

    def test_a_tip_is_bisected_and_the_watch_is_said(self):
        with tempfile.TemporaryDirectory() as work:
            result = meshsim("sweep", self.scenario(work), *self.VARY, "--tip", "during slow-db", "--halvings", "2")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("library: success during slow-db crosses 50 % between", result.stdout)
            self.assertIn("watched for 10 s after the last event", result.stdout)
            wrong = meshsim("sweep", self.scenario(work), *self.VARY, "--tip", "after nothing")
            self.assertEqual(wrong.returncode, 2)
            self.assertIn("there are: during slow-db, after slow-db", wrong.stderr)

    def test_the_fleet_grows_and_shrinks(self):
        with tempfile.TemporaryDirectory() as work:
            fleet = pathlib.Path(work) / "fleet.yaml"
            fleet.write_text(meshsim("generate", "--services", "12", "--rate", "50").stdout)
            result, report = report_of("sweep", str(fleet), "--vary", "fleet.size=6,12,24", *FEW, "--set",
                                       "run.duration=2s")
            self.assertEqual(result.returncode, 0, result.stderr)
            sizes = [row["fleet.size"] for row in report["comparison"]["sweep"]["rows"]]
            self.assertEqual(sizes[::3], ["6", "12", "24"])

    def test_the_file_says_what_varies_and_what_things_cost(self):
        with tempfile.TemporaryDirectory() as work:
            file, out = self.scenario(work), str(pathlib.Path(work) / "out")
            with open(file, "a") as more:
                more.write("prices: {vcpuHour: 1, gbHour: 1, failedRequest: 1, perYear: {slow-db: 12}}\n"
                           "sweep: {traffic.web.rate: [50/s, 200/s]}\n")
            both = ["--set", "candidates=[none, sidecar]", "--out", out]
            result, report = report_of("sweep", file, *both)
            self.assertEqual(result.returncode, 0, result.stderr)
            rates = [row["traffic.web.rate"] for row in report["comparison"]["sweep"]["rows"]]
            self.assertEqual(rates, ["50/s", "50/s", "200/s", "200/s"])
            nets = [row for row in report["comparison"]["card"]["rows"] if row["item"] == "net_per_year"]
            self.assertEqual([row["traffic.web.rate"] for row in nets], ["50/s", "200/s"])
            self.assertEqual({row["basis"] for row in nets}, {"assumed"})
            with open(pathlib.Path(out) / "card.csv") as file_:
                self.assertEqual(len(list(csv.DictReader(file_))), len(report["comparison"]["card"]["rows"]))
            # Prices change no point; the command line's go before the file's, and so do its paths.
            dearer = ["sweep", file, *both, "--price", "perYear.slow-db=1000"]
            self.assertIn("2 points were taken from", meshsim(*dearer).stdout)
            _, again = report_of(*dearer)
            other = [row for row in again["comparison"]["card"]["rows"] if row["item"] == "net_per_year"]
            self.assertNotEqual([row["figure"] for row in nets], [row["figure"] for row in other])
            one, single = report_of("sweep", file, "--vary", "run.duration=20s", *both)
            self.assertEqual({row["run.duration"] for row in single["comparison"]["sweep"]["rows"]}, {"20s"})
            _, compared = report_of("compare", file, "--set", "candidates=[none, sidecar]")
            self.assertIn("net_per_year", {row["item"] for row in compared["comparison"]["card"]["rows"]})

    def test_a_latin_hypercube_lies_between_the_ends_and_a_tornado_turns_one_input_at_a_time(self):
        with tempfile.TemporaryDirectory() as work:
            file = self.scenario(work)
            vary = ["--vary", "traffic.web.rate=50/s,150/s", "--vary", "services.db.replicas=1,4"]
            result, report = report_of("sweep", file, *vary, "--lhs", "4")
            rows = report["comparison"]["sweep"]["rows"]
            self.assertEqual(len(rows), 4)
            self.assertEqual(sorted(int((float(row["traffic.web.rate"][:-2]) - 50) / 25) for row in rows), [0, 1, 2, 3])
            self.assertEqual(sorted(row["services.db.replicas"] for row in rows), ["1", "2", "3", "4"])
            out = str(pathlib.Path(work) / "out")
            result, report = report_of("sweep", file, *vary, "--tornado", "--out", out)
            self.assertEqual(result.returncode, 0, result.stderr)
            bars = [row for row in report["comparison"]["tornado"]["rows"] if row["metric"] == "mean"]
            self.assertEqual({row["path"] for row in bars}, {"traffic.web.rate", "services.db.replicas"})
            unchanged = next(row for row in bars if row["path"] == "services.db.replicas")
            self.assertEqual(unchanged["low"], "1")  # as the file has it
            self.assertEqual(unchanged["effect_of_low"], {"value": 0, "halfWidth": 0})
            self.assertIn("4 points were taken from", meshsim("sweep", file, *vary, "--tornado", "--out", out).stdout)
            _, kept = report_of("sweep", file, *vary, "--tornado", "--out", out)
            self.assertEqual(kept["comparison"]["tornado"], report["comparison"]["tornado"])

    def test_mistakes(self):
        for wrong in (["--vary", "no-equals"], ["--vary", "run.duration=-1s"], ["--vary", "fleet.size=many"],
                      ["--vary", "run.duration=1s,2s", "--vary", "seed=1", "--tip", "x"], [], ["--lhs", "1"],
                      ["--vary", "seed=1,2", "--lhs", "3", "--tornado"], ["--vary", "seed=1", "--price", "vcpuHour"],
                      ["--vary", "seed=1", "--price", "perYear.nobody=1"]):
            result = meshsim("sweep", STORM, *wrong)
            self.assertEqual(result.returncode, 2, wrong)
            self.assertTrue(result.stderr, wrong)
            self.assertEqual(result.stdout, "", wrong)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--meshsim", default=str(ROOT / "build/meshsim"))
    known, rest = parser.parse_known_args()
    MESHSIM = os.path.abspath(known.meshsim)
    unittest.main(argv=[sys.argv[0], *rest])
