# SPDX-License-Identifier: Apache-2.0
"""Shift of windows by phase correlation, the sub-pixel part from the neighbour of the peak.

Method: phase correlation [kuglin1975] of windows of 128 px under the root of a Hann taper; per axis the larger neighbour
s of the main peak m moves the answer by s / (s + m) towards it [foroosh2002], as AROSICS does [scheffler2017]. The formula
holds for images that were shifted by a whole number of fine pixels and then averaged; blur, taper and change bias it.
"""
import numpy as np

WINDOW, STEP = 128, 64


def taper(n):
    hann = np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 2
    return np.sqrt(np.outer(hann, hann))


def side(main, low, high):
    """Sub-pixel part on one axis, signed towards the larger neighbour."""
    best = max(low, high)
    if best <= 0 or main <= 0:
        return 0.0
    return best / (best + main) * (1 if high > low else -1)


def shift(reference, image, weight=None):
    """(dx, dy): what is at p of the reference is at p + d of the image. Both n x n."""
    n = reference.shape[0]
    weight = taper(n) if weight is None else weight
    a, b = (np.fft.fft2((w - w.mean()) * weight) for w in (reference, image))
    cross = b * np.conj(a)
    surface = np.real(np.fft.ifft2(cross / np.maximum(np.abs(cross), 1e-12)))
    row, col = np.unravel_index(np.argmax(surface), surface.shape)
    main = surface[row, col]
    dx = side(main, surface[row, col - 1], surface[row, (col + 1) % n])
    dy = side(main, surface[row - 1, col], surface[(row + 1) % n, col])
    whole = [k - n if k > n // 2 else k for k in (col, row)]
    return whole[0] + dx, whole[1] + dy


def windows(shape, size=WINDOW, step=STEP):
    for row in range(0, shape[0] - size + 1, step):
        for col in range(0, shape[1] - size + 1, step):
            yield slice(row, row + size), slice(col, col + size)


def errors(reference, image, displacement, hidden, size=WINDOW, step=STEP):
    """[window, 2]: estimated less true shift, of windows with at most 5 % hidden pixels."""
    weight, out = taper(size), []
    for window in windows(reference.shape, size, step):
        if hidden[window].mean() > 0.05:
            continue
        got = shift(reference[window], image[window], weight)
        true = [np.average(displacement[k][window], weights=weight) for k in (0, 1)]
        out.append((got[0] - true[0], got[1] - true[1]))
    return np.array(out).reshape(-1, 2)


def rmse(error, blunder=1.0):
    """(RMSE per axis in px, share of windows off by more than a pixel), those left out of the first. Per axis is the kinder
    reading: as lengths the errors are 1.4 times as large."""
    good = np.hypot(error[:, 0], error[:, 1]) <= blunder
    return (np.sqrt((error[good] ** 2).mean()) if good.any() else np.nan), 1 - good.mean() if good.size else np.nan
