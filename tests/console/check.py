#!/usr/bin/python3
"""meshsim check as a build service meets it: verdicts, exit codes, baselines, every output, the workflow of the docs.

  check.py --meshsim build/meshsim
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree as ElementTree

import yaml
from sarif_shape import SARIF

ROOT = pathlib.Path(__file__).resolve().parents[2]
REGRESSION = ROOT / "scenarios/regression"
MESHSIM = "meshsim"

# Broken policies: (what is wrong, scenario, text, what stands there instead).
BROKEN = (
    ("one retry more", "retry-count.yaml", "max: 2", "max: 3"),
    ("a lost timeout", "timeout-held.yaml", "timeout: 200ms, ", ""),
    ("a wrong split", "canary-share.yaml", "v1: 90%, v2: 10%", "v1: 80%, v2: 20%"),
    ("a missing limit", "queue-bound.yaml", "queue: {capacity: 8}", "queue: {capacity: unlimited}"),
    ("a hole in mTLS", "strict-mtls.yaml", "mtls: STRICT", "mtls: PERMISSIVE"),
    ("a hole in the allow list", "allow-list.yaml", "from: [friend]", "from: [friend, stranger]"),
    ("a rate limit twice as high", "rate-limit.yaml", "tokensPerFill: 10", "tokensPerFill: 20"),
    ("a breaker that opens late", "circuit-breaker.yaml", "http2MaxRequests: 10", "http2MaxRequests: 20"),
    ("no outlier detection", "outlier-detection.yaml", "consecutive5xxErrors: 5", "consecutive5xxErrors: 0"),
)

SHOP = """meshsim: 1
run: {duration: 5s, warmup: 1s, replications: REPLICATIONS}
services:
  web: {replicas: 2, serviceTime: 2ms, calls: [pay]}
  pay: {replicas: 2, serviceTime: 4ms, errors: 1%}
traffic: {web: 200/s}
candidates: [none, sidecar]
"""


def shop(expect="", replications="10"):
    return SHOP.replace("REPLICATIONS", replications) + (f"expect:\n{expect}" if expect else "")


def meshsim(*arguments, cwd=ROOT, **options):
    return subprocess.run([MESHSIM, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=120,
                          **options)


class Folder(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.folder = pathlib.Path(place.name)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def check(self, *arguments, code=0):
        result = meshsim("check", *arguments, cwd=self.folder)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result

    def report(self, *arguments, code=0):
        return json.loads(self.check(*arguments, "--json", code=code).stdout)


class Regression(Folder):
    def test_every_policy_holds_and_it_takes_less_than_a_minute(self):
        started = time.monotonic()
        report = self.report(REGRESSION)
        self.assertLess(time.monotonic() - started, 60)
        self.assertGreaterEqual(len(report["scenarios"]), 10)
        self.assertEqual({one["verdict"] for one in report["scenarios"]}, {"pass"})

    def test_each_broken_policy_fails_the_whole_directory_at_its_own_scenario(self):
        for what, name, before, after in BROKEN:
            with self.subTest(what):
                copy = self.folder / what.replace(" ", "-")
                shutil.copytree(REGRESSION, copy)
                text = (copy / name).read_text(encoding="utf-8")
                self.assertEqual(text.count(before), 1)
                (copy / name).write_text(text.replace(before, after), encoding="utf-8")
                report = self.report(copy, code=1)
                failed = [one["file"] for one in report["scenarios"] if one["verdict"] != "pass"]
                self.assertEqual([pathlib.Path(file).name for file in failed], [name])


class Closed(Folder):
    """What cannot be judged never passes."""

    def problem(self, *arguments):
        report = self.report(*arguments, code=2)
        self.assertGreater(report["errors"], 0)
        return [p["message"] for one in report["scenarios"] for p in one["problems"]][0]

    def test_a_scenario_that_expects_nothing(self):
        self.write("shop.yaml", shop())
        self.assertIn("it expects nothing and has no baseline", self.problem("shop.yaml"))

    def test_a_directory_without_scenarios(self):
        self.write("readme.md", "nothing here")
        self.write(".git/hidden.yaml", shop("  a: each success > 1%\n"))
        self.assertIn("there is no scenario below it", self.problem("."))

    def test_a_path_that_is_not_there(self):
        self.assertIn("cannot", self.problem("gone.yaml"))

    def test_a_baseline_whose_scenario_has_gone(self):
        self.write("a.yaml", shop("  a: each success > 1%\n"))
        self.write("b.baseline.json", "{}")
        self.assertIn("a baseline without its scenario", self.problem("."))

    def test_a_baseline_that_cannot_be_read(self):
        self.write("shop.yaml", shop("  a: each success > 1%\n"))
        for text in ("", "[]", "{}", '{"meshsimBaseline": 2}', '{"meshsimBaseline": 1, "scenario": 3}', "{" * 100000,
                     '{"meshsimBaseline": 1, "scenario": "", "replications": 10, "confidence": 0.95, "margin": 7, '
                     '"candidates": {}}'):
            self.write("shop.baseline.json", text)
            self.assertIn("shop.baseline.json", self.problem("shop.yaml"))

    def test_a_mistake_in_the_scenario_with_its_place(self):
        self.write("shop.yaml", shop("  a: each sucess > 1%\n"))
        report = self.report("shop.yaml", code=2)
        problem = report["scenarios"][0]["problems"][0]
        self.assertEqual((problem["code"], problem["line"], problem["column"]), ("MS053", 9, 11))

    def test_a_run_that_meets_a_limit(self):
        self.write("shop.yaml", shop("  a: each success > 1%\n"))
        result = self.check("shop.yaml", "--max-events", "100", code=3)
        self.assertIn("event limit", result.stdout)

    def test_an_output_that_cannot_be_written(self):
        self.write("shop.yaml", shop("  a: each success > 1%\n"))
        self.check("shop.yaml", "--junit", "/dev/null/x.xml", code=2)

    def test_one_bad_scenario_does_not_hide_the_others(self):
        self.write("bad.yaml", "meshsim: 1\n")
        self.write("good.yaml", shop("  a: each success > 1%\n"))
        report = self.report(".", code=2)
        self.assertEqual([one["verdict"] for one in report["scenarios"]], ["error", "pass"])


class Verdicts(Folder):
    def test_three_ways_and_their_exit_codes(self):
        for expect, verdict, code in (("none failed < 5%", "pass", 0), ("none failed > 5%", "fail", 1),
                                      ("none failed < 1%", "inconclusive", 5)):
            self.write("shop.yaml", shop(f"  a: {expect}\n"))
            self.assertEqual(self.report("shop.yaml", code=code)["scenarios"][0]["verdict"], verdict)
            for command in ("run", "compare"):
                self.assertEqual(meshsim(command, self.folder / "shop.yaml").returncode, code)

    def test_replications_go_on_until_every_line_is_decided(self):
        self.write("easy.yaml", shop("  a: none failed < 5%\n", "{min: 10, max: 80}"))
        self.write("hard.yaml", shop("  a: none failed < 1.08%\n", "{min: 10, max: 2000}"))
        self.write("never.yaml", shop("  a: none failed < 1.08%\n", "{min: 10, max: 15}"))
        easy, hard, never = self.report(".", code=5)["scenarios"]
        self.assertEqual((easy["verdict"], easy["replications"]), ("pass", 10))
        self.assertEqual(hard["verdict"], "pass")
        self.assertGreater(hard["replications"], 15)
        self.assertEqual((never["verdict"], never["replications"]), ("inconclusive", 15))

    def test_precision_that_is_not_reached_is_said(self):
        self.write("shop.yaml", shop("  a: each success > 1%\n", "{min: 10, max: 15, precision: 0.1%}"))
        result = self.check("shop.yaml", code=5)
        self.assertIn("not reached within 15 replications", result.stdout)
        report = json.loads(meshsim("run", self.folder / "shop.yaml", "--json").stdout)
        self.assertEqual(report["replications"], 15)
        self.assertIn("not reached", {row["reached"] for row in report["expect"]["precision"]["rows"]})

    def test_threads_change_nothing(self):
        self.write("a.yaml", shop("  a: none failed < 1.2%\n", "{min: 4, max: 60}"))
        self.write("b.yaml", shop("  a: none failed < 5%\n"))
        texts = {self.check(".", "--threads", n, "--json").stdout for n in ("1", "2", "5")}
        self.assertEqual(len(texts), 1)


class Baselines(Folder):
    def setUp(self):
        super().setUp()
        self.write("shop.yaml", shop(replications="40"))
        self.check("shop.yaml", "--update-baseline")
        self.text = (self.folder / "shop.baseline.json").read_text(encoding="utf-8")

    def lines(self, *arguments, code):
        return self.report("shop.yaml", *arguments, code=code)["scenarios"][0]["lines"]

    def test_it_is_small_and_the_same_again(self):
        self.check("shop.yaml", "--update-baseline", "--threads", "1")
        self.assertEqual((self.folder / "shop.baseline.json").read_text(encoding="utf-8"), self.text)
        self.assertLess(len(self.text), 2000)
        self.assertEqual(list(json.loads(self.text)["candidates"]), ["none", "sidecar"])

    def test_the_same_trajectory_passes_at_once(self):
        self.assertEqual({line["measured"] for line in self.lines(code=0)}, {"the same trajectory"})

    def test_another_seed_is_equivalent(self):
        for line in self.lines("--seed", "2", code=0):
            self.assertIn("equivalent", line["measured"])

    def test_a_slower_service_is_different(self):
        for line in self.lines("--set", "services.pay.serviceTime=5ms", code=1):
            self.assertEqual(line["verdict"], "fail")
            self.assertIn("p50 differs by +", line["measured"])

    def test_too_few_replications_decide_nothing(self):
        verdicts = {line["verdict"] for line in self.lines("--seed", "2", "--replications", "3", code=5)}
        self.assertEqual(verdicts, {"inconclusive"})

    def test_a_candidate_more_or_less_fails(self):
        for candidates in ("[none, sidecar, library]", "[none]"):
            (self.folder / "shop.yaml").write_text(shop(replications="40").replace("[none, sidecar]", candidates))
            self.assertIn("fail", {line["verdict"] for line in self.lines(code=1)})

    def test_the_margin_is_the_files(self):
        self.check("shop.yaml", "--update-baseline", "--margin", "60%")
        self.assertEqual(json.loads((self.folder / "shop.baseline.json").read_text())["margin"], 0.6)
        self.lines("--set", "services.pay.serviceTime=5ms", code=0)
        self.check("shop.yaml", "--update-baseline")
        self.assertEqual(json.loads((self.folder / "shop.baseline.json").read_text())["margin"], 0.6)
        self.check("shop.yaml", "--update-baseline", "--margin", "5", code=2)

    def test_expectations_alone_do_not_shift_it(self):
        (self.folder / "shop.yaml").write_text(shop("  a: none failed < 5%\n", "40"))
        report = self.report("shop.yaml")
        self.assertEqual(report["scenarios"][0]["notes"], [])
        self.assertEqual(len(report["scenarios"][0]["lines"]), 3)


HOSTILE = ('</testcase><script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '::error file=x::y',
           'a ##[command]b', '%0A::set-output name=a::b', '[text](https://example.org)',
           '| | `code` **bold** @somebody #1', '{0} {{', ']]><!--', '=1+1', '\u202egnp.exe', 'https://example.org',
           "'; DROP TABLE", '${{ secrets.TOKEN }}')


class Outputs(Folder):
    def setUp(self):
        super().setUp()
        lines = "".join(f"  {json.dumps(name)}: none failed > {5 if i % 2 else 0}%\n" for i, name in enumerate(HOSTILE))
        self.write("ho & <stile>.yaml", shop(lines))
        self.write("good.yaml", shop("  fine: none failed < 5%\n  unsure: none failed < 1%\n"))
        self.write("bad.yaml", "meshsim: 1\n'::error::x <b>': 1\n")
        self.result = self.check(".", "--junit", "out/j.xml", "--sarif", "s.sarif", "--markdown", "m.md", "--github",
                                 code=2)

    def test_junit_has_a_case_for_every_line_with_its_name(self):
        suites = ElementTree.parse(self.folder / "out/j.xml").getroot()
        self.assertEqual(suites.tag, "testsuites")
        names = {case.get("name") for case in suites.iter("testcase")}
        for name in HOSTILE:
            shown = name.replace("\u202e", "\\u202e")
            self.assertIn(f"{shown} (none)", names)
        for scope in [suites, *suites.findall("testsuite")]:
            cases = list(scope.iter("testcase"))
            self.assertEqual(int(scope.get("tests")), len(cases))
            self.assertEqual(int(scope.get("failures")), sum(case.find("failure") is not None for case in cases))
            self.assertEqual(int(scope.get("errors")), sum(case.find("error") is not None for case in cases))
        self.assertEqual({child.tag for case in suites.iter("testcase") for child in case}, {"failure", "error"})
        unsure = [case for case in suites.iter("testcase") if case.get("name") == "unsure (none)"][0]
        self.assertEqual(unsure.find("error").get("type"), "inconclusive")

    def test_sarif_is_2_1_0(self):
        log = json.loads((self.folder / "s.sarif").read_text(encoding="ascii"))
        try:
            import jsonschema  # pylint: disable=import-outside-toplevel
        except ImportError:
            jsonschema = None
        if jsonschema is not None:
            jsonschema.Draft7Validator(SARIF).validate(log)
            if "MESHSIM_SARIF_SCHEMA" in os.environ:  # OASIS's own file, which is not part of the repository
                schema = json.loads(pathlib.Path(os.environ["MESHSIM_SARIF_SCHEMA"]).read_text(encoding="utf-8"))
                jsonschema.validators.validator_for(schema)(schema).validate(log)
        run, = log["runs"]
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        for result in run["results"]:
            self.assertEqual(rules[result["ruleIndex"]], result["ruleId"])
            self.assertIn(result["level"], ("error", "warning"))
            place = result["locations"][0]["physicalLocation"]
            self.assertRegex(place["artifactLocation"]["uri"], r"^[A-Za-z0-9._~/%-]+$")
            self.assertNotRegex(result["message"]["text"], r"(?<!\\)[\[\]]|(?<!\{)\{(?:\{\{)*(?!\{)")
        uris = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]}
        self.assertIn("ho%20%26%20%3Cstile%3E.yaml", uris)
        identities = {result["partialFingerprints"]["meshsimCheck/v1"] for result in run["results"]}
        self.assertEqual(len(identities), len(run["results"]))

    def test_no_line_on_the_screen_is_a_command_but_ours(self):
        commands = [line for line in self.result.stdout.splitlines() if line.lstrip().startswith("::")]
        for line in commands:
            self.assertRegex(line, r"^::(error|warning) file=[^:,]*(,line=\d+)?(,col=\d+)?,title=[^:,]*::[^\r\n]*$")
        self.assertNotIn("##[", self.result.stdout)
        self.assertNotIn("\u202e", self.result.stdout)
        self.assertEqual(len(commands), self.result.stdout.count("\n::"))
        self.assertIn("%25", "".join(commands))

    def test_markdown_has_no_markup_of_strangers(self):
        text = (self.folder / "m.md").read_text(encoding="utf-8")
        inside = re.findall(r"<code>(.*?)</code>", text, flags=re.DOTALL)
        self.assertGreater(len(inside), 10)
        for name in inside:
            self.assertRegex(name, r"^(?:[A-Za-z0-9 \u0080-\uffff]|&#\d+;)*$")
        outside = re.sub(r"<code>.*?</code>", "", text, flags=re.DOTALL)
        self.assertRegex(outside, r"^[A-Za-z0-9 #:,|\n-]*$")

    def test_json_says_what_the_others_say(self):
        report = self.report(".", code=2)
        self.assertEqual(report["meshsimCheck"], 1)
        names = {line["name"] for one in report["scenarios"] for line in one["lines"]}
        self.assertTrue(set(HOSTILE) <= names)
        self.assertIn(f"{len(report['scenarios'])} scenarios: {report['passed']} passed, {report['failed']} failed",
                      self.result.stdout)

    def test_json_and_annotations_do_not_share_a_stream(self):
        self.check(".", "--json", "--github", code=2)


class Documents(Folder):
    """The workflow and the commands of docs/ci.md, as a repository with scenarios would run them."""

    def setUp(self):
        super().setUp()
        shutil.copytree(REGRESSION, self.folder / "scenarios")
        (self.folder / "bin").mkdir()
        (self.folder / "bin/meshsim").symlink_to(MESHSIM)
        self.environment = {**os.environ, "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
                            "GITHUB_STEP_SUMMARY": str(self.folder / "step-summary.md")}

    def shell(self, script):
        return subprocess.run(["bash", "-e", "-o", "pipefail", "-c", script], cwd=self.folder, env=self.environment,
                              capture_output=True, text=True, timeout=120).returncode

    def test_every_command_of_the_page_works(self):
        page = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
        blocks = re.findall(r"^```sh\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
        commands = [line for block in blocks for line in block.splitlines()]
        self.assertGreaterEqual(len(commands), 4)
        for line in commands:
            with self.subTest(line):
                self.assertEqual(self.shell(line), 0)

    def test_every_step_of_the_workflow_works_and_fails_when_it_should(self):
        workflow = yaml.safe_load((ROOT / "docs/ci-workflow.yml").read_text(encoding="utf-8"))
        steps = [step for step in workflow["jobs"]["check"]["steps"] if "run" in step]
        self.assertGreaterEqual(len(steps), 3)
        for step in steps:
            self.assertEqual(self.shell(step["run"]), 0, step["name"])
        self.assertIn("## meshsim check", (self.folder / "step-summary.md").read_text())
        broken = self.folder / "scenarios/retry-count.yaml"
        broken.write_text(broken.read_text().replace("max: 2", "max: 1"))
        codes = {step["name"]: self.shell(step["run"]) for step in steps}
        self.assertEqual(codes, {"Scenarios are well formed": 0, "What they expect holds": 1, "Summary": 0})
        self.assertIn("fail", (self.folder / "step-summary.md").read_text())


def main():
    global MESHSIM
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--meshsim", required=True, type=pathlib.Path)
    arguments, rest = parser.parse_known_args()
    MESHSIM = str(arguments.meshsim.resolve())
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
