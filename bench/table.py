"""Turns google-benchmark's JSON into the tables of bench/results: table.py TIMES.json INSTRUCTIONS.md MACHINE."""
import datetime
import json
import os
import sys

SCALE = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
# Of a mesh call with everything on that users get: ns by mode and pods, bytes per call in flight by pods.
TARGET_NS = {("none", 16): 220, ("none", 4000): 300, ("fused", 16): 240, ("fused", 4000): 330,
             ("queueing", 16): 380, ("queueing", 4000): 520}
TARGET_BYTES = {16: 160, 4000: 200}


def least_times(document):
    """name -> least CPU ns per unit over the repetitions; a unit is an item where the benchmark counts items."""
    times, errors = {}, []
    for run in document["benchmarks"]:
        if run.get("run_type") != "iteration":
            continue
        if run.get("error_occurred"):
            errors.append(f"{run['name']}: {run['error_message']}")
            continue
        rate = run.get("items_per_second")
        ns = 1e9 / rate if rate else run["cpu_time"] * SCALE[run["time_unit"]]
        times[run["run_name"]] = min(ns, times.get(run["run_name"], ns))
    return times, errors


def hold_table(times):
    """Rows: distribution and pending events; columns: the queues, and the ladder's share of the standard heap."""
    rows = {}
    for name, ns in times.items():
        _, delay, queue, pending = name.split("/")
        rows.setdefault((delay, int(pending)), {})[queue] = ns
    yield "| delays | pending | ladder | heap | std::priority_queue | ladder / std |"
    yield "|---|---:|---:|---:|---:|---:|"
    delays = list(dict.fromkeys(delay for delay, _ in rows))  # in the order of the benchmark
    for (delay, pending), row in sorted(rows.items(), key=lambda item: (delays.index(item[0][0]), item[0][1])):
        cells = [f"{row[queue]:.1f}" if queue in row else "-" for queue in ("ladder", "heap", "std")]
        share = f"{row['ladder'] / row['std']:.2f}" if "std" in row else "-"
        yield f"| {delay} | {pending:,} | {' | '.join(cells)} | {share} |"


def mesh_table(document, times):
    """Rows: who enforces at what cost, and pods; four pods to a service."""
    counters = {run["run_name"]: run for run in document["benchmarks"] if run.get("run_type") == "iteration"}
    yield "| mode | pods | ns per call | target | bytes per call in flight | target | events per call |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for name, ns in times.items():
        _, mode, services = name.split("/")
        pods, run = 4 * int(services), counters[name]
        yield (f"| {mode} | {pods:,} | {ns:.0f} | {TARGET_NS.get((mode, pods), '-')} "
               f"| {run['bytes/in-flight']:.0f} | {TARGET_BYTES.get(pods, '-')} | {run['events/call']:.2f} |")


def main():
    times_path, instructions_path, machine = sys.argv[1:]
    with open(times_path, encoding="utf-8") as file:
        document = json.load(file)
    times, errors = least_times(document)
    load = document["context"].get("load_avg", [])
    print(f"# Benchmarks on {machine}\n")
    print(f"Written by `bench/run.sh` on {datetime.date.today()}: CPU nanoseconds per unit, the least of them, "
          f"one thread, -O2. Cores: {document['context']['num_cpus']}. "
          f"Load average at the start: {', '.join(f'{x:.1f}' for x in load)} "
          "(above 0.5 the machine had other work, and the figures are upper bounds).\n")
    print("## Event queue: hold model, ns per event (one pop, one push, one draw)\n")
    print("\n".join(hold_table({n: t for n, t in times.items() if n.startswith("hold/")})))
    print("\n## Mesh calls, with everything on that users get\n")
    print("\n".join(mesh_table(document, {n: t for n, t in times.items() if n.startswith("mesh_call/")})))
    print("\n## Everything else\n\n| benchmark | ns per unit |\n|---|---:|")
    for name, ns in times.items():
        if not name.startswith(("hold/", "mesh_call/")):
            print(f"| {name} | {ns:.1f} |")
    if os.path.exists(instructions_path):
        print("\n## Instructions per unit (callgrind)\n\n| workload | instructions |\n|---|---:|")
        with open(instructions_path, encoding="utf-8") as file:
            print(file.read().rstrip())
    if errors:
        print("\n## Failed\n")
        print("\n".join(f"- {error}" for error in sorted(set(errors))))
    return 1 if errors else 0


sys.exit(main())
