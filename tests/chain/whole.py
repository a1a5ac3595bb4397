#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The chain on a drawn site: true areas inside their intervals, the same bytes for 1, 2 and 7 threads, a tampered byte
named, a killed run that goes on, bad input named with the right exit code. Needs nothing but the program."""
import glob
import hashlib
import json
import os
import re
import signal
import subprocess
import time

from chainlib import REVISIT, check, finish, folder, match, note, outer, run, structures


def digest(case):
    """Hashes of the exports and layers that must not depend on the thread count."""
    out = {}
    for pattern in ("layers/*", "reports/*", "reports/figures/*", "scenes/*"):
        for path in sorted(glob.glob(os.path.join(case, pattern))):
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    out[os.path.relpath(path, case)] = hashlib.sha256(file.read()).hexdigest()
    return out


def demo_truth(place):
    result = run("run", *sorted(glob.glob(place + "/images/*.tif")), "--site", place + "/images/site.geojson", "--out", place + "/d.case")
    check(result.returncode == 0, f"the drawn site is read to the end (exit {result.returncode}) {result.stderr.strip()[:300]}")
    truth = json.load(open(place + "/images/truth.geojson", encoding="utf-8"))["features"]
    found = structures(place + "/d.case")
    pairs = match([outer(t) for t in truth], [outer(f) for f in found])
    inside = dated = kind = 0
    for i, (j, _) in pairs.items():
        t, f = truth[i]["properties"], found[j]["properties"]
        inside += f["area_lo_m2"] <= t["area_m2"] <= f["area_hi_m2"]
        kind += t["event"] == f["event"]
        dated += t["event"] == "none" or (f["last_absent"] or "") <= t["complete"][:10] <= (f["first_present"] or "9999")
    false = len([f for j, f in enumerate(found) if j not in {j for j, _ in pairs.values()} and f["properties"]["event"] != "none"])
    note(f"drawn {len(truth)}, found {len(pairs)}, true area inside {inside}, event right {kind}, bracket holds {dated}, false changes {false}")
    check(len(pairs) == len(truth), "every drawn building is found")
    # As measured; the goal is all, all and none.
    check(inside >= len(pairs) - 2, "all true areas but two lie in their intervals")
    check(kind >= len(pairs) - 1 and dated >= len(pairs) - 2, "all events but one are right, and all brackets but two")
    check(false <= 1, "one thing that was not drawn is called a change, no more")


def report_is_self_contained(place):
    page = open(place + "/d.case/reports/report.html", encoding="utf-8").read()
    remote = re.findall(r'(?:src|href)\s*=\s*"(?!data:|#)[^"]*"|url\((?!data:)[^)]*\)|https?://', page)
    check(not remote, f"the report refers to nothing elsewhere {remote[:3]}")


def threads(place):
    images = sorted(glob.glob(place + "/images/*.tif"))
    seen = []
    for n in (1, 2, 7):
        case = f"{place}/threads/{n}/d.case"
        os.makedirs(os.path.dirname(case))
        run("run", *images, "--site", place + "/images/site.geojson", "--threads", n, "--out", case)
        seen.append(digest(case))
    differ = [k for k in seen[0] if any(s.get(k) != seen[0][k] for s in seen[1:])]
    check(len(seen[0]) > 5 and not differ, f"1, 2 and 7 threads give the same bytes {differ[:4]}")


def exports(place):
    case = place + "/d.case"
    layers = subprocess.run(["ogrinfo", "-q", case + "/case.gpkg"], capture_output=True, text=True)
    check(layers.returncode == 0 and "structures" in layers.stdout, "ogrinfo lists the layers of case.gpkg")
    parsed = all(isinstance(json.loads(run("show", case, kind, "--json").stdout), (list, dict))
                 for kind in ("scenes", "transforms", "gains", "structures", "measurements", "budget", "places", "runs"))
    check(parsed, "show --json parses for every table")
    run("show", case, "masks", "--out", place + "/masks")
    check(len(glob.glob(place + "/masks/*.tif")) == len(glob.glob(place + "/images/*.tif")), "one mask an image is written")


def tamper(place):
    case = place + "/d.case"
    good = run("verify", case)
    check(good.returncode == 0 and "verified" in good.stdout, f"verify passes: {good.stdout.strip()} {good.stderr.strip()}")
    scene = sorted(glob.glob(case + "/scenes/*.tif"))[0]
    os.chmod(scene, 0o600)
    with open(scene, "r+b") as file:
        file.seek(os.path.getsize(scene) // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))
    bad = run("verify", case)
    check(bad.returncode == 6 and os.path.basename(scene) in bad.stderr, f"one changed byte is named: {bad.stderr.strip()}")


def killed(place):
    images = sorted(glob.glob(place + "/images/*.tif"))
    bad = []
    for i, delay in enumerate((0.05, 0.2, 0.5, 1.0, 1.8)):
        case = f"{place}/killed{i}.case"
        process = subprocess.Popen([REVISIT, "run", *images, "--out", case], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if not os.path.exists(case + "/case.db"):
            continue
        if run("show", case, "runs", "--json").returncode != 0 or run("verify", case).returncode != 0:
            bad.append(delay)
            continue
        have = {s["id"] for s in json.loads(run("show", case, "scenes", "--json").stdout)}
        for path in images:
            if os.path.splitext(os.path.basename(path))[0] not in have:
                run("add", case, path)
        codes = [run(step, case).returncode for step in ("align", "detect", "measure", "report")]
        if any(codes):
            bad.append((delay, codes))
    check(not bad, f"a killed run leaves a case that opens and goes on {bad}")


def bad_input(place):
    good = sorted(glob.glob(place + "/images/*.tif"))
    os.makedirs(place + "/bad")
    bad = {name: f"{place}/bad/{name}" for name in ("empty.tif", "text.tif", "cut.tif", "picture.png", "nodata.tif", "far.tif")}
    open(bad["empty.tif"], "wb").close()
    with open(bad["text.tif"], "w", encoding="utf-8") as file:
        file.write("this is no image\n")
    with open(bad["cut.tif"], "wb") as file, open(good[0], "rb") as whole:
        file.write(whole.read()[: os.path.getsize(good[0]) // 2])
    subprocess.run(["gdal_translate", "-q", "-b", "1", "-ot", "Byte", "-scale", "-of", "PNG", "-outsize", "10%", "10%", good[0], bad["picture.png"]], check=True)
    subprocess.run(["gdal_translate", "-q", "-scale", "0", "65535", "0", "0", "-a_nodata", "0", good[0], bad["nodata.tif"]], check=True)
    subprocess.run(["gdal_translate", "-q", "-a_ullr", "100000", "5000000", "100768", "4999232", good[0], bad["far.tif"]], check=True)
    result = run("run", *good, *bad.values(), place + "/bad/missing.tif", "--out", place + "/bad.case")
    note(result.stderr.strip().replace("\n", "\n# "))
    check(result.returncode == 5, f"bad images are left out and the others go on (exit {result.returncode})")
    names = [n for n in list(bad) + ["missing.tif"] if n.split(".")[0] not in result.stderr]
    check(not names, f"each is named with its reason {names}")
    only = run("run", bad["empty.tif"], bad["text.tif"], "--out", place + "/none.case")
    check(only.returncode in (3, 4), f"no image left ends with 3 or 4 (exit {only.returncode})")
    for option in (["--min-area-m2", "-5"], ["--threads", "1000"], ["--window-px", "7"], ["--nfa", "x"], ["--ram", "lots"]):
        wrong = run("run", good[0], *option, "--out", place + "/never.case")
        check(wrong.returncode == 2 and wrong.stderr, f"{' '.join(option)} ends with 2: {wrong.stderr.strip()}")
    check(not os.path.exists(place + "/never.case"), "a wrong option leaves no case behind")


def main():
    with folder() as place:
        check(run("simulate", "--out", place + "/images").returncode == 0, "a site is drawn")
        demo_truth(place)
        report_is_self_contained(place)
        exports(place)
        threads(place)
        tamper(place)
        killed(place)
        bad_input(place)
    finish()


main()
