#!/usr/bin/env python3
"""Writes docs/faults.md from rows.tsv and the logs of test runs: table.py DOC LOG…

The tests of a row are those named after it (`f07_…`) and those that rows.tsv lists; `test-asan` stands for a whole log. A row is open when none of its
tests ran. Exits with 1 when a test of a row failed.
"""
import pathlib
import re
import sys

here = pathlib.Path(__file__).parent
results = {}
seconds = {}
# Keeps the figures of an earlier run until there are new ones.
old = pathlib.Path(sys.argv[1])
found = re.search(r"\n## Soak\n.*", old.read_text(), re.S) if old.exists() else None
soak = found[0] if found else ""
for log in sys.argv[2:]:
    text = pathlib.Path(log).read_text(errors="replace")
    if "soak" in log:
        lines = text.splitlines()
        parts = []
        for what in ("syncs", "polls"):
            held = [line for line in lines if re.match(rf"\d+ {what}: \d+ KiB", line)]
            ends = [number for number, line in enumerate(lines) if re.match(rf"\d+ {what} in", line)]
            if held and ends:
                # To the next part, which begins with samples.
                rest = lines[ends[-1]:]
                stop = next((number for number, line in enumerate(rest) if "KiB" in line), len(rest))
                parts += [held[2], held[-1]] + rest[:stop]
        if parts:
            soak = "\n".join(["", "## Soak", "", "The last run of `make soak` (the first tenth is warm-up):", "", "```"]
                             + parts + ["```", ""])
        continue
    if "asan" in log:
        # The whole log counts as one test.
        run = re.search(r"Test run with \d+ tests .*?(passed|failed) after", text)
        if run:
            clean = run[1] == "passed" and "ERROR: AddressSanitizer" not in text
            results["test-asan"] = "passed" if clean else "failed"
        continue
    for line in text.splitlines():
        found = re.search(r"Test (\w+)\([^)]*\) .*?(passed|failed) after ([0-9.]+) seconds", line)
        if found:
            name, result, taken = found.groups()
            if "faults" in log:
                # These tests run one after the other, so the time is that of the test alone.
                cases = re.search(r"with (\d+) test case", line)
                seconds[name] = float(taken) / int(cases[1] if cases else 1)
            if results.get(name) != "failed":
                results[name] = result

lines = []
proved = {}
bad = False
for row in (here / "rows.tsv").read_text().splitlines():
    number, what, *others = row.split("\t")
    named = re.compile(rf"(?:\w+_)?{number[0].lower()}{int(number[1:]):02d}_")
    tests = [t for t in sorted(results) if named.match(t)]
    tests += [t for t in (others[0].split() if others else []) if t in results and t not in tests]
    if not tests:
        result = "open"
    elif all(results[t] == "passed" for t in tests):
        result = "passed"
    else:
        result, bad = "**failed**", True
    taken = max((seconds[t] for t in tests if t in seconds), default=None)
    if taken and taken > 20:
        result, bad = "**slow**", True
    count = proved.setdefault(number[0], [0, 0])
    count[0] += result == "passed"
    count[1] += 1
    lines.append(f"| {number} | {what} | {', '.join(f'`{t}`' for t in tests) or '–'} "
                 f"| {'' if taken is None else f'{taken:.1f}'} | {result} |")

words = {"F": "faults", "B": "bad inputs", "S": "security", "A": "logins", "G": "ssh configuration", "R": "rows",
         "T": "transfers", "W": "watches"}
summary = ", ".join(f"{words[k]} {a} of {b}" for k, (a, b) in proved.items())
text = f"""# Fault tests

`make test-faults` generates this page from the results of the tests; do not edit it. Rows with a passed test: {summary}.

- **passed**: all named tests passed. A row may demand more than its tests show.
- **open**: no test of that row ran.
- **s**: seconds of the longest test that runs alone, per case. More than 20 s are a failure.

| row | fault, bad input or threat | tests | s | result |
|---|---|---|---|---|
"""
pathlib.Path(sys.argv[1]).write_text(text + "\n".join(lines) + "\n" + soak)
print(summary)
sys.exit(bad)
