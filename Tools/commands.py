#!/usr/bin/env python3
"""Makes the command reference from the program's own help: commands.py PROGRAM > docs/commands.md

Tests/DocumentTests/run.py compares the page with the program.
"""

import json
import re
import subprocess
import sys

HEAD = """# Command reference

`make commands` generates this page from the help texts; do not edit it. The man pages have the same contents (`man gpsindex query`). The options of
all commands are at the end.
"""


def escaped(text):
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def fenced(discussion):
    """The discussion of a command, its indented examples as blocks of code."""
    return re.sub(r"(?:^  .*\n?)+", lambda lines: "```\n" + re.sub("^  ", "", lines[0].rstrip("\n"), flags=re.M) + "\n```\n",
                  discussion, flags=re.M).strip()


def names(argument):
    """`-f`, `--format FORMAT`, as the help prints them; the name alone for a positional argument."""
    if argument["kind"] == "positional":
        return f"`{argument['valueName']}`".replace("|", "\\|")
    value = f" {argument['valueName']}" if argument["kind"] == "option" else ""
    spelled = [("--" if name["kind"] == "long" else "-") + name["name"] for name in argument["names"]]
    return ", ".join(f"`{name}{value if name == spelled[-1] else ''}`" for name in sorted(spelled, key=len))


def rows(arguments):
    lines = ["| | |", "|---|---|"]
    lines += [f"| {names(argument)} | {escaped(argument.get('abstract', ''))} |" for argument in arguments]
    return "\n".join(lines) + "\n"


def leaves(command, path=()):
    path += (command["commandName"],)
    below = [sub for sub in command.get("subcommands", []) if sub["commandName"] != "help" and sub.get("shouldDisplay", True)]
    if not below:
        yield " ".join(path), command
    for sub in below:
        yield from leaves(sub, path)


def shown(command):
    return [argument for argument in command.get("arguments", []) if argument.get("shouldDisplay", True)]


def page(program):
    dump = subprocess.run([program, "--experimental-dump-help"], check=True, stdout=subprocess.PIPE).stdout
    commands = list(leaves(json.loads(dump)["command"]))
    keys = [{json.dumps(argument, sort_keys=True) for argument in shown(command)} for _, command in commands]
    shared = set.intersection(*keys)
    parts = [HEAD]
    for name, command in commands:
        parts.append(f"## {name}\n\n{command.get('abstract', '')}\n")
        if command.get("discussion"):
            parts.append(fenced(command["discussion"].strip("\n")) + "\n")
        own = [argument for argument in shown(command) if json.dumps(argument, sort_keys=True) not in shared]
        if own:
            parts.append(rows(own))
    parts.append("## All commands\n")
    parts.append(rows([argument for argument in shown(commands[0][1]) if json.dumps(argument, sort_keys=True) in shared]))
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(page(sys.argv[1]))
