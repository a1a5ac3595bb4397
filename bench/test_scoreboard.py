#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The scoreboard on a program that is not there: a stand-in that writes tiny scenes, fails on one suite and gives recorded
scores. Every row must come out, with a value or a reason.

usage: test_scoreboard.py
"""
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

import contact
import realism
from board import matrix, run, suites, write

HERE = os.path.dirname(os.path.abspath(__file__))
# Lines as revisit score prints them.
SCORES = """\
{"metric": "object.recall", "stratum": "all", "value": 0.5, "lo": 0.4, "hi": 0.6, "n": 20, "unit": "", "note": ""}
{"metric": "object.recall", "stratum": ">=25", "value": 0.75, "lo": null, "hi": null, "n": 12, "unit": "", "note": ""}
{"metric": "date.event_precision", "stratum": "all", "value": 0.5, "lo": null, "hi": null, "n": 10, "unit": "", "note": ""}
{"metric": "date.event_recall", "stratum": "all", "value": 1.0, "lo": null, "hi": null, "n": 5, "unit": "", "note": ""}
{"metric": "interval.coverage95", "stratum": "all", "value": 0.95, "lo": 0.9, "hi": 0.98, "n": 100, "unit": "", "note": "exact band"}
{"metric": "interval.coverage95", "stratum": "16-64", "value": 0.99, "lo": null, "hi": null, "n": 50, "unit": "", "note": ""}
{"metric": "interval.coverage95", "stratum": "256+", "value": 0.89, "lo": null, "hi": null, "n": 50, "unit": "", "note": ""}
{"metric": "alarm.observed", "stratum": "all", "value": 6, "lo": null, "hi": null, "n": 6, "unit": "objects", "note": ""}
{"metric": "alarm.ratio", "stratum": "all", "value": null, "lo": null, "hi": null, "n": 0, "unit": "", "note": "no false alarm was expected"}
"""
STAND_IN = '''#!/usr/bin/python3
import json, os, sys
import numpy as np
from osgeo import gdal
a = sys.argv[1:]
value = lambda k: a[a.index(k) + 1]
if a[0] == "--version":
    print("revisit stand-in")
elif "--help" in a:
    print("--suite --style")
elif a[0] == "simulate":
    if value("--suite") == "M":
        sys.exit("no clouds today")
    out = value("--out")
    os.makedirs(out)
    names, rng = ["2023-01-01", "2023-02-01", "2023-03-01"], np.random.default_rng(1)
    ground = rng.normal(1000, 50, (160, 160))
    for name in names:
        data = gdal.GetDriverByName("GTiff").Create(f"{out}/{name}.tif", 160, 160, 1, gdal.GDT_UInt16)
        data.GetRasterBand(1).WriteArray(ground + rng.normal(0, 5, ground.shape))
    frames = {n: {"M": [[1, 0, 0], [0, 1, 0]], "H": None, "cloudy": False} for n in names}
    json.dump({"reference": names[0], "frames": frames, "features": []}, open(out + "/truth.geojson", "w"))
elif a[0] == "score":
    print(SCORES)
elif a[0] == "show":
    print({"structures": '{"features": []}', "runs": "[]", "transforms": '{"reference": "2023-01-01", "frames": {"2023-02-01": {"M": [[1, 0, 3], [0, 1, 0]], "H": null, "trusted": true}}}'}[a[2]])
'''


def test_scores_are_read_and_scaled():
    scores = suites.parse_scores(SCORES)
    row = suites.metric(scores, "interval.coverage95", "all", 100)
    assert np.isclose(row["value"], 95) and np.isclose(row["lo"], 90) and row["n"] == 100
    assert suites.metric(scores, "alarm.ratio", "all")["why"] == "no false alarm was expected"
    assert "gives no scot.score" in suites.metric(scores, "scot.score", "all")["why"]
    assert np.isclose(suites.both(scores, "date.event_precision,date.event_recall", "all")["value"], 2 / 3)
    worst = suites.worst(scores, "interval.coverage95", 94.75, 100)
    assert np.isclose(worst["value"], 89) and worst["note"] == "stratum >256"
    assert suites.per_series(scores, "alarm.observed", 3)["value"] == 2


def test_goals():
    assert write.meets(1.0, "<=", "1.0") and not write.meets(1.01, "<=", "1.0") and write.meets(3, ">=", "1")
    assert write.meets(95, "in", "94..96") and not write.meets(93, "in", "94..96") and not write.meets(None, "<=", "1")
    assert suites.seeds("3-5") == [3, 4, 5] and suites.seeds("-") == [] and suites.seeds("4") == [4]


def test_page_keeps_what_stands_around():
    page = "a\n<!-- scoreboard -->\nold\n<!-- /scoreboard -->\nb\n"
    assert write.replace_between(page, "new") == "a\n<!-- scoreboard -->\nnew\n<!-- /scoreboard -->\nb\n"
    assert write.replace_between(write.replace_between("a\n", "x"), "y") == write.replace_between("a\n", "y")


def test_tables_agree():
    goals, rows = ([r["name"] for r in run.read_table(t)] for t in ("goals.tsv", "rows.tsv"))
    assert goals == rows and len(set(goals)) == len(goals)
    known = {s["name"] for s in run.read_table("suites.tsv")}
    for r in run.read_table("rows.tsv"):
        assert r["how"] in ("gate", "score", "f1", "count", "worst", "off", "speed", "time", "plant", "real", "chain", "peers", "none"), r
        if r["how"] in ("gate", "score", "f1", "count", "worst", "off", "time"):
            assert set(r["suites"].split("+")) <= known, r


def test_departure_of_a_transform():
    turn = np.array([[0.8, -0.6, 5], [0.6, 0.8, -2], [0, 0, 1]])
    points = np.array([[10.0, 20], [30, 5]])
    # Frame to a reference that is itself moved: the true way is there and back.
    assert np.allclose(matrix.departures(np.linalg.inv(turn), np.eye(3), turn, points), 0)
    assert np.allclose(matrix.departures(np.eye(3), np.array([[1, 0, 3], [0, 1, 4], [0, 0, 1.0]]), np.eye(3), points), 5)


def test_whole_run():
    with tempfile.TemporaryDirectory(prefix="revisit-") as place:
        program = place + "/revisit"
        with open(program, "w", encoding="utf-8") as file:
            file.write(STAND_IN.replace("print(SCORES)", f"print({SCORES!r})"))
        os.chmod(program, 0o755)
        with open(place + "/numbers.md", "w", encoding="utf-8") as file:
            file.write("# Numbers\n")
        command = [sys.executable, HERE + "/scoreboard.py", program, "--no-shared", "--out", place + "/s.json", "--docs", place + "/numbers.md"]
        done = subprocess.run([*command, "--only", "R,M,N,D,F"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        rows = {r["name"]: r for r in map(json.loads, open(place + "/s.json", encoding="utf-8"))}
        page = open(place + "/numbers.md", encoding="utf-8").read()
        strict = subprocess.run([*command, "--only", "M", "--strict"], capture_output=True, text=True)
    assert list(rows) == [g["name"] for g in run.read_table("goals.tsv")]
    keys = {"name", "suite", "style", "value", "lo", "hi", "goal", "op", "unit", "n", "met", "seconds"}
    assert all(keys <= set(r) and (r["value"] is not None or (r["why"] and not r["met"])) for r in rows.values())
    assert rows["mask.cloud_oa"]["why"] == "revisit simulate: exit 1: no clouds today"
    assert rows["detect.recall25"]["value"] == 0.75 and rows["detect.nfa_false"]["value"] == 3
    assert rows["measure.cover95_pooled"]["met"] and rows["measure.cover95_pooled"]["goal"] == "94..96"
    assert rows["align.gross"]["value"] == 100 and rows["gate.r.sidepeak_rmse"]["n"] > 0
    assert "miss: `detect.recall25`" in page and page.count("<!-- scoreboard -->") == 1
    assert strict.returncode == 1 and "FAILED M-B-1: revisit simulate: exit 1: no clouds today" in strict.stderr


def test_spectrum_slope_of_made_noise():
    rng, n = np.random.default_rng(2), 256
    f = np.hypot(*np.meshgrid(np.fft.fftfreq(n), np.fft.fftfreq(n)))
    f[0, 0] = 1
    image = np.fft.ifft2(np.fft.fft2(rng.normal(0, 1, (n, n))) / f).real
    assert abs(realism.spectrum_slope(image) + 2) < 0.1
    entropy, peak = realism.orientations(rng.normal(0, 1, (n, n)))
    assert entropy > 2.98 and peak < 1.1
    stripes = np.tile(np.sin(np.arange(n) / 2), (n, 1))
    assert realism.orientations(stripes)[0] < 0.1


def test_contact_sheet():
    tiles = [contact.tile(np.full((3, 20, 30), 100, np.uint8), "A1", 2, True) for _ in range(3)]
    out = contact.sheet(tiles, 2)
    assert out.shape == (3, 2 * 40 + 3 * contact.GAP, 2 * 60 + 3 * contact.GAP)
    assert (contact.caption("-", 6) > 0).sum() == 5 and (out == 255).any()


def main():
    tests = {k: v for k, v in globals().items() if k.startswith("test_")}
    print(f"TAP version 13\n1..{len(tests)}")
    for i, (name, test) in enumerate(tests.items(), 1):
        with contextlib.redirect_stdout(io.StringIO()):
            test()
        print(f"ok {i} - {name[5:].replace('_', ' ')}")


if __name__ == "__main__":
    main()
