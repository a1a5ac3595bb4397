#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hold found structures against a drawing's truth: for each drawn building, whether it was found (intersection over
union of at least .25), its event, its dates, and whether its true area lies inside the stated interval.

usage: compare_truth.py TRUTH.geojson FOUND.geojson [--strict]
--strict: exit 1 unless every drawn building is found and every true area lies in its interval.
"""
import json
import math
import sys


def rings(feature):
    return feature["geometry"]["coordinates"]


def area(ring):
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:])) / 2


def clip(subject, a, b):
    """Sutherland-Hodgman: the part of subject to the left of the line a-b."""
    out = []
    side = lambda p: (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
    for p, q in zip(subject, subject[1:] + subject[:1]):
        sp, sq = side(p), side(q)
        if sp >= 0:
            out.append(p)
        if (sp > 0) != (sq > 0) and sp != sq:
            t = sp / (sp - sq)
            out.append([p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])])
    return out


def iou(convex, other):
    """Of a convex truth ring and any simple ring, in local metres."""
    lat = convex[0][1]
    scale = (111320 * math.cos(math.radians(lat)), 110574) if abs(lat) <= 90 else (1, 1)
    local = lambda ring: [[(p[0] - convex[0][0]) * scale[0], (p[1] - convex[0][1]) * scale[1]] for p in ring]
    a, b = local(convex), local(other)
    if area(a) < 0:
        a.reverse()
    part = b[:-1]
    for p, q in zip(a, a[1:]):
        part = clip(part, p, q) if part else part
    inter = abs(area(part + part[:1])) if len(part) > 2 else 0
    return inter / (abs(area(a)) + abs(area(b)) - inter)


def main():
    strict = "--strict" in sys.argv
    truth, found = (json.load(open(p, encoding="utf-8"))["features"] for p in [a for a in sys.argv[1:] if a[0] != "-"][:2])
    used, bad = set(), 0
    print("drawn      event     true m2   found   stated m2 (95 %)          inside  bracket holds")
    for t in truth:
        p = t["properties"]
        best, score = None, 0.25
        for i, f in enumerate(found):
            s = iou(rings(t)[0], rings(f)[0])
            if i not in used and s > score:
                best, score = i, s
        if best is None:
            bad += 1
            print(f"{p['id']:10} {p['event']:8} {p['area_m2']:8.0f}   no")
            continue
        used.add(best)
        f = found[best]["properties"]
        inside = f["area_lo_m2"] is not None and f["area_lo_m2"] <= p["area_m2"] <= f["area_hi_m2"]
        same = (p["event"] == f["event"]) and (p["event"] == "none" or
                (f["last_absent"] or "") <= p["complete"][:10] <= (f["first_present"] or "9999"))
        bad += not inside
        shown = f"{f['area_m2']:.0f} ({f['area_lo_m2']:.0f}-{f['area_hi_m2']:.0f})" if f["area_m2"] else "-"
        print(f"{p['id']:10} {p['event']:8} {p['area_m2']:8.0f}   {f['id']:6}  {shown:24}  {'yes' if inside else 'NO':6}  {'yes' if same else 'NO'}")
    false = [found[i]["properties"]["id"] for i in range(len(found)) if i not in used and found[i]["properties"]["event"] != "none"]
    print(f"{len(truth)} drawn, {len(used)} found, {len(false)} changes found that were not drawn {' '.join(false)}")
    return 1 if strict and bad else 0


if __name__ == "__main__":
    sys.exit(main())
