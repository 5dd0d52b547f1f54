#!/usr/bin/env python3
"""Measures start time, queries of 100,000 photos, and the first output of a sync.

Whole processes, rounds in turn, medians. The first sign of life is the first byte on standard error, on a
terminal and on a pipe, with a server 50 ms away and with one that takes the connection and never says a word.
Writes OUT/bench-start.md.
"""

import argparse
import json
import os
import pathlib
import pty
import select
import signal
import socket
import statistics
import subprocess
import tempfile
import time

from run_first import line_of
from run_index import boxes_of, run


def first_byte(command, on_terminal):
    """Milliseconds from the start of the program to its first byte of output; then stops it."""
    ours, theirs = pty.openpty() if on_terminal else os.pipe()
    null = os.open(os.devnull, os.O_WRONLY)
    began = time.perf_counter()
    pid = os.posix_spawn(command[0], command, dict(os.environ, TERM="xterm"),
                         file_actions=[(os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, theirs, 2)])
    os.close(theirs)
    os.close(null)
    ready, _, _ = select.select([ours], [], [], 10)
    shown = os.read(ours, 4096) if ready else b""
    taken = (time.perf_counter() - began) * 1000
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(ours)
    if not shown:
        raise SystemExit(f"{' '.join(command)} showed nothing in ten seconds")
    return taken


def in_turn(contenders, rounds):
    """Times of each command, without the first round."""
    times = {name: [] for name in contenders}
    names = list(contenders)
    for number in range(rounds + 1):
        for name in names[number % len(names):] + names[:number % len(names)]:
            taken = contenders[name]()
            if number > 0:
                times[name].append(taken)
    return times


def starts(given, index):
    gpsindex = str(given.bin / "gpsindex")
    boxes = boxes_of(given, index, 2)
    box = "--bbox=" + ",".join(map(str, boxes[1000][0]))
    ask = [gpsindex, "query", "-q", "--index", str(index)]
    return {
        "`--version`": [gpsindex, "--version"],
        "`--help`": [gpsindex, "--help"],
        "`query --count`": ask + ["--count"],
        "`query --bbox`, 1,000 photos, GeoJSON": ask + ["-f", "geojson", box],
        "`folders`": [gpsindex, "folders", "-q", "--index", str(index)],
        "`query`, all photos, GeoJSON": ask + ["-f", "geojson"],
    }


def signs(given, work):
    """Syncs from slow and silent servers."""
    server, line = line_of([str(given.bin / "private-sshd")])
    facts = json.loads(line)
    link, line = line_of([str(given.bin / "link-simulator"), "--target", str(facts["port"]), "--rtt", "50"])
    far = line.split()[-1]
    silent = socket.create_server(("127.0.0.1", 0), backlog=1024)
    known = os.path.join(work, "known_hosts")
    with open(facts["known_hosts"]) as file, open(known, "w") as out:
        out.write(file.read().replace(f"]:{facts['port']}", f"]:{far}"))
    photos = os.path.join(work, "photos")
    os.makedirs(photos)

    def sync(port):
        return [str(given.bin / "gpsindex"), "sync", f"sftp://{facts['user']}@127.0.0.1:{port}{photos}",
                "--identity", facts["identity"], "--known-hosts", known,
                "--index", os.path.join(work, "sync.gpkg")]
    contenders = {}
    for server_name, port in (("server 50 ms away", far), ("server that never answers", silent.getsockname()[1])):
        for way, on_terminal in (("terminal", True), ("pipe", False)):
            contenders[f"{server_name}, {way}"] = (
                lambda port=port, on_terminal=on_terminal: first_byte(sync(port), on_terminal))
    try:
        return in_turn(contenders, given.rounds)
    finally:
        silent.close()
        for process in (link, server):
            process.send_signal(signal.SIGTERM)
            process.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--out", default="out", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=31)
    given = parser.parse_args()
    given.bin = given.bin.resolve()
    index = given.data / "80.gpkg"
    if not index.exists():
        given.data.mkdir(parents=True, exist_ok=True)
        subprocess.run([given.bin / "index-generator", index, "--sites", "80", "--drone"], check=True,
                       stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory(prefix="gpsindex-start-") as work:
        commands = starts(given, index)
        times = in_turn({name: lambda command=command: run(command)[0] for name, command in commands.items()},
                        given.rounds)
        waits = signs(given, work)
    lines = []
    for title, of in (("100,000 photos", times), ("first sign of life of a sync", waits)):
        lines += [f"| {title} | median, ms | slowest, ms |", "|---|---|---|"]
        lines += [f"| {name} | {statistics.median(t):.1f} | {max(t):.1f} |" for name, t in of.items()] + [""]
    text = "\n".join(lines)
    print(text)
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "bench-start.md").write_text(text)


if __name__ == "__main__":
    main()
