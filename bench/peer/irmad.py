# SPDX-License-Identifier: Apache-2.0
"""revisit irmad to convergence beside one pass, without reweighting, of the Orfeo Toolbox: 2 x 2048^2 x 4 float, tiled, not
compressed. The ground is a random walk with buildings; the second image has another light, noise, and 150 changed patches."""
import json

import numpy as np
from osgeo import gdal, osr

from peer.frame import Peer

SIDE, BANDS, PATCHES = 2048, 4, 150
LEVEL, SPREAD = (.08, .10, .12, .30), (.02, .02, .03, .06)
GAIN, OFFSET = (1.1, .95, 1.05, .9), (.01, .02, 0, .03)


def ground(rng):
    """Fractal ground under fields and 2,600 roofs."""
    f = np.fft.rfft2(rng.standard_normal((SIDE, SIDE)))
    k = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)[None])
    k[0, 0] = 1
    walk = np.fft.irfft2(f * k**-1.3, s=(SIDE, SIDE))
    walk = (walk - walk.mean()) / walk.std()
    fields = np.kron(rng.integers(0, 6, (SIDE // 64, SIDE // 64)), np.ones((64, 64), int))
    image = np.stack([m + s * walk for m, s in zip(LEVEL, SPREAD)]) + np.moveaxis(rng.normal(0, .03, (6, BANDS))[fields], -1, 0)
    for _ in range(SIDE * SIDE // 1600):
        (y, x), (h, w) = rng.integers(0, SIDE - 24, 2), rng.integers(6, 22, 2)
        image[:, y:y + h, x:x + w] = (rng.uniform(.1, .4) * np.array([1, 1.02, 1.05, 1.1]))[:, None, None]
    return image


def write(path, image):
    out = gdal.GetDriverByName("GTiff").Create(path, SIDE, SIDE, BANDS, gdal.GDT_Float32, ["TILED=YES"])
    place = osr.SpatialReference()
    place.ImportFromEPSG(32633)
    out.SetProjection(place.ExportToWkt())
    out.SetGeoTransform((500000, 10, 0, 5500000, 0, -10))
    out.WriteArray(image.astype(np.float32))


def draw(place):
    rng = np.random.default_rng(1)
    a, other = ground(rng), ground(rng)
    b = a.copy()
    for _ in range(PATCHES):
        (y, x), (h, w) = rng.integers(0, SIDE - 64, 2), rng.integers(16, 64, 2)
        b[:, y:y + h, x:x + w] = other[:, y:y + h, x:x + w]
    b = b * np.array(GAIN)[:, None, None] + np.array(OFFSET)[:, None, None]
    write(place + "/a.tif", a + rng.normal(0, .004, a.shape))
    write(place + "/b.tif", b + rng.normal(0, .004, b.shape))


def ours(revisit, place):
    return [revisit, "irmad", place + "/a.tif", place + "/b.tif", "--out", place + "/ours.tif", "--overwrite", "--json", "--threads", "1"]


def theirs(place):
    return ["otbcli_MultivariateAlterationDetector", "-in1", place + "/a.tif", "-in2", place + "/b.tif", "-out", place + "/theirs.tif", "float"]


def rows(ours, theirs):
    """Not the same work: ours reweights until it settles, theirs is one pass. Correlations of one pass must agree."""
    got = json.loads(ours.text)
    note = f"{got['iterations']} passes, chi-square and probability written too"
    out = {"irmad.cpu_s": {"value": ours.cpu_s, "n": ours.n, "note": note}}
    if theirs:
        out["irmad.vs_otb"] = {"value": theirs.cpu_s / ours.cpu_s, "n": theirs.n,
                               "note": f"OTB's one pass {theirs.cpu_s:.2f} s CPU, {theirs.peak_mb:.0f} MB; ours {ours.cpu_s:.2f} s, {ours.peak_mb:.0f} MB"}
    return out


PEER = Peer(name="irmad", package="otb-bin", rows=("irmad.cpu_s", "irmad.vs_otb"), draw=draw, ours=ours, theirs=theirs, results=rows)
