#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How drawn images compare with real ones: one line of statistics an image or folder, side by side. No statistic makes an
image real, but each has caught a world that was not: too smooth, too grey, all edges north to east, no season.

  slope     of the power spectrum, radially averaged, log-log between .02 and .35 cycles a pixel [field1987]
  entropy   of the gradient orientations in 8 bins modulo 180 degrees, weighted by the gradient; 3 bits = no direction
  peak      largest bin over the mean bin
  acf       autocorrelation at 1, 2, 3 and 6 px of the image less its 9 x 9 mean
  season    sd over the dates of the scene's median, over its mean, per band (folders of one series)
  contrast  sd over mean
  range     2, 50, 98 % and (98 - 2) over 50 %

usage: realism.py [IMAGE|FOLDER]...     without any: the shared data
"""
import glob
import os
import sys

import numpy as np

from images import SHARED, box_mean, grey, read

LAGS = (1, 2, 3, 6)
KINDS = (".tif", ".png", ".jpg")


def spectrum_slope(image):
    """Slope of log power over log frequency of the largest square window under a Hann taper."""
    n = min(image.shape)
    window = image[:n, :n] - image[:n, :n].mean()
    hann = np.hanning(n)
    power = np.abs(np.fft.fft2(window * np.outer(hann, hann))) ** 2
    f = np.hypot(*np.meshgrid(np.fft.fftfreq(n), np.fft.fftfreq(n)))
    edges = np.geomspace(0.02, 0.35, 17)
    which = np.digitize(f.ravel(), edges)
    count, total = np.bincount(which, minlength=18), np.bincount(which, power.ravel(), 18)
    used = [k for k in range(1, 17) if count[k] > 0 and total[k] > 0]
    return np.polyfit(np.log(np.sqrt(edges[:-1] * edges[1:]))[np.array(used) - 1], np.log(total[used] / count[used]), 1)[0]


def orientations(image):
    """(entropy in bits, largest bin over the mean) of gradient orientations; bins are centred on the axes of the grid."""
    gy, gx = np.gradient(box_mean(image, 3))
    bins = np.round((np.arctan2(gy, gx) % np.pi) / np.pi * 8).astype(int) % 8
    share = np.bincount(bins.ravel(), np.hypot(gx, gy).ravel(), 8)
    share = share / max(share.sum(), 1e-12)
    return -np.sum(share[share > 0] * np.log2(share[share > 0])), share.max() * 8


def residual_correlation(image):
    """Autocorrelation of the residual, mean of both axes."""
    r = image - box_mean(image, 9)
    variance = max(r.var(), 1e-12)
    return [((r[:, k:] * r[:, :-k]).mean() + (r[k:] * r[:-k]).mean()) / 2 / variance for k in LAGS]


def statistics(path):
    image = read(path)
    one = grey(image)
    low, middle, high = np.percentile(one, (2, 50, 98))
    entropy, peak = orientations(one)
    return {"slope": spectrum_slope(one), "entropy": entropy, "peak": peak, "acf": residual_correlation(one),
            "contrast": one.std() / max(one.mean(), 1e-9), "range": (low, middle, high, (high - low) / max(middle, 1e-9)),
            "medians": np.median(image, axis=(1, 2))}


def season(rows):
    """Per band, sd over dates of the median over its mean; None for one image or images of different kinds."""
    medians = [r["medians"] for r in rows]
    if len(medians) < 3 or len({m.size for m in medians}) > 1:
        return None
    return np.std(medians, axis=0) / np.maximum(np.mean(medians, axis=0), 1e-9)


def expand(arguments):
    """(name, paths) of each argument: a folder stands for its images."""
    out = []
    for path in arguments:
        inside = sorted(p for p in glob.glob(os.path.join(path, "*")) if p.lower().endswith(KINDS)) if os.path.isdir(path) else [path]
        if inside:
            parts = os.path.abspath(path).split(os.sep)
            out.append((parts[-2] if parts[-1] == "images" else parts[-1], inside))
    return out


def line(name, rows, series):
    mean = lambda k: np.mean([r[k] for r in rows], axis=0)
    amplitude = season(rows) if series else None
    low, middle, high, width = mean("range")
    return (f"{name[:24]:24} {len(rows):3d} {mean('slope'):6.2f} {mean('entropy'):7.3f} {mean('peak'):5.2f}  " +
            " ".join(f"{v:5.2f}" for v in mean("acf")) + f" {mean('contrast'):8.3f} {low:7.0f} {middle:6.0f} {high:6.0f} {width:5.2f}  " +
            ("-" if amplitude is None else " ".join(f"{v:.3f}" for v in amplitude)))


def real_folders():
    data = os.path.join(SHARED, "data")
    groups = [("plant", "plant/*.tif"), ("SolarFarm", "series/SolarFarm/*.jpg"), ("Garching", "series/Garching/*.jpg"),
              ("levir", "levir/*_[AB].tif"), ("levir-crops", "levir-crops/[AB]/*.png"), ("whu", "whu/[pc]*/*.png"),
              ("dsifn", "dsifn/[AB]/*.png"), ("solaris", "solaris/*.tif")]
    return [(name, sorted(glob.glob(os.path.join(data, pattern)))) for name, pattern in groups]


SERIES = ("levir", "levir-crops", "whu", "dsifn", "solaris")


def main():
    if any(a.startswith("-") for a in sys.argv[1:]):
        print(__doc__)
        return 0
    print(f"{'':24} {'n':>3} {'slope':>6} {'entropy':>7} {'peak':>5}  " + " ".join(f"acf{k:>2}" for k in LAGS) +
          f" {'contrast':>8} {'2 %':>7} {'50 %':>6} {'98 %':>6} {'width':>5}  season")
    for name, paths in expand(sys.argv[1:]) or real_folders():
        if paths:
            print(line(name, [statistics(p) for p in paths], name not in SERIES), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
