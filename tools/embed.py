#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Text files as C strings, one for each, named after the file: page.css becomes rv__page_css.

usage: embed.py OUTPUT FILE...
"""
import os
import sys


def literal(text):
    lines = text.replace("\\", "\\\\").replace('"', '\\"').replace("?", "\\?").splitlines()
    return "\n".join(f'    "{line}\\n"' for line in lines)


def main():
    out, files = sys.argv[1], sys.argv[2:]
    with open(out, "w", encoding="utf-8") as c:
        for path in files:
            name = "rv__" + os.path.basename(path).replace(".", "_")
            with open(path, encoding="utf-8") as file:
                c.write(f"extern const char {name}[];\nconst char {name}[] =\n{literal(file.read())};\n")


if __name__ == "__main__":
    main()
