#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may include whom: reads every include and fails on one that goes up, sideways, or to a library behind its wall.

usage: check_floors.py [ROOT]
"""
import os
import re
import sys

FLOOR = {
    "base": 1, "geo": 2, "net": 2, "raster": 2.5, "model": 3,
    "ingest": 4, "align": 4, "normalise": 4, "detect": 4, "measure": 4, "claims": 4, "simulate": 4, "score": 4,
    "case": 5, "steps": 6, "report": 7, "serve": 7, "exchange": 7,
}
# Foreign header -> files that may include it. The first component of the include decides, or the whole name.
WALL = {
    r"(gdal|cpl_|ogr)": ["src/raster/gdal_.*", "src/raster/decode.*", "src/exchange/ogr.*"],
    r"sqlite3": ["src/case/db_sqlite.*"],
    r"libpq": ["src/case/db_postgres.*"],
    r"(proj\.h|geodesic\.h)": ["src/geo/crs.*", "src/geo/ellipsoid.*"],
    r"geos_c": ["src/geo/geos.*"],
    r"(lapack|cblas|openblas)": ["src/base/linalg.*"],
    r"jansson": ["src/base/json.*"],
    r"openssl/": ["src/base/sha256.*", "src/case/sign.*"],
    r"(pthread|threads\.h)": ["src/base/parallel.*"],
    r"seccomp": ["src/raster/sandbox.*"],
    r"curl/": ["src/net/http.*"],
    r"(expat|zip\.h)": ["src/ingest/.*"],
    r"(unicode/|pcre2)": ["src/claims/text.*"],
    r"(cairo|pango)": ["src/report/canvas.*"],
    r"(png\.h|webp/)": ["src/raster/picture.*"],
    r"microhttpd": ["src/serve/http.*"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def sources(root):
    for top in ("src", "cli", "include"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def check_library(path, name):
    for pattern, allowed in WALL.items():
        if re.match(pattern, name) and not any(re.fullmatch(a, path) for a in allowed):
            return f"{path}: includes <{name}>, which belongs behind {', '.join(allowed)}"
    if path.startswith("include/") and name.endswith(".h") and "/" in name and not name.startswith("revisit/"):
        return f"{path}: a public header includes <{name}>"
    return None


def check_own(path, name):
    mine = path.split("/")[1]
    if path.startswith("cli/"):
        return None if os.path.dirname(name) == "" else f"{path}: cli includes only <revisit/*.h>, not \"{name}\""
    if path.startswith("include/"):
        return f"{path}: a public header includes \"{name}\""
    if "/" not in name:
        return f"{path}: write \"{mine}/{name}\", from src"
    theirs = name.split("/")[0]
    if theirs not in FLOOR or mine not in FLOOR:
        return f"{path}: \"{name}\" is on no floor"
    if theirs != mine and FLOOR[theirs] >= FLOOR[mine]:
        return f"{path}: floor {FLOOR[mine]:g} ({mine}) includes floor {FLOOR[theirs]:g} ({theirs}): \"{name}\""
    return None


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..")
    wrong, n = [], 0
    for path in sources(root):
        n += 1
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        for quote, name in INCLUDE.findall(text):
            problem = check_own(path, name) if quote == '"' else check_library(path, name)
            if problem:
                wrong.append(problem)
    print("TAP version 13\n1..1")
    for line in wrong:
        print("# " + line)
    print(f"{'not ok' if wrong else 'ok'} 1 - {n} files include only what stands below them")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
