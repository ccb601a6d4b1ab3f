#!/usr/bin/env python3
"""The commands run and compare as a user meets them: exit codes, partial reports, files, signals.

  /usr/bin/python3 tests/reports/cli_test.py --meshsim build/meshsim

Only what needs the program itself; what a report says is tested without it (tests/reports/*_test.cpp).
"""
import argparse
import csv
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
STORM = "scenarios/incidents/retry-storm.yaml"
BOUTIQUE = "scenarios/fleets/online-boutique.yaml"
QUICK = ["--set", "run.duration=5s", "--replications", "3"]  # of a scenario without a timeline
FEW = ["--replications", "2"]
MESHSIM = "meshsim"
FLOOD = """meshsim: 1
run: {duration: 60s, replications: 2}
services:
  web: {workers: 1, queue: {capacity: 1000000}, endpoints: {default: {steps: [{work: {constant: 1s}}]}}}
traffic: {flood: {rate: 2000/s, to: web}}
"""


def meshsim(*arguments, **options):
    return subprocess.run([MESHSIM, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, **options)


def report_of(*arguments):
    result = meshsim(*arguments, "--json")
    return result, json.loads(result.stdout)


class Determinism(unittest.TestCase):
    def test_a_second_different_run_agrees(self):
        result = meshsim("compare", BOUTIQUE, *QUICK, "--check-determinism")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("deterministic: both runs agree in every replication", result.stderr)
        self.assertNotIn("deterministic", result.stdout)

    def test_the_reference_engine_gives_the_same_report(self):
        for scenario, less in ((BOUTIQUE, QUICK), (STORM, FEW)):
            fast = meshsim("compare", scenario, *less, "--json")
            slow = meshsim("compare", scenario, *less, "--json", "--reference")
            self.assertEqual(fast.returncode, 0, fast.stderr)
            self.assertEqual(fast.stdout, slow.stdout)

    def test_threads_change_nothing_and_the_seed_changes_everything(self):
        one, a = report_of("run", BOUTIQUE, *QUICK, "--threads", "1")
        three, _ = report_of("run", BOUTIQUE, *QUICK, "--threads", "3")
        self.assertEqual(one.stdout, three.stdout)
        _, b = report_of("run", BOUTIQUE, *QUICK, "--seed", "2")
        self.assertNotEqual(a["candidates"][0]["fingerprint"], b["candidates"][0]["fingerprint"])


class Limits(unittest.TestCase):
    def check_partial(self, reason, *options, scenario=STORM):
        result, report = report_of("run", scenario, *options)
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIs(report["complete"], False)
        self.assertEqual(report["stopped"], reason)
        self.assertTrue(report["warnings"])
        text = meshsim("run", scenario, *options).stdout
        self.assertIn("partial report", text)
        return report

    def test_events(self):
        report = self.check_partial("event limit", "--max-events", "2000", "--replications", "2")
        self.assertIn("during the warm-up: nothing was measured", report["warnings"][0])
        self.assertEqual(report["replications"], 0)

    def test_in_flight(self):
        self.check_partial("in-flight limit", "--max-in-flight", "50", "--replications", "2")

    def test_what_was_open_when_a_limit_was_met_is_not_blamed_on_the_drain(self):
        text = meshsim("run", STORM, "--max-in-flight", "50", "--replications", "2").stdout
        self.assertRegex(text, r"still open when the replication ended early \(in-flight limit\)")
        self.assertNotIn("when the drain ended", text)

    def test_memory(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "flood.yaml")
            path.write_text(FLOOD)
            self.check_partial("memory limit", "--max-memory", "1", scenario=str(path))

    def test_replications_that_were_complete_count(self):
        _, whole = report_of("run", STORM, "--candidate", "none", "--replications", "4")
        self.assertIs(whole["complete"], True)
        self.assertEqual(whole["replications"], 4)


class Files(unittest.TestCase):
    def test_a_directory_holds_what_the_screen_showed(self):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder, "new", "report")
            result = meshsim("compare", STORM, *FEW, "--out", str(out))
            self.assertEqual(result.returncode, 0, result.stderr)
            report = json.loads((out / "report.json").read_text())
            self.assertEqual(report, json.loads(meshsim("compare", STORM, *FEW, "--json").stdout))
            version = meshsim("--version").stdout.split()[1]
            self.assertEqual(report["version"], version)
            self.assertIn(result.stdout.splitlines()[0], (out / "report.txt").read_text())
            for name in ("entries.csv", "edges.csv", "services.csv", "waste.csv", "resources.csv", "comparison.csv"):
                with open(out / name, newline="", encoding="utf-8") as file:
                    self.assertGreater(len(list(csv.DictReader(file))), 0, name)
            self.assertFalse([path for path in out.iterdir() if ".tmp" in path.name])

    def test_a_place_that_cannot_be_written_is_bad_usage_and_the_report_is_printed_all_the_same(self):
        result = meshsim("run", STORM, *FEW, "--out", "/dev/null/report")
        self.assertEqual(result.returncode, 2)
        self.assertIn("/dev/null", result.stderr)
        self.assertIn("Entry points", result.stdout)

    def test_a_full_standard_output_is_an_error(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            result = subprocess.run([MESHSIM, "run", STORM, *FEW], cwd=ROOT, stdout=full, stderr=subprocess.PIPE,
                                    timeout=60)
        self.assertEqual(result.returncode, 2)

    def test_help_and_lists_on_a_full_device_are_errors(self):
        for command in (["--help"], ["run", "--help"], ["--version"], ["schema"], ["explain"], ["render", STORM]):
            with open("/dev/full", "w", encoding="ascii") as full:
                result = subprocess.run([MESHSIM, *command], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True,
                                        timeout=60)
            self.assertEqual(result.returncode, 2, command)
            self.assertIn("No space left on device", result.stderr, command)

    def test_files_of_an_earlier_report_go_and_others_stay(self):
        with tempfile.TemporaryDirectory() as out:
            meshsim("compare", STORM, *FEW, "--out", out)
            pathlib.Path(out, "mine.csv").write_text("x")
            self.assertIn("comparison.csv", os.listdir(out))
            meshsim("run", STORM, *FEW, "--out", out)
            self.assertNotIn("comparison.csv", os.listdir(out))
            self.assertIn("mine.csv", os.listdir(out))

    def test_a_trace_has_records_in_order_of_time_and_is_the_same_twice(self):
        with tempfile.TemporaryDirectory() as folder:
            texts = []
            for name in ("a", "b"):
                path = pathlib.Path(folder, name)
                result = meshsim("run", BOUTIQUE, "--candidate", "none", "--set", "run.duration=1s",
                                 "--replications", "1", "--trace", str(path))
                self.assertEqual(result.returncode, 0, result.stderr)
                texts.append(path.read_text())
            self.assertEqual(texts[0], texts[1])
            self.assertGreater(len(texts[0].splitlines()), 1000)
            result = meshsim("run", BOUTIQUE, *QUICK, "--trace", folder)
            self.assertEqual(result.returncode, 2)
            self.assertEqual(len(os.listdir(folder)), 2)


class Pictures(unittest.TestCase):
    def test_without_matplotlib_one_line_names_the_package(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "matplotlib.py").write_text("raise ImportError('none')\n")
            result = subprocess.run([sys.executable, "tools/plot.py", folder], cwd=ROOT, capture_output=True, text=True,
                                    timeout=60, env={**os.environ, "PYTHONPATH": folder})
        self.assertEqual(result.returncode, 2)
        self.assertEqual(len(result.stderr.splitlines()), 1)
        self.assertIn("python3-matplotlib", result.stderr)


class Adoption(unittest.TestCase):
    def test_a_frozen_state_is_said_in_the_report(self):
        scenario = "scenarios/decisions/timeout-fix-40-teams.yaml"
        short = ["--replications", "2", "--candidate", "library", "--set", "run.adoption=25%"]
        result, report = report_of("run", scenario, *short)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(report["adoption"], 0.25)
        text = meshsim("run", scenario, *short).stdout
        self.assertIn("frozen adoption: 25% of those who need a release have it", text)


class Signals(unittest.TestCase):
    def interrupted(self, number):
        process = subprocess.Popen([MESHSIM, "run", STORM, "--replications", "200000", "--json"], cwd=ROOT,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(0.7)
        self.assertIsNone(process.poll())
        process.send_signal(number)
        output, _ = process.communicate(timeout=30)
        return process.returncode, json.loads(output)

    def test_an_interrupt_ends_with_a_partial_report(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            code, report = self.interrupted(number)
            self.assertEqual(code, 128 + number)
            self.assertIs(report["complete"], False)
            self.assertEqual(report["replicationsAsked"], 200000)

    def test_a_reader_that_goes_away_is_not_a_crash(self):
        process = subprocess.Popen([MESHSIM, "run", STORM, *FEW, "--json"], cwd=ROOT, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        process.stdout.close()
        process.stderr.read()
        self.assertEqual(process.wait(timeout=30), 2)
        process.stderr.close()


class Roots(unittest.TestCase):
    """`extends` may leave the scenario's directory only where --root says so: the same for every command that reads."""

    def test_every_command_that_reads_a_scenario_takes_the_root(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "base.yaml").write_text(
                "meshsim: 1\nrun: {duration: 1s, warmup: 0s, replications: 2}\nservices: {web: {serviceTime: 2ms}}\n"
                "traffic: {web: 50/s}\n")
            below = pathlib.Path(folder, "below")
            below.mkdir()
            (below / "own.yaml").write_text("meshsim: 1\nextends: ../base.yaml\n")
            scenario = str(below / "own.yaml")
            for command in ("validate", "render", "graph", "run", "compare"):
                with self.subTest(command):
                    closed = meshsim(command, scenario)
                    self.assertEqual(closed.returncode, 2)
                    self.assertIn("base.yaml", closed.stderr)
                    self.assertEqual(closed.stdout, "")
                    opened = meshsim(command, scenario, "--root", folder)
                    self.assertEqual(opened.returncode, 0, opened.stderr)
                    self.assertIn("1 service" if command == "validate" else "web", opened.stdout)
                    elsewhere = meshsim(command, scenario, "--root", str(below))
                    self.assertEqual(elsewhere.returncode, 2)


class OneCandidate(unittest.TestCase):
    def test_lines_about_others_are_named_and_not_judged(self):
        scenario = "scenarios/regression/rate-limit.yaml"
        result, report = report_of("run", scenario, "--candidate", "none")
        self.assertEqual(result.returncode, 0)
        said = [row["name"] for row in report["expect"]["expectations"]["rows"]]
        self.assertEqual(said, ["nobody limits"])
        self.assertIn("not judged, as they name candidates that were not run: half are let through; and not more",
                      report["warnings"])
        _, whole = report_of("run", scenario)
        self.assertEqual(whole["warnings"], [])


class Usage(unittest.TestCase):
    def test_mistakes_are_exit_code_2_and_say_what_is_there(self):
        result = meshsim("run", STORM, "--candidate", "sidcar")
        self.assertEqual(result.returncode, 2)
        self.assertIn("there are: none, sidecar", result.stderr)
        for wrong in (["run"], ["run", "no-such-file.yaml"], ["run", STORM, "--replications", "0"],
                      ["compare", STORM, "--max-events", "-1"], ["run", STORM, "--seed", "-1"],
                      ["run", STORM, "--max-memory", "1.5"], ["run", STORM, "--max-memory", "0"],
                      ["run", STORM, "--max-events", "0"], ["run", STORM, "--max-in-flight", "00"],
                      ["run", STORM, "--out", ""], ["run", STORM, "--trace", ""], ["run", STORM, "--threads", "many"]):
            result = meshsim(*wrong)
            self.assertEqual(result.returncode, 2, wrong)
            self.assertTrue(result.stderr, wrong)
            self.assertEqual(result.stdout, "", wrong)

    def test_no_progress_where_nobody_watches(self):
        self.assertEqual(meshsim("run", STORM, *FEW).stderr.count("\r"), 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--meshsim", default=str(ROOT / "build/meshsim"))
    known, rest = parser.parse_known_args()
    MESHSIM = os.path.abspath(known.meshsim)
    unittest.main(argv=[sys.argv[0], *rest])
