# SPDX-License-Identifier: Apache-2.0
"""Where a transform that was found by eye and SIFT may be believed. The truth of the real series says in how many cells of a
6 x 4 grid over the reference it has matches, not in which; beyond them it is extrapolated, by up to 12 px. So a cell counts
as filled where the images themselves bear the truth out: the frame, moved by the true homography, has its phase
correlation peak with the reference within 3 px, the limit of the truth's own RANSAC. Ours takes no part in that."""
import numpy as np

from images import grey, read

COLS, ROWS, LIMIT_PX, SD_MIN = 6, 4, 3.0, 6.0


def gradient(plane):
    """Magnitude, cut off at its median: edges count, whatever their contrast."""
    gy, gx = np.gradient(plane)
    size = np.hypot(gx, gy)
    return np.minimum(size, np.median(size))


def moved(frame, true, box):
    """A frame as seen in a box (col0, row0, col1, row1) of the reference, bilinear; NaN outside."""
    cols, rows = np.meshgrid(np.arange(box[0], box[2]) + 0.5, np.arange(box[1], box[3]) + 0.5)
    wide = np.linalg.inv(true) @ np.stack([cols.ravel(), rows.ravel(), np.ones(cols.size)])
    x, y = wide[0] / wide[2] - 0.5, wide[1] / wide[2] - 0.5
    j, i = np.floor(x).astype(int), np.floor(y).astype(int)
    inside = (j >= 0) & (i >= 0) & (j + 1 < frame.shape[1]) & (i + 1 < frame.shape[0])
    j, i, a, b = np.where(inside, j, 0), np.where(inside, i, 0), x - np.floor(x), y - np.floor(y)
    v = (1 - b) * ((1 - a) * frame[i, j] + a * frame[i, j + 1]) + b * ((1 - a) * frame[i + 1, j] + a * frame[i + 1, j + 1])
    return np.where(inside, v, np.nan).reshape(cols.shape)


def borne_out(there, here):
    """Whether two views of one place peak within the limit of one another, clearly above everything else."""
    seen = np.isfinite(there)
    if seen.mean() < 0.5:
        return False
    taper = np.outer(np.hanning(here.shape[0]), np.hanning(here.shape[1]))
    planes = [gradient(np.where(seen, p, np.nanmean(there))) * seen for p in (there, here)]
    spectra = [np.fft.fft2((p - p[seen].mean()) * seen * taper) for p in planes]
    cross = spectra[0] * np.conj(spectra[1])
    f = np.hypot(*np.meshgrid(np.fft.fftfreq(here.shape[1]), np.fft.fftfreq(here.shape[0])))
    surface = np.fft.ifft2(cross / (np.abs(cross) + 1e-9) * np.exp(-((f / 0.22) ** 2))).real
    row, col = np.unravel_index(surface.argmax(), surface.shape)
    off = np.hypot(min(row, here.shape[0] - row), min(col, here.shape[1] - col))
    return off <= LIMIT_PX and surface.max() > SD_MIN * surface.std()


def boxes(size):
    edges = [np.linspace(0, size[k], n + 1).astype(int) for k, n in ((0, COLS), (1, ROWS))]
    return [(edges[0][c], edges[1][r], edges[0][c + 1], edges[1][r + 1]) for r in range(ROWS) for c in range(COLS)]


def filled(frame_path, reference_path, true):
    """Boxes of the cells of the reference in which the true homography holds."""
    frame, reference = grey(read(frame_path)), grey(read(reference_path))
    found = []
    for box in boxes(reference.shape[::-1]):
        here = reference[box[1]:box[3], box[0]:box[2]]
        if borne_out(moved(frame, true, box), here):
            found.append(box)
    return found
