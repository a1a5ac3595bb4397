#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pictures without a CRS and images of other kinds: the solar farm is found and dated by year brackets; frames that cannot
be used are named with their reason, never dropped silently.

usage: pictures.py REVISIT [garching]    the named series alone"""
import glob
import json
import os
import sys

from chainlib import SHARED, check, finish, folder, iou, need_shared, note, outer, run, structures

SOLAR_RECALL_FLOOR, SOLAR_DATES_FLOOR = 1.0, 20 / 21


def centre_in(ring, box):
    x = sum(p[0] for p in ring) / len(ring)
    y = sum(p[1] for p in ring) / len(ring)
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def covered(event, ring):
    """Share of the event's polygon inside a finding, roughly: IoU, or the finding lies mostly inside the event."""
    return iou(event, ring)


def solar(place):
    truth = json.load(open(need_shared("data/truth/solar_farm.json", "the solar farm is read to the end"), encoding="utf-8"))
    images = sorted(glob.glob(SHARED + "/data/series/SolarFarm/*.jpg"))
    case = place + "/s.case"
    result = run("run", *images, "--mask-box=0,-56,210,-1", "--out", case)
    check(result.returncode in (0, 5), f"the solar farm is read to the end (exit {result.returncode})")
    reference = json.loads(run("show", case, "transforms", "--json").stdout)["reference"]
    frames = json.loads(run("show", case, "transforms", "--json").stdout)["frames"]
    note(f"reference {reference}; trusted {sum(1 for f in frames.values() if f['trusted'])} of {len(frames)}")
    found = [f for f in structures(case) if f["properties"]["event"] != "none"]
    rings = [outer(f) for f in found]
    events = [e for e in truth["events"] if e.get("certain", True)]
    hit, dated, first = 0, 0, 0
    for e in events:
        ring = [tuple(p) for p in e["polygon_ref_px"]]
        near = [(iou(ring, r), f) for r, f in zip(rings, found)]
        near = [(s, f) for s, f in near if s > 0.1]
        hit += bool(near)
        if near:
            names = [e["last_frame_absent"].split(".")[0], e["first_frame_present"].split(".")[0]]
            finished = any(f["properties"]["images_absent"][:1] + f["properties"]["images_present"][:1] == names for _, f in near)
            # The list tells when something was first there: where that was works, their onset has the bracket.
            begun = any([(f["properties"][k] or "")[:7].replace("-", "_") for k in ("works_first", "works_seen")] == names for _, f in near)
            dated += finished or begun
            first += finished
    stable = sum(1 for r in rings if any(centre_in(r, b) for b in truth["stable_boxes"]))
    note(f"solar farm: {len(found)} findings; events found {hit} of {len(events)}, with the right year bracket {dated} ({first} as finished, the others as works); in stable boxes {stable}")
    check(len(found) > 0, "something of the solar farm is found")
    check(hit >= SOLAR_RECALL_FLOOR * len(events), f"at least {SOLAR_RECALL_FLOOR:.0%} of its events are found")
    check(dated >= SOLAR_DATES_FLOOR * len(events), f"at least {SOLAR_DATES_FLOOR:.0%} are dated by the right years, as finished or as works")
    check(os.path.getsize(case + "/reports/report.html") > 10_000, "its report is written")


def whole_or_reasons(name, images, place, *options):
    """Every image is either in the stack or named on stderr."""
    case = f"{place}/{name}.case"
    result = run("run", *images, *options, "--out", case)
    check(result.returncode in (0, 3, 5), f"{name} ends with a report or reasons (exit {result.returncode})")
    shown = run("show", case, "transforms", "--json")
    frames = json.loads(shown.stdout)["frames"] if shown.returncode == 0 else {}
    silent = []
    for path in images:
        stem = os.path.splitext(os.path.basename(path))[0]
        used = frames.get(stem, {}).get("trusted")
        if not used and stem not in result.stderr:
            silent.append(stem)
    used = sum(1 for f in frames.values() if f["trusted"])
    note(f"{name}: {used} of {len(images)} images used, {len(structures(case))} structures; {result.stderr.strip()[:600]!r}")
    check(not silent, f"{name}: no image is dropped silently {silent}")
    return case


def main():
    with folder() as place:
        if "garching" in sys.argv[2:]:
            need_shared("data/series/Garching", "garching is read to the end")
            whole_or_reasons("garching", sorted(glob.glob(SHARED + "/data/series/Garching/*.jpg")), place)
            finish()
        solar(place)
        whole_or_reasons("taizhou", [SHARED + "/data/taizhou/2000TM", SHARED + "/data/taizhou/2003TM"], place, "--time", "2000-03-17",
                         "--time", "2003-02-06")
    finish()


main()
