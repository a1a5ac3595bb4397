# SPDX-License-Identifier: Apache-2.0
"""What the bench programs share: rasters as float arrays, the scenes that `revisit simulate` writes with their truth, and
the few pixel operations that numpy lacks (box means, connected parts, distance to a polygon).

Pixel positions have corners at integers, as everywhere in the project: the centre of the first pixel is (.5, .5).
"""
import glob
import json
import os

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()
osr.UseExceptions()
gdal.PushErrorHandler("CPLQuietErrorHandler")

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SHARED = os.environ.get("REVISIT_SHARED") or os.path.join(SOURCE, "..", "shared")
CHANGED = ("new", "extended", "replaced", "demolished")


def read(path):
    """Bands of a raster as float32 [band, row, col]; an alpha band is left out."""
    data = gdal.Open(path)
    bands = [data.GetRasterBand(i + 1) for i in range(data.RasterCount)]
    return np.stack([b.ReadAsArray() for b in bands if b.GetColorInterpretation() != gdal.GCI_AlphaBand]).astype(np.float32)


def grey(image):
    """Mean of the bands."""
    return image.mean(axis=0)


def geotransform(path):
    return gdal.Open(path).GetGeoTransform()


def read_mask(path):
    return read(path)[0] > 0


def to_pixels(path, ring):
    """Positions of a lon/lat ring in an image, closing point dropped; an image without a CRS has rings in pixels."""
    data, points = gdal.Open(path), np.array([p[:2] for p in ring[:-1]], float)
    if not data.GetProjection():
        return points
    target, source = osr.SpatialReference(wkt=data.GetProjection()), osr.SpatialReference()
    source.ImportFromEPSG(4326)
    for system in (source, target):
        system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    moved = np.array(osr.CoordinateTransformation(source, target).TransformPoints(points.tolist()))[:, :2]
    g = np.array(data.GetGeoTransform())
    return np.linalg.solve(np.array([[g[1], g[2]], [g[4], g[5]]]), (moved - g[[0, 3]]).T).T


def fill(rings, shape):
    """Pixels whose centre is inside the rings, by the even-odd rule."""
    out = np.zeros(shape, bool)
    every = np.concatenate(rings)
    r0, r1 = np.clip([np.floor(every[:, 1].min()), np.ceil(every[:, 1].max())], 0, shape[0]).astype(int)
    cols = np.arange(shape[1]) + 0.5
    for row in range(r0, r1):
        y = row + 0.5
        for ring in rings:
            a, b = ring, np.roll(ring, -1, axis=0)
            cut = (a[:, 1] > y) != (b[:, 1] > y)
            x = a[cut, 0] + (y - a[cut, 1]) / (b[cut, 1] - a[cut, 1]) * (b[cut, 0] - a[cut, 0])
            out[row] ^= np.searchsorted(np.sort(x), cols) % 2 == 1
    return out


class Scene:
    """A folder written by `revisit simulate`: images in order of time, and the truth beside them."""

    def __init__(self, folder):
        self.folder = folder
        self.paths = {os.path.basename(p)[:-4]: p for p in sorted(glob.glob(os.path.join(folder, "*.tif")))}
        if not self.paths:
            raise FileNotFoundError(f"{folder}: no images")
        with open(os.path.join(folder, "truth.geojson"), encoding="utf-8") as file:
            self.truth = json.load(file)
        self.ids = list(self.paths)
        self.reference = self.truth.get("reference", self.ids[0])
        self.frames = self.truth.get("frames", {})
        self.features = self.truth["features"]
        self._cache = {}

    def image(self, name):
        if name not in self._cache:
            self._cache = {k: v for k, v in self._cache.items() if k == self.reference}
            self._cache[name] = read(self.paths[name])
        return self._cache[name]

    def extra(self, name):
        """Raster of the truth folder, or None where the simulator does not write it."""
        path = os.path.join(self.folder, "truth", name)
        return read(path) if os.path.exists(path) else None

    def clear(self, name, most=0.05):
        """Whether a frame has next to no cloud."""
        frame = self.frames.get(name, {})
        return frame["cloud_share"] <= most if "cloud_share" in frame else not frame.get("cloudy", False)

    def clouded(self, name):
        """True where cloud or shadow lies; all false where no mask is given."""
        mask = self.extra(name + "_mask.tif")
        return np.isin(mask[0], (1, 2, 3, 255)) if mask is not None else np.zeros(self.image(name).shape[1:], bool)

    def displacement(self, name):
        """[2, row, col]: ground at pixel p of the reference is seen at p + d(p). Without the raster, from the matrix M."""
        field = self.extra(name + "_displacement.tif")
        if field is not None:
            return field
        m = np.array(self.frames[name]["M"] + [[0, 0, 1]], float)
        inverse = np.linalg.inv(m)
        rows, cols = np.mgrid[0:self.image(name).shape[1], 0:self.image(name).shape[2]] + 0.5
        return np.stack([inverse[k, 0] * cols + inverse[k, 1] * rows + inverse[k, 2] - p for k, p in enumerate((cols, rows))])

    def pixels(self, ring):
        """Positions of a lon/lat ring in the reference image, closing point dropped."""
        return to_pixels(self.paths[self.reference], ring)

    def change(self):
        """Pixels of new, extended and demolished roofs, first against last frame."""
        mask = self.extra("change.tif")
        if mask is not None:
            return mask[0] > 0
        out = np.zeros(self.image(self.reference).shape[1:], bool)
        for f in self.features:
            if f["properties"]["event"] in CHANGED:
                out |= fill([self.pixels(r) for r in f["geometry"]["coordinates"]], out.shape)
        return out


def box_mean(image, size):
    """Mean over size x size pixels, edges repeated."""
    before, after = (size - 1) // 2, size // 2
    out = image.astype(np.float64)
    for axis in (0, 1):
        widths = [(before + 1, after) if a == axis else (0, 0) for a in (0, 1)]
        total = np.cumsum(np.pad(out, widths, mode="edge"), axis=axis)
        n = total.shape[axis]
        out = (np.take(total, range(size, n), axis) - np.take(total, range(0, n - size), axis)) / size
    return out


def runs(mask):
    """(row, first column, column after the last) of each run of true pixels, row by row."""
    wide = np.pad(mask.astype(np.int8), ((0, 0), (1, 1)))
    step = np.diff(wide, axis=1)
    row, begin = np.nonzero(step == 1)
    return row, begin, np.nonzero(step == -1)[1]


def parts(mask):
    """8-connected parts: their number, and the size in pixels of each. Runs of neighbouring rows that touch are joined,
    and the least label spreads until nothing changes."""
    row, begin, end = runs(mask)
    label = np.arange(row.size)
    key = row.astype(np.int64) * (2 * mask.shape[1] + 4)
    # Runs above that touch run i: those that end at or after its beginning and begin at or before its end.
    above = key - (2 * mask.shape[1] + 4)
    first = np.searchsorted(key + end, above + begin)
    last = np.searchsorted(key + begin, above + end, side="right")
    count = np.maximum(last - first, 0)
    lower = np.repeat(np.arange(row.size), count)
    upper = np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())
    while True:
        least = np.minimum(label[lower], label[upper])
        new = label.copy()
        np.minimum.at(new, lower, least)
        np.minimum.at(new, upper, least)
        new = new[new]
        if np.array_equal(new, label):
            break
        label = new
    sizes = np.bincount(label, weights=end - begin, minlength=row.size).astype(int)
    return sizes[sizes > 0]


def depth_inside(ring, shape, margin):
    """Window (two slices) around a polygon, and the distance of its pixel centres from the outline, positive inside."""
    lo, hi = np.floor(ring.min(axis=0) - margin).astype(int), np.ceil(ring.max(axis=0) + margin).astype(int)
    (c0, r0), (c1, r1) = np.maximum(lo, 0), np.minimum(hi, shape[::-1])
    rows, cols = np.mgrid[r0:max(r0, r1), c0:max(c0, c1)] + 0.5
    nearest, inside = np.full(rows.shape, np.inf), np.zeros(rows.shape, bool)
    for a, b in zip(ring, np.roll(ring, -1, axis=0)):
        d = b - a
        t = np.clip(((cols - a[0]) * d[0] + (rows - a[1]) * d[1]) / max(d @ d, 1e-12), 0, 1)
        nearest = np.minimum(nearest, np.hypot(cols - a[0] - t * d[0], rows - a[1] - t * d[1]))
        if a[1] != b[1]:
            inside ^= ((a[1] > rows) != (b[1] > rows)) & (cols < a[0] + (rows - a[1]) / d[1] * d[0])
    return (slice(r0, r1), slice(c0, c1)), np.where(inside, nearest, -nearest)


def area(ring):
    """Shoelace, unsigned."""
    x, y = ring[:, 0], ring[:, 1]
    return abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def spread(values):
    """Median and scaled median absolute deviation."""
    middle = np.median(values)
    return middle, 1.4826 * np.median(np.abs(values - middle)) + 1e-9


def fit_gain(image, reference, rounds=3):
    """Image brought to the reference by one gain and offset a band, so that means and deviations agree over the pixels whose
    difference is within 3 robust sd, anew each round. Not least squares: where textures do not line up that draws the gain
    towards zero, and new bright roofs with it."""
    out = np.empty_like(image)
    for k, (a, b) in enumerate(zip(image.astype(np.float64), reference)):
        (middle_a, spread_a), (middle_b, spread_b) = spread(a), spread(b)
        gain = spread_b / spread_a
        offset = middle_b - gain * middle_a
        for _ in range(rounds):
            off = gain * a + offset - b
            middle, width = spread(off)
            keep = np.abs(off - middle) <= 3 * width
            gain = b[keep].std() / max(a[keep].std(), 1e-9)
            offset = b[keep].mean() - gain * a[keep].mean()
        out[k] = gain * a + offset
    return out
