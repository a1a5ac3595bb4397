# SPDX-License-Identifier: Apache-2.0
"""The shared series `plant`, drawn by a renderer that is not ours, in the shape of our own scenes: so that naive methods and
rows read it as they read any other scene."""
import glob
import json
import os

import numpy as np

from images import Scene, geotransform

CLEAR_SHARE = 0.10


class PlantScene(Scene):
    def __init__(self, folder):
        self.folder = folder
        self.paths = {os.path.basename(p)[:-4]: p for p in sorted(glob.glob(os.path.join(folder, "*.tif")))}
        with open(os.path.join(folder, "truth", "truth.json"), encoding="utf-8") as file:
            self.raw = json.load(file)
        self.ids, self._cache = list(self.paths), {}
        self.reference = self.ids[0]
        self.frames = {f["date"]: {"M": f["M"], "band_shift": f["band_shift_px"], "cloud_share": self.cloud(f["date"]).mean()}
                       for f in self.raw["frames"]}
        self.features = [self.feature(b) for b in self.raw["buildings"]]
        self.truth = {"reference": self.reference, "frames": self.frames, "features": self.features}

    def cloud(self, name):
        path = os.path.join(self.folder, "truth", name + ".cloud.npy")
        hidden = np.load(path)
        return (hidden if hidden.ndim == 2 else hidden[0]).astype(float) > 0.1

    def feature(self, b):
        ring = [list(p[:2]) for p in (b.get("roof_polygon") or b["wall_polygon"])]
        kind = "hall" if b["class"] == "hall" else b["class"]
        return {"geometry": {"coordinates": [ring + ring[:1]]},
                "properties": {"id": b["id"], "kind": kind, "event": "new" if b["new"] else "none",
                               "complete": b["completion_date"], "area_m2": b["roof_area_m2"],
                               "last_absent": b["last_clear_absent"], "first_present": b["first_clear_present"]}}

    def pixels(self, ring):
        """Rings are in the UTM coordinates of the grid."""
        g = geotransform(self.paths[self.reference])
        return (np.array(ring[:-1], float)[:, :2] - (g[0], g[3])) / (g[1], g[5])

    def clouded(self, name):
        return self.cloud(name)

    def displacement(self, name):
        """From M, less the mean offset of the frame's bands over the reference's. The sign is the renderer's: taken the other
        way, found shifts are off by twice the offset in the same direction on every frame (.08 px instead of .00)."""
        band = [np.mean(self.frames[k]["band_shift"], axis=0) for k in (name, self.reference)]
        return super().displacement(name) - (band[0] - band[1])[:, None, None]
