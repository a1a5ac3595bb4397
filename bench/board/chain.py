# SPDX-License-Identifier: Apache-2.0
"""The chain on large series with all cores, alone on the machine: wall clock and peak memory."""
import glob

from board.run import Failure
from board.suites import draw
from series import timed

# Row of the time, suite, size, dates, pixel size.
LARGE = {"chain.seconds_3m": ("X", 1024, 24, 3.0), "chain.seconds_05m": ("J", 2048, 8, 0.5)}


def chain_rows(revisit, place):
    out, peaks = {}, []
    for row, (suite, size, dates, gsd) in LARGE.items():
        folder = f"{place}/{row}"
        try:
            draw(revisit, suite, 1, folder + "/images", options=["--size-px", str(size), "--dates", str(dates), "--gsd-m", str(gsd)])
            images = sorted(glob.glob(folder + "/images/*.tif"))
            code, wall, cpu, peak, text = timed([revisit, "run", *images, "--out", folder + "/s.case"])
            if code not in (0, 5):
                raise Failure(f"revisit run: exit {code}: {text.splitlines()[0]}")
        except Failure as failure:
            out[row] = {"value": None, "why": str(failure)}
            continue
        peaks.append(peak / 1000)
        out[row] = {"value": wall, "n": 1, "seconds": wall, "note": f"{cpu:.0f} s CPU"}
    both = len(peaks) == len(LARGE)
    out["chain.rss"] = {"value": max(peaks), "n": len(peaks)} if both else {"value": None, "why": "one of the two series did not run"}
    return out
