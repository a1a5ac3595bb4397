# SPDX-License-Identifier: Apache-2.0
"""Transforms that were found, held against true ones. Both map pixels of a frame to pixels of a reference, each to its own."""
import numpy as np


def matrix(frame):
    """3 x 3 of a frame in the interchange shape."""
    if frame.get("H"):
        return np.array(frame["H"], float)
    return np.array(frame["M"] + [[0, 0, 1]], float)


def apply(m, points):
    wide = np.column_stack([points, np.ones(len(points))]) @ m.T
    return wide[:, :2] / wide[:, 2:]


def departures(found, true, reference_true, points):
    """Distance in pixels of the found reference between where points of a frame go and where they belong."""
    return np.hypot(*(apply(found, points) - apply(np.linalg.inv(reference_true) @ true, points)).T)


def centre_error(found, scene):
    """(frame, px) of each trusted frame but the reference, at the centre of the image, where the ground there is displaced by
    what the scene's truth says."""
    reference = found["reference"]
    rows, cols = scene.image(reference).shape[1:]
    centre = np.array([[cols / 2, rows / 2]])
    at = lambda field: field[:, rows // 2, cols // 2]
    out = []
    for name, frame in found["frames"].items():
        if name != reference and frame["trusted"] and name in scene.frames:
            seen = centre + at(scene.displacement(name))
            belongs = centre + at(scene.displacement(reference))
            out.append((name, float(np.hypot(*(apply(matrix(frame), seen) - belongs)[0]))))
    return out
