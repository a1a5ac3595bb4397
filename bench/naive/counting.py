# SPDX-License-Identifier: Apache-2.0
"""Area of a known building by counting pixels.

Method: the threshold lies half-way between the median well inside the outline (a pixel or more) and the median of a ring
around it (2 to 6 px off); pixels on the building's side of it, within 2.5 px of the outline, are counted. This is kind to
the method: it is told where the building is, sees one clear frame, and takes the band of the best contrast.
"""
import numpy as np

from images import area, depth_inside

RING = (2.0, 6.0)
REACH = 2.5
BLUNDER = 0.25


def band_contrast(band, depth):
    inner, outer = np.median(band[depth > 1]), np.median(band[(depth < -RING[0]) & (depth > -RING[1])])
    spread = np.median(np.abs(band[(depth < -RING[0]) & (depth > -RING[1])] - outer)) * 1.4826
    return inner, outer, abs(inner - outer) / max(spread, 1e-6)


def count(image, ring):
    """(pixels counted, contrast in robust sd of the ring), or None where the outline has no core or leaves the image."""
    window, depth = depth_inside(ring, image.shape[1:], RING[1] + 1)
    lo, hi = ring.min(axis=0) - RING[1], ring.max(axis=0) + RING[1]
    if (depth > 1).sum() < 4 or lo.min() < 0 or (hi > image.shape[:0:-1]).any():
        return None
    bands = [(band_contrast(band[window], depth), band[window]) for band in image]
    (inner, outer, contrast), band = max(bands, key=lambda b: b[0][2])
    own = (band - (inner + outer) / 2) * np.sign(inner - outer) > 0
    return int((own & (depth > -REACH)).sum()), contrast


def relative_errors(image, rings, least=100, most=225, contrast=3.0):
    """Relative error of the counted area for each outline of the sizes asked for whose contrast is at least 3 sd."""
    out = []
    for ring in rings:
        true = area(ring)
        got = count(image, ring) if least <= true <= most else None
        if got and got[1] >= contrast:
            out.append(got[0] / true - 1)
    return np.array(out)


def rmse(errors):
    """(relative RMSE in %, share of blunders), errors of more than a quarter left out: a neighbour joined, a shadow."""
    if not errors.size:
        return np.nan, np.nan
    good = np.abs(errors) <= BLUNDER
    return (100 * np.sqrt((errors[good] ** 2).mean()) if good.any() else np.nan), 1 - good.mean()
