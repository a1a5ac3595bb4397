#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fits the model by which detection scores candidates (src/detect/model.h) on drawn sites of style A, and writes
src/detect/model_data.c.

    bench/fit_detect.py --build build --place /tmp/fit            draw, run, fit
    bench/fit_detect.py --build build --place /tmp/fit --check B  hold the model against style B, fit nothing

Boosted regression trees [friedman2001], monotone in each trait but for size. Rounds: what the model of a round chooses
joins the sample of the next, so that it learns from the mistakes that count and not from the bulk that is never chosen.
What is new is scored twice, by itself and knowing what is around it; the second model learns from first scores by
models that have not seen the scene, for those of a model that has are too good. Needs python3-numpy, python3-scipy, python3-sklearn and python3-gdal."""
import argparse
import glob
import json
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.optimize import minimize
from sklearn.ensemble import HistGradientBoostingClassifier

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from board.matrix import apply  # noqa: E402
from board.run import Failure, call, say, transforms  # noqa: E402
from board.suites import draw  # noqa: E402
from choice import FLOOR, LOOK, Regions, choose, fellows  # noqa: E402
from images import fill, read, to_pixels  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "..", "src", "detect", "model_data.c")
HEADER = os.path.join(HERE, "..", "src", "detect", "model.h")
# Suite, seeds, options: short and long series, every kind of nuisance.
DRAWN = [("X", range(1, 11), "--size-px 256 --dates 12"), ("X", range(11, 19), "--size-px 256 --dates 8"), ("X", range(23, 27), "--size-px 256 --dates 6"),
         ("D", range(1, 11), "--size-px 256 --dates 12"), ("D", range(11, 14), "--size-px 256 --dates 24"),
         ("N", range(1, 5), "--size-px 256 --dates 12"), ("N", range(13, 17), "--size-px 256 --dates 8"), ("W", range(1, 3), "--size-px 256 --dates 12"),
         ("K", range(1, 3), "--size-px 256 --dates 8"), ("K", range(3, 7), "--size-px 256 --dates 10"), ("S", range(1, 7), "--size-px 256"),
         *((s, range(3, 7), "--size-px 256 --dates 6 --gsd-m 3") for s in "FQH")]
CHECKED = [("X", range(1, 5), "--size-px 256 --dates 12"), ("X", range(13, 15), "--size-px 256 --dates 6"), ("D", range(1, 5), "--size-px 256 --dates 12"),
           ("N", range(1, 5), "--size-px 256 --dates 12"), ("K", range(1, 3), "--size-px 256 --dates 8"), ("S", range(1, 5), "--size-px 256"),
           ("F", range(3, 5), "--size-px 256 --dates 6 --gsd-m 3")]
NEW, GONE, STOOD, WORKS, LINE = 0, 1, 2, 3, -2  # hypotheses of candidates.h, signal of lines.h
BUILT, CAME = ("hall", "house", "building", "tank"), ("new", "extended", "replaced")
# What a model is to find: kinds, events, the hypothesis whose traits it asks.
AIMS = {"change": (BUILT, CAME, NEW), "among": (BUILT, CAME, NEW), "standing": (BUILT, ("none",), STOOD)}
# Intersection over union of a right candidate and a wrong one; of a chosen one that is right, and one that counts as found.
HIT, MISS, CHOSEN_HIT, OVER = 0.5, 0.2, 0.4, 0.25
# Which way a trait may go: 1 more is better, -1 less is better, 0 either; None is left out.
SIGNS = {"change": {"SEPARATION": 1, "LEAK": -1, "EDGE": 1, "RAGGED": -1, "ROUGH": -1, "LONG": -1, "SIZE": 1, "BIG": 0, "GREEN": -1, "EXCESS": -1,
                    "RISE": 1, "KEPT": -1, "SHADOW": -1, "DARK": -1, "BRIGHT": 1, "ALIKE": -1, "SQUARE": 1, "STRAIGHT": 1, "UNREST": -1, "CLEAN": 1,
                    "GAIN": 1, "STEP": 1, "GROWN": -1, "SHARE": -1, "OWN": 1, "EDGE_OTHER": -1, "SEPARATION_OTHER": 0},
         "standing": {"SEPARATION": 1, "LEAK": -1, "EDGE": 1, "RAGGED": -1, "ROUGH": -1, "LONG": -1, "SIZE": 1, "BIG": 0, "GREEN": -1, "EXCESS": -1,
                      "RISE": None, "KEPT": -1, "SHADOW": -1, "DARK": -1, "BRIGHT": 1, "ALIKE": 1, "SQUARE": 1, "STRAIGHT": 1, "UNREST": -1, "CLEAN": None,
                      "GAIN": None, "STEP": -1, "GROWN": -1, "SHARE": None, "OWN": None, "EDGE_OTHER": None, "SEPARATION_OTHER": None}}
AROUND = ("ALONE", "FELLOWS", "CROWD", "FELLOW", "PARALLEL")  # asked by the second model of what is new
SIGNS["among"] = {**SIGNS["change"], **dict.fromkeys(AROUND, 1)}
TREES, LEAVES, RATE, SHRINK, LEAST = 150, 24, 0.1, 3, 30  # of the boosting; LEAST samples a leaf
CLASSES = (25, 64, 256)  # px2 between classes of size, each of which counts by the root of what it has
PARTS = 4  # of the scenes, each scored by models of the others
BULK, BULK_FULL, BULK_WEIGHT = 1000, 6000, 60  # wrong candidates taken of a scene; what all weigh where there are BULK_FULL
LEARN = -1.5  # the model learns from what it would choose at these ln odds


def trait_names():
    return re.findall(r"RV__TRAIT_(\w+),", open(HEADER, encoding="utf-8").read())


class Scene:
    def __init__(self, revisit, place, style, suite, seed, options):
        self.revisit, self.style, self.suite, self.seed, self.options = revisit, style, suite, seed, options
        self.folder = f"{place}/{style}-{suite}-{seed}"
        self.case, self.why = self.folder + "/c.case", ""

    def prepare(self):
        """Draws and aligns it, once."""
        if os.path.exists(self.folder + "/done"):
            return
        images = self.folder + "/im"
        os.makedirs(self.folder, exist_ok=True)
        draw(self.revisit, self.suite, self.seed, images, self.style, self.options.split())
        call([self.revisit, "init", self.case, "--site", images + "/site.geojson", "--overwrite"])
        call([self.revisit, "add", self.case, *sorted(glob.glob(images + "/*.tif"))])
        call([self.revisit, "align", self.case, "--threads", "1"], codes=(0, 5))
        open(self.folder + "/done", "w", encoding="utf-8").close()

    def look(self, nfa):
        """Detects, and reads what was looked at."""
        table = f"{self.folder}/candidates-{nfa:g}.tsv"
        if os.path.exists(table):
            os.remove(table)
        call([self.revisit, "detect", self.case, "--threads", "1", "--scoring", "fitted", "--nfa", str(nfa), "--candidates", table])
        self.read(table)
        os.remove(table)

    def read(self, table):
        head, runs, count = [], [], []
        for line in open(table, encoding="ascii"):
            cells, rows = line.rstrip("\n").rsplit("\t", 1)
            head.append(cells)
            count.append(rows.count(":"))
            runs.append(rows)
        values = np.array(" ".join(head).split(), float).reshape(len(head), -1)
        run = np.array(" ".join(runs).replace(":", " ").replace("-", " ").split(), int).reshape(-1, 3)
        self.hypothesis, self.chosen_as, self.score = values[:, 0].astype(int), values[:, 1].astype(int) - 1, values[:, 3]
        self.line, self.chosen = values[:, 2] == LINE, self.chosen_as == self.hypothesis
        self.trait, self.kind_trait = np.split(values[:, 7:].astype(np.float32), [len(trait_names())], axis=1)
        self.regions = Regions(run.astype(np.int32), np.array(count))
        self.label(int(values[0, 4]), run, np.array(count))

    def label(self, zoom, run, count):
        """Intersection over union of every candidate with every true structure."""
        self.truth, masks = truth_masks(self, zoom)
        owner = np.repeat(np.arange(len(count)), count)
        size = np.bincount(owner, run[:, 2] - run[:, 1], len(count))
        self.iou, self.inside = np.zeros((len(count), len(masks))), np.zeros((len(count), len(masks)))
        self.px2 = np.array([mask.sum() / self.unit(zoom) for mask in masks])
        for k, mask in enumerate(masks):
            sums = np.zeros((mask.shape[0], mask.shape[1] + 1), int)
            sums[:, 1:] = np.cumsum(mask, 1)
            both = np.bincount(owner, sums[run[:, 0], run[:, 2]] - sums[run[:, 0], run[:, 1]], len(count))
            self.iou[:, k] = both / (size + mask.sum() - both)
            self.inside[:, k] = both / size

    def unit(self, zoom):
        """Fine px that count as one when things are sorted by size."""
        return zoom**2

    def of(self, kinds, events):
        return [k for k, t in enumerate(self.truth) if t["kind"] in kinds and t["event"] in events]

    def best(self, which):
        """Largest intersection over union of each candidate with these structures, and with which."""
        if not which:
            return np.zeros(len(self.score)), np.full(len(self.score), -1)
        return self.iou[:, which].max(1), np.array(which)[self.iou[:, which].argmax(1)]


def truth_masks(scene, zoom):
    """Properties of the true structures, and their masks on the fine grid of the case's reference."""
    with open(scene.folder + "/im/truth.geojson", encoding="utf-8") as file:
        truth = json.load(file)
    scene.fine_m = truth["grid"]["gsd_m"] / zoom
    reference = transforms(scene.revisit, scene.case)["reference"]
    path = next(f for f in glob.glob(f"{scene.case}/scenes/{reference}*.tif") if ".told" not in f)
    shape = tuple(zoom * n for n in read(path).shape[1:])
    to_frame = np.linalg.inv(np.array(truth["frames"][reference]["M"] + [[0, 0, 1]]))
    masks = []
    for feature in truth["features"]:
        shapes = feature["geometry"]["coordinates"]
        rings = shapes if feature["geometry"]["type"] == "Polygon" else [r for part in shapes for r in part]
        masks.append(fill([zoom * apply(to_frame, to_pixels(path, r)) for r in rings], shape))
    return [f["properties"] for f in truth["features"]], masks


def fits(scene, which):
    """Candidates of a hypothesis, how well each fits a building of its kind, which one, and how well any that speaks for it."""
    kinds, events, asked = AIMS[which]
    mine = (scene.hypothesis == asked) & ~scene.line
    hit, of = scene.best(scene.of(kinds, events))
    # A demolished or old one is no new one; but a new one that seems to stand is not wrong.
    any_of = hit if which != "standing" else scene.best(scene.of(BUILT, ("none", "demolished", *CAME)))[0]
    return mine, hit, of, any_of


def sample_all(scene, which, random, worth):
    """Every building once, its weight spread over its candidates by how well they fit; of the rest a part."""
    mine, hit, of, any_of = fits(scene, which)
    good, bad = np.flatnonzero(mine & (hit > HIT)), np.flatnonzero(mine & (any_of < MISS))
    weight = np.zeros(len(good))
    for k in set(of[good]):
        own = of[good] == k
        fit = (hit[good[own]] - 0.4) ** 2
        weight[own] = worth[class_of(scene.px2[k])] * fit / fit.sum()
    heavy = BULK_WEIGHT * min(1, len(bad) / BULK_FULL)
    bad = bad if len(bad) <= BULK else random.choice(bad, BULK, replace=False)
    return (scene.trait[np.r_[good, bad]], np.r_[np.ones(len(good)), np.zeros(len(bad))], np.r_[weight, np.full(len(bad), heavy / max(1, len(bad)))])


def sample_chosen(scene, which, worth):
    """What was chosen, each of weight 1, or of its building's."""
    mine, hit, of, any_of = fits(scene, which)
    good, bad = scene.chosen & mine & (hit > CHOSEN_HIT), scene.chosen & mine & (any_of < OVER)
    pick = np.flatnonzero(good | bad)
    right, weight = good[pick], np.ones(len(pick))
    weight[right] = worth[class_of(scene.px2[of[pick][right]])]
    return scene.trait[pick], right.astype(float), weight


def class_of(px2):
    return np.searchsorted(CLASSES, px2, side="right")


def weigh_classes(scenes, which):
    """What a building of each class of size weighs: halls are few, and must not be learned as houses' rare relatives."""
    count = np.bincount(np.concatenate([class_of(s.px2[s.of(*AIMS[which][:2])]) for s in scenes]).astype(int), minlength=len(CLASSES) + 1)
    return np.sqrt(count.sum() / np.maximum(count, 1) / (len(CLASSES) + 1))


def fit(parts, names, signs):
    """The boosted trees, and the places of the traits they may ask, from samples (traits, right or wrong, weight)."""
    traits, right, weight = (np.concatenate([p[i] for p in parts]) for i in range(3))
    asked = [k for k, name in enumerate(names) if signs.get(name) is not None]
    model = HistGradientBoostingClassifier(max_iter=TREES, learning_rate=RATE, max_leaf_nodes=LEAVES, min_samples_leaf=LEAST, l2_regularization=SHRINK,
                                           monotonic_cst=[signs[names[k]] for k in asked], early_stopping=False, random_state=0)
    return model.fit(traits[:, asked], right, sample_weight=weight), asked


def score_of(scene, which, model, asked):
    """As decide.c scores what is new, or what stood; -inf for the rest."""
    mine = (scene.hypothesis == AIMS[which][2]) & ~scene.line
    alone = np.full(len(mine), -np.inf)
    if which == "among":  # who is too far down stays there
        alone[mine] = scene.trait[mine, scene.alone]
        mine &= alone > FLOOR
    if mine.any():
        alone[mine] = model.decision_function(scene.trait[mine][:, asked])
    return alone


def learn(scenes, which, names, rounds):
    """A model, from the bulk and from what those of earlier rounds choose."""
    random, worth = np.random.default_rng(1), weigh_classes(scenes, which)
    parts = [sample_all(s, which, random, worth) for s in scenes]
    for _ in range(rounds):
        model = fit(parts, names, SIGNS[which])
        for s in scenes:
            score = score_of(s, which, *model)
            s.chosen = np.zeros(len(score), bool)
            for whole in (False, True):
                s.chosen[choose(s.regions, score, LEARN, not whole)] = True
            parts.append(sample_chosen(s, which, worth))
    return fit(parts, names, SIGNS[which])


def score_apart(scenes, which, names, rounds):
    """Scores by models that have not seen the part of the scenes that they score: what was learned by heart is no law."""
    out = {}
    for part in range(PARTS):
        model = learn([s for s in scenes if s.seed % PARTS != part], which, names, rounds)
        out.update({s: score_of(s, which, *model) for s in scenes if s.seed % PARTS == part})
    return out


def look_around(scene, alone, names):
    """Its traits of what is around, as fellows.c sets them."""
    scene.alone = names.index(AROUND[0])
    new = scene.hypothesis == NEW
    scene.trait[new, scene.alone] = alone[new]
    scene.trait[:, scene.alone + 1:scene.alone + len(AROUND)] = fellows(scene.regions, alone, scene.fine_m)


def found(scene, which="change"):
    """Of what was chosen: score and whether each is the first to meet its thing, best first; and how many there are."""
    new = scene.of(*AIMS[which][:2])
    met, out = set(), []
    for i in sorted(np.flatnonzero(scene.chosen & (scene.hypothesis == NEW)), key=lambda i: -scene.score[i]):
        k = max(new, key=lambda k: scene.iou[i, k], default=None)
        right = k is not None and scene.iou[i, k] > OVER and k not in met
        if right:
            met.add(k)
        out.append((scene.score[i], right))
    return out, len(new)


def odds(pairs):
    """Slope and even point of the odds of being right, from pairs of score and right."""
    pairs = np.array(pairs, float)

    def cost(v):
        z = v[0] * (pairs[:, 0] - v[1])
        return (np.logaddexp(0, z) - pairs[:, 1] * z).sum()

    return tuple(minimize(cost, [1.0, 0.0], method="Nelder-Mead").x)


def laws(scenes):
    """The tail of the background's scores on sites where nothing is built, and the odds of being right."""
    none = [s for s in scenes if s.suite == "N"]
    scores = np.array(sorted(x for s in none for x, _ in found(s)[0]))
    tests = 1000 * len(none)  # TESTS_MIN of decide.c: sites this small have no more
    high = scores[scores > np.quantile(scores, 0.5)]
    rate = 1 / (high - high[0]).mean()
    start = high[0] + np.log(len(high) / tests) / rate
    return rate, start, *odds([p for s in scenes for p in found(s)[0]])


def preorder(nodes, at, asked, out):
    """A tree of the library as rows (trait, place of the child for more, limit or value), each with its first child behind it."""
    node = nodes[at]
    place = len(out)
    if node["is_leaf"]:
        out.append((-1, 0, node["value"]))
        return
    out.append(None)
    preorder(nodes, node["left"], asked, out)
    out[place] = (asked[node["feature_idx"]], len(out), node["num_threshold"])
    preorder(nodes, node["right"], asked, out)


def lines(cells, n):
    """Cells of a C array, n a line."""
    return ",\n".join("    " + ", ".join(cells[i:i + n]) for i in range(0, len(cells), n))


def flat(model, asked):
    """A fitted model as (bias, nodes, roots)."""
    nodes, roots = [], []
    for stage in model._predictors:
        roots.append(len(nodes))
        preorder(stage[0].nodes, 0, asked, nodes)
    return model._baseline_prediction.item(), nodes, roots


def kept(path, name):
    """A model that is there, as (bias, nodes, roots), and the law by which it was read."""
    text = open(path, encoding="ascii").read()
    numbers = re.search(r"rv__model_law = \{ (.*?) \}", text).group(1).split(", ")
    nodes = re.search(rf"{name}_nodes\[\] = \{{\n(.*?)\n\}};", text, re.S).group(1)
    roots = re.search(rf"{name}_roots\[\] = \{{\n(.*?)\n\}};", text, re.S).group(1)
    bias = re.search(rf"rv__model_{name} = \{{ (\S+),", text).group(1)
    nodes = [(int(t), int(m), float(v)) for t, m, v in re.findall(r"\{ (-?\d+), (\d+), (\S+)f \}", nodes)]
    return (float(bias), nodes, [int(r) for r in re.findall(r"\d+", roots)]), [float(v) for v in numbers]


def same_odds(model, own, law):
    """A model whose scores have the odds of its own law, so that they have those of another."""
    bias, nodes, roots = model
    slope = own[2] / law[2]
    return law[3] + slope * (bias - own[3]), [(t, m, v * slope if t < 0 else v) for t, m, v in nodes], roots


def write_model(file, name, bias, nodes, roots):
    file.write(f"\nstatic const rv__node {name}_nodes[] = {{\n" + lines([f"{{ {t}, {m}, {v:#.7g}f }}" for t, m, v in nodes], 40) + ",\n};\n")
    file.write(f"static const uint16_t {name}_roots[] = {{\n" + lines([str(r) for r in roots], 40) + ",\n};\n")
    file.write(f"const rv__model rv__model_{name} = {{ {bias:.6g}, {len(nodes)}, {len(roots)}, {name}_nodes, {name}_roots }};\n")


def write(path, law, models):
    with open(path, "w", encoding="ascii") as file:
        file.write("/* SPDX-License-Identifier: Apache-2.0 */\n/* Written by bench/fit_detect.py from drawn sites of style A; not to be edited. */\n")
        file.write('#include "detect/model.h"\n\n/* clang-format off */\n')
        file.write("const rv__law rv__model_law = { %.4g, %.4g, %.4g, %.4g };\n" % law)
        for name, model in models.items():
            write_model(file, name, *model)
        file.write("/* clang-format on */\n")


def look_all(scenes, nfa):
    def one(scene):
        try:
            scene.prepare()
            scene.look(nfa)
        except (Failure, OSError, ValueError, StopIteration) as bad:
            scene.why = str(bad)
            say(f"{scene.folder}: left out: {bad}")
        return scene
    with ThreadPoolExecutor(2) as pool:
        return [s for s in pool.map(one, scenes) if not s.why]


def report(scenes, title):
    """Found, wrong, missed by suite, at the accepted number of false alarms."""
    for suite in sorted({s.suite for s in scenes}):
        own = [found(s) for s in scenes if s.suite == suite]
        right, wrong = (sum(sum(r == b for _, r in f) for f, _ in own) for b in (True, False))
        print(f"{title} {suite}: {len(own)} sites, found {right} of {sum(n for _, n in own)}, wrong {wrong}")
    right, wrong, true = (sum(v) for v in zip(*((sum(r for _, r in f), sum(not r for _, r in f), n) for f, n in map(found, scenes))))
    print(f"{title} F1 {2 * right / max(1, right + wrong + true):.3f}", flush=True)


def choose_apart(scenes, which, names, rounds):
    """Chooses by scores apart."""
    for s, score in score_apart(scenes, which, names, rounds).items():
        s.score, s.chosen = score, np.zeros(len(score), bool)
        s.chosen[choose(s.regions, score, LOOK)] = True


def fit_standing(scenes, names, rounds):
    """The model of what stood, and a law of which the odds alone are known."""
    model = flat(*learn(scenes, "standing", names, rounds))
    choose_apart(scenes, "standing", names, rounds)
    pairs = []
    for s in scenes:
        _, hit, _, any_of = fits(s, "standing")
        told = s.chosen & ((hit > CHOSEN_HIT) | (any_of < OVER))
        pairs.extend(zip(s.score[told], hit[told] > CHOSEN_HIT))
    return model, (0, 0, *odds(pairs))


def fit_all(scenes, names, rounds, standing):
    """The law, and the models of what is new, by itself and among others. standing: (model, law) of what stood, None: anew."""
    alone = learn(scenes, "change", names, rounds)
    standing = standing or fit_standing(scenes, names, rounds)
    apart = score_apart(scenes, "change", names, rounds)
    for s in scenes:
        look_around(s, apart[s], names)
    among = learn(scenes, "among", names, rounds)
    choose_apart(scenes, "among", names, rounds)
    law = laws(scenes)
    return law, {"change": flat(*alone), "among": flat(*among), "standing": same_odds(*standing, law)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", help="build folder; to be made anew afterwards")
    parser.add_argument("--place", required=True, help="folder for drawn sites; what is there is used again")
    parser.add_argument("--rounds", type=int, default=3, help="of each model")
    parser.add_argument("--nfa", type=float, default=1, help="of what is told of the model that is there")
    parser.add_argument("--check", default="", help="style to hold the model against instead of fitting")
    parser.add_argument("--keep-standing", action="store_true", help="fit what is new alone")
    args = parser.parse_args()
    revisit = os.path.abspath(args.build + "/cli/revisit")
    table = CHECKED if args.check else DRAWN
    scenes = [Scene(revisit, args.place, args.check or "A", suite, seed, options) for suite, seeds, options in table for seed in seeds]
    if args.check:
        report(look_all(scenes, args.nfa), f"style {args.check} at NFA {args.nfa:g}")
        return
    ready = look_all(scenes, args.nfa)
    report(ready, f"the model that is there, at NFA {args.nfa:g}")
    law, models = fit_all(ready, trait_names(), args.rounds, kept(OUT, "standing") if args.keep_standing else None)
    write(OUT, law, models)


if __name__ == "__main__":
    main()
