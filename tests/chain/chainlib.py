# SPDX-License-Identifier: Apache-2.0
"""What the chain tests share: running the program, TAP, polygons by scanlines, rasters by the GDAL programs."""
import array
import json
import os
import subprocess
import sys
import tempfile

REVISIT = sys.argv[1] if len(sys.argv) > 1 else "revisit"
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get("REVISIT_SHARED") or os.path.join(SOURCE, "..", "shared")
count = failed = 0


def note(text):
    print("# " + str(text))


def check(condition, name):
    global count, failed
    count += 1
    failed += not condition
    print(f"{'ok' if condition else 'not ok'} {count} - {name}", flush=True)
    return condition


def skip(name, reason):
    global count
    count += 1
    print(f"ok {count} - {name} # SKIP {reason}")


def finish():
    print(f"1..{count}")
    sys.exit(1 if failed else 0)


def shared(path):
    """Path below the shared data folder, or None."""
    full = os.path.join(SHARED, path)
    return full if os.path.exists(full) else None


def need_shared(path, name):
    found = shared(path)
    if not found:
        skip(name, "no shared data")
        finish()
    return found


def run(*args, env=None):
    return subprocess.run([REVISIT, *map(str, args)], capture_output=True, text=True, env={**os.environ, **(env or {})})


def folder():
    return tempfile.TemporaryDirectory(prefix="revisit-")


def is_built(feature):
    """Whether a building came or grew; a cluster repeats its houses."""
    p = feature["properties"]
    return p["event"] in ("new", "extended", "replaced") and p["kind"] != "housing_cluster"


def structures(case):
    result = run("show", case, "structures", "--geojson")
    return json.loads(result.stdout)["features"] if result.returncode == 0 else []


def outer(feature):
    """Outer ring of a feature, the last point not repeated."""
    return [tuple(p[:2]) for p in feature["geometry"]["coordinates"][0][:-1]]


def project(points, source, target):
    """Points through gdaltransform, traditional axis order."""
    text = "\n".join(f"{x:.10f} {y:.10f}" for x, y in points)
    out = subprocess.run(["gdaltransform", "-s_srs", source, "-t_srs", target, "-output_xy"], input=text, capture_output=True,
                         text=True, check=True).stdout
    return [tuple(float(v) for v in line.split()[:2]) for line in out.splitlines() if line.strip()]


def spans(ring, y):
    """Where a horizontal line is inside a ring."""
    xs = []
    for (xa, ya), (xb, yb) in zip(ring, ring[1:] + ring[:1]):
        if (ya > y) != (yb > y):
            xs.append(xa + (y - ya) / (yb - ya) * (xb - xa))
    xs.sort()
    return list(zip(xs[::2], xs[1::2]))


def overlap(a, b, lines=200):
    """Areas of a, of b and of their intersection, by horizontal lines."""
    ys = [p[1] for p in a + b]
    lo, hi = min(ys), max(ys)
    step = (hi - lo) / lines or 1.0
    total = [0.0, 0.0, 0.0]
    for i in range(lines):
        y = lo + (i + 0.5) * step
        sa, sb = spans(a, y), spans(b, y)
        total[0] += sum(r - l for l, r in sa) * step
        total[1] += sum(r - l for l, r in sb) * step
        total[2] += sum(max(0.0, min(r, q) - max(l, p)) for l, r in sa for p, q in sb) * step
    return total


def iou(a, b):
    box = lambda ring: (min(p[0] for p in ring), min(p[1] for p in ring), max(p[0] for p in ring), max(p[1] for p in ring))
    p, q = box(a), box(b)
    if p[2] < q[0] or q[2] < p[0] or p[3] < q[1] or q[3] < p[1]:
        return 0.0
    area_a, area_b, both = overlap(a, b)
    return both / (area_a + area_b - both) if both > 0 else 0.0


def match(truth, found, least=0.25):
    """Greedy one-to-one pairs by falling IoU: {truth index: (found index, iou)}."""
    pairs = sorted(((iou(t, f), i, j) for i, t in enumerate(truth) for j, f in enumerate(found)), reverse=True)
    taken, out = set(), {}
    for score, i, j in pairs:
        if score > least and i not in out and j not in taken:
            out[i] = (j, score)
            taken.add(j)
    return out


def raster_bytes(path, place):
    """Samples of a one-band byte raster."""
    raw = os.path.join(place, "raw.bin")
    subprocess.run(["gdal_translate", "-q", "-of", "ENVI", "-ot", "Byte", "-b", "1", path, raw], check=True)
    with open(raw, "rb") as file:
        return array.array("B", file.read())


def burn(features, like, place):
    """Polygons burnt on the grid of a raster, as bytes 0 or 255."""
    geojson, tif = os.path.join(place, "burn.geojson"), os.path.join(place, "burn.tif")
    with open(geojson, "w", encoding="utf-8") as file:
        json.dump({"type": "FeatureCollection", "features": features}, file)
    subprocess.run(["gdal_translate", "-q", "-b", "1", "-ot", "Byte", "-scale", "0", "1", "0", "0", like, tif], check=True)
    if features:
        subprocess.run(["gdal_rasterize", "-q", "-burn", "255", geojson, tif], check=True)
    return raster_bytes(tif, place)
