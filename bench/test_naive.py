#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Each naive method on a toy case with a known answer.

usage: test_naive.py
"""
import numpy as np

import images
from naive import counting, differencing, pcakmeans, sidepeak

RNG = np.random.default_rng(7)


def smooth_noise(n, waves=60):
    """A sum of waves: can be sampled at any place, so shifts are exact."""
    fx, fy = RNG.uniform(-0.2, 0.2, (2, waves))
    phase = RNG.uniform(0, 2 * np.pi, waves)
    return lambda x, y: sum(np.sin(2 * np.pi * (a * x + b * y) + p) for a, b, p in zip(fx, fy, phase))


def test_parts():
    #  ##..#      the diagonal joins: one part of 4 and one of 3
    #  ..#..
    #  ..#.#      (the last two of the right column)
    #  ....#
    mask = np.array([[1, 1, 0, 0, 1], [0, 0, 1, 0, 0], [0, 0, 1, 0, 1], [0, 0, 0, 0, 1]], bool)
    assert sorted(images.parts(mask)) == [1, 2, 4], images.parts(mask)
    # A spiral is one part however its runs are numbered.
    spiral = np.zeros((9, 9), bool)
    spiral[0, :] = spiral[:, 8] = spiral[8, :] = spiral[2:, 0] = spiral[2, :7] = spiral[2:7, 6] = True
    assert len(images.parts(spiral)) == 1
    assert not images.parts(np.zeros((3, 3), bool)).size


def test_parts_against_flood_fill():
    for density in (0.2, 0.4, 0.6):
        mask = RNG.random((40, 50)) < density
        left, sizes = mask.copy(), []
        while left.any():
            stack, n = [tuple(np.argwhere(left)[0])], 0
            left[stack[0]] = False
            while stack:
                r, c = stack.pop()
                n += 1
                for i in range(max(0, r - 1), min(40, r + 2)):
                    for j in range(max(0, c - 1), min(50, c + 2)):
                        if left[i, j]:
                            left[i, j] = False
                            stack.append((i, j))
            sizes.append(n)
        assert sorted(images.parts(mask)) == sorted(sizes)


def test_box_mean():
    image = RNG.random((12, 9))
    got = images.box_mean(image, 3)
    assert np.isclose(got[5, 4], image[4:7, 3:6].mean()) and np.isclose(got[0, 0], np.pad(image, 1, mode="edge")[:3, :3].mean())


def test_depth_inside():
    ring = np.array([[10, 10], [20, 10], [20, 18], [10, 18]], float)
    window, depth = images.depth_inside(ring, (40, 40), 3)
    assert (depth > 0).sum() == 80 and np.isclose(depth.max(), 3.5) and window == (slice(7, 21), slice(7, 23))
    assert np.isclose(images.area(ring), 80)
    filled = images.fill([ring, ring * 0.5 + (7, 7)], (40, 40))
    assert filled.sum() == 80 - 20 and filled[window][depth > 3.1].sum() == 0


def test_gain_is_found_beside_change():
    before = RNG.random((3, 64, 64)).astype(np.float32)
    after = before / 1.3 - 0.1
    after[:, :8, :8] += 5
    assert np.abs(images.fit_gain(after, before) - before)[:, 8:, 8:].max() < 1e-3


def test_pca_kmeans():
    before = RNG.normal(0, 1, (1, 128, 128)).astype(np.float32)
    after = before + RNG.normal(0, 0.3, before.shape).astype(np.float32)
    true = np.zeros((128, 128), bool)
    true[30:60, 40:90] = True
    after[0][true] += 10
    got = pcakmeans.f1(pcakmeans.counts(pcakmeans.change(before, after), true))
    assert got > 0.93, got
    # A gain of two spoils it unless it is taken out first.
    assert pcakmeans.f1(pcakmeans.counts(pcakmeans.change_matched(before, 2 * after + 3), true)) > 0.9


def test_side_peak():
    # Whole shifts are exact. Half a pixel is found by symmetry, but elsewhere the formula is biased: which is the point.
    n = 128
    y, x = np.mgrid[0:n, 0:n].astype(float)
    field, worst = RNG.normal(0, 1, (400, 400)), 0.0
    at = lambda dx, dy: np.roll(field, (dy, dx), (0, 1))[100:100 + n, 100:100 + n]
    dx, dy = sidepeak.shift(at(0, 0), at(3, -2))
    assert abs(dx - 3) < 0.2 and abs(dy + 2) < 0.2, (dx, dy)
    # Fine pixels summed by 4: the model of the formula, right to a tenth of a pixel or two.
    fine = RNG.normal(0, 1, (800, 800))
    coarse = lambda k: fine[100:100 + 4 * n, 100 - k:100 - k + 4 * n].reshape(n, 4, n, 4).mean(axis=(1, 3))
    for k in (1, 2, 3):
        dx, dy = sidepeak.shift(coarse(0), coarse(k))
        worst = max(worst, abs(dx - k / 4), abs(dy))
    assert worst < 0.3, worst
    waves = smooth_noise(n)
    error = sidepeak.errors(waves(x, y), waves(x - 0.3, y + 0.2), np.stack([np.full((n, n), 0.3), np.full((n, n), -0.2)]),
                            np.zeros((n, n), bool))
    assert error.shape == (1, 2)
    value, blunders = sidepeak.rmse(np.array([[0.3, 0.4], [5, 5]]))
    assert np.isclose(value, np.sqrt(0.125)) and np.isclose(blunders, 0.5)


def test_counting():
    # A rectangle drawn by exact cover: counting is off by what the boundary rounds.
    ring = np.array([[20.3, 20.4], [35.3, 20.4], [35.3, 30.4], [20.3, 30.4]])
    cover = lambda lo, hi, n: np.clip(np.minimum(hi, np.arange(n) + 1) - np.maximum(lo, np.arange(n)), 0, 1)
    image = (1000 + 800 * np.outer(cover(20.4, 30.4, 60), cover(20.3, 35.3, 60)) + RNG.normal(0, 5, (60, 60)))[None]
    error = counting.relative_errors(image, [ring])
    assert error.size == 1 and abs(error[0]) < 0.1, error
    assert counting.count(image, ring - 18) is None
    assert counting.relative_errors(image, [ring], least=200).size == 0
    value, blunders = counting.rmse(np.array([0.03, -0.04, 0.9]))
    assert np.isclose(value, 100 * np.sqrt(0.00125)) and np.isclose(blunders, 1 / 3)


def test_differencing():
    before = RNG.normal(1000, 20, (3, 100, 100)).astype(np.float32)
    after = 1.2 * before - 50 + RNG.normal(0, 2, before.shape).astype(np.float32)
    for r, c in ((10, 10), (40, 40), (70, 20)):
        after[:, r:r + 4, c:c + 4] += 400
    after[:, 90, 90] += 900
    for method in ("sd", "otsu"):
        assert differencing.objects(before, after, method=method) == 3
    hidden = np.zeros((100, 100), bool)
    hidden[:30, :30] = True
    assert differencing.objects(before, after, hidden) == 2


def main():
    tests = {k: v for k, v in globals().items() if k.startswith("test_")}
    print(f"TAP version 13\n1..{len(tests)}")
    for i, (name, test) in enumerate(tests.items(), 1):
        test()
        print(f"ok {i} - {name[5:].replace('_', ' ')}")


if __name__ == "__main__":
    main()
