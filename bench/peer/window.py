# SPDX-License-Identifier: Apache-2.0
"""The shift of 256-px windows and of a 2048-px image against a prepared reference, beside OpenCV and scikit-image, on the
registration scene of the shared bench folder. Rows are those of the plain texture, which is the one for images of one light;
the note has the clipped gradient, which the alignment of series uses because shadows move."""
import json
import os
import subprocess
import sys

from peer.frame import Absent, Peer

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DRIVER = os.path.join(HERE, "peer_window.py")


def draw(place):
    shared = os.environ.get("REVISIT_SHARED") or os.path.join(HERE, "..", "..", "shared")
    generator = os.path.join(shared, "bench", "gen_reg.py")
    if not os.path.exists(generator):
        raise Absent("the registration scene is drawn by a program of the shared data, which is not here")
    subprocess.run([sys.executable, generator], env=dict(os.environ, OUT=place), check=True, stdout=subprocess.DEVNULL)


def ours(revisit, place):
    program = os.path.join(os.path.dirname(os.path.dirname(revisit)), "bench", "bench_window")
    return [sys.executable, DRIVER, program, place + "/regset.npz", "--json", "ours"]


def theirs(place):
    return [sys.executable, DRIVER, "none", place + "/regset.npz", "--json", "peers", "--step", "16"]


def results(ours, theirs):
    got = json.loads(ours.text)
    plain, clipped = got["plain"], got["gradient .4"]
    peers = json.loads(theirs.text) if theirs else {}
    told = "; ".join(f"{k} {v['ms']:.2f} ms {v['median']:.3f} px" for k, v in peers.items())
    whole = "; ".join(f"{k} {v['image_ms']:.0f} ms {v['image_median']:.3f} px" for k, v in peers.items())
    row = lambda key, texture, beside: {"value": plain[key], "n": plain["n"] if "image" not in key else 6,
                                        "note": f"plain texture; clipped gradient {texture}" + (f"; {beside}" if beside else "")}
    return {"align.window256_ms": row("ms", f"{clipped['ms']:.2f} ms", told),
            "align.window256_med": row("median", f"{clipped['median']:.4f} px", ""),
            "align.window256_p95": row("p95", f"{clipped['p95']:.4f} px", ""),
            "align.global2048_ms": row("image_ms", f"{clipped['image_ms']:.0f} ms", whole),
            "align.global2048_err": row("image_median", f"{clipped['image_median']:.4f} px", "")}


PEER = Peer(name="window", package="python3-opencv and python3-skimage", needs="cv2", draw=draw, ours=ours, theirs=theirs,
            rows=("align.window256_ms", "align.window256_med", "align.window256_p95", "align.global2048_ms", "align.global2048_err"),
            results=results)
