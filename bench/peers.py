#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Ours beside other programs that do the same: the same input, in turn, in one run; CPU seconds of the whole command, all
processes counted. A peer that is not installed is skipped with a line, and the rows that need it get that line as their why.
Writes JSON lines as scoreboard.py does; scoreboard.py takes the rows from there.

A peer is a module of bench/peer/ that gives PEER (bench/peer/frame.py), and a name in the table below.

usage: peers.py REVISIT [--out FILE] [--only NAMES]
"""
import argparse
import importlib
import os
import shutil
import sys
import tempfile
import time

from board import write
from board.run import read_table, say
from peer.frame import Absent, check_there, side_by_side

PEERS = ("irmad", "warp", "window")


def measure(peer, revisit):
    """{row: result} of one peer; rows that could not be measured have a why."""
    place, why = tempfile.mkdtemp(prefix="revisit-"), None
    try:
        peer.draw(place)
        commands = [peer.ours(revisit, place)]
        try:
            check_there(peer, peer.theirs(place))
            commands.append(peer.theirs(place))
        except Absent as absent:
            why = str(absent)
            say(f"  skipped the peer of {peer.name}: {why}")
        timed = side_by_side(commands)
        found = peer.results(timed[0], timed[1] if len(timed) > 1 else None)
    except Exception as bug:  # one peer that breaks must not take the others along
        why, found = f"{type(bug).__name__}: {bug}", {}
    finally:
        shutil.rmtree(place)
    return {row: found.get(row, {"value": None, "why": why or "not measured"}) for row in peer.rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("revisit")
    parser.add_argument("--out", default="build/peers.json")
    parser.add_argument("--only", default="", help="peers, joined by commas")
    a = parser.parse_args()
    goals = {g["name"]: g for g in read_table("goals.tsv")}
    rows = []
    for name in [p for p in PEERS if not a.only or p in a.only.split(",")]:
        begun = time.monotonic()
        results = measure(importlib.import_module("peer." + name).PEER, os.path.abspath(a.revisit))
        rows += [write.row(goals[k], name, {"seconds": time.monotonic() - begun, **v}) for k, v in results.items()]
        for r in rows[-len(results):]:
            value = f"{r['value']:.3g} {r['unit']}, goal {r['op']} {r['goal']}" if r["value"] is not None else r["why"]
            say(f"  {r['name']:20} {'met ' if r['met'] else 'MISS'} {value}; {r.get('note', '')}")
    write.write_json(rows, a.out)
    return 1 if any("Error" in r.get("why", "") for r in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
