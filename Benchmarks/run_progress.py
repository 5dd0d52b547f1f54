#!/usr/bin/env python3
"""Measures the cost of progress output: none, JSON events and the bar on a terminal, interleaved.

A first sync of small photos from a private server on 127.0.0.1: the more photos a second, the more there is to
tell. Medians of processor and wall time; events are counted. Writes OUT/bench-progress.md.
"""

import argparse
import json
import os
import pty
import statistics
import tempfile
import threading
import time

from run_big import Big


def drain(descriptor, pieces):
    while True:
        try:
            piece = os.read(descriptor, 65536)
        except OSError:
            return
        if not piece:
            return
        pieces.append(piece)


def run(command, style):
    """Processor seconds, wall seconds and the output."""
    if style == "bar":
        ours, theirs = pty.openpty()
    else:
        ours, theirs = os.pipe()
    began = time.monotonic()
    null = os.open(os.devnull, os.O_WRONLY)
    pid = os.posix_spawn(command[0], command + ["--progress", style], dict(os.environ, TERM="xterm"),
                         file_actions=[(os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, theirs, 2)])
    os.close(theirs)
    os.close(null)
    pieces = []
    reader = threading.Thread(target=drain, args=(ours, pieces))
    reader.start()
    _, status, usage = os.wait4(pid, 0)
    wall = time.monotonic() - began
    reader.join()
    os.close(ours)
    text = b"".join(pieces).decode()
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(text)
    return usage.ru_utime + usage.ru_stime, wall, text


def shown(style, text):
    if style == "bar":
        return text.count("\x1b[K")
    return sum(json.loads(line)["message_type"] == "status" for line in text.splitlines() if line.startswith("{"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--out", default="out")
    parser.add_argument("--photos", type=int, default=20000)
    parser.add_argument("--rounds", type=int, default=11)
    given = parser.parse_args()
    os.makedirs(given.out, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        big = Big(given, work)
        try:
            site = big.site(given.photos, max(1, given.photos // 125))
            index = os.path.join(work, "index.gpkg")
            command = [big.program["gpsindex"], "sync",
                       f"sftp://{big.facts['user']}@127.0.0.1:{big.facts['port']}{site}", "--identity",
                       big.facts["identity"], "--known-hosts", big.facts["known_hosts"], "--index", index]
            styles = ["none", "json", "bar"]
            runs = {style: [] for style in styles}
            for number in range(given.rounds + 1):
                for style in styles[number % 3:] + styles[:number % 3]:
                    result = run(command, style)
                    os.unlink(index)
                    if number > 0:  # the first round only warms the caches
                        runs[style].append(result)
        finally:
            big.server.terminate()
    lines = [f"First sync of {given.photos} small photos on loopback, {given.rounds} rounds in turn, medians.", "",
             "| progress | processor | against none | wall | shown | a second at most |", "|---|---|---|---|---|---|"]
    base = statistics.median(cpu for cpu, _, _ in runs["none"])
    for style in styles:
        cpu = statistics.median(r[0] for r in runs[style])
        wall = statistics.median(r[1] for r in runs[style])
        # Both runs of a round meet the same load of the machine.
        ratio = statistics.median(a[0] / b[0] for a, b in zip(runs[style], runs["none"]))
        count = statistics.median(shown(style, r[2]) for r in runs[style]) if style != "none" else 0
        lines.append(f"| {style} | {cpu:.3f} s | {100 * (cpu - base) / base:+.1f} % (pairs {100 * (ratio - 1):+.1f} %) | "
                     f"{wall:.2f} s | {count:g} | {max((shown(style, r[2]) / r[1] for r in runs[style]), default=0) if style != 'none' else 0:.1f} |")
    text = "\n".join(lines) + "\n"
    print(text)
    with open(os.path.join(given.out, "bench-progress.md"), "w") as file:
        file.write(text)


if __name__ == "__main__":
    main()
