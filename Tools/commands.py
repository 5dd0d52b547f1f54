#!/usr/bin/env python3
"""Every command and option as a page, from what the program says of itself: commands.py PROGRAM > docs/commands.md

Tests/DocumentTests/run.py compares the page with the program, so that none is missing and none is too much.
"""

import json
import subprocess
import sys

HEAD = """# Commands

Written by `make commands` from the program's own help; do not edit. The man pages have the same (`man gpsindex query`). Options that
all commands share stand at the end.
"""


def escaped(text):
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def names(argument):
    """`-f`, `--format FORMAT`, as the help has them; the name alone for what has no dashes."""
    if argument["kind"] == "positional":
        return f"`{argument['valueName']}`"
    value = f" {argument['valueName']}" if argument["kind"] == "option" else ""
    spelled = [("--" if name["kind"] == "long" else "-") + name["name"] for name in argument["names"]]
    return ", ".join(f"`{name}{value if name == spelled[-1] else ''}`" for name in sorted(spelled, key=len))


def rows(arguments):
    lines = ["| | |", "|---|---|"]
    lines += [f"| {names(argument)} | {escaped(argument.get('abstract', ''))} |" for argument in arguments]
    return "\n".join(lines) + "\n"


def leaves(command, path=()):
    path += (command["commandName"],)
    below = [sub for sub in command.get("subcommands", []) if sub["commandName"] != "help"]
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
            parts.append(command["discussion"].strip() + "\n")
        own = [argument for argument in shown(command) if json.dumps(argument, sort_keys=True) not in shared]
        if own:
            parts.append(rows(own))
    parts.append("## All commands\n")
    parts.append(rows([argument for argument in shown(commands[0][1]) if json.dumps(argument, sort_keys=True) in shared]))
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(page(sys.argv[1]))
