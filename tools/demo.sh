#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make demo: draw a small site, run the whole chain on it, say what was found.
set -eu
build=${1:-build}
out=$build/demo
rm -rf "$out"
mkdir -p "$out"
"$build/cli/revisit" simulate --suite demo --out "$out/images"
"$build/cli/revisit" run "$out"/images/*.tif --site "$out/images/site.geojson" --out "$out/demo.case"
python3 tools/compare_truth.py "$out/images/truth.geojson" "$out/demo.case/reports/structures.geojson"
