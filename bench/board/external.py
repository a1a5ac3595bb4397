# SPDX-License-Identifier: Apache-2.0
"""Rows on images that are not ours: the series `plant` of another renderer, and real images of the shared data. Each
function gives {row: result}; nothing of the shared data is copied into the project."""
import glob
import json
import math
import os
import sys

import numpy as np

from board.cells import filled
from board.matrix import apply, centre_error, departures, matrix
from board.plant import CLEAR_SHARE, PlantScene
from board.run import HERE, Failure, call, read_json, structures, transforms
from images import SHARED, fill, read, read_mask, to_pixels

sys.path.insert(0, os.path.join(os.path.dirname(HERE), "tests", "chain"))
NEW_HALL, OLD_HALL, RATIO, RATIO_HALF_WIDTH = "b007", "b001", 1.607, 0.04
PAIR_TIMES = ["--time", "2012-01-01", "--time", "2016-01-01"]


def data(*parts):
    path = os.path.join(SHARED, "data", *parts)
    if not glob.glob(path):
        raise Failure("no shared data")
    return path


def take_in(revisit, images, case, *options):
    return call([revisit, "run", *images, *options, "--threads", "1", "--keep-references", "--out", case], codes=(0, 5))[1]


def built(found):
    """What was built, one by one: a cluster repeats its houses."""
    from chainlib import is_built
    return [f for f in found if is_built(f)]


def outer(feature, path):
    return [tuple(p) for p in to_pixels(path, feature["geometry"]["coordinates"][0])]


def one(value, n=1, note=""):
    return {"value": value, "n": n, "note": note}


def plant_align(found, scene):
    """Root mean square over frames of the error at the centre, clear and cloudy frames apart."""
    errors, out = dict(centre_error(found, scene)), {}
    for row, clear in (("align.plant_clear", True), ("align.plant_cloudy", False)):
        own = [e for k, e in errors.items() if scene.clear(k, CLEAR_SHARE) == clear]
        rms = math.sqrt(np.mean(np.square(own))) if own else None
        out[row] = one(rms, len(own), "frames, at their centre") if own else {"value": None, "why": "no such frame is trusted"}
    return out


def cluster_found(scene, found, path, iou):
    """Whether a cluster of houses was outlined as a whole, at IoU .5."""
    hulls = [[tuple(p) for p in scene.pixels([*c["polygon"], c["polygon"][0]])] for c in scene.raw["clusters"]]
    rings = [outer(f, path) for f in found if f["properties"]["kind"] == "housing_cluster"]
    return any(iou(h, r) > 0.5 for h in hulls for r in rings)


def hall_ratio(hall, old):
    """1.607 inside an interval of at most 4 % either way, against the old hall."""
    if not hall:
        return {"value": None, "why": "the new hall is not found"}
    p = hall["properties"]
    if p.get("ratio_lo") is None or old is None or p.get("ratio_ref") != old["properties"]["id"]:
        return {"value": None, "why": f"the new hall is compared with {p.get('ratio_ref') or 'nothing'}, not with the old hall"}
    half = (p["ratio_hi"] - p["ratio_lo"]) / 2 / p["ratio"]
    good = p["ratio_lo"] <= RATIO <= p["ratio_hi"] and half <= RATIO_HALF_WIDTH
    return one(int(good), 1, f"{p['ratio']:.3f} ({p['ratio_lo']:.3f} to {p['ratio_hi']:.3f})")


def ring_of(scene, feature):
    return [tuple(p) for p in scene.pixels(feature["geometry"]["coordinates"][0])]


def paired(scene, event, found, path):
    """({true id: found feature}, number of true ones) of the true buildings with an event."""
    from chainlib import match
    true = [f for f in scene.features if f["properties"]["event"] == event]
    pairs = match([ring_of(scene, t) for t in true], [outer(f, path) for f in found])
    return {true[i]["properties"]["id"]: found[j] for i, (j, _) in pairs.items()}, len(true)


def hall_row(scene, hall):
    """Whether the new hall was found with the right bracket."""
    want = next(f["properties"] for f in scene.features if f["properties"]["id"] == NEW_HALL)
    got = hall["properties"] if hall else {}
    bracket = [(got.get(k) or "none")[:10] for k in ("last_absent", "first_present")]
    return one(int(bracket == [want["last_absent"], want["first_present"]]), 1, " to ".join(bracket) if hall else "not found")


def houses_row(scene, hit, found, path):
    from chainlib import iou
    houses = [f["properties"]["id"] for f in scene.features if f["properties"]["kind"] == "house" and f["properties"]["event"] == "new"]
    share = sum(h in hit for h in houses) / len(houses)
    return one(1.0 if cluster_found(scene, found, path, iou) else share, len(houses), f"{share:.2f} of the houses")


def plant_rows(revisit, place):
    scene, case = PlantScene(data("plant")), place + "/plant.case"
    seconds = take_in(revisit, list(scene.paths.values()), case)
    found, path = structures(revisit, case), scene.paths[scene.reference]
    new = built(found)
    hit, n = paired(scene, "new", new, path)
    stood, _ = paired(scene, "none", [f for f in found if f["properties"]["event"] == "none"], path)
    hall = hit.get(NEW_HALL)
    out = plant_align(transforms(revisit, case), scene)
    out["detect.plant_f1"] = one(2 * len(hit) / (len(new) + n), n, f"found {len(hit)} of {n}, {len(new)} reported")
    out["detect.plant_false"] = one(len(new) - len(hit), len(new), "reported")
    out["detect.plant_houses"] = houses_row(scene, hit, found, path)
    out["detect.plant_hall"] = hall_row(scene, hall)
    out["measure.plant_ratio_in"] = hall_ratio(hall, stood.get(OLD_HALL))
    return {k: {"seconds": seconds, **v} for k, v in out.items()}


def drawn_mask(found, path, shape):
    out = np.zeros(shape, bool)
    for f in built(found):
        out |= fill([to_pixels(path, r) for r in f["geometry"]["coordinates"]], shape)
    return out


def pair_counts(revisit, before, after, label, case, *options):
    """((right, false, missed) pixels, seconds) of the change class."""
    seconds = take_in(revisit, [before, after], case, *PAIR_TIMES, *options)
    true = read_mask(label)
    drawn = drawn_mask(structures(revisit, case), after, true.shape)
    return np.array([(drawn & true).sum(), (drawn & ~true).sum(), (~drawn & true).sum()]), seconds


def f1_row(count, seconds, what):
    tp, fp, fn = (int(c) for c in count)
    note = f"{what}: precision {tp / max(1, tp + fp):.2f}, recall {tp / max(1, tp + fn):.2f}"
    return {"value": 2 * tp / max(1, 2 * tp + fp + fn), "n": tp + fn, "note": note, "seconds": seconds}


def levir_tile(revisit, place, tile):
    base = data("levir", tile + "_A.tif")
    return pair_counts(revisit, base, base.replace("_A.", "_B."), base.replace("_A.", "_label."), f"{place}/{tile}.case")


def whu_rows(revisit, place):
    path = lambda k: data("whu", k, "000121.png")
    count, seconds = pair_counts(revisit, path("prev"), path("curr"), path("label"), place + "/whu.case")
    return {"detect.whu_f1": f1_row(count, seconds, "tile 000121")}


def series(revisit, place, folder, truth_name, *options):
    """(scorer's result, seconds) of a real series, in pixels of the truth's reference."""
    truth = json.load(open(data("truth", truth_name + ".json"), encoding="utf-8"))
    case, stem = f"{place}/{truth_name}.case", truth["reference_frame"].rsplit(".", 1)[0]
    images = sorted(glob.glob(data("series", folder, "*.jpg")))
    seconds = take_in(revisit, images, case, "--reference", stem, *options)
    found = f"{place}/{truth_name}.geojson"
    call([revisit, "show", case, "structures", "--geojson", "--out", found])
    changes = json.load(open(found, encoding="utf-8"))
    changes["features"] = [f for f in changes["features"] if f["properties"]["event"] != "none"]
    with open(found, "w", encoding="utf-8") as file:
        json.dump(changes, file)
    scorer = [sys.executable, data("truth", "score_series.py"), data("truth", truth_name + ".json")]
    scored = call([*scorer, found, "--certain-only", "--json"])[0]
    return read_json(scored, "score_series.py"), seconds


def net_of(box, step=20):
    """Points of a box, (n, 2)."""
    cols, rows = np.meshgrid(np.arange(box[0] + step / 2, box[2], step), np.arange(box[1] + step / 2, box[3], step))
    return np.column_stack([cols.ravel(), rows.ravel()])


def series_frame(folder, truth, name, found):
    """(cells, mean squared departure in them, px2) of a frame: from the reference back to the frame by the truth, and forth by ours."""
    true = np.array(truth["transforms"][name]["homography"])
    cells = filled(data("series", folder, name), data("series", folder, truth["reference_frame"]), true)
    if not cells:
        return 0, None
    at = apply(np.linalg.inv(true), np.concatenate([net_of(b) for b in cells]))
    return len(cells), float(np.square(departures(matrix(found), true, np.eye(3), at)).mean())


def series_align(revisit, place, folder, truth_name):
    """Root mean square over trusted frames of a real series inside the filled cells of the truth's reference."""
    truth = json.load(open(data("truth", truth_name + ".json"), encoding="utf-8"))
    case, own = f"{place}/{truth_name}-align.case", truth["reference_frame"]
    call([revisit, "init", case])
    seconds = call([revisit, "add", case, *sorted(glob.glob(data("series", folder, "*.jpg")))], codes=(0, 5))[1]
    seconds += call([revisit, "align", case, "--reference", os.path.splitext(own)[0], "--threads", "1"], codes=(0, 5))[1]
    frames = transforms(revisit, case)["frames"]
    names = [n for n in truth["transforms"] if n != own]
    parts = [series_frame(folder, truth, n, f) for n in names if (f := frames.get(os.path.splitext(n)[0])) and f["trusted"]]
    squares = [s for _, s in parts if s is not None]
    if not squares:
        return {"value": None, "why": "no frame is trusted and borne out"}
    note = f"frames; refused {len(names) - len(parts)}; {sum(c for c, _ in parts)} cells; worst frame {math.sqrt(max(squares)):.2f}"
    return {**one(math.sqrt(np.mean(squares)), len(squares), note), "seconds": seconds}


def series_rows(results):
    """Events and false findings of the series that were read, pooled."""
    rows = [r for scored, _ in results for r in scored["rows"] if r["kind"] in ("new_building", "extension")]
    false, seconds = sum(s["false_in_stable_boxes"] for s, _ in results), sum(t for _, t in results)
    names = " and ".join(s["series"] for s, _ in results)
    return {"detect.series_events": {**one(sum(r["found"] for r in rows) / len(rows), len(rows), names), "seconds": seconds},
            "detect.series_false": {**one(false, sum(s["stable_boxes"] for s, _ in results), f"boxes of {names}"), "seconds": seconds}}
