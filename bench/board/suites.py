# SPDX-License-Identifier: Apache-2.0
"""The drawn scenes: draw one, take it through the chain, and hold many against their truth."""
import glob
import math
import os

from board.run import Failure, call, has, read_json, say, structures, transforms

STYLE = "B"
# Names of strata that mean the same.
ALIASES = {"256+": ">256", "25+": ">=25"}


def seeds(text):
    """1-3 -> 1, 2, 3; - -> none."""
    if text in ("", "-"):
        return []
    first, _, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1))


class Drawn:
    """One scene: where it lies, its case, how long both took, and why it failed if it did."""

    def __init__(self, suite, seed, place):
        self.suite, self.seed = suite, seed
        self.name = f"{suite['name']}-{STYLE}-{seed}"
        self.folder, self.case = f"{place}/{self.name}/images", f"{place}/{self.name}/{self.name}.case"
        self.seconds, self.why, self.drawn, self.ran = 0.0, "", False, False


def draw(revisit, suite, seed, folder, style=STYLE, options=()):
    if not has(revisit, "simulate", "--suite"):
        raise Failure("revisit simulate has no --suite yet")
    return call([revisit, "simulate", "--suite", suite, "--style", style, "--seed", str(seed), "--threads", "1", "--out", folder, *options])[1]


def do_scene(revisit, scene, size):
    """Draw and run one scene. Never fails: what went wrong is kept in it."""
    try:
        os.makedirs(os.path.dirname(scene.folder), exist_ok=True)
        scene.seconds += draw(revisit, scene.suite["suite"], scene.seed, scene.folder, options=scene.suite[size + "_options"].split())
        scene.drawn = True
        if scene.suite["run"] == "yes":
            images = sorted(glob.glob(scene.folder + "/*.tif"))
            site = scene.folder + "/site.geojson"
            more = ["--site", site] if os.path.exists(site) else []
            scene.seconds += call([revisit, "run", *images, *more, "--threads", "1", "--keep-references", "--out", scene.case], codes=(0, 5))[1]
            scene.ran = True
    except Failure as failure:
        scene.why = str(failure)
    say(f"  {scene.name:10} {scene.seconds:6.1f} s {scene.why}")
    return scene


def parse_scores(text):
    """{(metric, stratum): row} of the JSON lines of revisit score."""
    out = {}
    for line in text.splitlines():
        row = read_json(line, "revisit score") if line.strip() else None
        if row:
            stratum = ALIASES.get(row["stratum"], row["stratum"])
            out[row["metric"], stratum] = row
    return out


def score(revisit, scenes, place, name):
    """Metrics of the scenes that ran, pooled."""
    ran = [s for s in scenes if s.ran]
    if not ran:
        raise Failure(next((s.why for s in scenes if s.why), "no scene of this suite at this size"))
    if not has(revisit, "score"):
        raise Failure("revisit score does not exist yet")
    path = f"{place}/{name}.tsv"
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{s.folder}/truth.geojson\t{s.case}\n" for s in ran)
    return parse_scores(call([revisit, "score", "--scenes", path, "--json"])[0])


def number(value):
    """None for what is no finite number."""
    return value if isinstance(value, (int, float)) and math.isfinite(value) else None


def from_score(row, factor):
    if number(row["value"]) is None:
        return {"value": None, "why": row.get("note") or "revisit score gives no value"}
    scaled = [None if number(row.get(k)) is None else row[k] * factor for k in ("value", "lo", "hi")]
    return {"value": scaled[0], "lo": scaled[1], "hi": scaled[2], "n": row.get("n"), "note": row.get("note") or ""}


def metric(scores, name, stratum, factor=1.0):
    row = scores.get((name, stratum))
    return from_score(row, factor) if row else {"value": None, "why": f"revisit score gives no {name} of {stratum}"}


def both(scores, names, stratum):
    """Harmonic mean of two metrics."""
    parts = [metric(scores, name, stratum) for name in names.split(",")]
    missing = next((p for p in parts if p["value"] is None), None)
    if missing:
        return missing
    a, b = (p["value"] for p in parts)
    return {"value": 2 * a * b / (a + b) if a + b else 0.0, "n": min(p["n"] for p in parts), "note": f"{names.replace(',', ' and ')}: {a:.2f}, {b:.2f}"}


def worst(scores, name, middle, factor):
    """The stratum furthest from the middle of the goal."""
    strata = [(s, from_score(row, factor)) for (m, s), row in scores.items() if m == name and s != "all"]
    strata = [(s, r) for s, r in strata if r["value"] is not None]
    if not strata:
        return {"value": None, "why": f"revisit score gives no {name} by strata"}
    stratum, row = max(strata, key=lambda p: abs(p[1]["value"] - middle))
    return {**row, "note": f"stratum {stratum}"}


def per_series(scores, name, n):
    row = metric(scores, name, "all", 1.0 / max(1, n))
    return row if row["value"] is None else {**row, "n": n, "note": "mean over series"}


def measuring_ms(revisit, scenes):
    """Milliseconds of the measuring step (one thread) a structure, over all scenes that ran."""
    seconds = found = 0
    for s in scenes:
        if s.ran:
            runs = read_json(call([revisit, "show", s.case, "runs", "--json"])[0], "runs")
            seconds += sum(r["duration_s"] for r in runs if r["step"] == "measure")
            found += len(structures(revisit, s.case))
    if not found:
        raise Failure(next((s.why for s in scenes if s.why), "no structure was measured"))
    return {"value": 1000 * seconds / found, "n": found, "note": "one thread, wall clock"}


def far_off(revisit, scenes):
    """Share of trusted frames whose centre lands more than a pixel from where it belongs."""
    from board.matrix import centre_error
    from images import Scene
    errors = []
    for s in (s for s in scenes if s.ran):
        truth, found = Scene(s.folder), transforms(revisit, s.case)
        errors += [e for _, e in centre_error(found, truth)]
    if not errors:
        raise Failure(next((s.why for s in scenes if s.why), "no frame to compare"))
    return {"value": 100 * sum(e > 1 for e in errors) / len(errors), "n": len(errors), "note": "images, at their centre"}
