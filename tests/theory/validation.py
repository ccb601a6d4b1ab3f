#!/usr/bin/env python3
"""Writes docs/validation.md: the cases with known answers, then the published measurements, with their picture.

    tests/theory/validation.py --meshsim build/meshsim --theory build/tests/test_theory

runs both and writes the page and docs/images/validation.png (needs matplotlib: /usr/bin/python3 on Debian).
--quick runs a sixteenth of the known answers' work; --only cases|published renews one half and keeps the other.
"""
import argparse
import datetime
import itertools
import os
import pathlib
import subprocess
import sys
import tempfile

from published import Published
from published_page import PUBLISHED_TITLE, published_half

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/validation.md"
PICTURE = ROOT / "docs/images/validation.png"

HEAD = """# Validation

The first half holds the simulator against mathematics, the [second](#published-measurements) against measurements that
others have published.

## Cases with known answers

Every case below is a small system whose behaviour queueing or probability theory knows exactly, or whose answer is
fixed by arithmetic. The simulator runs it through its public interface; nothing in it knows the cases. They stand in
[tests/theory](../tests/theory), each with its closed form; the rule is in [case.h](../tests/theory/case.h): independent
replications with fixed seeds, the mean within 4.5 standard errors of the closed form (or the stated floor), and a
standard error small enough to notice a mistake.

Written by `tests/theory/validation.py` from the output of `test_theory` ({tier} tier) on {date}.
{cases} cases, {rows} figures: {passed} pass, {failed} do not.

"Off" is measured against expected, "allowed" the most it may be off, "SE" the standard error of the mean and the most
it may be; times are in seconds, rates per second. Percentiles such as `wait_p99` are of the requests of a replication.
Cases that wait for a mechanism which is not built yet are listed by `test_theory -tc='*not yet possible*'`.
"""


def theory_rows(theory, tier):
    """The rows that test_theory leaves behind."""
    with tempfile.TemporaryDirectory() as place:
        table = pathlib.Path(place) / "rows.md"
        environment = dict(os.environ, MESHSIM_THEORY_TABLE=str(table), MESHSIM_THEORY=tier)
        subprocess.run([theory, "--minimal"], env=environment, check=False)
        return [line for line in table.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]


def cases_half(rows, tier):
    by_case = {}
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        by_case.setdefault((cells[0], cells[1]), []).append(cells[2:])
    passed = sum(row.endswith("| yes |") for row in rows)
    lines = [HEAD.format(tier=tier, date=datetime.date.today().isoformat(), rows=len(rows), passed=passed,
                         cases=len({case for case, _ in by_case}), failed=len(rows) - passed),
             "| case | what | figure | expected | measured | rule | passes |", "|---|---|---|---|---|---|---|"]
    for (case, what), figures in by_case.items():
        for figure in figures:
            lines.append("| " + " | ".join([case, what] + figure) + " |")
            case = what = ""
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--meshsim", default="build/meshsim")
    parser.add_argument("--theory", default="build/tests/test_theory")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=("cases", "published"))
    parser.add_argument("--check", action="store_true", help="write nothing: are the published measurements as the "
                        "page says? Exit 1 if not")
    args = parser.parse_args()
    tier = "quick" if args.quick else "full"
    old = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    cases, _, published = old.partition(PUBLISHED_TITLE)
    published = PUBLISHED_TITLE + published
    if args.check:
        return check(published, args.meshsim)
    if args.only != "published":
        cases = cases_half(theory_rows(args.theory, tier), tier) + "\n"
    if args.only != "cases":
        published = published_half(Published(args.meshsim), PICTURE)
    PAGE.write_text(cases + published, encoding="utf-8")
    return 0


def check(page, meshsim):
    """Every figure of the page's second half, simulated again; the date aside."""
    with tempfile.TemporaryDirectory() as place:
        now = published_half(Published(meshsim), pathlib.Path(place) / "picture.png")
    differ = [pair for pair in itertools.zip_longest(page.splitlines(), now.splitlines(), fillvalue="")
              if pair[0] != pair[1] and not pair[0].startswith("Written by")]
    for was, comes in differ:
        print("- %s\n+ %s" % (was, comes))
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
