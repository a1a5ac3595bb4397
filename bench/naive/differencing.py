# SPDX-License-Identifier: Apache-2.0
"""Objects by plain image differencing.

Method [singh1989]: one image is brought to the other by a gain and an offset a band; the mean absolute band difference is
cut at its mean plus 3 standard deviations (or at Otsu's threshold [otsu1979]); 8-connected parts of 4 px and more are
objects. The mean and the deviation follow clouds, which makes the count smaller, not larger: so hidden pixels are set to
no difference, and frames with more than 5 % of cloud are not used.
"""
import numpy as np

from images import fit_gain, parts

LEAST_PX = 4


def difference(before, after):
    return np.abs(fit_gain(after, before) - before).mean(axis=0)


def otsu(values, bins=256):
    """Threshold of least variance within two classes."""
    count, edges = np.histogram(values, bins)
    centres, share = (edges[1:] + edges[:-1]) / 2, np.cumsum(count) / count.sum()
    mean = np.cumsum(count * centres) / count.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (mean[-1] * share - mean) ** 2 / (share * (1 - share))
    return edges[1 + np.nanargmax(np.where(np.isfinite(between), between, np.nan))]


def objects(before, after, hidden=None, method="sd"):
    """Number of objects that changed."""
    d = difference(before, after)
    seen = np.ones(d.shape, bool) if hidden is None else ~hidden
    limit = d[seen].mean() + 3 * d[seen].std() if method == "sd" else otsu(d[seen])
    return int((parts((d > limit) & seen) >= LEAST_PX).sum())
