#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fits the model by which detection scores candidates of two scenes of fine pixels, on drawn pairs of style A (bench/pairs.py), and
writes src/detect/model_pair_data.c.

    bench/fit_pairs.py --build build --place /tmp/pairs            draw, run, fit
    bench/fit_pairs.py --build build --place /tmp/pairs --check B  hold the model against style B, fit nothing

One look at each pair; the rounds are done without the program. Needs what fit_detect.py needs."""
import argparse
import os

import numpy as np

import fit_detect as detect
import pairs
from choice import choose

OUT = os.path.join(detect.HERE, "..", "src", "detect", "model_pair_data.c")
MODELS = ("change", "standing")
# Traits of pairs alone, and those that a pair has not.
OWN = {"change": {"CLOSED": 1, "RIDGE": 1, "SHADE": -1, "NEAR": -1}, "standing": {"CLOSED": 1, "RIDGE": 1, "SHADE": -1, "NEAR": 1}}
SERIES = ("CLEAN", "GAIN", "STEP", "GROWN", "SHARE", "GREEN")
SIGNS = {which: {name: sign for name, sign in detect.SIGNS[which].items() if name not in SERIES} | OWN[which] for which in MODELS}
TREES, LEAVES, BULK, LOOK_NFA = 100, 16, 1500, 30


class Pair(detect.Scene):
    def prepare(self):
        pairs.prepare(self)

    def unit(self, zoom):
        return zoom**2 if zoom > 1 else pairs.FINE  # as if they had pixels of 3 m


def scores(scene, models):
    out = np.full(len(scene.score), -np.inf)
    for which, model in models.items():
        out = np.maximum(out, detect.score_of(scene, which, *model))
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", help="build folder; to be made anew afterwards")
    parser.add_argument("--place", required=True, help="folder for drawn pairs; what is there is used again")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--nfa", type=float, default=10, help="of --check")
    parser.add_argument("--check", default="", help="style to hold the model against instead of fitting")
    args = parser.parse_args()
    detect.TREES, detect.LEAVES, detect.BULK = TREES, LEAVES, BULK
    table, revisit = pairs.CHECKED if args.check else pairs.DRAWN, os.path.abspath(args.build + "/cli/revisit")
    scenes = [Pair(revisit, args.place, args.check or "A", kind, seed, options) for kind, seeds, options in table for seed in seeds]
    ready = detect.look_all(scenes, args.nfa if args.check else LOOK_NFA)
    if args.check:
        return detect.report(ready, f"style {args.check} at NFA {args.nfa:g}")
    names, random = detect.trait_names(), np.random.default_rng(1)
    worth = {w: detect.weigh_classes(ready, w) for w in MODELS}
    parts = {w: [detect.sample_all(s, w, random, worth[w]) for s in ready] for w in MODELS}
    models = {w: detect.fit(parts[w], names, SIGNS[w]) for w in MODELS}
    for turn in range(args.rounds):
        for s in ready:
            s.score, s.chosen = scores(s, models), np.zeros(len(s.score), bool)
            s.chosen[choose(s.regions, s.score, pairs.LOOK_FROM, parts=False)] = True
            for which in MODELS:
                parts[which].append(detect.sample_chosen(s, which, worth[which]))
        detect.report(ready, f"round {turn}, all of a score above {pairs.LOOK_FROM:g}")
        models = {w: detect.fit(parts[w], names, SIGNS[w]) for w in MODELS}
    with open(OUT, "w", encoding="ascii") as file:
        file.write("/* SPDX-License-Identifier: Apache-2.0 */\n/* Written by bench/fit_pairs.py from drawn pairs of style A; not to be edited. */\n")
        file.write('#include "detect/model.h"\n\n/* clang-format off */')
        for which, model in models.items():
            detect.write_model(file, "pair_" + which, *detect.flat(*model))
        file.write("/* clang-format on */\n")


if __name__ == "__main__":
    main()
