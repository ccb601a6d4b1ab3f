"""What tools/plot.py reads: a report written by `meshsim --out DIR`, made safe to draw. No drawing here."""
import unicodedata


def clean(text, longest=60):
    """Names are hostile: no control or invisible characters, no mathtext, not endless."""
    out = []
    for char in str(text):
        if unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"):
            out.append("\\x%02x" % ord(char))
        else:
            out.append(char)
    text = "".join(out)
    if len(text) > longest:
        half = (longest - 1) // 2
        text = text[:half] + "…" + text[-half:]
    return text.replace("$", r"\$")


def value_of(cell):
    """A number, whatever its certainty; None if there is none."""
    if isinstance(cell, dict):
        for key in ("value", "upperBound", "lowerBound"):
            if key in cell:
                return cell[key]
        return None
    return cell if isinstance(cell, (int, float)) and not isinstance(cell, bool) else None


def half_width(cell):
    return cell.get("halfWidth") if isinstance(cell, dict) else None


def table(candidate, name):
    return candidate.get("tables", {}).get(name, {})


def rows(candidate, name):
    return table(candidate, name).get("rows", [])


def series(candidate, name):
    return table(candidate, name).get("series", {})


def milliseconds(value, _=None):
    if value >= 1000:
        return "%g s" % round(value / 1000, 3)
    if value >= 1 or value == 0:
        return "%g ms" % round(value, 3)
    return "%g µs" % round(value * 1000, 3)


def number(value):
    return "%.3g" % value if value < 1000 else "{:,.0f}".format(value)


class Study:
    """One report, and the entry whose latency is drawn."""

    def __init__(self, report, entry=None):
        self.report = report
        self.candidates = report["candidates"]
        self.names = [clean(c["name"], 24) for c in self.candidates]
        self.short = [clean(c["name"], 14) for c in self.candidates]  # where they stand beside bars
        known = [row["entry"] for row in rows(self.candidates[0], "entries")] if self.candidates else []
        if entry is not None and entry not in known:
            raise ValueError("no entry %r; there are: %s" % (entry, ", ".join(map(repr, known))))
        self.entry = entry if entry is not None else (known[0] if known else "")

    def row(self, candidate, name, **where):
        for row in rows(candidate, name):
            if all(row.get(key) == wanted for key, wanted in where.items()):
                return row
        return None

    def windows(self):
        """Timeline entries as (name, from, to); one that does not last has from == to."""
        found = []
        all_rows = rows(self.candidates[0], "windows") if self.candidates else []
        lasting = {row["window"][7:] for row in all_rows if row["window"].startswith("during ")}
        for row in all_rows:
            kind, _, name = row["window"].partition(" ")
            span = (name, row["from"], row["to"] if kind == "during" else row["from"])
            if (kind == "during" or (kind == "after" and name not in lasting)) and span not in found:
                found.append(span)
        return found


def subtitle(study, entry):
    """What was run, in one line."""
    parts = [clean(study.report.get("file", "")), clean(entry, 40)]
    if study.report.get("replications"):
        length = " of %g s" % study.report["duration"] if study.report.get("duration") else " each"
        parts.append("%s replications%s" % (study.report["replications"], length))
    parts.append("%g%% intervals" % round(100 * study.report.get("confidence", 0.95), 6))
    return " · ".join(part for part in parts if part)
