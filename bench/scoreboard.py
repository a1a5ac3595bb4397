#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The scoreboard: draws the suites with fixed seeds, takes them and the shared data through the chain, holds what was found
against the truth, and writes every row of bench/goals.tsv with its value, or with the reason why there is none.

What is drawn stands in bench/suites.tsv, how a row is measured in bench/rows.tsv. One suite that fails does not stop the
others. Progress on standard error; docs/methods/scoreboard.md explains the rows.

usage: scoreboard.py REVISIT [--full] [--out FILE] [--docs FILE] [--only SUITES] [--no-shared] [--strict]
"""
import argparse
import json
import os
import resource
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from board import external, suites, write
from board.chain import chain_rows
from board.run import Failure, call, read_table, say
from gates import GATES
from images import Scene

SPEED = {"size_px": 1024, "dates": 8}
WORKERS = 2


class Board:
    """Everything that was drawn, run and scored so far."""

    def __init__(self, revisit, place, full, only):
        self.revisit, self.place, self.size = revisit, place, "full" if full else "small"
        table = [s for s in read_table("suites.tsv") if not only or s["name"] in only]
        self.scenes = {s["name"]: [suites.Drawn(s, n, place) for n in suites.seeds(s[self.size])] for s in table}
        self.scores, self.shared, self.broken = {}, {}, []

    def of(self, names):
        return [s for name in names.split("+") for s in self.scenes.get(name, [])]

    def score(self, names):
        """Scores of suites joined by +, each list scored once. A failure is kept and raised anew."""
        if names not in self.scores:
            try:
                self.scores[names] = suites.score(self.revisit, self.of(names), self.place, names)
            except Failure as failure:
                self.scores[names] = str(failure)
        if isinstance(self.scores[names], str):
            raise Failure(self.scores[names])
        return self.scores[names]


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure_speed(board):
    """Mpx times dates a second of one core's time, over three suites of which X has everything in it; what is written counts."""
    options = ["--size-px", str(SPEED["size_px"]), "--dates", str(SPEED["dates"])]
    work, seconds = SPEED["size_px"] ** 2 * 1e-6 * SPEED["dates"], {}
    for suite in ("R", "D", "X"):
        folder, before = f"{board.place}/speed-{suite}", cpu_seconds()
        suites.draw(board.revisit, suite, 1, folder, "A", options)
        seconds[suite] = cpu_seconds() - before
        shutil.rmtree(folder)
    each = ", ".join(f"{k} {work / v:.2f}" for k, v in seconds.items())
    return {"value": len(seconds) * work / sum(seconds.values()), "n": len(seconds), "seconds": sum(seconds.values()),
            "note": f"suites together; {each}; {SPEED['size_px']} px, {SPEED['dates']} dates, CPU, writing included"}


def attempt(board, keys, function, *args):
    """Keep the rows of a function, or why it gave none."""
    begun = time.monotonic()
    try:
        board.shared.update(function(*args))
    except Failure as failure:
        board.shared.update({k: {"value": None, "why": str(failure)} for k in keys})
    except Exception as bug:  # one part that breaks must not take the others along
        board.broken.append(f"{function.__name__}: {type(bug).__name__}: {bug}")
        board.shared.update({k: {"value": None, "why": board.broken[-1]} for k in keys})
    say(f"  {keys[0]:26} {time.monotonic() - begun:6.1f} s")


def series_jobs(board, tasks):
    """Alignment of real series; what was built in them takes minutes, so only at full size."""
    for row, folder in (("align.garching", "Garching"), ("align.wiesn", "Wiesn")):
        own = lambda row=row, folder=folder: {row: external.series_align(board.revisit, board.place, folder, folder.lower())}
        yield tasks.submit(attempt, board, [row], own)


def change_jobs(board, tasks):
    if board.size != "full":
        why = {"value": None, "why": "only with FULL=1: real series take minutes each"}
        board.shared.update({k: why for k in ("detect.series_events", "detect.series_false")})
        return []
    return [tasks.submit(external.series, board.revisit, board.place, "Garching", "garching"),
            tasks.submit(external.series, board.revisit, board.place, "SolarFarm", "solar_farm", "--mask-box=0,-56,210,-1")]


def finish_series(board, jobs):
    if jobs:
        attempt(board, ["detect.series_events", "detect.series_false"], lambda: external.series_rows([j.result() for j in jobs]))


def finish_levir(board, jobs):
    def pooled():
        results = [j.result() for j in jobs]
        total, seconds = sum(c for c, _ in results), sum(s for _, s in results)
        return {"detect.levir_f1": external.f1_row(total, seconds, "test_102 and test_12 pooled")}
    attempt(board, ["detect.levir_f1"], pooled)


def run_all(board, shared):
    """Two processes at a time, one thread each, the longest first."""
    with ThreadPoolExecutor(WORKERS) as tasks:
        jobs = []
        if shared:
            plant = [r["name"] for r in read_table("rows.tsv") if r["how"] == "plant"]
            series = change_jobs(board, tasks)
            jobs = [*series_jobs(board, tasks),
                    tasks.submit(attempt, board, plant, external.plant_rows, board.revisit, board.place),
                    tasks.submit(attempt, board, ["detect.whu_f1"], external.whu_rows, board.revisit, board.place)]
            levir = [tasks.submit(external.levir_tile, board.revisit, board.place, t) for t in ("test_102", "test_12")]
        drawn = [tasks.submit(suites.do_scene, board.revisit, s, board.size) for own in board.scenes.values() for s in own]
        for job in jobs + drawn:
            job.result()
        if shared:
            finish_levir(board, levir)
            finish_series(board, series)


def gate(board, row):
    drawn = [s for s in board.of(row["suites"]) if s.drawn]
    if not drawn:
        raise Failure(next((s.why for s in board.of(row["suites"]) if s.why), "no scene of this suite at this size"))
    return GATES[row["name"]]([Scene(s.folder) for s in drawn])


def from_peers(board, row):
    """What bench/peers.py wrote beside this run's output, whenever that was."""
    path = os.path.join(os.path.dirname(board.place), "peers.json")
    if not os.path.exists(path):
        raise Failure("make bench-peers has not been run")
    with open(path, encoding="utf-8") as file:
        found = {r["name"]: r for r in map(json.loads, file)}
    return found.get(row["name"], {"value": None, "why": "the last make bench-peers left it out"})


def middle(goal):
    low, _, high = goal["goal"].partition("..")
    return (float(low) + float(high or low)) / 2


def from_scores(board, row, goal):
    scores, factor = board.score(row["suites"]), float(row["factor"] or 1)
    if row["how"] == "f1":
        return suites.both(scores, row["metric"], row["stratum"])
    if row["how"] == "count":
        return suites.per_series(scores, row["metric"], sum(s.ran for s in board.of(row["suites"])))
    if row["how"] == "worst":
        return suites.worst(scores, row["metric"], middle(goal), factor)
    return suites.metric(scores, row["metric"], row["stratum"], factor)


def measure(board, row, goal):
    if row["how"] == "none":
        raise Failure("not yet: " + row["note"])
    if row["how"] == "gate":
        return gate(board, row)
    if row["how"] == "time":
        return suites.measuring_ms(board.revisit, board.of(row["suites"]))
    if row["how"] == "off":
        return suites.far_off(board.revisit, board.of(row["suites"]))
    if row["how"] == "peers":
        return from_peers(board, row)
    if row["how"] in ("plant", "real", "chain", "speed"):
        return board.shared.get(row["name"], {"value": None, "why": "left out of this run"})
    return from_scores(board, row, goal)


def result_of(board, row, goal):
    """The row's result; whatever goes wrong becomes its reason."""
    try:
        result = measure(board, row, goal)
    except Failure as failure:
        return {"value": None, "why": str(failure)}
    except Exception as bug:
        board.broken.append(f"{row['name']}: {type(bug).__name__}: {bug}")
        return {"value": None, "why": board.broken[-1]}
    if row["note"] and result.get("value") is not None:
        result = {**result, "note": "; ".join(t for t in (row["note"], result.get("note")) if t)}
    own = board.of(row["suites"])
    failed = [s for s in own if s.why]
    if failed and result.get("value") is not None:  # what is left must not pass for the whole
        result = {**result, "failed": len(failed), "note": "; ".join([f"{len(failed)} of {len(own)} scenes failed"] + [t for t in [result.get("note")] if t])}
    return {"seconds": sum(s.seconds for s in own), **result}


def raw_scores(board):
    out = {}
    for name, own in board.scenes.items():
        if own and own[0].suite["run"] == "yes":
            try:
                out[name] = board.score(name)
            except Failure as failure:
                out[name] = str(failure)
    return out


def all_rows(board):
    how = {r["name"]: r for r in read_table("rows.tsv")}
    unknown = {"how": "none", "suites": "", "note": "bench/rows.tsv does not say how to measure it"}
    rows = []
    for goal in read_table("goals.tsv"):
        own = how.get(goal["name"], {"name": goal["name"], **unknown})
        rows.append(write.row(goal, own["suites"], result_of(board, own, goal)))
    return rows


def verdict(board, rows, strict):
    """Exit code: 1 when a part broke; strict also when a scene failed, or a gate is missed."""
    bad = list(board.broken)
    if strict:
        bad += [f"{s.name}: {s.why}" for own in board.scenes.values() for s in own if s.why]
        bad += [f"{r['name']}: {r.get('why') or digits_of(r)}" for r in rows if r["name"].startswith("gate.") and not r["met"]]
    for line in bad:
        say("FAILED " + line)
    return 1 if bad else 0


def digits_of(r):
    return f"{r['value']:.3g} {r['unit']}, goal {r['op']} {r['goal']}"


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("revisit")
    parser.add_argument("--full", action="store_true", help="many scenes, hours")
    parser.add_argument("--out", default="build/scoreboard.json")
    parser.add_argument("--docs", help="page whose table between the markers is rewritten")
    parser.add_argument("--only", default="", help="suites, joined by commas")
    parser.add_argument("--no-shared", action="store_true", help="leave the shared data out")
    parser.add_argument("--strict", action="store_true", help="fail when a scene fails, or a gate is missed")
    return parser.parse_args()


def main():
    a, begun = options(), time.monotonic()
    place = os.path.splitext(os.path.abspath(a.out))[0]
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(place)
    board = Board(os.path.abspath(a.revisit), place, a.full, set(a.only.split(",")) - {""})
    try:
        say(call([board.revisit, "--version"])[0].strip() + f", {board.size} size")
    except Failure as failure:
        say(str(failure))
        return 1
    attempt(board, ["sim.speed"], lambda: {"sim.speed": measure_speed(board)})
    run_all(board, not a.no_shared)
    if a.full and not a.only:
        attempt(board, ["chain.seconds_3m", "chain.seconds_05m", "chain.rss"], chain_rows, board.revisit, place)
    else:
        board.shared.update({k: {"value": None, "why": "only with FULL=1"} for k in ("chain.seconds_3m", "chain.seconds_05m", "chain.rss")})
    rows = all_rows(board)
    write.write_json(rows, a.out)
    if a.docs:
        write.write_docs(rows, board.size, a.docs)
    print(write.raw_table(raw_scores(board), board.scenes))
    print(write.table(rows, board.size))
    measured = [r for r in rows if r["value"] is not None]
    say(f"{a.out}: {len(rows)} rows, {len(measured)} measured, {sum(r['met'] for r in rows)} met, {time.monotonic() - begun:.0f} s")
    return verdict(board, rows, a.strict)


if __name__ == "__main__":
    sys.exit(main())
