#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Manual pages and shell completion from the described options that `revisit rows` prints.

usage: make_man.py REVISIT OUTPUT_FOLDER
"""
import json
import os
import subprocess
import sys

EXIT = """0 done, 1 failed, 2 wrong usage, 3 input refused, 4 input damaged, 5 done in part (the rest listed), 6 integrity
failure, 7 storage, 8 locked, 9 stopped and resumable, 70 our bug."""


def roff(text):
    return text.replace("\\", "\\e").replace("-", "\\-").replace("\n.", "\n\\&.")


def flag(row):
    name = row["name"].replace("_", "-")
    return f"--no-{name}" if row["type"] == "switch" and row["on"] else f"--{name}"


def value(row):
    return {"switch": "", "number": "X", "integer": "N", "time": "TIME", "word": "WORD"}.get(row["type"], row["word"] or "TEXT")


def describe(row):
    text = ("do not " if row["type"] == "switch" and row["on"] else "") + row["help"]
    extra = []
    if row["type"] in ("number", "integer"):
        extra.append(f"{row['min']:.10g} to {row['max']:.10g}{' ' + row['unit'] if row['unit'] else ''}")
    extra += [", ".join(row["names"])] if row["names"] else []
    if row["default"]:
        extra.append(f"default {row['default']}")
    return text + (f" [{'; '.join(extra)}]" if extra else "") + "."


def sections(command):
    """Name and rows of each set; a flag that several sets share stands with the first."""
    seen = set()
    for fields in command["sets"]:
        yield fields["name"].split("_")[0], [row for row in fields["rows"] if row["name"] not in seen]
        seen.update(row["name"] for row in fields["rows"])


def common_of(command, common):
    return [row for row in common if row["name"] != "dry_run" or command["dry_run"]]


def options(command, common):
    return [row for _, rows in sections(command) for row in rows] + common_of(command, common)


def option_lines(rows):
    for row in rows:
        yield f".TP\n.B {roff(flag(row))} {roff(value(row))}\n{roff(describe(row))}\n"


def page(command, common, version):
    name = command["name"]
    out = [f".TH REVISIT-{name.upper()} 1 \"\" \"revisit {version}\" \"revisit\"\n",
           f".SH NAME\nrevisit-{name} \\- {roff(command['summary'][0].lower() + command['summary'][1:])}\n",
           f".SH SYNOPSIS\n.B revisit {name}\n[OPTION]... {roff(command['operands'])}\n",
           f".SH DESCRIPTION\n{roff(command['about'])}\n"]
    for n, (title, rows) in enumerate(sections(command)):
        out.append(f".SH {title.upper() + ' ' if n else ''}OPTIONS\n" + "".join(option_lines(rows)))
    out.append(".SH COMMON OPTIONS\n" + "".join(option_lines(common_of(command, common))))
    examples = command["examples"]
    if examples:
        out.append(".SH EXAMPLES\n")
        for line, text in zip(examples[::2], examples[1::2]):
            out.append(f".TP\n.B {roff(line)}\n{roff(text)}\n")
    out.append(f".SH EXIT STATUS\n{roff(EXIT)}\n.SH SEE ALSO\n.BR revisit (1)\n")
    return "".join(out)


def main_page(commands, common, version):
    out = [f".TH REVISIT 1 \"\" \"revisit {version}\" \"revisit\"\n",
           ".SH NAME\nrevisit \\- hold what is said about a place against what satellites saw there\n",
           ".SH SYNOPSIS\n.B revisit\nCOMMAND [OPTION]... OPERAND...\n.SH COMMANDS\n"]
    for c in commands:
        out.append(f".TP\n.BR revisit\\-{c['name']} (1)\n{roff(c['summary'])}.\n")
    out.append(".SH COMMON OPTIONS\n" + "".join(option_lines(common)) + f".SH EXIT STATUS\n{roff(EXIT)}\n")
    return "".join(out)


def bash(commands, common):
    lines = ["# bash completion for revisit", "_revisit() {", "    local cur=${COMP_WORDS[COMP_CWORD]} words=",
             "    if [ \"$COMP_CWORD\" = 1 ]; then", f"        words='{' '.join(c['name'] for c in commands)}'",
             "    elif [[ $cur == -* ]]; then", "        case ${COMP_WORDS[1]} in"]
    for c in commands:
        lines.append(f"        {c['name']}) words='{' '.join(flag(r) for r in options(c, common))}' ;;")
    lines += ["        esac"]
    enums = {flag(r): r["names"] for c in commands for r in options(c, common) if r["names"]}
    for name, values in sorted(enums.items()):
        lines += [f"    elif [[ ${{COMP_WORDS[COMP_CWORD - 1]}} == {name} ]]; then",
                  f"        words='{' '.join(values)}'"]
    lines += ["    elif [[ $COMP_CWORD == 2 && ${COMP_WORDS[1]} == help ]]; then",
              f"        words='{' '.join(c['name'] for c in commands)}'",
              "    elif [[ $COMP_CWORD == 3 && ${COMP_WORDS[1]} == show ]]; then",
              "        words='scenes transforms gains structures measurements budget gcps places runs masks weights aligned'",
              "    else", "        COMPREPLY=($(compgen -f -- \"$cur\"))", "        return", "    fi",
              "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))", "}", "complete -o filenames -F _revisit revisit", ""]
    return "\n".join(lines)


def zsh(commands, common):
    quote = lambda text: text.replace("'", "'\\''").replace("[", "(").replace("]", ")").replace(":", " -")

    def argument(row):
        if row["names"]:
            return f":{value(row)}:({' '.join(row['names'])})"
        files = "_files" if value(row) in ("FILE", "FOLDER", "PATH", "CASE") else ""
        return f":{value(row)}:{files}" if value(row) else ""

    lines = ["#compdef revisit", "local -a commands=("]
    lines += [f"  '{c['name']}:{quote(c['summary'])}'" for c in commands]
    lines += [")", "if (( CURRENT == 2 )); then", "  _describe command commands", "  return", "fi", "case $words[2] in"]
    for c in commands:
        specs = " ".join(f"'{flag(r)}[{quote(r['help'])}]{argument(r)}'" for r in options(c, common))
        lines.append(f"{c['name']}) _arguments {specs} '*:file:_files' ;;")
    return "\n".join(lines + ["esac", ""])


def fish(commands, common):
    quote = lambda text: text.replace("\\", "\\\\").replace("'", "\\'")
    lines = ["# fish completion for revisit"]
    for c in commands:
        lines.append(f"complete -c revisit -n __fish_use_subcommand -a {c['name']} -d '{quote(c['summary'])}'")
        for r in options(c, common):
            need = f" -x -a '{' '.join(r['names'])}'" if r["names"] else " -r" if value(r) else ""
            lines.append(f"complete -c revisit -n '__fish_seen_subcommand_from {c['name']}' -l {flag(r)[2:]}{need} -d '{quote(r['help'])}'")
    return "\n".join(lines + [""])


def main():
    program, folder = sys.argv[1:3]
    rows = json.loads(subprocess.run([program, "rows"], check=True, capture_output=True, text=True).stdout)
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.split()[-1]
    commands, common = rows["commands"], rows["common"]
    files = {"revisit.1": main_page(commands, common, version), "revisit.bash": bash(commands, common),
             "_revisit": zsh(commands, common), "revisit.fish": fish(commands, common)}
    files.update({f"revisit-{c['name']}.1": page(c, common, version) for c in commands})
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main()
