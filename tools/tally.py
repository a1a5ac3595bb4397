#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Add up the TAP output of meson test logs: prints failures and skips with their reasons, and as the last line
'N passed, N failed, N skipped'. With REVISIT_SHARED set a skip for missing shared data counts as a failure.

usage: tally.py LOG.json...
"""
import json
import os
import re
import sys

LINE = re.compile(r"^(not ok|ok)\b\s*\d*\s*-?\s*(.*?)(?:\s+#\s*SKIP\s*(.*))?$", re.I)


def tests(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def outcome(test):
    """(passed, failed, skipped, lines to print) of one test program."""
    passed = failed = skipped = 0
    lines, notes = [], []
    for line in (test.get("stdout") or "").splitlines():
        match = LINE.match(line)
        if line.startswith("#"):
            notes.append("    " + line)
        if not match:
            continue
        state, name, reason = match.groups()
        if state == "not ok":
            failed += 1
            lines += [f"FAILED {test['name']}: {name}"] + notes
        elif reason is not None:
            strict = os.environ.get("REVISIT_SHARED") and "shared" in reason
            failed, skipped = (failed + 1, skipped) if strict else (failed, skipped + 1)
            lines.append(f"{'FAILED (skipped)' if strict else 'skipped'} {test['name']}: {name}: {reason}")
        else:
            passed += 1
        notes = []
    if passed + failed + skipped == 0 or (test["result"] in ("FAIL", "ERROR", "TIMEOUT", "INTERRUPT") and failed == 0):
        failed += 1
        tail = (test.get("stderr") or "").splitlines()[-12:]
        lines += [f"FAILED {test['name']}: {test['result']}"] + notes + ["    " + t for t in tail]
    return passed, failed, skipped, lines


def main():
    total = [0, 0, 0]
    for path in sys.argv[1:]:
        for test in tests(path):
            *counts, lines = outcome(test)
            total = [a + b for a, b in zip(total, counts)]
            for line in lines:
                print(line)
    print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")
    return 1 if total[1] or not total[0] else 0


if __name__ == "__main__":
    sys.exit(main())
