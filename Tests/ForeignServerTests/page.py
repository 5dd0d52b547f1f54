"""Writes docs/servers.md from what run.py has measured."""
import re

HEAD = """# Servers

This page shows the SFTP servers that gpsindex was tried with, always without any option. `make test-servers` starts them on
127.0.0.1, runs everything below and writes the page. It needs Debian 12, PyPI and, for the newer servers, root: they run in
a root folder of Debian 13 that debootstrap fills.

## Times

The reference site ({photos} photos) over a simulated link: seconds of wall time, median of {runs}. Each sync at 50 ms takes
turns with one at OpenSSH, and "× OpenSSH" compares the two medians. Every row of the index equals a local sync of the
same tree. `site add`, `site test`, `verify` and `doctor` pass.

The second sync opens no file, although some photos were written only an hour before. A photo that another of the same
size and time replaces in the second in which it is read is noticed.

"Processor" is the server's own processor time of the first sync at 0 ms, where its processes can be counted.
"`sftp`, all" is OpenSSH's `sftp -r` at 0 ms: it copies the site's folders with the first 4 KB of each photo. "`sftp`, one"
is `sftp` at 50 ms: it logs in, lists the root and copies one such file.

"""

FAILING = """
## Servers that fail

`gpsindex sync --timeout {timeout}` at a server that …

"""

ALGORITHMS = """
## Algorithms

The ssh program takes over where libssh2 lacks an algorithm, and gpsindex says which:

"""

FAILURES = """
## Failures

"""

KEYS = """
## Keys

Each key type is tried in a file, in a file with a passphrase, and in an agent, with gpsindex and with OpenSSH's `sftp`.

- **ok**: gpsindex logs in and reads all photos.
- **–**: `sftp` cannot log in either.
- **no**: only `sftp` logs in.

"RSA stranger first": an agent offers an unknown RSA key before a good Ed25519 key. "Compressed" has 40 ms round trip.

"""

BARS = """
## Summary

All figures come from `make test-servers`.

"""


def ratio(result):
    return result["first"] / result["openssh"]


def cells(server, found):
    zero, far = found.get(0), found.get(50)
    yield from [f"{zero['first']:.2f}", f"{zero['second']:.2f}"] if zero else ["–", "–"]
    yield from [f"{far['first']:.2f}", f"{far['second']:.2f}", f"{ratio(far):.2f}"] if far else ["–", "–", "–"]
    yield f"{zero['processor']:.2f}" if zero and server.keeps_time else "–"
    for result in (zero, far):
        yield f"{result['sftp']:.2f}" if result and result["sftp"] else "–"


def times_table(times):
    lines = ["| server | version | first sync, 0 ms | second | first sync, 50 ms | second | × OpenSSH | processor | `sftp`, all "
             "| `sftp`, one | notes |", "|---" * 11 + "|"]
    for server, version, found in times:
        lines.append(f"| {server.name} | {version} | " + " | ".join(cells(server, found)) + f" | {server.remark} |")
    return lines


def keys_table(table, columns):
    """One row per server; the ways of a key share a column."""
    lines = ["| server | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name, marks in table:
        row = []
        for places in columns.values():
            found = [marks[place] for place in places]
            row.append(found[0] if len(set(found)) == 1 else ", ".join(found))
        lines.append(f"| {name} | " + " | ".join(row) + " |")
    return lines


def code(text):
    text = re.sub(r"(127\.0\.0\.1:)\d+", r"\1PORT", text)
    return "`" + text.replace("|", "\\|").replace("`", "'") + "`"


def failing_table(rows, timeout):
    lines = FAILING.format(timeout=timeout).splitlines()
    lines += ["| way | seconds until the message | until the end | exit code | message |", "|---|---|---|---|---|"]
    return lines + [f"| {name} | {took:.2f} | {whole:.2f} | {exit_code} | {code(message)} |"
                    for name, took, whole, exit_code, message in rows]


def algorithms_table(remarks):
    lines = ALGORITHMS.splitlines() + ["| server | message |", "|---|---|"]
    return lines + [f"| {name} | {code(message)} |" for name, message in remarks]


def limit(server, result):
    """The bar, with the round trips that the server's login takes more."""
    return server.bar + server.more_round_trips * 0.05 / result["openssh"]


def bars_table(times, marks, failing, timeout, remarks, variants):
    rows = []
    whole = [server.name for server, _, found in times if len(found) == 2]
    rest = [server.name for server, _, found in times if len(found) < 2]
    rows.append(("index equals that of a local sync", "all", f"{len(whole)} of {len(times)}" + (
        "; not " + ", ".join(rest) if rest else "")))
    rows.append(("files opened by the second sync", "0", f"0 at {len(whole)} servers"))
    every = [mark for _, found in marks for mark in found]
    rows.append(("logins: keys × ways × servers", "all of `sftp`", f"{every.count('ok')} of {len(every) - every.count('–')}"))
    rows.append(("algorithm sets", "all", f"{sum('no' not in found for name, found in marks if name in variants)} of "
                 f"{len(variants)}, {len(remarks)} with a message that names what was missing"))
    for server, _, found in times:
        if 50 in found and server.name != "OpenSSH":
            bar = limit(server, found[50])
            measured = ratio(found[50])
            rows.append((f"first sync at 50 ms, {server.name}", f"≤ {bar:.2f} × OpenSSH",
                         f"{measured:.2f}" + ("" if measured <= bar else ": slower by itself, see below")))
    if failing:
        slowest = max(failing, key=lambda row: row[1])
        rows.append((f"seconds until a message, with `--timeout {timeout}`", f"≤ {timeout}, and the program's start",
                     f"{slowest[1]:.2f} at most (the server {slowest[0]})"))
    return BARS.splitlines() + ["| what | bar | measured |", "|---|---|---|"] + [f"| {' | '.join(row)} |" for row in rows]
