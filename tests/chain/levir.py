#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pairs of half-metre pictures: change-class pixel F1 and object precision and recall against the label, and the scale of
pixels that are not square. Floors stand at what was measured."""
import json
import subprocess

from chainlib import burn, check, finish, folder, iou, is_built, need_shared, note, outer, raster_bytes, run, structures

# Length of a degree of longitude and latitude at 30.22 degrees north on WGS84.
METRES_PER_DEGREE = (96_224.0, 110_857.0)
# Change F1, object recall, object precision, as measured.
FLOORS = {"test_102": (0.66, 10 / 20, 10 / 56), "test_12": (0.52, 59 / 104, 56 / 79)}


def label_objects(label, place):
    """Rings of the label's parts in lon/lat, as contours by the GDAL programs."""
    out = place + "/label.geojson"
    subprocess.run(["gdal_contour", "-q", "-fl", "127.5", "-p", "-amin", "lo", "-f", "GeoJSON", label, out], check=True)
    rings = []
    for feature in json.load(open(out, encoding="utf-8"))["features"]:
        if feature["properties"].get("lo", 0) < 127:
            continue
        for polygon in feature["geometry"]["coordinates"]:
            rings.append([tuple(p[:2]) for p in polygon[0][:-1]])
    return rings


def check_scale(tile, new):
    """Areas follow the ellipsoid (pixels of 0.516 x 0.595 m), not a nominal half metre."""
    worst = 0.0
    for f in new:
        x0, y0 = outer(f)[0]
        area = 0.0
        for i, ring in enumerate(f["geometry"]["coordinates"]):
            local = [((x - x0) * METRES_PER_DEGREE[0], (y - y0) * METRES_PER_DEGREE[1]) for x, y, *_ in ring]
            part = abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(local, local[1:]))) / 2
            area += -part if i else part
        worst = max(worst, abs(f["properties"]["area_m2"] / area - 1))
    check(worst < 0.005, f"{tile}: areas follow the ellipsoid (worst departure {100 * worst:.2f} %)")


def one(tile):
    before = need_shared(f"data/levir/{tile}_A.tif", f"{tile} is read to the end")
    after, label = before.replace("_A.", "_B."), before.replace("_A.", "_label.")
    with folder() as place:
        case = place + "/a.case"
        result = run("run", before, after, "--time", "2012-01-01", "--time", "2016-01-01", "--out", case)
        check(result.returncode == 0, f"{tile} is read to the end (exit {result.returncode})")
        new = [f for f in structures(case) if is_built(f)]
        drawn, true = burn(new, label, place), raster_bytes(label, place)
        objects = label_objects(label, place)
        own = run("score", "--label", label, "--case", case, "--metric", "pixel.f1", "--json")
    tp = sum(1 for d, t in zip(drawn, true) if d and t)
    fp = sum(1 for d, t in zip(drawn, true) if d and not t)
    fn = sum(1 for d, t in zip(drawn, true) if t and not d)
    f1 = 2 * tp / max(1, 2 * tp + fp + fn)
    note(f"{tile}: {own.stdout.strip()}")
    check(own.returncode == 0 and abs(json.loads(own.stdout)["value"] - f1) < 0.06,
          f"{tile}: revisit score has about that F1 (demolished buildings counted too)")
    rings = [outer(f) for f in new]
    hits = sum(1 for o in objects if any(iou(o, r) > 0.25 for r in rings))
    good = sum(1 for r in rings if any(iou(o, r) > 0.25 for o in objects))
    note(f"{tile}: change F1 {f1:.3f} (P {tp / max(1, tp + fp):.2f}, R {tp / max(1, tp + fn):.2f}); objects recall "
         f"{hits}/{len(objects)}, precision {good}/{len(rings)}")
    measured = f1, hits / max(1, len(objects)), good / max(1, len(rings))
    for name, value, floor in zip(("change F1", "object recall", "object precision"), measured, FLOORS[tile]):
        check(value >= floor, f"{tile}: the {name} of {value:.3f} does not fall below {floor:.3f}")
    check_scale(tile, new)
    return tp, fp, fn


def main():
    total = [sum(v) for v in zip(*(one(tile) for tile in FLOORS))]
    note(f"pooled change F1 {2 * total[0] / max(1, 2 * total[0] + total[1] + total[2]):.3f} (the goal: .60)")
    finish()


main()
