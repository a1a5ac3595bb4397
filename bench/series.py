#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A series of 24 x 2048 x 2048 x 4 uint16 through the whole chain: time and peak memory, beside gdalwarp of the same
series in the same run. Fails when the peak is over the budget given with --ram.

usage: series.py REVISIT [--dates N] [--size PX] [--ram SIZE]
"""
import argparse
import glob
import json
import os
import resource
import subprocess
import tempfile
import time


def timed(command, **options):
    """(exit code, wall s, CPU s, peak MB of the largest process) of a command."""
    begun, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    log = subprocess.run(["/usr/bin/env", "python3", "-c",
                          "import resource,subprocess,sys\n"
                          "c=subprocess.run(sys.argv[1:]).returncode\n"
                          "sys.stderr.write('PEAK %d\\n'%resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\nsys.exit(c)",
                          *command], capture_output=True, text=True, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = int(log.stderr.rsplit("PEAK ", 1)[1]) / 1024
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return log.returncode, time.monotonic() - begun, cpu, peak, log.stderr


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("revisit")
    parser.add_argument("--dates", type=int, default=24)
    parser.add_argument("--size", type=int, default=2048)
    parser.add_argument("--ram", default="1G")
    a = parser.parse_args()
    limit = float(a.ram[:-1]) * {"G": 1024, "M": 1}[a.ram[-1]]
    with tempfile.TemporaryDirectory(prefix="revisit-") as place:
        subprocess.run([a.revisit, "simulate", "--out", place + "/images", "--size-px", str(a.size), "--dates", str(a.dates),
                        "--buildings-new", "20", "--buildings-old", "20"], check=True)
        images = sorted(glob.glob(place + "/images/*.tif"))
        code, wall, cpu, peak, text = timed([a.revisit, "run", *images, "--ram", a.ram, "--out", place + "/s.case"])
        print(f"revisit run     {wall:7.1f} s wall {cpu:7.1f} s CPU {peak:7.0f} MB peak, exit {code}")
        if code == 0:
            runs = json.loads(subprocess.run([a.revisit, "show", place + "/s.case", "runs", "--json"], capture_output=True, text=True, check=True).stdout)
            for step in ("add", "align", "detect", "measure"):
                print(f"  {step:12} {sum(r['duration_s'] for r in runs if r['step'] == step):7.1f} s")
        else:
            print(text)
        warp = [0.0, 0.0, 0.0]
        for i, image in enumerate(images):
            _, w, c, p, _ = timed(["gdalwarp", "-q", "-r", "cubic", "-overwrite", image, f"{place}/warped.tif"])
            warp = [warp[0] + w, warp[1] + c, max(warp[2], p)]
        print(f"gdalwarp -r cubic {warp[0]:5.1f} s wall {warp[1]:7.1f} s CPU {warp[2]:7.0f} MB peak")
        return 0 if code == 0 and peak <= limit else 1


if __name__ == "__main__":
    raise SystemExit(main())
