#!/usr/bin/env python3
"""Checks the sizes of what is in Sources against the limits that docs/contributing.md states.

A class or actor counts with all stored properties that are not private or fileprivate, `let` constants, too. A struct
counts only where its body has a mutating method that is not private: others are plain values. A function is counted from its first line to its
closing brace; initialisers, subscripts and computed properties are functions.

OFFENDERS are those left. The list may only shrink: what is no offender any more, or has become larger, is an error.
"""

import bisect
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# What is over its limit, with its size of today.
OFFENDERS = {}

TOKEN = re.compile(
    r'//[^\n]*|/\*|(?P<hash>#*)"""|(?P<hash1>#*)"|`?\b[A-Za-z_]\w*\b`?|[{}()\[\];=,:<>@\n]|->|[^\s\w]|\d\w*'
)
TYPES = {"class", "struct", "enum", "actor", "protocol", "extension"}
HIDDEN = {"private", "fileprivate"}
OBSERVERS = {"didSet", "willSet"}
MODIFIERS = HIDDEN | {
    "public", "package", "internal", "open", "final", "lazy", "static", "override", "weak", "unowned", "mutating",
    "nonmutating", "convenience", "required", "nonisolated", "indirect", "unsafe", "consuming", "borrowing", "dynamic",
}


def skip_string(text, at, hashes, quote):
    """The place behind a string literal whose opening quote ends at `at`."""
    escape, end = "\\" + hashes, quote + hashes
    while at < len(text):
        if text.startswith(end, at):
            return at + len(end)
        if text.startswith(escape + "(", at):
            at = skip_interpolation(text, at + len(escape) + 1)
        elif text.startswith(escape, at):
            at += len(escape) + 1
        else:
            at += 1
    return at


def skip_interpolation(text, at):
    depth = 1
    while at < len(text) and depth:
        match = re.compile(r'(#*)("""|")').match(text, at)
        if match:
            at = skip_string(text, match.end(), match[1], match[2])
            continue
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
    return at


def tokens(text):
    """Words and marks with their line numbers; comments and literals are left out."""
    starts = [0] + [place.end() for place in re.finditer("\n", text)]
    found, at = [], 0
    while match := TOKEN.search(text, at):
        token, at = match[0], match.end()
        line = bisect.bisect_right(starts, match.start())
        if token.startswith("//"):
            continue
        if token == "/*":
            depth = 1
            while depth and (mark := re.compile(r"/\*|\*/").search(text, at)):
                depth += 1 if mark[0] == "/*" else -1
                at = mark.end()
            continue
        if token.endswith('"'):
            quote = '"""' if token.endswith('"""') else '"'
            at = skip_string(text, at, token.rstrip('"'), quote)
            token = '""'
        elif token == "#" and (match := re.compile(r"#*/").match(text, match.start())):
            # A regular expression between #/ and /#.
            end = text.find("/" + match[0][:-1], match.end())
            at = end + len(match[0]) if end >= 0 else len(text)
            token = '""'
        found.append((token, line))
    return found


class Scanner:
    """Finds types with their stored properties, and functions, in the tokens of one file."""

    def __init__(self, path, text):
        self.path, self.tokens = path, tokens(text)
        self.functions, self.classes = [], []

    def closing(self, at):
        """The place of the bracket that closes the one at `at`."""
        depth = 0
        while at < len(self.tokens):
            depth += {"{": 1, "(": 1, "[": 1, "}": -1, ")": -1, "]": -1}.get(self.tokens[at][0], 0)
            if depth == 0:
                return at
            at += 1
        return len(self.tokens) - 1

    def opening(self, at, *, ends_at_line=False):
        """The next `{` outside of other brackets; None where the declaration ends without one."""
        while at < len(self.tokens):
            token = self.tokens[at][0]
            if token == "{":
                return at
            if token in "([":
                at = self.closing(at)
            elif token in "};" or ends_at_line and token == "\n":
                return None
            at += 1
        return None

    def members(self, start, end, owner, name):
        """Goes through declarations between two places; `owner` collects stored properties of a type."""
        at, modifiers = start, set()
        while at < end:
            token, line = self.tokens[at]
            following = self.tokens[at + 1][0] if at + 1 < end else ""
            if token == "@":
                at += 2
                if at < end and self.tokens[at][0] == "(":
                    at = self.closing(at) + 1
                continue
            if token == "class" and following in {"func", "var"} | MODIFIERS:
                modifiers.add("static")
                at += 1
                continue
            if token in MODIFIERS:
                at += 1
                if at < end and self.tokens[at][0] == "(":
                    # private(set) hides the setter alone.
                    at = self.closing(at) + 1
                else:
                    modifiers.add(token)
                continue
            if token in TYPES and re.match(r"`?[A-Za-z_]", following):
                at = self.type(at, name, modifiers, owner)
            elif token == "func" or token in {"init", "deinit", "subscript"}:
                if owner is not None and "mutating" in modifiers and not modifiers & HIDDEN:
                    owner["acts"] = True
                at = self.function(at, name, line)
            elif token in {"var", "let"}:
                at = self.property(at, end, owner, modifiers, name)
            elif token in "{([":
                at = self.closing(at) + 1
            else:
                at += 1
                if token in {"\n"}:
                    continue
            modifiers = set()

    def type(self, at, outer, modifiers, owner):
        kind, name = self.tokens[at][0], self.tokens[at + 1][0]
        name = f"{outer}.{name}" if outer else name
        brace = self.opening(at)
        if brace is None:
            return at + 1
        end = self.closing(brace)
        hidden = bool(modifiers & HIDDEN) or (owner is not None and owner["hidden"])
        found = {"stored": 0, "acts": kind in {"class", "actor"}, "hidden": hidden}
        self.members(brace + 1, end, found, name)
        if found["acts"] and not hidden and kind not in {"enum", "protocol", "extension"}:
            self.classes.append((name, found["stored"]))
        return end + 1

    def function(self, at, name, line):
        word = self.tokens[at + 1][0] if self.tokens[at][0] == "func" else self.tokens[at][0]
        brace = self.body(at + 1)
        if brace is None:
            return at + 1
        end = self.closing(brace)
        self.functions.append((f"{name}.{word}" if name else word, self.tokens[end][1] - line + 1))
        return end + 1

    def body(self, at):
        """The `{` of a function; in a protocol there is none before the line, or the next declaration, ends."""
        while at < len(self.tokens):
            token = self.tokens[at][0]
            if token == "{":
                return at
            if token in "([":
                at = self.closing(at)
            elif token in {"}", ";", "func", "var", "init"}:
                return None
            at += 1
        return None

    def property(self, at, end, owner, modifiers, name):
        line, word = self.tokens[at][1], self.tokens[at + 1][0]
        at += 1
        count, given, typed = 1, False, False
        while at < end:
            token = self.tokens[at][0]
            given |= token == "="
            typed |= token == ":"
            if token in "([":
                at = self.closing(at)
            elif token == ",":
                # Another name, or a part of a type or a value.
                further = self.tokens[at + 2][0] if at + 2 < end else ""
                count += not (given or typed) or further in {":", "="}
            elif token == "{":
                inner = next((t for t, _ in self.tokens[at + 1 :] if t != "\n"), "")
                close = self.closing(at)
                if not given and inner not in OBSERVERS:
                    self.functions.append(
                        (f"{name}.{word}" if name else word, self.tokens[close][1] - line + 1))
                    return close + 1
                at = close
            elif token == "\n":
                before = self.tokens[at - 1][0]
                after = next((t for t, _ in self.tokens[at + 1 :] if t != "\n"), "")
                if before not in {"=", ",", ":"} and after not in {"=", ".", "?", "&", "|", "{", ":"}:
                    break
            elif token == ";":
                break
            at += 1
        if owner is not None and not modifiers & (HIDDEN | {"static"}):
            owner["stored"] += count
        return at


def limits():
    text = " ".join((ROOT / "docs/contributing.md").read_text(encoding="utf-8").split())
    rules = (
        r"no file over (\d+) lines", r"no function over (\d+) lines",
        r"no class with more than (\d+) stored properties",
    )
    return [int(re.search(rule, text)[1]) for rule in rules]


def sizes():
    """(what, size, limit, unit) of everything over its limit."""
    most_lines, most_body, most_stored = limits()
    files = sorted((ROOT / "Sources").rglob("*.swift"))
    if len(files) < 200:
        sys.exit(f"only {len(files)} files found in Sources")
    for path in files:
        text = path.read_text(encoding="utf-8")
        scanner = Scanner(path, text)
        scanner.members(0, len(scanner.tokens), None, "")
        where = str(path.relative_to(ROOT / "Sources"))
        rows = [(where, text.count("\n"), most_lines, "lines")]
        rows += [(f"{where} {name}()", size, most_body, "lines") for name, size in scanner.functions]
        rows += [
            (f"{where} {name}", size, most_stored, "visible stored properties") for name, size in scanner.classes]
        yield from (row for row in rows if row[1] > row[2])


def main():
    found, errors = {}, []
    for what, size, limit, unit in sizes():
        if size > found.get(what, (0,))[0]:
            found[what] = (size, limit, unit)
    for what, (size, limit, unit) in found.items():
        known = OFFENDERS.get(what)
        if known is None:
            errors.append(f"{what} has {size} {unit}, {limit} are the limit")
        elif size > known:
            errors.append(f"{what} has grown from {known} to {size} {unit}, {limit} are the limit")
        else:
            print(f"left to do: {what} has {size} {unit}, {limit} are the limit")
    errors += [
        f"{what} is within its limit: take it off the list in Tools/check_sizes.py" for what in OFFENDERS
        if what not in found]
    for error in errors:
        print(f"error: {error}", file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    if "--dump" in sys.argv:
        for row in sizes():
            print(row)
    else:
        sys.exit(main())
