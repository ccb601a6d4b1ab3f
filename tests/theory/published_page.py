"""The second half of docs/validation.md and its picture, from what tests/theory/published.py measured."""
import datetime

from published import CONNECTIONS, PERCENTILES, judge

PUBLISHED_TITLE = "## Published measurements\n"

TEXT = """
Written by `tests/theory/validation.py` on {date}. The facts stand in [facts.yaml](../tests/published/facts.yaml), each
with its source, the scenarios beside it and in `scenarios/`. {passed} of {all} figures are reproduced by the rule that
stands beside them; a missed one stays here, with the reason.

### A sidecar under Istio's benchmark

`istio-2020-default-telemetry`: two sidecars of two workers, 1000/s over 2 to 32 connections, 1 kB, mTLS. The profile is
calibrated **at 2 connections** (mean and spread of the added delay) and with the published CPU per request; the server
and the network at 2 connections without a mesh. Everything else is a prediction; nothing is fitted at the points below
2. Published: istio/tools, `benchmark.csv` of 2020-08-12. Paced: all connections send in the same instant, again and
again, as fortio does without jitter. Latencies in ms, off in percent.

{curve}

![Published and simulated latency of two sidecars](images/validation.png)

{verdict}

**Without jitter: too fast at 4 and 8 connections.** Two connections have a worker each; four share two workers, so in
each burst one request waits for another's share of CPU, at most 102 us at each of four places. Published is a step of
0.66 ms at the median. The published CPU cannot make that: something else of a proxy is passed one at a time. The
profile's 230 us off the worker (wake-ups, system calls, copies) are assumed not to queue; part of them does.

**Without jitter: too slow at 32.** The model's 32 connections send within one nanosecond for ever. Real threads drift
apart by their timers' slack and by answering late: the published median grows by 4 % from 16 to 32 connections, that of
a burst that stays together would nearly double. The proxy without filters shows the same earlier: its published
median does not grow at all beyond 8.

**With jitter** no measurement of this release by connections exists. The page of its time says 1.72 ms (p90) and
1.91 ms (p99) at 16 connections; the simulated proxy adds about 1.0 and 1.3 ms. Measured in 2023 on another release,
growth from 2 to 64 connections is 13 % at the p90: jitter takes it away there as it does here.

{jitter}

**At other rates**, 16 connections, without jitter (10/s is left out: an idle machine's wake-up):

{rates}

The other rates show the same two faults: at 500/s the burst is as large as at 1000/s and as far apart from the next,
so the model's latency falls with the CPU per request as the rate grows, while the published one rises: where fewer
requests are in the air, fewer of them meet.

### Row by row

{table}

Missed: without filters the added p99 grows too much for the reason above, bursts that never drift apart; with jitter
the simulated proxy is too fast, as its profile rests on two connections that hardly ever meet.

### Not expressed

{absent}
"""


def off(measured, published):
    return "%+.0f" % (100 * (measured / published - 1))


def three(values):
    return " | ".join("%.2f" % v for v in values)


def connection_table(facts, paced):
    lines = ["| proxies | connections | published p50 | p90 | p99 | simulated p50 | p90 | p99 | off p50 | p90 | p99 |"
             " |", "|---" * 12 + "|"]
    for candidate, published in facts["byConnections"].items():
        for n in CONNECTIONS:
            here, there = paced[candidate][n], published[n]
            worst = max(abs(a / b - 1) for a, b in zip(here, there))
            note = "calibrated here" if n == facts["calibratedAt"] else "within 25 %" if worst <= 0.25 else "missed"
            lines.append("| %s | %d | %s | %s | %s | %s |" % (candidate, n, three(there), three(here), " | ".join(
                off(a, b) for a, b in zip(here, there)), note))
    return "\n".join(lines)


def jitter_table(facts, jittered):
    lines = ["| connections | simulated p50 | p90 | p99 | of its p90 at 2 | published 2023: p90 | of its p90 at 2 |",
             "|---" * 7 + "|"]
    for n, values in jittered.items():
        p90 = facts["jittered2023"][n][0]
        lines.append("| %d | %s | %+.0f %% | %.2f | %+.0f %% |" % (
            n, three(values), 100 * (values[1] / jittered[2][1] - 1), p90,
            100 * (p90 / facts["jittered2023"][2][0] - 1)))
    return "\n".join(lines)


def rate_table(facts, rates):
    lines = ["| rate | published p50 | p90 | p99 | simulated p50 | p90 | p99 | off p50 | p90 | p99 |",
             "|---" * 10 + "|"]
    for rate, there in facts["byRate"].items():
        here = rates[rate]
        lines.append("| %d/s | %s | %s | %s |" % (rate, three(there), three(here), " | ".join(
            off(a, b) for a, b in zip(here, there))))
    return "\n".join(lines)


def figure(value):
    return "yes" if value is True else "no" if value is False else "%.4g" % value


def row_table(results):
    lines = ["| what | published | simulated | rule | reproduced | source |", "|---|---|---|---|---|---|"]
    for row, measured, passes, rule in results:
        if "group" in row:
            lines.append("| **%s** | | | | | |" % row["group"])
        unit = " " + row["unit"] if "unit" in row else ""
        published = figure(row["published"]) + unit if "published" in row else ""
        if "holds" in row:
            published = "yes"
        lines.append("| %s | %s | %s | %s | %s | %s |" % (row["id"], published, figure(measured) + unit, rule,
                                                          "yes" if passes else "**no**", row["source"]))
    return "\n".join(lines)


def draw(facts, paced, jittered, path):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    colours = ("#0072B2", "#009E73", "#D55E00")
    plt.rcParams.update({"font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
                         "grid.color": "#dddddd", "axes.axisbelow": True, "legend.frameon": False})
    figure_, panels = plt.subplots(1, 3, figsize=(12.5, 4.3), sharey=True)
    titles = ("Default telemetry, without jitter", "No filters, without jitter", "Default telemetry, with jitter")
    for panel, title in zip(panels, titles):
        panel.set_title(title, loc="left", fontsize=11, fontweight="bold")
        panel.set_xscale("log", base=2)
        panel.set_xlabel("connections (1000/s together)")
    for panel, candidate in zip(panels, ("telemetry", "no-filters")):
        for i, name in enumerate(PERCENTILES):
            there = [facts["byConnections"][candidate][n][i] for n in CONNECTIONS]
            here = [paced[candidate][n][i] for n in CONNECTIONS]
            if candidate == "telemetry":
                panel.fill_between(CONNECTIONS, [0.75 * v for v in there], [1.25 * v for v in there], color=colours[i],
                                   alpha=0.08, linewidth=0)
            panel.plot(CONNECTIONS, there, color=colours[i], marker="o", linewidth=1.8, label="%s published" % name)
            panel.plot(CONNECTIONS, here, color=colours[i], marker="x", linewidth=1.6, linestyle=(0, (5, 2)),
                       label="%s simulated" % name)
        panel.axvline(2, color="#888888", linewidth=0.8, linestyle=":")
        panel.annotate("calibrated here", (2, 5.35), xytext=(4, 0), textcoords="offset points", fontsize=8.5,
                       color="#555555")
        panel.set_xticks(CONNECTIONS, [str(n) for n in CONNECTIONS])
    many = list(jittered)
    for i, name in enumerate(PERCENTILES):
        panels[2].plot(many, [jittered[n][i] for n in many], color=colours[i], marker="x", linewidth=1.6,
                       linestyle=(0, (5, 2)), label="%s simulated" % name)
    for i, name in ((1, "p90"), (2, "p99")):
        panels[2].plot(many, [facts["jittered2023"][n][i - 1] for n in many], color=colours[i], marker="^",
                       linewidth=1.2, label="%s of 2023, another release" % name)
    panels[2].set_xticks(many, [str(n) for n in many])
    panels[0].set_ylim(0, 5.8)
    panels[0].set_ylabel("latency, ms (band: published ±25 %)")
    panels[0].legend(loc="lower right", fontsize=8, ncol=2)
    panels[2].legend(loc="upper left", fontsize=8.5)
    figure_.tight_layout()
    figure_.savefig(path, dpi=100, metadata={"Software": None})


def verdict_at(facts, paced):
    at, within = facts["judgedAt"]["connections"], facts["judgedAt"]["within"]
    here, there = paced["telemetry"][at], facts["byConnections"]["telemetry"][at]
    offs = [a / b - 1 for a, b in zip(here, there)]
    met = all(abs(x) <= within for x in offs)
    words = ", ".join("%s %+.0f %%" % (name, 100 * x) for name, x in zip(PERCENTILES, offs))
    return "**At 16 connections, without jitter: %s.** The aim, within %.0f %%, is %s." % (
        words, 100 * within, "met" if met else "missed")


def published_half(published, picture):
    facts = published.facts["benchmark"]
    paced = {c: {n: published.benchmark(c, n) for n in CONNECTIONS} for c in facts["byConnections"]}
    jittered = {n: published.benchmark("telemetry", n, "jittered") for n in facts["jittered2023"]}
    rates = {rate: published.benchmark("telemetry", 16, rate=rate) for rate in facts["byRate"]}
    results = []
    for row in published.facts["rows"]:
        measured = getattr(published, row["measure"])()
        results.append((row, measured, *judge(row, measured)))
    draw(facts, paced, jittered, picture)
    text = TEXT.format(
        date=datetime.date.today().isoformat(), all=len(results), passed=sum(passes for _, _, passes, _ in results),
        curve=connection_table(facts, paced), verdict=verdict_at(facts, paced), jitter=jitter_table(facts, jittered),
        rates=rate_table(facts, rates), table=row_table(results),
        absent="\n".join("- %s: %s." % (what, why) for what, why in published.facts["notExpressed"]))
    return PUBLISHED_TITLE + text
