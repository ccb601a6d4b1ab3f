"""Pictures of what arrangements do: how far a change has travelled, what the exchange-rate card says."""
from matplotlib.ticker import FuncFormatter, NullFormatter

from plot_report import clean, half_width, milliseconds, series, value_of
from plot_style import COLOURS, LINES, nothing

UNITS = {"seconds": (1e3, "ms"), "vcpu": (1, "vCPU"), "gigabytes": (1, "GB"), "minutes": (1, "min"), "count": (1, "")}
MOST_SHOWN = 150.0  # per cent; what is longer is cut and says so
MORE, LESS = "#882255", "#999933"  # Paul Tol's muted: nobody's colour, and apart in grey, too
ON_CARD = ("p50", "p99", "vcpu", "gigabytes", "failures_avoided", "until_everywhere")


def duration(seconds, _=None):
    """A time axis from milliseconds to weeks."""
    for size, name in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= size:
            return "%g %s" % (round(seconds / size, 2), name)
    return "%g s" % seconds if seconds >= 1 else milliseconds(seconds * 1e3)


def travelled(study):
    """Names of the changes whose curves some candidate has, in the report's order."""
    names = {}  # keeps the order
    for candidate in study.candidates:
        names.update(dict.fromkeys(series(candidate, "propagation").get("change", [])))
    return list(names)


def draw_propagation(study, axes, change):
    """Share of clients that act by the change against time; a cross where the run ended before all of them did."""
    shortest, longest, silent = None, 0.0, []
    for i, candidate in enumerate(study.candidates):
        points = series(candidate, "propagation")
        columns = (points.get(key, []) for key in ("change", "time", "share"))
        curve = [(t, s * 100.0) for name, t, s in zip(*columns) if name == change and t is not None and s is not None]
        look = dict(color=COLOURS[i % 7], linestyle=LINES[i % 7], linewidth=1.8)
        if not curve:
            silent.append(study.names[i])
            continue
        positive = [t for t, _ in curve if t > 0]
        shortest = min(positive + ([shortest] if shortest else [])) if positive else shortest
        longest = max(longest, curve[-1][0])
        axes.plot(*zip(*curve), drawstyle="steps-post", label=study.names[i], **look)
        if curve[-1][1] < 100.0:
            axes.plot([curve[-1][0]], [curve[-1][1]], marker="x", markersize=8, markeredgewidth=2, color=COLOURS[i % 7],
                      clip_on=False)
    axes.set_title("How far %s had travelled (x: the run ended first)" % clean(change, 40), pad=6)
    if shortest is None:
        return nothing(axes, "nobody acts on it within the run")
    axes.set_xscale("log")
    axes.set_xlim(shortest / 1.3, max(longest, shortest * 2.0) * 1.1)
    axes.xaxis.set_major_formatter(FuncFormatter(duration))
    axes.xaxis.set_minor_formatter(NullFormatter())
    low, high = axes.get_xlim()
    ticks = [m * 10.0**e for e in range(-6, 9) for m in (1, 2, 5) if low <= m * 10.0**e <= high]
    axes.set_xticks(ticks if len(ticks) <= 8 else [t for t in ticks if ("%e" % t)[0] == "1"])
    axes.minorticks_off()
    axes.set_ylim(-2, 104)
    axes.set_ylabel("clients that act by it, %")
    axes.set_xlabel("time since the change (log)" +
                    ("; nobody acts on it in: " + ", ".join(silent) if silent else ""))
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.09), ncols=4, fontsize=9, borderaxespad=0.0)


def signed(value):
    return "%+.3g" % value if abs(value) < 1000 else "{:+,.0f}".format(value)


def card_rows(study, name):
    """The lines of one candidate's card that have a figure: of the entry that is drawn, and of the timeline."""
    found = []
    for row in study.report.get("comparison", {}).get("card", {}).get("rows", []):
        of_entry = row["item"] not in ("p50", "p99") or row["subject"] == study.entry
        if row["candidate"] == name and row["item"] in ON_CARD and of_entry and value_of(row["figure"]) is not None:
            found.append(row)
    return found


def draw_card(study, axes, name):
    """One bar per line: the candidate's change against the baseline's value; hollow where it is undecided."""
    rows = card_rows(study, name)
    labels, y = [], []
    for i, row in enumerate(rows):
        factor, unit = UNITS.get(row["unit"], (1, ""))
        more = -1.0 if row["group"] == "saves" else 1.0  # a saving is baseline minus candidate
        figure, width = value_of(row["figure"]) * more + 0.0, half_width(row["figure"])  # never minus zero
        what = {"failures_avoided": "failed, %s", "until_everywhere": "everywhere, %s", "vcpu": "vCPU",
                "gigabytes": "memory"}.get(row["item"], row["item"])
        labels.append(clean(what.replace("%s", row["subject"]), 34))
        y.append(i)
        shown = figure * factor
        text = ("%s %s" % (signed(shown), unit)).strip()
        before = value_of(row["baseline_value"])
        if before:
            share = 100.0 * figure / before + 0.0
            drawn = max(-MOST_SHOWN, min(MOST_SHOWN, share))
            sure = not row["note"].startswith("undecided")
            colour = MORE if figure > 0 else LESS
            axes.barh(i, drawn, height=0.66, facecolor=colour if sure and share else "white", edgecolor=colour,
                      linewidth=1.2)
            if width is not None and drawn == share:
                axes.errorbar(share, i, xerr=100.0 * width / before, color="black", capsize=3, linewidth=1.0)
            text += "  (%s%%%s)" % (signed(share), "" if drawn == share else ", cut")
        else:
            text += "  (the baseline has none)"
            drawn = 0.0
        reach = 100.0 * (width or 0) / before if before and drawn == share else 0.0
        axes.annotate(text, (max(drawn + reach, 0.0), i), xytext=(5, 0), textcoords="offset points", va="center",
                      fontsize=9)
    axes.set_title("%s, against %s" % (clean(name, 30), clean(rows[0]["baseline"], 30)))
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_yticks(y, labels)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    low, high = axes.get_xlim()
    low, high = min(low, -5.0), max(high, 5.0)  # nothing at all must not fill the axis
    axes.set_xlim(low, high + 0.5 * (high - low))  # room for the texts
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("% of the baseline's value; hollow: undecided")
