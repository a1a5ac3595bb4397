# SPDX-License-Identifier: Apache-2.0
"""16 images of 2048 px and 4 bands of 16 bits, tiled and uncompressed, through one affine map with a part of a pixel in it, read
and written: bench/warp.c, which is rv_stack_write, beside gdalwarp -r cubic."""
import os

import peer_warp
from peer.frame import Peer

COUNT, SIDE, MAP = 16, 2048, "affine"


def names(place):
    return [f"{place}/in/{i:02d}.tif" for i in range(COUNT)]


def draw(place):
    for folder in ("in", "ours", "theirs"):
        os.mkdir(f"{place}/{folder}")
    for i, name in enumerate(names(place)):
        peer_warp.draw(name, SIDE, i)
        peer_warp.placed(name, peer_warp.MAPS[MAP])


def ours(revisit, place):
    program = os.path.join(os.path.dirname(os.path.dirname(revisit)), "bench", "warp")
    call = f"rm -f {place}/ours/*; exec {program} {place}/ours none {' '.join(map(str, peer_warp.MAPS[MAP]))} {SIDE} {SIDE} 4 {' '.join(names(place))}"
    return ["sh", "-c", "OPENBLAS_NUM_THREADS=1; export OPENBLAS_NUM_THREADS; " + call]


def theirs(place):
    x0, dx, _, y0, _, dy = peer_warp.GRID
    frame = f"-te {x0} {y0 + dy * SIDE} {x0 + dx * SIDE} {y0} -ts {SIDE} {SIDE}"
    options = " ".join("-co " + o for o in peer_warp.TILED)
    return ["sh", "-c", f"rm -f {place}/theirs/*; for f in {place}/in/*.vrt; do "
            f"gdalwarp -q -r cubic {frame} {options} $f {place}/theirs/$(basename $f .vrt).tif || exit 1; done"]


def results(ours, theirs):
    if not theirs:
        return {}
    return {"warp.vs_gdalwarp": {"value": theirs.cpu_s / ours.cpu_s, "n": ours.n,
                                 "note": f"gdalwarp {theirs.cpu_s:.2f} s CPU, ours {ours.cpu_s:.2f} s; affine map, {COUNT} images"}}


PEER = Peer(name="warp", package="gdal-bin", rows=("warp.vs_gdalwarp",), draw=draw, ours=ours, theirs=theirs, results=results)
