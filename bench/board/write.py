# SPDX-License-Identifier: Apache-2.0
"""Rows against their goals, as JSON lines and as the table of docs/numbers.md."""
import json

GROUPS = (("simulator, style B (speed: style A)", ("A", "B")), ("an independent renderer (`plant`)", ("plant",)),
          ("real images", ("real",)), ("time, claims and the rest", None))
BEGIN, END = "<!-- scoreboard -->", "<!-- /scoreboard -->"


def meets(value, op, goal):
    if value is None:
        return False
    if op == "in":
        low, _, high = goal.partition("..")
        return float(low) <= value <= float(high)
    return value <= float(goal) if op == "<=" else value >= float(goal)


def plain(goal):
    """A number where it is one; a range stays text."""
    try:
        return float(goal)
    except ValueError:
        return goal


def row(goal, suite, result):
    """One object of build/scoreboard.json."""
    value = result.get("value")
    out = {"name": goal["name"], "suite": suite, "style": goal["style"]}
    out.update({k: None if result.get(k) is None else float(f"{result[k]:.6g}") for k in ("value", "lo", "hi")})
    out.update(goal=plain(goal["goal"]), op=goal["op"], unit=goal["unit"], n=result.get("n") or 0,
               met=meets(value, goal["op"], goal["goal"]) and not result.get("failed"), seconds=round(result.get("seconds") or 0.0, 1))
    if value is None:
        out["why"] = result.get("why") or "no reason given"
    if result.get("note"):
        out["note"] = result["note"]
    return out


def write_json(rows, path):
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)


def digits(value):
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def text_of(goal):
    return goal.replace("..", " to ") if isinstance(goal, str) else f"{goal:g}"


def cells(r):
    unit = "" if r["unit"] == "-" else " " + r["unit"]
    value = digits(r["value"]) + unit
    if r["lo"] is not None and r["hi"] is not None and r["lo"] != r["hi"]:
        value += f" ({digits(r['lo'])} to {digits(r['hi'])})"
    sign = {"<=": "at most", ">=": "at least", "in": "in"}[r["op"]]
    return f"| {'' if r['met'] else 'miss: '}`{r['name']}` | {value} | {sign} {text_of(r['goal'])} | {r['n']:g} | {r.get('note', '')} |"


def group_of(style):
    return next(i for i, (_, styles) in enumerate(GROUPS) if styles is None or style in styles)


def table(rows, size):
    """Markdown: per group the misses, then what is met; what could not be measured in a list by reason."""
    lines = [f"Written by `make scoreboard` ({size} size); value (95 % interval), goal, n. `docs/methods/scoreboard.md` says what a row means."]
    for i, (title, _) in enumerate(GROUPS):
        own = [r for r in rows if group_of(r["style"]) == i and r["value"] is not None]
        if own:
            lines += ["", f"### On {title}", "", "| | measured | goal | n | |", "|---|---|---|---|---|"]
            lines += [cells(r) for r in sorted(own, key=lambda r: r["met"])]
    reasons = {}
    for r in rows:
        if r["value"] is None:
            reasons.setdefault(r["why"], []).append(f"`{r['name']}`")
    if reasons:
        lines += ["", "### Not measured", ""] + [f"- {why}: {', '.join(names)}" for why, names in reasons.items()]
    return "\n".join(lines)


def replace_between(text, new):
    """Text with what stands between the markers replaced; appended where there are none."""
    if BEGIN not in text:
        return f"{text.rstrip()}\n\n## Scoreboard\n\n{BEGIN}\n{new}\n{END}\n"
    head, rest = text.split(BEGIN, 1)
    return f"{head}{BEGIN}\n{new}\n{END}{rest.split(END, 1)[1]}"


def write_docs(rows, size, path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(replace_between(text, table(rows, size)))


RAW = (("recall", "object.recall", "all"), ("precision", "object.precision", "all"), ("false", "object.false", "all"),
       ("iou", "shape.iou_median", "all"), ("area med %", "shape.area_median_pct", "all"), ("cover95", "interval.coverage95", "all"),
       ("exact date", "date.exact", "all"), ("align px", "registration.rmse_px", "all"), ("cloud pa", "mask.cloud_pa", "all"),
       ("class f1", "class.macro_f1", "all"), ("scot", "scot.score", "all"))


def raw_table(scores, scenes):
    """One line a suite: what today's chain does on it, however bad. scores: {suite: scores or reason}."""
    lines = [f"{'suite':6}{'scenes':>7}" + "".join(f"{title:>11}" for title, _, _ in RAW)]
    for name, got in scores.items():
        ran = sum(s.ran for s in scenes[name])
        if isinstance(got, str):
            lines.append(f"{name:6}{ran:7d}  {got}")
            continue
        values = [(got.get((m, s)) or {}).get("value") for _, m, s in RAW]
        lines.append(f"{name:6}{ran:7d}" + "".join(f"{'-' if v is None else digits(v):>11}" for v in values))
    return "\n".join(lines)
