#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A contact sheet: images side by side in true colour, one stretch for all of them, names burnt in. For looking at drawn
scenes beside real ones; a sheet with pixels of the shared data is not for publishing.

usage: contact.py OUT.png IMAGE|FOLDER... [--columns N] [--scale N] [--order rgb|bgr] [--each] [--no-names]
"""
import argparse
import os
import sys

import numpy as np
from osgeo import gdal

from images import read
from realism import expand

GAP, BLACK = 4, 24
# 5 x 7 dots a character, one number a row, the leftmost dot the highest bit.
FONT = {
    "0": "0e 11 13 15 19 11 0e", "1": "04 0c 04 04 04 04 0e", "2": "0e 11 01 02 04 08 1f", "3": "1f 02 04 02 01 11 0e",
    "4": "02 06 0a 12 1f 02 02", "5": "1f 10 1e 01 01 11 0e", "6": "06 08 10 1e 11 11 0e", "7": "1f 01 02 04 08 08 08",
    "8": "0e 11 11 0e 11 11 0e", "9": "0e 11 11 0f 01 02 0c", "A": "0e 11 11 1f 11 11 11", "B": "1e 11 11 1e 11 11 1e",
    "C": "0e 11 10 10 10 11 0e", "D": "1c 12 11 11 11 12 1c", "E": "1f 10 10 1e 10 10 1f", "F": "1f 10 10 1e 10 10 10",
    "G": "0e 11 10 17 11 11 0f", "H": "11 11 11 1f 11 11 11", "I": "0e 04 04 04 04 04 0e", "J": "07 02 02 02 02 12 0c",
    "K": "11 12 14 18 14 12 11", "L": "10 10 10 10 10 10 1f", "M": "11 1b 15 15 11 11 11", "N": "11 11 19 15 13 11 11",
    "O": "0e 11 11 11 11 11 0e", "P": "1e 11 11 1e 10 10 10", "Q": "0e 11 11 11 15 12 0d", "R": "1e 11 11 1e 14 12 11",
    "S": "0f 10 10 0e 01 01 1e", "T": "1f 04 04 04 04 04 04", "U": "11 11 11 11 11 11 0e", "V": "11 11 11 11 11 0a 04",
    "W": "11 11 11 15 15 15 0a", "X": "11 11 0a 04 0a 11 11", "Y": "11 11 11 0a 04 04 04", "Z": "1f 01 02 04 08 10 1f",
    "-": "00 00 00 1f 00 00 00", "_": "00 00 00 00 00 00 1f", ".": "00 00 00 00 00 0c 0c", ":": "00 0c 0c 00 0c 0c 00",
}


def true_colour(image, order):
    """Three bands as R, G, B. Files of four bands and more lead with B, G, R, as Planet's do."""
    if image.shape[0] < 3:
        return np.repeat(image[:1], 3, axis=0)
    return image[[2, 1, 0]] if order == "bgr" or (order == "auto" and image.shape[0] > 3) else image[:3]


def stretch(image, limits):
    low, high = limits
    return np.clip((image - low) / max(high - low, 1e-9) * 255, 0, 255).astype(np.uint8)


def limits_of(images):
    """2 and 98 % of an image, all bands together, as the median over the images: haze and season stay visible, and one cloudy
    image does not darken the rest."""
    return np.median([np.percentile(i, (2, 98)) for i in images], axis=0)


def caption(text, width):
    """White dots on black, [8, width]; what does not fit is cut, unknown characters are blanks."""
    out = np.zeros((8, width), np.uint8)
    for k, char in enumerate(text.upper()):
        if 6 * k + 6 > width:
            break
        for row, dots in enumerate(FONT.get(char, "00 00 00 00 00 00 00").split()):
            out[row, 6 * k:6 * k + 5] = [255 * (int(dots, 16) >> (4 - c) & 1) for c in range(5)]
    return out


def tile(picture, name, scale, named):
    """One picture, enlarged by whole pixels, with its name in the upper left corner."""
    big = picture.repeat(scale, axis=1).repeat(scale, axis=2)
    if named:
        width = min(6 * len(name), big.shape[2] - 2)
        dots = caption(name, width)
        big[:, 1:9, 1:1 + width] = np.where(dots > 0, 255, big[:, 1:9, 1:1 + width] // 3)
    return big


def sheet(tiles, columns):
    rows = [tiles[i:i + columns] for i in range(0, len(tiles), columns)]
    high, wide = [max(t.shape[1] for t in row) for row in rows], max(t.shape[2] for t in tiles)
    out = np.full((3, sum(high) + GAP * (len(rows) + 1), columns * (wide + GAP) + GAP), BLACK, np.uint8)
    top = GAP
    for row, h in zip(rows, high):
        for k, t in enumerate(row):
            left = GAP + k * (wide + GAP)
            out[:, top:top + t.shape[1], left:left + t.shape[2]] = t
        top += h + GAP
    return out


def write_png(path, pixels):
    memory = gdal.GetDriverByName("MEM").Create("", pixels.shape[2], pixels.shape[1], 3, gdal.GDT_Byte)
    memory.WriteArray(pixels)
    gdal.SetConfigOption("GDAL_PAM_ENABLED", "NO")
    gdal.GetDriverByName("PNG").CreateCopy(path, memory)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("images", nargs="+")
    parser.add_argument("--columns", type=int, default=4)
    parser.add_argument("--scale", type=int, default=1)
    parser.add_argument("--order", choices=("auto", "rgb", "bgr"), default="auto", help="of the bands")
    parser.add_argument("--each", action="store_true", help="stretch every image by itself")
    parser.add_argument("--no-names", action="store_true")
    a = parser.parse_args()
    paths = [p for group in expand(a.images) for p in group[1]]
    pictures = [true_colour(read(p), a.order) for p in paths]
    common = limits_of(pictures)
    tiles = [tile(stretch(p, limits_of([p]) if a.each else common), os.path.basename(path).rsplit(".", 1)[0], a.scale, not a.no_names)
             for p, path in zip(pictures, paths)]
    write_png(a.out, sheet(tiles, min(a.columns, len(tiles))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
