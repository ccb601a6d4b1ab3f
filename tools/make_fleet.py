#!/usr/bin/python3
"""Writes a large synthetic fleet as a scenario: a layered call graph with power-law fan-in.

    tools/make_fleet.py [--services 500] [--rate 5000] [--calls 20] [--seed 1] > scenarios/fleets/synthetic-500.yaml

The graph has layers; calls go down one layer or more, so there are no cycles. Which service is called follows a power
law (a few are called by many, most by one or two), as in Meta's published service topology, where fan-in has a tail
exponent near 1. Replicas are chosen so that every service is between 40% and 65% busy. One request causes `--calls`
calls on average, over all layers. Service times are exponential, 1 to 7 ms on average. Nothing here is measured; it is
a load for the simulator.
Deterministic: its own linear congruential generator (Knuth's MMIX constants), integer arithmetic, no dictionary order.
"""
import argparse
import sys

LAYERS = 6           # depth of the call graph, entries included
LOWEST_BUSY = 0.42   # of a service's workers
HIGHEST_BUSY = 0.62


class Generator:
    def __init__(self, seed):
        self.state = (seed * 2654435761 + 12345) % 2**64

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % n


def layer_sizes(services):
    """Few entries, wide middle, narrower bottom; sums to `services`."""
    weights = [2, 18, 30, 25, 15, 10]
    sizes = [max(1, services * w // 100) for w in weights]
    sizes[2] += services - sum(sizes)
    return sizes


def build(services, rate, calls, seed):
    draw = Generator(seed)
    layers = []
    number = 0
    for size in layer_sizes(services):
        layers.append(list(range(number, number + size)))
        number += size
    layer_of = [index for index, layer in enumerate(layers) for _ in layer]
    callees = [[] for _ in range(services)]

    def popular(layer):
        """Zipf-like choice: index i with weight about 1/(i + 1), without floating point."""
        n = len(layer)
        bits = n.bit_length()
        top = 1 << draw.below(bits)                # log-uniform band, uniform inside it
        return layer[min(n - 1, top - 1 + draw.below(top))]

    # Everyone is called by somebody of the layer above; then popular callees are added.
    for depth in range(1, LAYERS):
        for service in layers[depth]:
            caller = layers[depth - 1][draw.below(len(layers[depth - 1]))]
            callees[caller].append([service, 100])
    for service in range(services):
        depth = layer_of[service]
        if depth == LAYERS - 1:
            continue
        for _ in range(1 + draw.below(3)):
            below = depth + 1 + (draw.below(LAYERS - depth - 1) if draw.below(4) == 0 else 0)
            callee = popular(layers[below])
            if all(callee != known for known, _ in callees[service]):
                callees[service].append([callee, 100])

    def flow(percent):
        """Requests/s per service with every call probability scaled to `percent`, and calls per entry request."""
        rates = [0.0] * services
        for entry in layers[0]:
            rates[entry] = rate / len(layers[0])
        total = 0.0
        for service in range(services):            # numbers grow with depth, so this is callers first
            for callee, _ in callees[service]:
                made = rates[service] * percent / 100
                rates[callee] += made
                total += made
        return rates, total / rate

    percent = min(range(1, 101), key=lambda p: abs(flow(p)[1] - calls))
    for row in callees:
        for call in row:
            call[1] = percent
    rates, per_request = flow(percent)
    return layers, callees, rates, percent, per_request, draw


def write(args):
    layers, callees, rates, percent, per_request, draw = build(args.services, args.rate, args.calls, args.seed)
    out = []
    p = out.append
    p('# Goal: a large fleet, to see what sidecars cost when there are many of them, and how fast the simulator is.')
    p('#')
    widths = ' -> '.join(f'[{len(layer)}]' for layer in layers[1:])
    p(f'#   {args.rate}/s -> [{len(layers[0])} entries] -> {widths}     about {per_request:.1f} calls per request')
    p('#')
    p(f'# Written by tools/make_fleet.py --services {args.services} --rate {args.rate} --calls {args.calls} '
      f'--seed {args.seed}.')
    p('# Synthetic: the shape follows published fleets (power-law fan-in), the times are assumed.')
    p('meshsim: 1')
    p(f'question: What do sidecars cost a fleet of {args.services} services?')
    p('run: {duration: 120s, warmup: 5s, replications: 10}')
    p('')
    p('services:')
    lowest, highest, pods = 1.0, 0.0, 0
    for service, row in enumerate(callees):
        mean_us = 1000 + 500 * draw.below(13)      # 1 to 7 ms
        held = rates[service] * mean_us / 1e6      # workers busy
        slots = max(1, int(held / LOWEST_BUSY))
        if held / slots < LOWEST_BUSY:             # a rarely called service works longer instead
            mean_us = int(LOWEST_BUSY / rates[service] * 1e6) + 1
            held = rates[service] * mean_us / 1e6
        if slots == 1 and held > HIGHEST_BUSY:     # one is too few and two are too many
            mean_us = int(HIGHEST_BUSY / rates[service] * 1e6)
            held = rates[service] * mean_us / 1e6
        workers = 4 if slots >= 16 else 2 if slots >= 4 else 1
        replicas = slots // workers
        while held / workers / replicas > HIGHEST_BUSY:
            replicas += 1
        pods += replicas
        busy = held / workers / replicas
        lowest, highest = min(lowest, busy), max(highest, busy)
        calls = ', '.join(f'{{call: s{callee:03}, probability: {probability}%}}' for callee, probability in row)
        p(f'  s{service:03}: {{replicas: {replicas}, workers: {workers}, serviceTime: {mean_us}us'
          + (f', calls: [{calls}]' if row else '') + '}')
    p('')
    p('traffic:')
    for entry in layers[0]:
        p(f'  s{entry:03}: {args.rate // len(layers[0])}/s')
    p('')
    p('candidates:')
    p('  none: {loadBalancer: LEAST_REQUEST}   # as the sidecars have it: '
      'pinned connections would overload single pods')
    p('  sidecar:')
    print('\n'.join(out))
    called = [0] * args.services
    for row in callees:
        for callee, _ in row:
            called[callee] += 1
    called.sort(reverse=True)
    print(f'calls per request {per_request:.2f}, probability {percent}%, '
          f'busy {lowest:.2f} to {highest:.2f}, {pods} pods, '
          f'fan-in '
          f'{called[:5]} ... median {called[len(called) // 2]}', file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--services', type=int, default=500)
    parser.add_argument('--rate', type=int, default=5000, help='requests per second, all entries together')
    parser.add_argument('--calls', type=int, default=20, help='calls per request on average')
    parser.add_argument('--seed', type=int, default=1)
    write(parser.parse_args())


if __name__ == '__main__':
    main()
