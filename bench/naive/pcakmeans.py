# SPDX-License-Identifier: Apache-2.0
"""Change by principal components of blocks of the difference image and k-means with two clusters.

Method [celik2009]: the absolute difference of two grey images is cut into h x h blocks that do not overlap; their
covariance gives eigenvectors; the h x h neighbourhood of every pixel is projected on the first s; k-means splits the
pixels in two, and the cluster with the larger mean difference is the change. The paper compares with h = 4, s = 3.

k-means begins at the 10 % and the 95 % quantile of the mean difference instead of at random: the same answer each time,
and neither start is ever empty.
"""
import numpy as np

from images import fit_gain, grey

BLOCK, COMPONENTS = 4, 3


def components(difference, h, s):
    """Mean block and the s eigenvectors of largest eigenvalue, of blocks that do not overlap."""
    rows, cols = (n // h * h for n in difference.shape)
    blocks = difference[:rows, :cols].reshape(rows // h, h, cols // h, h).transpose(0, 2, 1, 3).reshape(-1, h * h)
    mean = blocks.mean(axis=0)
    _, vectors = np.linalg.eigh(np.cov((blocks - mean).T))
    return mean, vectors[:, ::-1][:, :s]


def project(difference, mean, vectors, h):
    """[pixel, s]: the neighbourhood of each pixel on the eigenvectors."""
    before = (h - 1) // 2
    wide = np.pad(difference, ((before, h - 1 - before),) * 2, mode="symmetric")
    rows, cols = difference.shape
    out = np.zeros((vectors.shape[1], rows, cols), np.float32)
    for i in range(h * h):
        part = wide[i // h:i // h + rows, i % h:i % h + cols] - mean[i]
        for k, vector in enumerate(vectors.T):
            out[k] += np.float32(vector[i]) * part
    return out.reshape(vectors.shape[1], -1).T


def two_means(points, order, rounds=100):
    """Which of two clusters each point is in; `order` ranks the points for the start."""
    low, high = np.quantile(order, (0.10, 0.95))
    centres = np.stack([points[order <= low].mean(axis=0), points[order >= high].mean(axis=0)])
    second = None
    for _ in range(rounds):
        # Nearer to the second centre: the sign of one linear form.
        axis = centres[1] - centres[0]
        now = points @ axis.astype(points.dtype) > axis @ centres.sum(axis=0) / 2
        if (second is not None and np.array_equal(now, second)) or now.all() or not now.any():
            break
        second = now
        centres = np.stack([points[~second].mean(axis=0, dtype=np.float64), points[second].mean(axis=0, dtype=np.float64)])
    return second if second is not None else now


def change(before, after, h=BLOCK, s=COMPONENTS):
    """Mask of change between two images [band, row, col]."""
    difference = np.abs(grey(after) - grey(before)).astype(np.float32)
    points = project(difference, *components(difference, h, s), h)
    second = two_means(points, difference.ravel()).reshape(difference.shape)
    if second.all() or not second.any():
        return second
    return second if difference[second].mean() > difference[~second].mean() else ~second


def change_matched(before, after, h=BLOCK, s=COMPONENTS):
    """The same after one gain and offset a band, which the paper leaves to the user."""
    return change(before, fit_gain(after, before), h, s)


def counts(drawn, true):
    """Right, false and missed pixels of the change class."""
    return np.array([(drawn & true).sum(), (drawn & ~true).sum(), (~drawn & true).sum()], float)


def f1(count):
    return 2 * count[0] / max(1.0, 2 * count[0] + count[1] + count[2])
