#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# bench/warp on one small image: it runs, and the flat image stays what it was but for a corner that the map leaves out. As TAP.
set -u
program=$1
place=$(mktemp -d) || exit 1
trap 'rm -rf "$place"' EXIT
mkdir "$place/out"
gdal_create -q -of GTiff -outsize 700 520 -bands 2 -ot UInt16 -burn 1234 -co TILED=YES "$place/flat.tif" || exit 1
echo "TAP version 13"
echo "1..2"
"$program" "$place/out" none 1.0001 .0001 .37 -.0001 .9999 -.21 700 520 2 "$place/flat.tif" && echo "ok 1 - it runs" ||
    echo "not ok 1 - it runs"
gdalinfo -stats "$place/out/flat.tif" 2>/dev/null | grep -q 'Maximum=1234.000, Mean=1233.99' &&
    echo "ok 2 - flat ground stays flat" || echo "not ok 2 - flat ground stays flat"
