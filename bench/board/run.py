# SPDX-License-Identifier: Apache-2.0
"""Running the program: one command to its output, or to one line that says why there is none."""
import csv
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Failure(Exception):
    """A step that gave no result; its text is the `why` of the rows that needed it."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def call(command, timeout=900, codes=(0,)):
    """(standard output, seconds) of a command that ends with one of the codes."""
    begun = time.monotonic()
    name = " ".join(command[:2]).replace(os.path.dirname(command[0]) + "/", "")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    except FileNotFoundError as missing:
        raise Failure(f"{command[0]}: not there") from missing
    except subprocess.TimeoutExpired as late:
        raise Failure(f"{name}: longer than {timeout} s") from late
    if done.returncode not in codes:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise Failure(f"{name}: exit {done.returncode}: {lines[0] if lines else 'no message'}")
    return done.stdout, time.monotonic() - begun


def has(revisit, command, option=None):
    """Whether the program knows a command, and an option of it."""
    try:
        return option is None or option in call([revisit, command, "--help"], 30)[0]
    except Failure:
        return False


def read_table(name):
    """Rows of a table of this folder as dictionaries; lines that begin with # are comments."""
    with open(os.path.join(HERE, name), encoding="utf-8", newline="") as file:
        lines = [line for line in file if line.strip() and not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def read_json(text, what):
    try:
        return json.loads(text)
    except ValueError as bad:
        raise Failure(f"{what}: no JSON: {bad}") from bad


def structures(revisit, case):
    return read_json(call([revisit, "show", case, "structures", "--geojson"])[0], "structures")["features"]


def transforms(revisit, case):
    return read_json(call([revisit, "show", case, "transforms", "--json"])[0], "transforms")
