#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fits what tells works on the ground from buildings and background, roads from other lines, and kinds from one another
(src/detect/kinds.h), on drawn sites of style A, and writes src/detect/works_data.c.

    bench/fit_works.py --build build --place /tmp/fit       after bench/fit_detect.py, on the same sites

Needs what fit_detect.py needs."""
import argparse
import os

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import fit_detect as detect

OUT = os.path.join(detect.HERE, "..", "src", "detect", "works_data.c")
GROUND = ("spoil", "portal_works")
detect.AIMS["works"] = (GROUND, ("works",), detect.NEW)
# Heaps and cuts are ragged or round, bright or as bright as the ground around: that they stand out and stay is all that is certain.
detect.SIGNS["works"] = {name: 0 for name in detect.SIGNS["change"]} | {"SEPARATION": 1, "LEAK": -1, "EDGE": 1, "RISE": 1, "KEPT": -1, "GREEN": -1, "GROWN": -1,
                                                                      "CLEAN": 1, "GAIN": 1, "STEP": 1}
ROUNDS, LOOK_NFA = 1, 10
REACH, WORKS_REACH, ALIKE_LN, NEAR_MAX = 3.5, 1.6, 0.5, 8  # kinds.c
ROAD_IN, ROAD_C = 0.5, 0.1  # share of a line that makes it a piece of road; inverse strength of the penalty


def fit_works(scenes, names):
    """Trees of works in the units of the scores of buildings, so that equal scores are equal odds, and their law. Where nothing
    is built works are too few for a rate of their own."""
    buildings = detect.kept(detect.OUT, "change")[1]
    model = detect.flat(*detect.learn(scenes, "works", names, ROUNDS))
    detect.choose_apart(scenes, "works", names, ROUNDS)
    told = [detect.found(s, "works") for s in scenes]
    pairs, true = sorted((p for f, _ in told for p in f), reverse=True), sum(n for _, n in told)
    own = (0, 0, *detect.odds(pairs))
    none = [f for s, (f, _) in zip(scenes, told) if s.suite == "N"]
    wrong = [x for f in none for x, _ in f]
    middle = buildings[3] + own[2] / buildings[2] * (np.median(wrong) - own[3])
    start = middle + np.log(len(wrong) / 2 / (1000 * len(none))) / buildings[0]
    right = np.cumsum([r for _, r in pairs])
    best = 2 * right / (np.arange(1, len(pairs) + 1) + true)
    print(f"works: best F1 {best.max():.3f} on scenes not seen, {right[best.argmax()]} of {true}, wrong {best.argmax() + 1 - right[best.argmax()]}", flush=True)
    return (buildings[0], start, *buildings[2:]), detect.same_odds(model, own, buildings)


def meet_neighbours(scene):
    """What kinds.c counts beside the works that these trees choose (scene.chosen), and beside buildings of works."""
    r, works = scene.regions, np.flatnonzero(scene.chosen)
    for i in np.flatnonzero(scene.chosen | (scene.chosen_as >= 0)):
        others = works[works != i]
        apart, width = np.hypot(r.col[others] - r.col[i], r.row[others] - r.row[i]), np.sqrt(r.px[i])
        alike = (np.abs(np.log(r.px[others] / r.px[i])) < ALIKE_LN) & (apart < REACH * width)
        if scene.chosen[i]:
            scene.kind_trait[i, -2] = np.log1p(min(alike.sum(), NEAR_MAX))
        scene.kind_trait[i, -1] = np.log1p(min((apart < WORKS_REACH * (width + np.sqrt(r.px[others]))).sum(), NEAR_MAX))


def kind_samples(scenes, kinds):
    """Traits, kinds and scenes of what is chosen and is a thing of these kinds."""
    out = []
    for number, s in enumerate(scenes):
        for chosen, events in ((s.chosen_as == detect.NEW, detect.CAME), (s.chosen_as == detect.GONE, ("demolished",)),
                               (s.chosen_as == detect.STOOD, ("none",)), (s.chosen, ("works",))):
            hit, of = s.best(s.of(kinds, events))
            out += [(s.kind_trait[i], kinds.index(s.truth[of[i]]["kind"]), number) for i in np.flatnonzero(chosen & (hit > detect.OVER))]
    traits, kind, scene = zip(*out)
    return np.array(traits), np.array(kind), np.array(scene)


def logistic(traits, kind, strength=1.0):
    """Multinomial logistic model; each kind weighs by the root of how rare it is."""
    count = np.bincount(kind)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=3000))
    return model.fit(traits, kind, logisticregression__sample_weight=np.sqrt(count.sum() / count / len(count))[kind])


def raw(model):
    """(biases, weights) on the traits as they are, of a kind each; of two kinds the first one's are 0."""
    weights = model[1].coef_ / model[0].scale_
    bias = model[1].intercept_ - weights @ model[0].mean_
    return (bias, weights) if len(bias) > 1 else (np.r_[0, bias], np.vstack([np.zeros_like(weights), weights]))


def fit_kinds(scenes, kinds):
    traits, kind, scene = kind_samples(scenes, kinds)
    guess = np.zeros(len(kind), int)
    for half in (0, 1):
        guess[scene % 2 == half] = logistic(traits[scene % 2 != half], kind[scene % 2 != half]).predict(traits[scene % 2 == half])
    print(f"kinds {' '.join(kinds)}: {len(kind)} things, macro F1 {f1_score(kind, guess, average='macro'):.3f} on scenes not seen", flush=True)
    return raw(logistic(traits, kind))


def fit_roads(scenes):
    """Whether a new line is a piece of road, whatever part of it was found."""
    traits, right = [], []
    for s in scenes:
        inside = s.inside[:, s.of(("road",), ("works",))].max(1, initial=0)
        keep = s.line & ((inside > ROAD_IN) | (inside < detect.MISS))
        traits.append(s.kind_trait[keep])
        right.append(inside[keep] > ROAD_IN)
    traits, right = np.concatenate(traits), np.concatenate(right)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=ROAD_C, max_iter=3000)).fit(traits, right)
    print(f"roads: {right.sum()} of {len(right)} new lines, log loss {log_loss(right, model.predict_proba(traits)):.3f}", flush=True)
    bias, weights = raw(model)
    return bias[1:], weights[1:]


def write_kinds(file, name, kinds, table):
    rows = [f"{{ RV_KIND_{kind.upper()}, {bias:.5g}, {{ {', '.join(f'{w:.5g}' for w in row)} }} }}" for kind, bias, row in zip(kinds, *table)]
    if len(rows) == 1:
        file.write(f"const rv__kind_row rv__kinds_{name} = {rows[0]};\n")
    else:
        file.write(f"const rv__kind_row rv__kinds_{name}[RV__KINDS_{name.upper()}] = {{\n    " + ",\n    ".join(rows) + ",\n};\n")


def write(law, model, tables):
    with open(OUT, "w", encoding="ascii") as file:
        file.write("/* SPDX-License-Identifier: Apache-2.0 */\n/* Written by bench/fit_works.py from drawn sites of style A; not to be edited. */\n")
        file.write('#include "detect/kinds.h"\n#include "detect/model.h"\n\n/* clang-format off */\n')
        file.write("const rv__law rv__model_law_works = { %.4g, %.4g, %.4g, %.4g };\n" % law)
        detect.write_model(file, "works", *model)
        for name, kinds in (("built", detect.BUILT), ("works", GROUND), ("road", ("road",))):
            write_kinds(file, name, kinds, tables[name])
        file.write("/* clang-format on */\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", help="build folder; to be made anew afterwards")
    parser.add_argument("--place", required=True, help="folder for drawn sites; what is there is used again")
    args = parser.parse_args()
    revisit = os.path.abspath(args.build + "/cli/revisit")
    scenes = [detect.Scene(revisit, args.place, "A", suite, seed, options) for suite, seeds, options in detect.DRAWN for seed in seeds]
    names = detect.trait_names()
    ready = detect.look_all(scenes, LOOK_NFA)
    law, model = fit_works(ready, names)
    for s in ready:
        meet_neighbours(s)
    write(law, model, {"road": fit_roads(ready), "built": fit_kinds(ready, detect.BUILT), "works": fit_kinds(ready, GROUND)})


if __name__ == "__main__":
    main()
