#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The difficulty gates: how the naive methods of bench/naive do on drawn scenes, and side by side on real images.

A gate asks that a naive method does at least as badly on drawn scenes as its goal says. So each choice here is kind to the
method: clouds are taken out by the truth, only clear frames are used, the better of the images as they are and matched
counts, blunders are left out of an RMSE and their share is printed.

usage: gates.py SCENE...      folders that revisit simulate wrote
       gates.py --real        the shared data
"""
import argparse
import glob
import os
import sys

import numpy as np

from images import SHARED, Scene, grey, read, read_mask
from naive import counting, differencing, pcakmeans, sidepeak

DRAWS = 1000


def interval(scenes, statistic):
    """Value over all units, 95 % bootstrap interval over the scenes they come from: one array of units a scene. Windows or
    buildings of one scene share its light and texture, so they are not drawn apart; one scene has no interval."""
    scenes = [np.asarray(units) for units in scenes if len(units)]
    if not scenes:
        return None, None, None
    value = float(statistic(np.concatenate(scenes)))
    if len(scenes) < 2:
        return value, None, None
    picks = np.random.default_rng(1).integers(0, len(scenes), (DRAWS, len(scenes)))
    drawn = [statistic(np.concatenate([scenes[i] for i in p])) for p in picks]
    return value, float(np.nanquantile(drawn, 0.025)), float(np.nanquantile(drawn, 0.975))


def result(scenes, statistic, note, what):
    value, lo, hi = interval(scenes, statistic)
    n = sum(len(units) for units in scenes)
    if value is None or not np.isfinite(value):
        return {"value": None, "n": n, "why": f"no {what} to measure on"}
    return {"value": value, "lo": lo, "hi": hi, "n": n, "note": f"{what} of {sum(len(u) > 0 for u in scenes)} scenes; {note}"}


def gate_pcakmeans(scenes):
    """F1 of the change class, first against last clear frame, counts pooled over the scenes."""
    counts = {"as they are": [], "matched": []}
    for scene in scenes:
        clear = [k for k in scene.ids if scene.clear(k)] or scene.ids
        before, after, true = scene.image(scene.ids[0]), scene.image(clear[-1]), scene.change()
        counts["as they are"].append(pcakmeans.counts(pcakmeans.change(before, after), true))
        counts["matched"].append(pcakmeans.counts(pcakmeans.change_matched(before, after), true))
    total = {k: pcakmeans.f1(np.sum(v, axis=0)) if v else 0 for k, v in counts.items()}
    better = max(total, key=total.get)
    note = ", ".join(f"{k} {v:.3f}" for k, v in total.items())
    return result([[c] for c in counts[better]], lambda c: pcakmeans.f1(c.sum(axis=0)), note, "pairs")


def gate_sidepeak(scenes):
    """RMSE of windows of every clear frame against the reference, which may itself be displaced (relief)."""
    errors = []
    for scene in scenes:
        reference, hidden = grey(scene.image(scene.reference)), scene.clouded(scene.reference)
        own, windows = scene.displacement(scene.reference), [np.empty((0, 2))]
        for name in (k for k in scene.ids if k != scene.reference and scene.clear(k)):
            image = grey(scene.image(name))
            if image.shape == reference.shape:
                true = scene.displacement(name) - own
                windows.append(sidepeak.errors(reference, image, true, hidden | scene.clouded(name)))
        errors.append(np.concatenate(windows))
    blunders = sidepeak.rmse(np.concatenate(errors))[1] if errors else 0
    return result(errors, lambda e: sidepeak.rmse(e)[0], f"off by more than 1 px and left out: {100 * blunders:.1f} %", "windows")


def known_outlines(scene, name):
    """Outlines of roofs that stand in a frame, moved to where the frame shows their ground."""
    field, out = scene.displacement(name), []
    for f in scene.features:
        p = f["properties"]
        if p["kind"] in ("road", "earthworks", "vegetation", "water", "spoil", "portal_works", "temporary", "housing_cluster"):
            continue
        if (p.get("complete") or "") > name or (p.get("ends") or "9999") < name or name not in p.get("clear", [name]):
            continue
        ring = scene.pixels(f["geometry"]["coordinates"][0])
        col, row = np.clip(ring.mean(axis=0).astype(int), 0, np.array(field.shape[:0:-1]) - 1)
        out.append(ring + field[:, row, col])
    return out


def gate_pixelcount(scenes):
    """Relative RMSE of areas of buildings of 100-225 px2, in the last clear frame of each scene."""
    errors = []
    for scene in scenes:
        last = ([k for k in scene.ids if scene.clear(k)] or scene.ids)[-1]
        errors.append(counting.relative_errors(scene.image(last), known_outlines(scene, last)))
    blunders = counting.rmse(np.concatenate(errors))[1] if errors else 0
    return result(errors, lambda e: counting.rmse(e)[0], f"off by more than 25 % and left out: {100 * blunders:.0f} %", "buildings")


def gate_differencing(scenes):
    """Objects between the first and the last clear frame of an unchanged series, mean over the series."""
    ends, neighbours = [], []
    for scene in scenes:
        clear = [k for k in scene.ids if scene.clear(k)]
        if len(clear) < 2:
            continue
        count = lambda a, b: differencing.objects(scene.image(a), scene.image(b), scene.clouded(a) | scene.clouded(b))
        ends.append(count(clear[0], clear[-1]))
        neighbours += [count(a, b) for a, b in zip(clear, clear[1:])]
    mean = np.mean(neighbours) if neighbours else np.nan
    return result([[n] for n in ends], np.mean, f"mean of consecutive clear pairs {mean:.1f}", "series")


GATES = {"gate.j.pcakmeans_f1": gate_pcakmeans, "gate.r.sidepeak_rmse": gate_sidepeak,
         "gate.f.pixelcount_rmse": gate_pixelcount, "gate.n.differencing_false": gate_differencing}


def real_pairs():
    """(name, before, after, label) of every labelled pair of the shared data."""
    data = os.path.join(SHARED, "data")
    for path in sorted(glob.glob(data + "/levir/*_A.tif")):
        yield "levir " + os.path.basename(path)[:-6], path, path.replace("_A.", "_B."), path.replace("_A.", "_label.")
    for folder, first, second in (("levir-crops", "A", "B"), ("whu", "prev", "curr"), ("dsifn", "A", "B")):
        for path in sorted(glob.glob(f"{data}/{folder}/{first}/*.png")):
            other = lambda k: os.path.join(data, folder, k, os.path.basename(path))
            yield f"{folder} {os.path.basename(path)[:-4]}", path, other(second), other("label")


def print_real_pairs():
    print(f"{'pair':32} {'changed':>8} {'pca-k-means F1':>15} {'matched':>8} {'objects':>8} {'by otsu':>8}")
    pooled = {}
    for name, before, after, label in real_pairs():
        if not os.path.exists(label):
            continue
        a, b, true = read(before), read(after), read_mask(label)
        two = [pcakmeans.counts(change(a, b), true) for change in (pcakmeans.change, pcakmeans.change_matched)]
        pooled.setdefault(name.split()[0], []).append(two)
        print(f"{name:32} {100 * true.mean():7.1f}% {pcakmeans.f1(two[0]):15.3f} {pcakmeans.f1(two[1]):8.3f} "
              f"{differencing.objects(a, b):8d} {differencing.objects(a, b, method='otsu'):8d}")
    for name, rows in pooled.items():
        total = np.sum(rows, axis=0)
        print(f"{name + ', pooled':32} {'':8} {pcakmeans.f1(total[0]):15.3f} {pcakmeans.f1(total[1]):8.3f}")


def print_plant():
    """Side peak, counting and differencing on the independently drawn series."""
    from board.plant import PlantScene
    scene = PlantScene(os.path.join(SHARED, "data", "plant"))
    for name in ("gate.r.sidepeak_rmse", "gate.f.pixelcount_rmse", "gate.n.differencing_false"):
        print_gate(name + " (plant)", GATES[name]([scene]))


def print_gate(name, r):
    between = "" if r.get("lo") is None else f" ({r['lo']:.3f} to {r['hi']:.3f})"
    value = f"{r['value']:.3f}{between}, {r['n']} {r['note']}" if r["value"] is not None else r["why"]
    print(f"{name:36} {value}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", nargs="*")
    parser.add_argument("--real", action="store_true")
    a = parser.parse_args()
    if a.real:
        print_real_pairs()
        print_plant()
    for name, gate in GATES.items() if a.scenes else ():
        print_gate(name, gate([Scene(s) for s in a.scenes]))
    return 0 if a.real or a.scenes else parser.error("give scenes or --real")


if __name__ == "__main__":
    sys.exit(main())
