"""Pictures about the experiment itself: where the warm-up was cut, and which input matters most."""
import matplotlib.pyplot as plt

from plot_report import clean, half_width, series, value_of
from plot_style import COLOURS, LINES

TORNADO_METRICS = {"mean": ("mean latency", 1e3, "ms"), "p99": ("p99", 1e3, "ms"), "success": ("success", 1e2, "%")}
MOST_PATHS = 12
MOST_PANELS = 6


def warmed(study):
    return [c for c in study.candidates if series(c, "warmup").get("t")]


def draw_warmup(study, axes):
    """The mean latency from a cold start, and where it was cut."""
    cut = None
    for i, candidate in enumerate(warmed(study)):
        points = series(candidate, "warmup")
        latencies = [1e3 * (value_of(v) or 0.0) for v in points["mean_latency"]]
        axes.plot(points["t"], latencies, color=COLOURS[i % len(COLOURS)], linestyle=LINES[i % len(LINES)],
                  linewidth=1.2, label=clean(candidate["name"], 24))
        kept = [t for t, keep in zip(points["t"], points["kept"]) if keep]
        if kept:
            cut = kept[0]
    if cut is None:
        axes.set_title("No steady state: nothing was measured")
    else:
        axes.axvspan(0, cut, color="#bbbbbb", alpha=0.4, linewidth=0)
        axes.axvline(cut, color="black", linewidth=0.9)
        axes.set_title("Warm-up: cut after %g s in every candidate" % cut)
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("s since a cold start")
    axes.set_ylabel("mean latency, ms")
    axes.legend(loc="best")


def tornado_bars(study):
    """Title -> rows of the table, largest effect first."""
    rows = study.report.get("comparison", {}).get("tornado", {}).get("rows", [])
    found = {}
    for row in rows:
        if row["metric"] in TORNADO_METRICS and (value_of(row["effect_of_low"]) or value_of(row["effect_of_high"])):
            found.setdefault((row["candidate"], row["metric"]), []).append(row)
    titles = {"%s, %s" % (clean(c, 30), TORNADO_METRICS[m][0]): rows[:MOST_PATHS] for (c, m), rows in found.items()}
    return dict(list(titles.items())[:MOST_PANELS])


def draw_tornado(axes, title, rows):
    """One row per input: what its low and its high value do, with intervals; hollow where they contain zero."""
    _, factor, unit = TORNADO_METRICS[rows[0]["metric"]]
    for i, row in enumerate(rows):
        effects = [value_of(row[end]) or 0.0 for end in ("effect_of_low", "effect_of_high")]
        for k, end in enumerate(("low", "high")):
            effect, width = effects[k], half_width(row["effect_of_" + end])
            sure = width is not None and abs(effect) > width
            place = i - 0.19 + 0.38 * k
            axes.barh(place, factor * effect, height=0.36, facecolor=COLOURS[k] if sure else "white",
                      edgecolor=COLOURS[k], linewidth=1.2)
            if width:
                axes.errorbar(factor * effect, place, xerr=factor * width, color="black", capsize=2, linewidth=0.9)
            reach = factor * (effect + (width or 0) * (1 if effect >= 0 else -1))
            axes.annotate(clean(row[end], 24), (reach, place), xytext=(5 if effect >= 0 else -5, 0),
                          textcoords="offset points", va="center", ha="left" if effect >= 0 else "right", fontsize=8.5)
    axes.set_title(title)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_yticks(range(len(rows)), [clean(row["path"], 38) for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    low, high = axes.get_xlim()
    room = 0.14 * max(high - low, 1e-9)
    axes.set_xlim(low - room, high + room)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("change, %s; hollow: undecided or without an interval" % unit)


def tornado_figure(study, headline):
    bars = tornado_bars(study)
    rows = [len(paths) for paths in bars.values()]
    figure = plt.figure(figsize=(10, 1.6 + sum(1.2 + 0.42 * n for n in rows)))
    top = headline(study, figure, 82)
    height = figure.get_size_inches()[1]
    grid = figure.add_gridspec(len(bars), 1, left=0.3, right=0.93, top=top, bottom=0.7 / height, hspace=0.5,
                               height_ratios=[n + 1 for n in rows])
    for i, (title, paths) in enumerate(bars.items()):
        draw_tornado(figure.add_subplot(grid[i]), title, paths)
    return figure
