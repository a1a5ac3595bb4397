# SPDX-License-Identifier: Apache-2.0
"""Drawn pairs of half-metre pictures for bench/fit_pairs.py, and what is learned from them.

Suite J builds few and small things. So for most pairs the picture before is that of the same site drawn without any
buildings: halls, estates, their yards and shadows all came new. Every second of these has two fifths of its picture
before from another site, so that roads, fields and woods came, too; sensors are drawn at random. With pairs as
drawn alone the scores of real pictures lie two and a half lower than those of drawn ones."""
import glob
import json
import os
import random
import shutil

import numpy as np
from board.run import call
from board.suites import draw
from osgeo import gdal
from scipy import ndimage

# Kind of pair, seeds, options of revisit simulate.
DRAWN = [("plain", range(1, 25), ""), ("plain", range(41, 53), "--buildings-new 18 --buildings-old 6"),
         ("plain", range(61, 67), "--gsd-m 0.3 --buildings-new 12"), ("plain", range(71, 77), "--gsd-m 0.8 --buildings-new 18"),
         ("none", range(81, 87), "--buildings-new 0 --buildings-old 8"), ("bare", range(201, 245), "")]
CHECKED = [("plain", range(101, 113), ""), ("plain", range(121, 127), "--buildings-new 18 --buildings-old 6"),
           ("none", range(141, 147), "--buildings-new 0 --buildings-old 8"), ("bare", range(302, 310, 2), "")]
FINE = 36  # px of half a metre in one of three
OTHER_SHARE, OTHER_SMOOTH_PX, OTHER_SEED = 0.4, 40, 5000
GSD = ("0.3", "0.4", "0.5", "0.5", "0.5", "0.6", "0.8")
LOOK_FROM = -3.5  # scores from which on what would be chosen is learned from


def sensor(choice):
    """Options of a sensor at random: noise, haze, sharpening, compression, view and pixels."""
    return ["--noise", f"{choice.uniform(.006, .03):.3f}", "--haze", f"{choice.uniform(0, .4):.2f}", "--sharpen", f"{choice.uniform(0, 2):.2f}",
            "--jpeg-quality", str(choice.randint(35, 95)), "--off-nadir-deg", f"{choice.uniform(5, 30):.0f}", "--gsd-m", choice.choice(GSD)]


def images(folder):
    return sorted(glob.glob(folder + "/*.tif"))


def mix(path, other, seed):
    """Puts soft patches of another picture of the same size into one."""
    into, more = gdal.Open(path, gdal.GA_Update), gdal.Open(other).ReadAsArray()
    own = into.ReadAsArray()
    field = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=own.shape[1:]), OTHER_SMOOTH_PX)
    edge = (field - np.quantile(field, 1 - OTHER_SHARE)) / field.std()
    share = 1 / (1 + np.exp(-np.clip(20 * edge, -20, 20)))
    into.WriteArray(np.clip(np.round(own * (1 - share) + more * share), 0, 255).astype(own.dtype))


def all_new(path):
    """What stood throughout is new to a picture before in which nothing stands."""
    with open(path, encoding="utf-8") as file:
        truth = json.load(file)
    truth["features"] = [f for f in truth["features"] if f["properties"]["event"] != "demolished"]
    for feature in truth["features"]:
        if feature["properties"]["event"] == "none":
            feature["properties"]["event"] = "new"
    with open(path, "w", encoding="utf-8") as file:
        json.dump(truth, file)


def draw_bare(revisit, style, seed, folder):
    """A pair whose picture before shows the site without buildings."""
    choice = random.Random(seed)
    options = sensor(choice)
    draw(revisit, "J", seed, folder, style, [*options, "--buildings-old", str(choice.randint(8, 26)), "--buildings-new", "4"])
    draw(revisit, "J", seed, folder + "-bare", style, [*options, "--buildings-old", "0", "--buildings-new", "0"])
    shutil.copy(images(folder + "-bare")[0], images(folder)[0])
    if seed % 2:
        draw(revisit, "J", seed + OTHER_SEED, folder + "-other", style, [*options, "--buildings-old", "3", "--buildings-new", "0"])
        mix(images(folder)[0], images(folder + "-other")[0], seed)
    all_new(folder + "/truth.geojson")
    for extra in ("-bare", "-other"):
        shutil.rmtree(folder + extra, ignore_errors=True)


def prepare(scene):
    """Draws and aligns a pair, once."""
    if os.path.exists(scene.folder + "/done"):
        return
    folder = scene.folder + "/im"
    os.makedirs(scene.folder, exist_ok=True)
    if scene.suite == "bare":
        draw_bare(scene.revisit, scene.style, scene.seed, folder)
    else:
        draw(scene.revisit, "J", scene.seed, folder, scene.style, scene.options.split())
    call([scene.revisit, "init", scene.case, "--site", folder + "/site.geojson", "--overwrite"])
    call([scene.revisit, "add", scene.case, *images(folder)])
    call([scene.revisit, "align", scene.case, "--threads", "1"], codes=(0, 5))
    open(scene.folder + "/done", "w", encoding="utf-8").close()
