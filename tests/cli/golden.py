#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden tests of the command line: each CASE.sh runs in an empty folder with revisit on the path; standard output, standard
error and exit code are compared with CASE.stdout, CASE.stderr and CASE.exit beside it (absent: empty, and 0). The folder's
own path reads @TMP@.

usage: golden.py REVISIT [--update]
"""
import glob
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def run(script, program):
    with tempfile.TemporaryDirectory(prefix="revisit-") as place:
        env = {"PATH": os.path.dirname(os.path.abspath(program)) + ":" + os.environ["PATH"], "HOME": place, "LC_ALL": "C.UTF-8",
               "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")}
        env.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})
        done = subprocess.run(["sh", script], cwd=place, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        clean = lambda text: text.replace(os.path.realpath(place), "@TMP@").replace(place, "@TMP@")
        return {"stdout": clean(done.stdout), "stderr": clean(done.stderr), "exit": f"{done.returncode}\n"}


def expected(stem):
    out = {"stdout": "", "stderr": "", "exit": "0\n"}
    for kind in out:
        if os.path.exists(f"{stem}.{kind}"):
            with open(f"{stem}.{kind}", encoding="utf-8") as file:
                out[kind] = file.read()
    return out


def update(stem, got):
    empty = {"stdout": "", "stderr": "", "exit": "0\n"}
    for kind, text in got.items():
        if text != empty[kind]:
            with open(f"{stem}.{kind}", "w", encoding="utf-8") as file:
                file.write(text)
        elif os.path.exists(f"{stem}.{kind}"):
            os.remove(f"{stem}.{kind}")


def main():
    scripts = sorted(glob.glob(HERE + "/*/*.sh"))
    failed = 0
    print(f"TAP version 13\n1..{len(scripts)}")
    for n, script in enumerate(scripts, 1):
        stem, got = script[:-3], run(script, sys.argv[1])
        if "--update" in sys.argv:
            update(stem, got)
        want = expected(stem)
        for kind in got:
            if got[kind] != want[kind]:
                print(f"# {kind} is\n#   " + got[kind].replace("\n", "\n#   ") + "\n# not\n#   " + want[kind].replace("\n", "\n#   "))
        failed += got != want
        print(f"{'ok' if got == want else 'not ok'} {n} - {os.path.relpath(stem, HERE)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
