#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Processor seconds of gdalwarp -r cubic and of bench/warp.c for the same work: 16 images of 4 bands of 16 bits, tiled and
uncompressed, through one affine map with a part of a pixel in it, read and written. Prints one JSON object.

usage: peer_warp.py BUILD [--images FOLDER] [--runs N] [--map shift|affine|turn] [--size PX] [--count N]

Without --images smooth images are drawn; on such ones the greatest difference of the two results is told too (the kernels are
two different cubics, so it is not 0). Needs Debian's python3-numpy, python3-gdal and gdal-bin.
"""
import argparse
import glob
import json
import os
import resource
import subprocess
import tempfile

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
MAPS = {  # from pixels of the image to pixels of the grid
    "shift": (1, 0, .37, 0, 1, -.21),
    "affine": (1.00003, .00005, .37, -.00005, .99998, -.21),
    "turn": (.9848, -.1736, 193.2, .1736, .9848, -162.1),
}
GRID = (500000.0, 10.0, 0.0, 5500000.0, 0.0, -10.0)
TILED = ["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512", "INTERLEAVE=BAND", "COMPRESS=NONE"]


def draw(path, size, seed):
    """Waves of 12 px and longer: both cubics render them to a few thousandths."""
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    out = gdal.GetDriverByName("GTiff").Create(path, size, size, 4, gdal.GDT_UInt16, TILED)
    out.SetGeoTransform(GRID)
    for b in range(4):
        wave = np.sin(x / (2.5 + b) + seed) * np.cos(y / 3.1) + np.sin((x + y) / 9 + b)
        out.GetRasterBand(b + 1).WriteArray((2000 + 500 * wave).astype(np.uint16))


def retile(path, source):
    """The same pixels on the grid, in tiles a band; the file may be kept in any other order."""
    gdal.Translate(path, source, creationOptions=TILED, outputSRS="EPSG:32633")
    with_grid = gdal.Open(path, gdal.GA_Update)
    with_grid.SetGeoTransform(GRID)


def placed(path, m):
    """A virtual file over the image whose geotransform puts its pixels where the map sends them: g = GRID m."""
    x0, dx, _, y0, _, dy = GRID
    g = (x0 + dx * m[2], dx * m[0], dx * m[1], y0 + dy * m[5], dy * m[3], dy * m[4])
    virtual = path[:-4] + ".vrt"
    made = gdal.GetDriverByName("VRT").CreateCopy(virtual, gdal.Open(path))
    made.SetGeoTransform(g)
    made = None
    return virtual


def cpu(commands):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for command in commands:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def empty(folder):
    for path in glob.glob(folder + "/*"):
        os.remove(path)


def difference(a, b, margin=40):
    """Greatest and root mean square difference where both images hold data well inside, in stored units."""
    one, two = (gdal.Open(p).ReadAsArray()[:, margin:-margin, margin:-margin].astype(np.float64) for p in (a, b))
    both = (one > 0) & (two > 0)
    d = np.abs(one - two)[both]
    return float(d.max()), float(np.sqrt((d ** 2).mean()))


def main():
    parse = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parse.add_argument("build")
    parse.add_argument("--images", default="")
    parse.add_argument("--runs", type=int, default=3)
    parse.add_argument("--map", default="affine", choices=MAPS)
    parse.add_argument("--size", type=int, default=2048)
    parse.add_argument("--count", type=int, default=16)
    args = parse.parse_args()
    m = MAPS[args.map]
    with tempfile.TemporaryDirectory() as work:
        given = sorted(glob.glob(args.images + "/*.tif"))[:args.count] if args.images else []
        names = [f"{work}/in/{i:02d}.tif" for i in range(len(given) or args.count)]
        for folder in ("in", "ours", "gdal"):
            os.mkdir(f"{work}/{folder}")
        for i, name in enumerate(names):
            retile(name, given[i]) if given else draw(name, args.size, i)
        size = gdal.Open(names[0]).RasterXSize
        x0, dx, _, y0, _, dy = GRID
        extent = [str(v) for v in (x0, y0 + dy * size, x0 + dx * size, y0)]
        co = [word for option in TILED for word in ("-co", option)]
        theirs = [["gdalwarp", "-q", "-r", "cubic", "-te", *extent, "-ts", str(size), str(size), *co, placed(n, m),
                   f"{work}/gdal/{os.path.basename(n)}"] for n in names]
        ours = [[f"{args.build}/bench/warp", f"{work}/ours", "none", *map(str, m), str(size), str(size), "4", *names]]
        os.environ["OPENBLAS_NUM_THREADS"] = "1"  # threads that a library makes and nobody uses
        seconds = {"ours": [], "gdalwarp": []}
        for _ in range(args.runs):
            for kind, folder, commands in (("gdalwarp", "gdal", theirs), ("ours", "ours", ours)):
                empty(f"{work}/{folder}")
                seconds[kind].append(cpu(commands))
        worst, rms = difference(f"{work}/ours/{os.path.basename(names[0])}", f"{work}/gdal/{os.path.basename(names[0])}")
    best = {kind: min(values) for kind, values in seconds.items()}
    print(json.dumps({"map": args.map, "images": len(names), "size": size, "gdalwarp_cpu_s": round(best["gdalwarp"], 3),
                      "ours_cpu_s": round(best["ours"], 3), "ratio": round(best["gdalwarp"] / best["ours"], 2),
                      "max_difference": round(worst, 1), "rms_difference": round(rms, 2), "drawn": not given}))


if __name__ == "__main__":
    main()
