#!/usr/bin/python3
"""meshsim explain policy and meshsim diff as a user meets them: values, who said them, errors, exit codes.

  explain_policy.py --meshsim build/meshsim
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MESHSIM = "meshsim"

SHOP = """meshsim: 1
run: {duration: 60s, replications: 1}
libraries: {go: {supports: [timeout]}}
services:
  web: {language: go, replicas: 2, serviceTime: 2ms, calls: [cart, {call: pay, timeout: 1s, retries: 1}]}
  cart: {serviceTime: 4ms}
  pay: {replicas: 2, serviceTime: 8ms}
traffic: {web: 100/s}
policy:
  defaults: {timeout: 2s, mtls: STRICT}
  pay: {retries: {max: 2, retryOn: [5xx]}, connectionPool: {maxConnections: 10}, rateLimit: 100/s, allow: [{from: web}]}
candidates:
  none:
  library: {deviations: [{service: web, to: pay, timeout: 9s}]}
  sidecar:
  partly: {enforcedBy: sidecar, enrolled: {services: [cart, pay]}, others: library}
  linkerd: {product: linkerd}
  consul: {product: consul}
  legacy: {product: istio-legacy-503}
  grpc: {product: grpc}
  alone: {enforcedBy: library, product: grpc}
timeline:
  - {name: hasty, at: 10s, change: {pay: {timeout: 5ms}}}
"""


def meshsim(*arguments):
    return subprocess.run([MESHSIM, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=60)


class Files(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.shop = self.write("shop.yaml", SHOP)

    def write(self, name, text):
        path = pathlib.Path(self.directory.name) / name
        path.write_text(text)
        return path


class ExplainPolicy(Files):
    def values(self, edge="web/pay"):
        result = meshsim("explain", "policy", self.shop, "--edge", edge, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        candidates = json.loads(result.stdout)["candidates"]
        return {c["candidate"]: {v["name"]: v for v in c["values"]} for c in candidates}, candidates

    def expect(self, values, candidate, name, value, who):
        found = values[candidate].get(name)
        self.assertIsNotNone(found, f"{candidate}: no {name} in {list(values[candidate])}")
        self.assertIn(value, found["value"], f"{candidate} {name}")
        self.assertIn(who, found["from"], f"{candidate} {name}")

    def test_each_value_says_who_decided(self):
        v, _ = self.values()
        self.expect(v, "none", "enforcer", "nobody", "candidate")
        self.expect(v, "none", "loadBalancer", "CONNECTION_RANDOM", "kube-proxy")
        self.expect(v, "none", "own default", "timeout 1s; retries 1", "application's own call")
        self.expect(v, "library", "timeout", "9s", "deviation")
        self.expect(v, "library", "retries", "none", "the go library cannot (policy.pay asks for it)")
        self.expect(v, "sidecar", "timeout", "2s", "policy.defaults")
        self.expect(v, "sidecar", "retries", "2 on 5xx; to replicas not tried before (at most 5 more picks)",
                    "policy.pay")
        self.expect(v, "sidecar", "backoff", "envoy, 25ms to 250ms", "istio-1.24")
        self.expect(v, "sidecar", "loadBalancer", "LEAST_REQUEST", "istio-1.24")
        self.expect(v, "sidecar", "connectionPool", "10 connections, connecting 10s, idle 3600s", "policy.pay")
        self.expect(v, "sidecar", "mtls", "mTLS", "policy.defaults")
        self.expect(v, "sidecar", "rateLimit", "100 tokens in each pod", "policy.pay")
        self.expect(v, "sidecar", "allow", "web", "policy.pay")
        self.expect(v, "none", "allow", "not enforced", "nobody who could")
        self.expect(v, "sidecar", "inboundRetries", "2 on reset-before-request", "istio-1.24")
        self.assertNotIn("inboundRetries", v["linkerd"])
        self.expect(v, "partly", "enforcer", "library", "not enrolled")
        self.expect(v, "partly", "mtls", "refused", "library calls sidecar")

    def test_products_say_what_they_do_by_themselves(self):
        v, _ = self.values("web/cart")
        self.expect(v, "linkerd", "loadBalancer", "PEAK_EWMA", "linkerd")
        self.expect(v, "linkerd", "mtls", "mTLS", "linkerd")
        self.expect(v, "linkerd", "replicas", "100 calls at most wait for 3s", "linkerd")
        self.expect(v, "linkerd", "connectionPool", "connecting 1s", "linkerd")
        self.expect(v, "consul", "outlierDetection", "5 5xx in a row", "consul")
        self.expect(v, "consul", "connectionPool", "1024 connections, 1024 waiting, 1024 active, 3 retries", "consul")
        self.expect(v, "legacy", "retries", "503", "istio-legacy-503")
        self.expect(v, "grpc", "connectionPool", "1024 active", "gRPC")
        self.assertNotIn("outlierDetection", v["sidecar"])

    def test_weights_and_warm_ups_say_who_looks_at_them(self):
        self.shop = self.write("weights.yaml", SHOP.replace("cart: {serviceTime: 4ms}",
                                                            "cart: {replicas: 3, weights: [5, 1, 1], serviceTime: 4ms}")
                               .replace("mtls: STRICT}", "mtls: STRICT, warmup: 30s}")
                               .replace("  none:\n", "  none:\n  ambient: {waypoints: [pay]}\n"))
        v, _ = self.values("web/cart")
        self.expect(v, "sidecar", "loadBalancer", "LEAST_REQUEST by weight", "istio-1.24")
        self.expect(v, "sidecar", "weights", "5 1 1", "services.cart")
        self.expect(v, "sidecar", "warmup", "30s from 10%", "policy.defaults")
        self.expect(v, "consul", "loadBalancer", "ROUND_ROBIN by weight", "consul")
        self.expect(v, "consul", "warmup", "none", "consul cannot (policy.defaults asks for it)")
        self.expect(v, "ambient", "loadBalancer", "CONNECTION_RANDOM by weight", "ztunnel")
        for other in ("none", "library", "linkerd", "grpc"):
            self.expect(v, other, "weights", "5 1 1, not looked at", "services.cart")
        self.expect(v, "linkerd", "warmup", "none", "linkerd cannot")
        self.assertNotIn("weights", self.values("web/pay")[0]["sidecar"])
        self.assertIn("warmup", meshsim("diff", self.write("shop.yaml", SHOP), self.shop).stdout)

    def test_hedging_says_who_can_and_how(self):
        both = "hedging: {onPerTryTimeout: true, delay: 20ms}, retries: {max: 1, perTryTimeout: 30ms, retryOn: [5xx]}"
        shop = SHOP.replace("mtls: STRICT}", "mtls: STRICT, %s}" % both)
        self.shop = self.write("hedging.yaml", shop)
        v, _ = self.values("web/cart")
        self.expect(v, "sidecar", "hedging", "on the per-try timeout", "policy.defaults")
        self.expect(v, "library", "hedging", "none", "the go library cannot (policy.defaults asks for it)")
        self.expect(v, "linkerd", "hedging", "none", "linkerd cannot this way (policy.defaults asks for it)")
        self.assertNotIn("hedging", v["none"])
        self.assertIn("hedging", meshsim("diff", self.write("shop.yaml", SHOP), self.shop).stdout)
        self.shop = self.write("able.yaml", shop.replace("supports: [timeout]", "supports: [timeout, retries]"))
        v, _ = self.values("web/cart")
        self.expect(v, "library", "hedging", "after 20ms, 2 tries at most; any failure is final", "policy.defaults")
        self.expect(v, "library", "retries", "none: hedging in their place", "policy.defaults")
        self.shop = self.write("bare.yaml", SHOP.replace("STRICT}", "STRICT, hedging: {onPerTryTimeout: true}}"))
        self.expect(self.values("web/cart")[0], "sidecar", "hedging", "none", "no perTryTimeout (policy.defaults")

    def test_changes_and_carriers(self):
        v, candidates = self.values()
        changes = {c["candidate"]: c["changes"] for c in candidates}
        self.assertEqual(changes["none"], [])
        self.assertEqual([(x["name"], x["value"], x["from"], x["carrier"]) for x in changes["sidecar"][0]["values"]],
                         [("timeout", "5ms", "change hasty", "push")])
        self.assertEqual(changes["library"][0]["values"][0]["carrier"], "redeploy")
        self.assertEqual(v["sidecar"]["timeout"]["carrier"], "push")

    def test_the_text_names_every_candidate_and_the_change(self):
        result = meshsim("explain", "policy", self.shop, "--edge", "web/pay/default")
        self.assertEqual(result.returncode, 0, result.stderr)
        for word in ("none\n", "library\n", "sidecar\n", "linkerd\n", "once `hasty` has arrived"):
            self.assertIn(word, result.stdout)
        one = meshsim("explain", "policy", self.shop, "--edge", "web/pay", "--candidate", "sidecar")
        self.assertNotIn("linkerd", one.stdout)

    def test_what_is_not_there_is_an_error_with_names_that_are_near(self):
        for arguments, text in ((("--edge", "web/pax"), "web/pay"), (("--edge", "pay/web"), "pay/web"),
                                (("--edge", "web/pay/defualt"), "default"), ((), "web/cart"),
                                (("--edge", "web/pay", "--candidate", "sidcar"), "sidecar")):
            result = meshsim("explain", "policy", self.shop, *arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertEqual(result.stdout, "")
            self.assertIn(text, result.stderr)

    def test_codes_are_still_explained(self):
        self.assertIn("unknown field", meshsim("explain", "MS014").stdout)
        self.assertEqual(meshsim("explain", "nothing").returncode, 2)
        self.assertIn("policy", meshsim("explain", "--help").stdout)


class Diff(Files):
    def diff(self, text, *more):
        return meshsim("diff", self.shop, self.write("other.yaml", text), *more)

    def test_the_same_and_the_same_spelt_out_are_equal(self):
        self.assertEqual(self.diff(SHOP).returncode, 0)
        spelt = SHOP.replace("pay: {retries:", "pay: {timeout: 2s, retries:")
        result = self.diff(spelt, "--set", "timeline=[]")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("no difference", result.stdout)

    def test_a_changed_timeout_is_found_where_it_is_in_force_and_nowhere_else(self):
        result = self.diff(SHOP.replace("timeout: 2s", "timeout: 3s"), "--json")
        self.assertEqual(result.returncode, 1, result.stderr)
        document = json.loads(result.stdout)
        self.assertFalse(document["equal"])
        found = {(d["candidate"], d["edge"], d["name"]) for d in document["differences"]}
        self.assertIn(("sidecar", "web/pay", "timeout"), found)
        self.assertIn(("library", "web/cart", "timeout"), found)
        self.assertNotIn(("library", "web/pay", "timeout"), found)  # deviates
        self.assertFalse(any(c == "none" for c, _, _ in found))
        self.assertEqual({n for _, _, n in found}, {"timeout"})

    def test_products_candidates_edges_and_changes(self):
        text = self.diff(SHOP.replace("{product: consul}", "{product: envoy}")).stdout
        self.assertIn("consul: web/cart, web/pay", text)
        self.assertIn("outlierDetection", text)
        text = self.diff(SHOP.replace("  legacy: {product: istio-legacy-503}\n", "")).stdout
        self.assertEqual(text, "candidate legacy is in the first only\n")
        text = self.diff(SHOP.replace("calls: [cart, ", "calls: [")).stdout
        self.assertIn("edge web/cart is in the first only", text)
        text = self.diff(SHOP.replace("timeout: 5ms", "timeout: 6ms")).stdout
        self.assertIn("timeout after hasty: 5ms (change hasty) -> 6ms (change hasty)", text)

    def test_a_bad_scenario_is_no_difference(self):
        self.assertEqual(self.diff("meshsim: 1\n").returncode, 2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--meshsim", required=True)
    arguments, rest = parser.parse_known_args()
    MESHSIM = str(pathlib.Path(arguments.meshsim).resolve())
    unittest.main(argv=[sys.argv[0], *rest])
