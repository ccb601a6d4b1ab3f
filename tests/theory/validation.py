#!/usr/bin/env python3
"""Writes docs/validation.md to standard output from the rows that test_theory left behind.

    MESHSIM_THEORY=full MESHSIM_THEORY_TABLE=rows.md build/tests/test_theory
    tests/theory/validation.py rows.md full > docs/validation.md

Without MESHSIM_THEORY=full the quick tier runs: a sixteenth of the work; the second argument then is quick.
"""
import datetime
import sys

HEAD = """# Cases with known answers

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


def main():
    path, tier = sys.argv[1], sys.argv[2]
    with open(path, encoding="utf-8") as file:
        rows = [line.rstrip("\n") for line in file if line.startswith("| ")]
    by_case = {}
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        by_case.setdefault((cells[0], cells[1]), []).append(cells[2:])
    passed = sum(row.endswith("| yes |") for row in rows)
    print(HEAD.format(tier=tier, date=datetime.date.today().isoformat(), rows=len(rows), passed=passed,
                      cases=len({case for case, _ in by_case}), failed=len(rows) - passed))
    print("| case | what | figure | expected | measured | rule | passes |")
    print("|---|---|---|---|---|---|---|")
    for (case, what), figures in by_case.items():
        for figure in figures:
            print("| " + " | ".join([case, what] + figure) + " |")
            case = what = ""


if __name__ == "__main__":
    main()
