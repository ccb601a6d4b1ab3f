#!/usr/bin/python3
"""Random fleets under random policies, the way they combine in no example: whatever is asked for, a run ends with its
results (exit code 0, or 3 with a partial report), breaks no invariant (4) and depends on no number of threads.

  random_policies.py --meshsim build/meshsim [--first 1] [--runs 25]

Not here: whether the results are right. The reference engine (tests/reference) judges what it knows; this knows most
keys of a policy.
"""
import argparse
import pathlib
import random
import subprocess
import sys
import tempfile

BALANCERS = ("LEAST_REQUEST", "ROUND_ROBIN", "RANDOM", "CONNECTION_RANDOM", "PEAK_EWMA", "PICK_FIRST")
CONDITIONS = ("5xx", "gateway-error", "reset", "connect-failure", "unavailable", "503", "502", "409")
POOLS = ("maxConnections: 1", "http1MaxPendingRequests: 1, maxConnections: 2", "http2MaxRequests: 4", "maxRetries: 1",
         "maxRequestsPerConnection: 3", "connectTimeout: 1ms")
BUDGETS = ("{}", "{percent: 20%, minRetryConcurrency: 1}", "{retryRatio: 0.2, minRetriesPerSecond: 1, ttl: 2s}",
           "{maxTokens: 5, tokenRatio: 0.1}")
FAULTS = ("{delay: {percentage: 20%, fixedDelay: 20ms}}", "{abort: {percentage: 10%, httpStatus: 503}}")
CANDIDATES = ("none: ", "library: ", "sidecar: ", "envoy: {product: envoy, inboundRetries: 2}",
              "consul: {product: consul}", "linkerd: {product: linkerd}",
              "grpc: {product: grpc}", "alone: {enforcedBy: library, product: grpc}",
              "ambient: {waypoints: [LAST]}", "node: {product: envoy, enforcedBy: node}",
              "half: {enforcedBy: sidecar, enrolled: {services: [LAST]}, others: library, keepsLibrary: true}")


# Cut down from what has once been found: a call that is refused behind Linkerd's queue left its place in it to the next
# call of its row. In its third replication.
FOUND = """meshsim: 1
run: {duration: 60s, replications: 3}
services:
  s0: {calls: [[s1, s2]]}
  s1: {calls: [s2], queue: {whenCallerGone: cancel}}
  s2: {serviceTime: 4ms, protocol: http1}
traffic: {s0: 228/s}
policy:
  defaults:
    retries: {max: 0, perTryTimeout: 18ms}
    connectionPool: {http1MaxPendingRequests: 1}
    fault: {delay: {percentage: 20%, fixedDelay: 20ms}}
    failureAccrual: {}
candidates:
  half: {enforcedBy: sidecar, enrolled: {services: [s2]}}
"""


class Scenario:
    def __init__(self, seed):
        self.draw = random.Random(seed)
        self.names = ["s%d" % i for i in range(self.draw.randint(2, 5))]
        self.versions = {}

    def maybe(self, share):
        return self.draw.random() < share

    def ms(self, least, most):
        return "%dms" % self.draw.randint(least, most)

    def some(self, words, most):
        return "[%s]" % ", ".join(self.draw.sample(words, self.draw.randint(1, most)))

    @staticmethod
    def braces(parts):
        return "{%s}" % ", ".join("%s: %s" % part for part in parts.items())

    def retries(self):
        parts = {"max": self.draw.randint(0, 4), "retryOn": self.some(CONDITIONS, 4)}
        if self.maybe(.7):
            parts["perTryTimeout"] = self.ms(2, 80)
        if self.maybe(.4):
            law = self.draw.choice(("envoy", "full-jitter", "grpc", "decorrelated", "exponential"))
            parts["backoff"] = "{law: %s, base: %s, max: 50ms}" % (law, self.ms(0, 20))
        for key, value in (("retryIgnorePreviousHosts", self.draw.choice(("true", "false"))),
                           ("hostSelectionRetryMaxAttempts", self.draw.randint(0, 9)),
                           ("retryRemoteLocalities", "true")):
            if self.maybe(.25):
                parts[key] = value
        return self.braces(parts)

    def hedging(self):
        parts = {}
        if self.maybe(.7):
            parts["onPerTryTimeout"] = "true"
        if self.maybe(.7) or not parts:
            parts["delay"] = self.ms(0, 30)
            parts["maxAttempts"] = self.draw.randint(2, 6)
            if self.maybe(.5):
                parts["nonFatalStatusCodes"] = self.some(("unavailable", "503", "500", "5xx", "reset"), 3)
        return self.braces(parts)

    def policy(self, service=None):
        parts = {"leastRequestChoices": self.draw.randint(1, 4)}
        several = self.versions.get(service, 1) > 1
        for key, share, value in (
                ("timeout", .7, lambda: self.ms(20, 400)),
                ("retries", .7, self.retries),
                ("hedging", .5, self.hedging),
                ("loadBalancer", .5, lambda: self.draw.choice(BALANCERS)),
                ("warmup", .3, lambda: "2s"),
                ("connectionPool", .3, lambda: "{%s}" % self.draw.choice(POOLS)),
                ("retryBudget", .3, lambda: self.draw.choice(BUDGETS)),
                ("fault", .2, lambda: self.draw.choice(FAULTS)),
                ("mirror", .2 * several, lambda: "{to: v2, percentage: 30%}"),
                ("split", .3 * several, lambda: "{v1: 70%, v2: 30%}"),
                ("deadlinePropagation", .3, lambda: self.draw.choice(("grpc", "envoy-expected", "none"))),
                ("rateLimit", .15, lambda: "200/s"),
                ("mtls", .3, lambda: self.draw.choice(("STRICT", "PERMISSIVE", "DISABLE"))),
                ("localityLbSetting", .3, lambda: "{enabled: true}")):
            if self.maybe(share):
                parts[key] = value()
        kind = self.draw.random()
        if kind < .3:
            share = self.draw.choice((10, 50, 100))
            parts["outlierDetection"] = ("{consecutive5xxErrors: 3, interval: 500ms, baseEjectionTime: 1s, "
                                         "maxEjectionPercent: %d%%}" % share)
        elif kind < .5:
            parts["failureAccrual"] = "{maxFailures: 3, minPenalty: 200ms}"
        return self.braces(parts)

    def call(self, callee):
        parts = {"call": callee}
        if self.maybe(.25):
            parts["timeout"] = self.ms(10, 300)
        if self.maybe(.25):
            parts["retries"] = self.draw.randint(1, 2)
        if self.maybe(.3):
            parts["onFailure"] = self.draw.choice(("ignore", "{fallback: {work: 2ms}}"))
        if self.maybe(.1):
            parts["fireAndForget"] = "true"
        if self.maybe(.2):
            parts["probability"] = "50%"
        if self.maybe(.1):
            parts["repeat"] = 3
        return self.braces(parts)

    def steps(self, calls):
        """Work, waits and calls below each other."""
        if not calls:
            return "[{work: %s}, {wait: %s}]" % (self.ms(1, 8), self.ms(1, 20))
        first, rest = calls[0], calls[1:]
        branch = "{sequence: [{work: %s}, %s]}" % (self.ms(1, 4), first)
        if self.maybe(.3):
            ways = "{probability: 40%%, sequence: [%s]}, {probability: 30%%, wait: 3ms}" % first
            return "[{work: 1ms}, {choose: [%s]}]" % ways
        return "[{work: 1ms}, {parallel: [%s, {wait: %s}]}]" % (", ".join([branch] + rest), self.ms(1, 30))

    def service(self, index):
        name = self.names[index]
        calls = [self.call(callee) for callee in self.names[index + 1:] if self.maybe(.7)]
        text = ", ".join(calls)
        parts = {
            "workers": self.draw.choice((1, 4, 16, "unlimited")),
            "queue": "{capacity: %d, discipline: %s, whenCallerGone: %s, whenDeadlinePassed: %s}" % (
                self.draw.randint(2, 200), self.draw.choice(("fifo", "lifo")),
                self.draw.choice(("serve", "withdraw", "cancel")), self.draw.choice(("stop", "drop", "serve"))),
            "blocking": "true" if self.maybe(.2) else "false",
            "idempotent": "true" if self.maybe(.7) else "false",
        }
        if self.maybe(.3):
            parts["steps"] = self.steps(calls)
        else:
            parts["serviceTime"] = self.draw.choice((
                "{constant: %s}" % self.ms(1, 20), self.ms(1, 12), "{mean: 4ms, cv: 3}",
                "{mixture: [{weight: 0.9, mean: 3ms}, {weight: 0.1, mean: 90ms}]}"))
            parts["calls"] = "[[%s]]" % text if len(calls) > 1 and self.maybe(.4) else "[%s]" % text
        if self.maybe(.2):
            parts["cpu"] = self.draw.choice(("500m", "1", "3"))
        if self.maybe(.5):
            parts["protocol"] = self.draw.choice(("grpc", "http1", "http2"))
        self.versions[name] = 2 if index > 0 and self.maybe(.5) else 1
        if self.versions[name] == 2:
            parts["versions"] = "{v1: {replicas: %d}, v2: {replicas: %d, errors: %d%%}}" % (
                self.draw.randint(1, 3), self.draw.randint(1, 2), self.draw.choice((0, 20)))
        else:
            parts["replicas"] = self.draw.randint(1, 4)
            if self.maybe(.2):
                parts["weights"] = "[%s]" % ", ".join(str(self.draw.randint(1, 5)) for _ in range(parts["replicas"]))
            if index > 0 and self.maybe(.4):
                parts["errors"] = self.draw.choice((
                    "%d%%" % self.draw.randint(1, 30), "{rate: 10%, status: 503, when: before}",
                    "{rate: 20%, status: 503, per: request}"))
        return "  %s: %s" % (name, self.braces(parts))

    def entry(self, number):
        service = self.draw.choice(self.names)
        parts = {"name": "t%d" % number, "at": "%ds" % self.draw.randint(1, 4)}
        kind = self.draw.random()
        if kind > .75 and service != self.names[0]:
            parts["change"] = "{%s: %s}" % (service, self.policy(service))
            return self.braces(parts)
        parts["for"] = self.ms(50, 900)
        if kind < .05:
            parts["down"] = "control-plane"
        elif kind < .45:
            parts["crash"] = service
            if self.maybe(.5):
                parts["container"] = "application"
            if self.maybe(.6):
                parts["replicas"] = 1
        elif kind < .6:
            parts["stall"] = service
        else:
            parts["slow"] = service
            parts["by"] = "%dx" % self.draw.randint(2, 20)
        return self.braces(parts)

    def text(self):
        lines = ["meshsim: 1", "run: {duration: 5s, warmup: 1s, replications: 2}"]
        if self.maybe(.3):
            lines.append("zones: [a, b]")
        if self.maybe(.2):
            lines.append("network: {loss: 2%, sameZone: {constant: 0s}}")
        if self.maybe(.2):
            lines.append("node: {cores: 4, count: 2}")
        lines += ["services:"] + [self.service(i) for i in range(len(self.names))]
        users = "{users: %d, thinkTime: {constant: %s}}" % (self.draw.randint(1, 30), self.ms(1, 50))
        lines.append("traffic: {s0: %s}" % ("%d/s" % self.draw.randint(20, 300) if self.maybe(.7) else users))
        lines += ["policy:", "  defaults: %s" % self.policy()]
        lines += ["  %s: %s" % (name, self.policy(name)) for name in self.names[1:] if self.maybe(.8)]
        lines.append("timeline: [%s]" % ", ".join(self.entry(i) for i in range(self.draw.randint(0, 4))))
        lines.append("candidates:")
        lines += ["  " + one.replace("LAST", self.names[-1])
                  for one in self.draw.sample(CANDIDATES, self.draw.randint(2, 4))]
        return "\n".join(lines) + "\n"


def problem(meshsim, path):
    """What is wrong with the runs of one scenario, or an empty text."""
    runs = [subprocess.run([meshsim, "run", str(path), "--json", "--threads", str(threads)], capture_output=True,
                           text=True, timeout=300, check=False) for threads in (1, 2)]
    for run in runs:
        if run.returncode not in (0, 3):
            return "exit code %d\n%s" % (run.returncode, run.stderr[-2000:])
    return "" if runs[0].stdout == runs[1].stdout else "one thread and two differ"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--meshsim", required=True)
    parser.add_argument("--first", type=int, default=1, help="seed of the first scenario")
    parser.add_argument("--runs", type=int, default=25)
    arguments = parser.parse_args()
    problems = 0
    with tempfile.TemporaryDirectory() as directory:
        for seed in range(arguments.first - 1, arguments.first + arguments.runs):
            path = pathlib.Path(directory) / "random.yaml"
            path.write_text(FOUND if seed < arguments.first else Scenario(seed).text(), encoding="utf-8")
            if what := problem(arguments.meshsim, path):
                problems += 1
                print("seed %d: %s\n%s" % (seed, what, path.read_text(encoding="utf-8")))
    print("%d random policies, %d problems" % (arguments.runs + 1, problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
