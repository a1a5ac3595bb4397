# SPDX-License-Identifier: Apache-2.0
"""What detection would choose among candidates of given scores, and what each has around it: src/detect/choose.c and
src/detect/fellows.c once more, so that bench/fit_detect.py can try models without running the chain for each."""
import numpy as np
from scipy.sparse import csr_matrix

OVERLAP, INSIDE, SMALLER = 0.25, 0.8, 0.7  # choose.c
LOOK, FLOOR, REACH_M, APART, SHARED, ALIKE, ALONG, FELLOWS_MAX, CROWD_MAX = -2, -4, 60, 0.7, 0.3, 0.6, 0.8, 6, 8  # fellows.c
AT_ONCE = 4000


class Regions:
    """Candidates as their rows (row, first column, end) on the fine grid, count of rows each."""

    def __init__(self, run, count):
        self.run, self.first = run, np.r_[0, np.cumsum(count)]
        owner = np.repeat(np.arange(len(count)), count)
        length, col, row = (run[:, 2] - run[:, 1]).astype(float), (run[:, 1] + run[:, 2] - 1) / 2, run[:, 0].astype(float)

        def total(values):
            return np.bincount(owner, values, len(count))
        self.px = total(length)
        self.col, self.row = total(length * col) / self.px, total(length * row) / self.px
        xx = total(length * (col**2 + (length**2 - 1) / 12)) / self.px - self.col**2
        yy, xy = total(length * row**2) / self.px - self.row**2, total(length * col * row) / self.px - self.col * self.row
        self.heading = np.arctan2(2 * xy, xx - yy) / 2
        at = self.first[:-1]
        self.half_w = (np.maximum.reduceat(run[:, 2], at) - np.minimum.reduceat(run[:, 1], at)) / 2
        self.half_h = (np.maximum.reduceat(run[:, 0], at) + 1 - np.minimum.reduceat(run[:, 0], at)) / 2
        self.width, self.height = int(run[:, 2].max()), int(run[:, 0].max()) + 1

    def pixels(self, i):
        return np.concatenate([row * self.width + np.arange(a, b) for row, a, b in self.run[self.first[i]:self.first[i + 1]]])


def weigh(own, pixels, inside, plane):
    """Worth of each, from small to large, and what stands for it: itself, or the best of those inside it."""
    worth, stands = own.copy(), [[k] for k in range(len(own))]
    for k, within in enumerate(inside):
        total, taken = 0.0, []
        for j in sorted(within, key=lambda j: (-worth[j], j)):
            if (plane[pixels[j]] == k + 1).sum() <= OVERLAP * len(pixels[j]):
                plane[pixels[j]] = k + 1
                total += worth[j]
                taken.append(j)
        if len(taken) > 1 and total > worth[k]:
            worth[k], stands[k] = total, [part for j in taken for part in stands[j]]
    return worth, stands


def choose(regions, score, limit, parts=True):
    """Indices of the chosen, as rv__choose."""
    asked = np.flatnonzero(score > limit)
    asked = asked[np.lexsort((asked, regions.px[asked]))]
    if not len(asked):
        return asked
    pixels = [regions.pixels(i) for i in asked]
    size = np.array([len(p) for p in pixels])
    plane = np.zeros(regions.width * regions.height, np.int32)
    worth, stands = score[asked] - limit, [[k] for k in range(len(asked))]
    if parts:
        cover = csr_matrix((np.ones(size.sum(), np.int32), np.concatenate(pixels), np.r_[0, np.cumsum(size)]), shape=(len(asked), len(plane)))
        common = (cover @ cover.T).tocsr()
        inside = []
        for k in range(len(asked)):
            j, both = common.indices[common.indptr[k]:common.indptr[k + 1]], common.data[common.indptr[k]:common.indptr[k + 1]]
            inside.append(j[(j < k) & (size[j] < SMALLER * size[k]) & (both >= INSIDE * size[j])])
        worth, stands = weigh(worth, pixels, inside, plane)
    plane[:] = 0
    out = []
    for k in np.lexsort((np.arange(len(asked)), -worth)):
        for j in stands[k]:
            if plane[pixels[j]].sum() <= OVERLAP * size[j]:
                plane[pixels[j]] = 1
                out.append(asked[j])
    return np.array(out)


def fellows(regions, alone, fine_m):
    """Traits from RV__TRAIT_FELLOWS on of candidates whose scores alone are given (-inf: none of the new ones)."""
    out = np.zeros((len(alone), 4), np.float32)
    near = choose(regions, alone, LOOK)
    asked = np.flatnonzero(alone > FLOOR)
    if not len(near):
        return out
    chance, r = 1 / (1 + np.exp(-alone[near])), regions
    radius = np.sqrt(r.px / np.pi)
    for begin in range(0, len(asked), AT_ONCE):
        at = asked[begin:begin + AT_ONCE]
        i = at[:, None]
        dx, dy = np.abs(r.col[i] - r.col[near]), np.abs(r.row[i] - r.row[near])
        both_w, both_h = r.half_w[i] + r.half_w[near] - dx, r.half_h[i] + r.half_h[near] - dy
        shared = (np.minimum(np.maximum(both_w, 0), 2 * np.minimum(r.half_w[i], r.half_w[near])) *
                  np.minimum(np.maximum(both_h, 0), 2 * np.minimum(r.half_h[i], r.half_h[near])))
        is_fellow = ((np.hypot(np.maximum(-both_w, 0), np.maximum(-both_h, 0)) < REACH_M / fine_m) &
                     (np.hypot(dx, dy) > APART * np.maximum(radius[i], radius[near])) &
                     (shared <= SHARED * 4 * np.minimum(r.half_w[i] * r.half_h[i], r.half_w[near] * r.half_h[near])))
        alike = is_fellow & (np.abs(np.log(r.px[i] / r.px[near])) < ALIKE)
        along = alike & (np.abs(np.cos(2 * (r.heading[i] - r.heading[near]))) > ALONG)
        out[at] = np.stack([np.minimum(alike @ chance, FELLOWS_MAX), np.minimum(is_fellow @ chance, CROWD_MAX), (alike * chance).max(1),
                            np.minimum(along @ chance, FELLOWS_MAX)], 1)
    return out
