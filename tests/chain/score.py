#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Scores as a user gets them: a drawn site against pixels burnt and outlines overlapped by other programs, truths of the
shared samples against themselves, and the list of many scenes."""
import glob
import json
import os

from chainlib import burn, check, finish, folder, is_built, match, note, outer, raster_bytes, run, shared, skip, structures
from truths import convert

ROW = ["metric", "stratum", "value", "lo", "hi", "n", "unit", "note"]
PERFECT = ("object.f1", "shape.iou_median", "date.valid", "scot.score")


def score(*args):
    """{(metric, stratum): row} and the result."""
    result = run("score", *args, "--json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    return {(row["metric"], row["stratum"]): row for row in rows}, result


def value(rows, metric, stratum="all"):
    return rows[metric, stratum]["value"]


def pixels(drawn, true):
    tp = sum(1 for d, t in zip(drawn, true) if d and t)
    fp = sum(1 for d, t in zip(drawn, true) if d and not t)
    fn = sum(1 for d, t in zip(drawn, true) if t and not d)
    return 2 * tp / max(1, 2 * tp + fp + fn)


def drawn_site(place):
    run("simulate", "--out", place + "/im", "--seed", 7)
    case, truth = place + "/a.case", place + "/im/truth.geojson"
    images = sorted(glob.glob(place + "/im/*.tif"))
    run("run", *images, "--out", case)
    rows, result = score("--truth", truth, "--case", case)
    check(result.returncode == 0 and rows, f"a drawn site is scored (exit {result.returncode}) {result.stderr.strip()}")
    check(all(list(row) == ROW for row in rows.values()), "every row has the same members in the same order")
    check(all(row["value"] is not None or row["note"] for row in rows.values()), "what has no value has a reason")
    true = [f for f in json.load(open(truth, encoding="utf-8"))["features"]]
    new_true = [f for f in true if f["properties"]["event"] == "new"]
    new = [f for f in structures(case) if is_built(f)]
    hits = len(match([outer(f) for f in new_true], [outer(f) for f in new]))
    check(value(rows, "object.recall") == hits / len(new_true), f"recall is that of overlaps by lines ({hits} of {len(new_true)})")
    label = place + "/label.tif"
    by_label(place, images[0], label, case, new_true, new)
    several(place, truth, case)
    return truth, case


def by_label(place, like, label, case, new_true, new):
    """A label burnt by pixel centres; findings burnt the same way differ from exact shares along their borders alone."""
    import subprocess
    true = burn(new_true, like, place)
    os.rename(place + "/burn.tif", label)
    drawn = burn(new, like, place)
    rows, result = score("--label", label, "--case", case, "--metric", "pixel")
    other = pixels(drawn, true)
    check(result.returncode == 0 and abs(value(rows, "pixel.f1") - other) < 0.02,
          f"pixel F1 against a label is {value(rows, 'pixel.f1'):.4f}, burnt by centres {other:.4f}")
    png = place + "/label.png"
    subprocess.run(["gdal_translate", "-q", "-of", "PNG", "-co", "WORLDFILE=NO", label, png], check=True)
    if os.path.exists(png + ".aux.xml"):
        os.remove(png + ".aux.xml")
    plain, _ = score("--label", png, "--case", case, "--metric", "pixel")
    check(value(plain, "pixel.f1") == value(rows, "pixel.f1"), "a label without georeference is taken for the reference's pixels")


def several(place, truth, case):
    with open(place + "/list.tsv", "w", encoding="utf-8") as file:
        file.write(f"{truth}\t{case}\nim/truth.geojson\tim/truth.geojson\n")
    rows, result = score("--scenes", place + "/list.tsv", "--metric", "object,scot")
    row = rows["object.recall", "all"]
    check(result.returncode == 0 and row["lo"] <= row["value"] <= row["hi"] == 1, f"two scenes have an interval {row}")
    again, _ = score("--scenes", place + "/list.tsv", "--metric", "object,scot")
    check(again == rows, "and the same one every time")


def sample(place, path):
    name = os.path.basename(path)
    source = shared("data/" + path)
    if not source:
        skip(f"{name} is scored against itself", "no shared data")
        return
    truth = place + "/" + name
    convert(source, truth)
    rows, result = score("--truth", truth, "--structures", truth)
    values = {m: rows.get((m, "all"), {}).get("value") for m in PERFECT}
    # SCOT has frames in which nothing stands yet, and series without a new building score 0 by definition.
    fine = all(v == 1 or (v is not None and abs(v - 1) < 1e-6) for m, v in values.items() if m != "scot.score" and v is not None)
    check(result.returncode == 0 and fine, f"{name} is scored against itself {values} {result.stderr.strip()}")


def main():
    with folder() as place:
        truth, case = drawn_site(place)
        for path in ("plant/truth/truth.json", "truth/solar_farm.json", "truth/garching.json", "truth/wiesn.json"):
            sample(place, path)
        rows, _ = score("--truth", truth, "--case", case, "--metric", "registration.rmse_px,scot,date")
        note({key[0]: round(row["value"], 3) for key, row in rows.items() if key[1] == "all" and row["value"] is not None})
        wrong = run("score", "--truth", truth, "--case", case, "--metric", "beauty")
        check(wrong.returncode == 2 and "beauty" in wrong.stderr, f"an unknown metric ends with 2: {wrong.stderr.strip()}")
    finish()


main()
