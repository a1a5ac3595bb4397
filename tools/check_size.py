#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sizes a reader can hold: warns at 400 lines a file and 60 a function, fails at 600, 120, seven parameters and five
levels of nesting. Relies on the house format, in which a function's braces stand alone in the first column.

usage: check_size.py [ROOT]
"""
import os
import re
import sys

FILE_WARN, FILE_FAIL, FUNCTION_WARN, FUNCTION_FAIL, PARAMETERS_FAIL, NESTING_FAIL = 400, 600, 60, 120, 7, 5


def strip(text):
    """The code with comments and literals blanked, line structure kept."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def parameters(signature):
    depth, count, some = 0, 0, False
    begin = signature.find("(")
    for char in signature[begin:]:
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                break
        elif char == "," and depth == 1:
            count += 1
        elif not char.isspace():
            some = True
    inner = signature[begin + 1:signature.rfind(")")].strip()
    return 0 if not some or inner == "void" else count + 1


def nesting(body):
    """Deepest chain of blocks opened by if, for, while, do, switch or else, braced or not, by indentation."""
    deepest = 0
    for line in body:
        if re.match(r"\s*(\} )?(if|for|while|do|switch|else)\b", line):
            indent = len(line) - len(line.lstrip())
            deepest = max(deepest, indent // 4)
    return deepest


def functions(lines):
    start = None
    for i, line in enumerate(lines):
        if line == "{":
            start = i
        elif line.startswith("}") and start is not None:
            head = start - 1
            while head > 0 and lines[head - 1].strip() and not re.match(r"[#}]|.*;\s*$", lines[head - 1]):
                head -= 1
            signature = " ".join(lines[head:start])
            if "(" in signature and "=" not in signature.split("(")[0]:
                name = re.search(r"(\w+)\s*\(", signature)
                yield name.group(1) if name else "?", head, start, i, signature
            start = None


def check(path, text, problems, lengths):
    lines = strip(text).split("\n")
    n = len(lines) - 1
    if n > FILE_WARN:
        problems.append((n > FILE_FAIL, f"{path}: {n} lines"))
    for name, head, start, end, signature in functions(lines):
        length = end - start - 1
        lengths.append(length)
        where = f"{path}:{head + 1}: {name}"
        if length > FUNCTION_WARN:
            problems.append((length > FUNCTION_FAIL, f"{where} has {length} lines"))
        count = parameters(signature)
        if count >= PARAMETERS_FAIL:
            problems.append((True, f"{where} has {count} parameters"))
        deep = nesting(lines[start + 1:end])
        if deep >= NESTING_FAIL:
            problems.append((True, f"{where} nests {deep} levels deep"))


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..")
    problems, lengths, n = [], [], 0
    for top in ("src", "cli", "include", "tests", "examples", "bench"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    path = os.path.join(folder, name)
                    n += 1
                    with open(path, encoding="utf-8") as file:
                        check(os.path.relpath(path, root), file.read(), problems, lengths)
    print("TAP version 13\n1..1")
    for fatal, text in problems:
        print(f"# {'fails' if fatal else 'warning'}: {text}")
    lengths.sort()
    median = lengths[len(lengths) // 2] if lengths else 0
    failed = any(fatal for fatal, _ in problems)
    print(f"# {n} files, {len(lengths)} functions, median {median} lines")
    print(f"{'not ok' if failed else 'ok'} 1 - files and functions are of a size a reader can hold")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
