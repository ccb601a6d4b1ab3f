#!/usr/bin/python3
"""Turns a directory written by `meshsim run|compare FILE --out DIR` into pictures (PNG and SVG).

Reads report.json only, draws with matplotlib's file backend, executes nothing from the file.
The same report gives the same bytes: no dates, fixed identifiers in SVG.
"""
import argparse
import json
import pathlib
import sys

try:
    import matplotlib
except ImportError:
    print("plot.py: needs matplotlib: on Debian `apt install python3-matplotlib`, run with /usr/bin/python3",
          file=sys.stderr)
    sys.exit(2)

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend is chosen first)
from matplotlib.patches import Patch  # noqa: E402
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter  # noqa: E402

from plot_arrangement import card_rows, draw_card, draw_propagation, travelled  # noqa: E402
from plot_experiment import draw_warmup, tornado_bars, tornado_figure, warmed  # noqa: E402
from plot_report import Study, clean, half_width, milliseconds, number, series, subtitle, value_of  # noqa: E402
from plot_style import COLOURS, HATCHES, LINES, nothing  # noqa: E402

SCHEMA = 1
PARTS = {  # Paul Tol's light palette: parts of a request must not look like candidates
    "application": ("#DDDDDD", ""),
    "queueing": ("#EE8866", "///"),
    "sidecars": ("#FFAABB", "..."),
    "network": ("#44BB99", "\\\\\\"),
    "retries": ("#EEDD88", "xx"),
    "handshakes": ("#77AADD", "++"),
}
PART_NAMES = {"handshakes": "connecting, TLS"}
QUANTILES = ["p50", "p90", "p99"]
MOST_CHANGES = 4  # panels of one picture
STYLE = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.7,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "svg.hashsalt": "meshsim",
    "figure.dpi": 100,
}


def draw_cdf(study, axes):
    """Latency on a log axis; the far tail readable because the vertical axis counts nines."""
    drawn = 0
    low = 1.0
    fastest = []  # where each curve leaves the axis; one request in fifty is faster
    for i, candidate in enumerate(study.candidates):
        points = series(candidate, "latency_cdf")
        x, y = [], []
        columns = (points.get(key, []) for key in ("entry", "latency", "cumulative"))
        for entry, latency, cumulative in zip(*columns):
            if entry == study.entry and latency is not None and latency > 0:
                x.append(latency * 1e3)
                y.append(cumulative)
        pairs = [(a, 1.0 - b) for a, b in zip(x, y) if b < 1.0]
        if pairs:
            low = min(low, min(p for _, p in pairs))
            fastest.append(next((a for a, p in pairs if p <= 0.98), pairs[0][0]))
            pairs.append((max(x), 1e-9))  # the slowest request: nobody is slower
            axes.plot(*zip(*pairs), color=COLOURS[i % 7], linestyle=LINES[i % 7], linewidth=1.8, label=study.names[i])
            drawn += 1
    axes.set_title("Latency of successes")
    if drawn == 0:
        return nothing(axes, "no successful request")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.invert_yaxis()
    ticks = [(0.5, "50%"), (0.1, "90%"), (0.01, "99%"), (0.001, "99.9%"), (1e-4, "99.99%"), (1e-5, "99.999%")]
    ticks = [(t, name) for t, name in ticks if t >= low] or ticks[:1]
    axes.set_yticks([t for t, _ in ticks], [name for _, name in ticks])
    axes.set_ylim(1.0, ticks[-1][0] / 2)
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.minorticks_off()
    x_low, x_high = axes.get_xlim()
    x_low = max(x_low, min(fastest) / 1.25)
    axes.set_xlim(x_low, x_high)
    ticks = [m * 10.0**e for e in range(-4, 7) for m in (1, 2, 5) if x_low <= m * 10.0**e <= x_high]
    if len(ticks) > 8:
        ticks = [t for t in ticks if "%e" % t < "2" or ("%e" % t)[0] == "1"]
    if len(ticks) < 2:  # a narrow range between round numbers
        ticks = [float("%.3g" % (x_low * (x_high / x_low) ** (i / 4))) for i in range(5)]
    axes.set_xticks(ticks)
    axes.xaxis.set_major_formatter(FuncFormatter(milliseconds))
    axes.set_xlabel("latency (log)")
    axes.set_ylabel("share of requests that are faster")
    axes.legend(loc="upper left")


def draw_percentiles(study, figure, place):
    """One panel per percentile, each from zero, bars with intervals; hollow where there is no interval."""
    grid = place.subgridspec(1, len(QUANTILES), wspace=0.45)
    for q, quantile in enumerate(QUANTILES):
        axes = figure.add_subplot(grid[q])
        tops = []
        for i, candidate in enumerate(study.candidates):
            row = study.row(candidate, "entries", entry=study.entry) or {}
            value = value_of(row.get(quantile))
            if value is None:
                continue
            width = half_width(row.get(quantile))
            sure = width is not None
            axes.bar(i, value * 1e3, width=0.7, facecolor=COLOURS[i % 7] if sure else "white",
                     edgecolor="white" if sure else COLOURS[i % 7], hatch=HATCHES[i % 7], linewidth=0 if sure else 1.5)
            top = value * 1e3 + (width or 0) * 1e3
            tops.append(top)
            if sure:
                axes.errorbar(i, value * 1e3, yerr=width * 1e3, color="black", capsize=5, linewidth=1.2)
            label = number(value * 1e3)
            if not sure:
                label += "\nno interval"
            crowded = len(study.candidates) > 3
            axes.annotate(label, (i, top), ha="center", va="bottom", xytext=(0, 3), textcoords="offset points",
                          fontsize=9, rotation=90 if crowded else 0)
        axes.set_title(quantile if q else "Percentiles, ms: p50", fontsize=11 if not q else 10)
        if not tops:
            nothing(axes, "no data")
            continue
        axes.set_ylim(0, max(tops) * (1.22 if len(study.candidates) <= 3 else 1.4))
        axes.set_xlim(-0.6, len(study.candidates) - 0.4)
        tilt = len(study.candidates) > 2 or max(map(len, study.short)) > 9
        axes.set_xticks(range(len(study.candidates)), study.short, rotation=30 if tilt else 0,
                        ha="right" if tilt else "center")
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.grid(axis="x", visible=False)


def shade(study, axes, with_names):
    """Timeline entries behind the curves; each gets its own row for its name."""
    for i, (name, start, end) in enumerate(study.windows()):
        if end > start:
            axes.axvspan(start, end, color="#bbbbbb", alpha=0.28, linewidth=0)
        else:
            axes.axvline(start, color="#888888", linewidth=1.0, linestyle=(0, (2, 2)))
        if with_names:
            axes.annotate(clean(name, 30), (start, 1.0), xycoords=("data", "axes fraction"),
                          xytext=(2, 3 + 11 * (i % 2)),
                          textcoords="offset points", fontsize=9, color="#333333", annotation_clip=False)


def draw_timeline(study, figure, place):
    """Success above, p99 below, over the same seconds."""
    grid = place.subgridspec(2, 1, hspace=0.12)
    above = figure.add_subplot(grid[0])
    below = figure.add_subplot(grid[1], sharex=above)
    end, drawn, smallest, largest, worst = 0.0, 0, None, 0.0, 100.0
    for i, candidate in enumerate(study.candidates):
        points = series(candidate, "timeline")
        t = points.get("t", [])
        if not t:
            continue
        drawn += 1
        step = t[1] - t[0] if len(t) > 1 else 1.0
        end = max(end, t[-1] + step)
        middle = [x + step / 2 for x in t]
        look = dict(color=COLOURS[i % 7], linestyle=LINES[i % 7], linewidth=1.4)
        success = [None if v is None else v * 100 for v in points.get("success", [])]
        p99 = [None if v is None else v * 1e3 for v in points.get("p99", [])]
        above.plot(middle, [float("nan") if v is None else v for v in success], label=study.names[i], **look)
        below.plot(middle, [float("nan") if v is None else v for v in p99], label=study.names[i], **look)
        worst = min([worst] + [v for v in success if v is not None])
        values = [v for v in p99 if v is not None and v > 0]
        if values:
            smallest = min(values) if smallest is None else min(smallest, min(values))
            largest = max(largest, max(values))
    above.set_title("Timeline (all entries, all replications pooled)", pad=28 if len(study.windows()) > 1 else 18)
    if drawn == 0:
        nothing(above, "no timeline was recorded")
        return nothing(below, "")
    shade(study, above, True)
    shade(study, below, False)
    above.set_xlim(0, end)
    above.set_ylabel("success, %")
    # A round range of at least one per cent: a thousandth must not look like a collapse.
    room = next(r for r in (1, 2, 5, 10, 20, 50, 100.0) if r >= 100.0 - worst or r == 100.0)
    above.set_ylim(100.0 - 1.08 * room, 100.0 + 0.08 * room)
    ticks = [100.0 - room, 100.0 - room / 2, 100.0]
    above.set_yticks(ticks, ["%g" % tick for tick in ticks])
    above.tick_params(labelbottom=False)
    below.set_ylabel("p99")
    below.set_xlabel("seconds since the end of warm-up")
    if smallest is not None and largest / smallest > 8:
        below.set_yscale("log")
        below.yaxis.set_minor_formatter(NullFormatter())
    else:
        below.set_ylim(0, largest * 1.08 if largest > 0 else 1)
        below.yaxis.set_major_locator(MaxNLocator(4))
    below.yaxis.set_major_formatter(FuncFormatter(milliseconds))
    below.legend(loc="upper center", bbox_to_anchor=(0.5, -0.30), ncols=min(5, drawn), fontsize=9)


def draw_attribution(study, axes):
    """Stacked horizontal bars: where the time of requests near p50 and near p99 goes, in milliseconds."""
    labels, y, position = [], [], 0.0
    longest = 0.0
    present = []
    for quantile in ("p50", "p99"):
        for i, candidate in enumerate(study.candidates):
            row = study.row(candidate, "attribution", entry=study.entry, percentile=quantile)
            latency = value_of(row.get("latency")) if row else None
            if latency is None:
                continue
            left = 0.0
            for part, (colour, hatch) in PARTS.items():
                share = value_of(row.get(part)) or 0.0
                width = share * 100.0
                if share > 0:
                    axes.barh(position, width, left=left, height=0.72, color=colour, hatch=hatch, edgecolor="#555555",
                              linewidth=0.4)
                    if part not in present:
                        present.append(part)
                    if width >= 6:
                        axes.text(left + width / 2, position, "%.0f%%" % width, ha="center", va="center", fontsize=8,
                                  bbox=dict(boxstyle="round,pad=0.15", facecolor="white", edgecolor="none", alpha=0.85))
                left += width
            axes.text(101, position, milliseconds(float("%.3g" % (latency * 1e3))), va="center", fontsize=9)
            longest = max(longest, left)
            labels.append("%s  %s" % (study.short[i], quantile))
            y.append(position)
            position += 1.0
        position += 0.5
    axes.set_title("Where the time goes")
    if not labels:
        return nothing(axes, "no attribution was recorded")
    axes.set_yticks(y, labels)
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set_xlim(0, 100)
    axes.set_xlabel("% of the latency of successes near that percentile")
    legend = [Patch(facecolor=c, hatch=h, edgecolor="#555555", label=PART_NAMES.get(p, p))
              for p, (c, h) in PARTS.items() if p in present]
    axes.legend(handles=legend, loc="upper center", bbox_to_anchor=(0.45, -0.15),
                ncols=len(legend) if len(legend) <= 4 else 3, fontsize=9, handlelength=1.6)


def wrapped(text, width):
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = (line + " " + word).strip()
    return "\n".join((lines + [line])[:3])


def headline(study, figure, width):
    question = wrapped(clean(study.report.get("question") or study.report.get("file") or "meshsim", 280), width)
    inches = figure.get_size_inches()[1]
    figure.suptitle(question, x=0.012, y=1.0 - 0.14 / inches, ha="left", va="top", fontsize=14, fontweight="bold")
    entry = study.entry if study.entry != "all entries" else "all entries together"
    note = subtitle(study, entry)
    if not study.report.get("complete", True):
        note += " · PARTIAL: " + clean(study.report.get("stopped", ""))
    lines = question.count("\n") + 1
    figure.text(0.012, 1.0 - (0.14 + 0.235 * lines + 0.06) / inches, note, ha="left", va="top", fontsize=9.5,
                color="#444444")
    return 1.0 - (0.14 + 0.235 * lines + 0.76) / inches  # where the drawing may begin


def alone(study, size, draw):
    figure = plt.figure(figsize=size)
    top = headline(study, figure, int(size[0] * 8.2))
    place = figure.add_gridspec(1, 1, left=0.13, right=0.95, top=top, bottom=0.17)[0]
    draw(figure, place)
    return figure


def pictures(study):
    """(name, function that makes the figure)"""
    names = max([len(n) for n in study.short] + [1])

    def cdf():
        return alone(study, (8, 5.4), lambda f, p: draw_cdf(study, f.add_subplot(p)))

    def percentiles():
        return alone(study, (9, 4.8), lambda f, p: draw_percentiles(study, f, p))

    def timeline():
        return alone(study, (10, 5.8), lambda f, p: draw_timeline(study, f, p))

    def attribution():
        figure = plt.figure(figsize=(9, 2.9 + 0.5 * 2 * len(study.candidates)))
        top = headline(study, figure, 74)
        height = figure.get_size_inches()[1]
        left = min(0.35, 0.07 + 0.009 * (names + 5))
        axes = figure.add_subplot(figure.add_gridspec(1, 1, left=left, right=0.91, top=top, bottom=1.1 / height)[0])
        draw_attribution(study, axes)
        return figure

    def propagation():
        changes = travelled(study)[:MOST_CHANGES]
        figure = plt.figure(figsize=(9, 2.3 + 3.6 * len(changes)))
        top = headline(study, figure, 74)
        height = figure.get_size_inches()[1]
        grid = figure.add_gridspec(len(changes), 1, left=0.1, right=0.95, top=top, bottom=0.75 / height, hspace=0.75)
        for i, change in enumerate(changes):
            draw_propagation(study, figure.add_subplot(grid[i]), change)
        return figure

    def card():
        others = [name for name in study.report["candidates"] if card_rows(study, name["name"])][:MOST_CHANGES]
        figure = plt.figure(figsize=(10, 1.7 + sum(1.1 + 0.36 * len(card_rows(study, o["name"])) for o in others)))
        top = headline(study, figure, 82)
        height = figure.get_size_inches()[1]
        grid = figure.add_gridspec(len(others), 1, left=0.3, right=0.93, top=top, bottom=0.7 / height, hspace=0.5,
                                   height_ratios=[len(card_rows(study, o["name"])) + 1 for o in others])
        for i, other in enumerate(others):
            draw_card(study, figure.add_subplot(grid[i]), other["name"])
        return figure

    def warmup():
        return alone(study, (9, 5), lambda f, p: draw_warmup(study, f.add_subplot(p)))
    def overview():
        extra = max(0, len(study.candidates) - 3) * 0.5
        figure = plt.figure(figsize=(15, 10 + extra))
        top = headline(study, figure, 118)
        grid = figure.add_gridspec(2, 2, left=0.068, right=0.955, top=top, bottom=0.105, hspace=0.36, wspace=0.25)
        draw_cdf(study, figure.add_subplot(grid[0, 0]))
        draw_percentiles(study, figure, grid[0, 1])
        draw_timeline(study, figure, grid[1, 0])
        draw_attribution(study, figure.add_subplot(grid[1, 1]))
        return figure

    if tornado_bars(study):
        return [("tornado", lambda: tornado_figure(study, headline))]
    if not study.report.get("complete", True) and warmed(study) and not study.row(study.candidates[0], "entries"):
        return [("warmup", warmup)]  # nothing else was measured
    known = [("overview", overview), ("latency_cdf", cdf), ("percentiles", percentiles), ("timeline", timeline),
             ("attribution", attribution)]
    if warmed(study):
        known.append(("warmup", warmup))
    if travelled(study):
        known.append(("propagation", propagation))
    if any(card_rows(study, candidate["name"]) for candidate in study.candidates):
        known.append(("card", card))
    return known


def save(figure, path, form):
    """Beside its place first: nobody sees half a picture."""
    beside = path.with_name(".%s.tmp" % path.name)
    metadata = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
    try:
        figure.savefig(beside, format=form, metadata=metadata, dpi=130)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def main():
    parser = argparse.ArgumentParser(description="Draw the pictures of a directory written by meshsim --out DIR.")
    parser.add_argument("directory", type=pathlib.Path, help="holds report.json")
    parser.add_argument("--to", type=pathlib.Path, help="where the pictures go (default: the same directory)")
    parser.add_argument("--entry", help="entry point whose latency is drawn (default: all entries together)")
    parser.add_argument("--format", choices=["png", "svg", "both"], default="both")
    arguments = parser.parse_args()
    source = arguments.directory / "report.json"
    try:
        with open(source, encoding="utf-8") as file:
            report = json.load(file)
        if not isinstance(report, dict) or report.get("meshsimReport") != SCHEMA:
            raise ValueError("not a report that this version can draw (meshsimReport must be %d)" % SCHEMA)
        study = Study(report, arguments.entry)
        target = arguments.to or arguments.directory
        target.mkdir(parents=True, exist_ok=True)
        forms = ["png", "svg"] if arguments.format == "both" else [arguments.format]
        with plt.rc_context(STYLE):
            known = pictures(study)
            for name, make in known:
                figure = make()
                for form in forms:
                    save(figure, target / ("%s.%s" % (name, form)), form)
                plt.close(figure)
        firsts = ", ".join(str(target / ("%s.%s" % (known[0][0], form))) for form in forms)
        print("pictures: " + firsts + (" and one for each part" if len(known) > 1 else ""))
    except (OSError, ValueError, KeyError, TypeError) as error:
        print("plot.py: %s: %s" % (ascii(str(source))[1:-1], ascii(str(error))[1:-1]), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
