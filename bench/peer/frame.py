# SPDX-License-Identifier: Apache-2.0
"""What a peer is, and the measuring of one command: CPU seconds and memory of all its processes."""
import json
import os
import shutil
import subprocess
import sys
from typing import Callable, NamedTuple, Optional, Sequence

REPEATS = 3


class Absent(Exception):
    """A program or a module that is not installed."""


class Timed(NamedTuple):
    cpu_s: float  # user and system, median of n runs
    peak_mb: float  # of the largest process
    text: str  # standard output of the last run
    n: int


class Peer(NamedTuple):
    name: str
    package: str  # Debian package of the peer, for the line that says it is absent
    rows: Sequence[str]  # of bench/goals.tsv
    draw: Callable  # (folder): write the inputs
    ours: Callable  # (revisit, folder): command
    theirs: Callable  # (folder): command; one that runs a Python module begins with sys.executable
    results: Callable  # (Timed ours, Timed theirs or None): {row: {"value", "n", "note"}}
    needs: Optional[str] = None  # Python module that the peer's command imports


def check_there(peer, command):
    if not shutil.which(command[0]):
        raise Absent(f"{command[0]} is not installed ({peer.package})")
    if peer.needs and subprocess.run([sys.executable, "-c", "import " + peer.needs], capture_output=True, check=False).returncode:
        raise Absent(f"Python module {peer.needs} is not installed ({peer.package})")


def once(command):
    """(CPU seconds, peak MB, standard output) of one run, its children counted. A wrapper of its own makes the figures this
    command's alone; the wrapper itself is not counted."""
    wrapper = ("import json,resource,subprocess,sys\n"
               "d=subprocess.run(sys.argv[1:],stdout=subprocess.PIPE,text=True)\n"
               "u=resource.getrusage(resource.RUSAGE_CHILDREN)\n"
               "print(json.dumps([d.returncode,u.ru_utime+u.ru_stime,u.ru_maxrss/1024,d.stdout]))")
    done = subprocess.run([sys.executable, "-c", wrapper, *command], capture_output=True, text=True, check=False)
    code, cpu, peak, text = json.loads(done.stdout)
    if code:
        lines = (done.stderr or text).strip().splitlines()
        raise RuntimeError(f"{os.path.basename(command[0])}: exit {code}: {lines[-1] if lines else 'no message'}")
    return cpu, peak, text


def median(values):
    return sorted(values)[len(values) // 2]


def side_by_side(commands):
    """Each command REPEATS times, in turn, so that what else the machine does falls on all alike."""
    runs = [[] for _ in commands]
    for _ in range(REPEATS):
        for command, own in zip(commands, runs):
            own.append(once(command))
    return [Timed(median([r[0] for r in own]), max(r[1] for r in own), own[-1][2], REPEATS) for own in runs]
