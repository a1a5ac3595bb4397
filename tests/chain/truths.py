#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Truths of the shared samples in the shape that `revisit score --truth` reads.

usage: truths.py SOURCE.json OUT.geojson     (the plant's masks go to a folder "truth" beside OUT)
SOURCE: data/plant/truth/truth.json or data/truth/SERIES.json
"""
import json
import os
import subprocess
import sys

PLANT_KINDS = {"entrance_works": "portal_works"}
# kind of the series' events: kind, event
SERIES_KINDS = {"new_building": ("building", "new"), "extension": ("building", "extended"),
                "demolition": ("building", "demolished"), "temporary": ("temporary", "works"),
                "ground_works": ("earthworks", "works"), "road": ("road", "works")}


def to_lonlat(rings, crs):
    """Rings of map coordinates as closed rings of longitude and latitude, one program run for all."""
    text = "\n".join(f"{p[0]:.6f} {p[1]:.6f}" for ring in rings for p in ring)
    out = subprocess.run(["gdaltransform", "-s_srs", crs, "-t_srs", "EPSG:4326", "-output_xy"], input=text, capture_output=True,
                         text=True, check=True).stdout.split("\n")
    points = iter([float(v) for v in line.split()[:2]] for line in out if line.strip())
    return [close([next(points) for _ in ring]) for ring in rings]


def close(ring):
    ring = [list(p[:2]) for p in ring]
    return ring if ring[0] == ring[-1] else ring + ring[:1]


def feature(ring, **properties):
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def building(b, ring):
    """A building of the plant; nothing is known of the times of an old one."""
    new = b["new"]
    return feature(ring, id=b["id"], kind=b["class"], event="new" if new else "none", likelihood=1,
                   area_m2=b.get("roof_area_m2") or b["area_m2"], wall_area_m2=b["area_m2"], height_m=b["height_m"],
                   start=b["start_date"] if new else None, complete=b["completion_date"] if new else None,
                   last_absent=b["last_clear_absent"] if new else None,
                   first_present=b["first_clear_present"] if new else None, clear=b["clear_dates"])


def change(i, c, ring):
    kind = PLANT_KINDS.get(c["kind"], c["kind"])
    return feature(ring, id=f"w{i + 1:03d}", kind=kind, event="works", likelihood=1, start=c["start_date"],
                   complete=c["completion_date"], nuisance=c.get("nuisance", False))


def plant(truth):
    crs = f"EPSG:{truth['epsg']}"
    gt = truth["transform"]
    if len(gt) == 6 and gt[2] == 0 and gt[4] == 0:  # x0, dx, 0, y0, 0, dy, as GDAL has it
        gt = [float(v) for v in gt]
    frames = {f["date"]: {"time": f["datetime"], "M": f["M"], "H": None, "kind": "affine", "sigma_px": 0,
                          "cloudy": f["cloud_share"] > 0.05, "cloud_share": f["cloud_share"],
                          "sun_elevation_deg": f["sun_elevation"]} for f in truth["frames"]}
    outlines = [b.get("roof_polygon") or b["wall_polygon"] for b in truth["buildings"]]
    outlines += [c["polygon"] for c in truth["other_changes"]]
    rings = to_lonlat(outlines, crs)
    n = len(truth["buildings"])
    features = [building(b, r) for b, r in zip(truth["buildings"], rings)]
    features += [change(i, c, r) for i, (c, r) in enumerate(zip(truth["other_changes"], rings[n:]))]
    return {"type": "FeatureCollection", "suite": truth["suite"], "seed": truth["seed"], "reference": truth["frames"][0]["date"],
            "grid": {"crs": crs, "gt": gt, "width": truth["width"], "height": truth["height"], "gsd_m": truth["gsd"]},
            "frames": frames, "features": features}


def plant_masks(truth, source, out):
    """The plant's masks have the classes of ours: bytes after a header of numpy's, which ends in a line feed."""
    place = os.path.join(os.path.dirname(out), "truth")
    os.makedirs(place, exist_ok=True)
    for f in truth["frames"]:
        npy, raw = os.path.join(os.path.dirname(source), f["cloud_mask"]), os.path.join(place, "raw")
        if not os.path.exists(npy):
            continue
        size = truth["width"] * truth["height"]
        with open(npy, "rb") as file:
            samples = file.read()[-size:]
        with open(raw, "wb") as file:
            file.write(samples)
        with open(raw + ".hdr", "w", encoding="utf-8") as file:
            file.write(f"ENVI\nsamples = {truth['width']}\nlines = {truth['height']}\nbands = 1\ndata type = 1\n"
                       "interleave = bsq\nheader offset = 0\nfile type = ENVI Standard\nbyte order = 0\n")
        subprocess.run(["gdal_translate", "-q", raw, os.path.join(place, f["date"] + "_mask.tif")], check=True)
        os.remove(raw)
        os.remove(raw + ".hdr")


def stem(name):
    return os.path.splitext(name)[0]


def series(truth, certain=False):
    """Events drawn by eye in pixels of a reference frame; no days, only brackets by frames."""
    frames = {stem(f["file"]): {"time": f["date_from_name"], "M": None, "H": truth["transforms"].get(f["file"], {}).get("homography"),
                                "kind": "homography", "sigma_px": None} for f in truth["frames"]}
    features = []
    for e in truth["events"]:
        if certain and not e["certain"]:
            continue
        kind, event = SERIES_KINDS.get(e["kind"], ("other", "works"))
        absent, present = stem(e["last_frame_absent"]), stem(e["first_frame_present"])
        features.append(feature(close(e["polygon_ref_px"]), id=e["id"], kind=kind, event=event, likelihood=1,
                                last_absent=absent, first_present=present, images_absent=[absent], images_present=[present],
                                clear=[stem(f) for f in e["covered_in"]], certain=e["certain"]))
    width, height = truth["reference_size"]
    return {"type": "FeatureCollection", "suite": truth["series"], "crs_less": True, "reference": stem(truth["reference_frame"]),
            "grid": {"crs": None, "gt": None, "width": width, "height": height, "gsd_m": truth["gsd_m"]},
            "frames": frames, "features": features}


def convert(source, out, **options):
    """Write the converted truth and return it."""
    with open(source, encoding="utf-8") as file:
        truth = json.load(file)
    made = plant(truth) if "buildings" in truth else series(truth, **options)
    with open(out, "w", encoding="utf-8") as file:
        json.dump(made, file)
    if "buildings" in truth:
        plant_masks(truth, source, out)
    return made


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    convert(sys.argv[1], sys.argv[2])
