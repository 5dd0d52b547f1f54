#!/usr/bin/env python3
"""Measures the first sync and the unchanged re-scan of the reference site, compared with other programs.

Everything runs on 127.0.0.1: a private sshd, a link simulator before it, sparse photos behind it. On
every link the programs take turns for some rounds; medians are quoted. The slow ones read an even part of
the photos (the one that walks a folder one of middle size) and are scaled by their number, as the table says. Every
position of gpsindex is checked against the truth; a peer that locates fewer photos than it read is called not
comparable. `--peer-limit 20 --links 0 --rounds 1` only shows that every peer works. Writes OUT/bench-sync.md,
OUT/bench-sync.json and OUT/bench-sync.svg.
"""

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from bench_plot import plot
from run_first import check_positions, line_of, read_truth, timed

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = os.path.join(HERE, "peers")
LINKS = [(0, None), (20, None), (50, None), (100, None), (50, 20)]
TITLES = {
    "first": "gpsindex, first sync",
    "again": "gpsindex, nothing changed",
    "login": "OpenSSH's `ssh -s … sftp`: the login alone",
    "async32": "AsyncSSH 4 × 64, heads of 32 KiB",
    "async2": "AsyncSSH 4 × 256, heads of 2 KiB",
    "libssh2": "libssh2's SFTP calls, 4 connections",
    "paramiko": "Paramiko, 4 connections, Pillow",
    "sshfs": "sshfs and exiftool -fast2",
}


def name_of(link):
    rtt, mbit = link
    return f"{rtt:g} ms" + (f", {mbit:g} Mbit/s" if mbit else "")


class Bench:
    def __init__(self, given, work):
        self.given, self.work = given, work
        self.program = {n: os.path.join(given.bin, n) for n in
                        ("gpsindex", "site-generator", "private-sshd", "link-simulator")}
        self.site = os.path.join(work, "site")
        subprocess.run([self.program["site-generator"], "--out", self.site], check=True)
        self.truth = read_truth(self.site + ".truth.csv")
        self.server, line = line_of([self.program["private-sshd"]])
        self.facts = json.loads(line)
        self.number = 0

    def far(self, link):
        """A link simulator and the known_hosts file for its port."""
        command = [self.program["link-simulator"], "--target", str(self.facts["port"]),
                   "--rtt", str(link[0])] + (["--mbit", str(link[1])] if link[1] else [])
        process, line = line_of(command)
        port = line.split()[-1]
        known = os.path.join(self.work, f"known_{port}")
        with open(self.facts["known_hosts"]) as file, open(known, "w") as out:
            out.write(file.read().replace(f"]:{self.facts['port']}", f"]:{port}"))
        return process, port, known

    def ours(self, port, known):
        """Seconds of a first sync and of a re-scan, and their reports."""
        self.number += 1
        index = os.path.join(self.work, f"run{self.number}.gpkg")
        place = f"sftp://{self.facts['user']}@127.0.0.1:{port}{self.site}"
        tail = ["--identity", self.facts["identity"], "--known-hosts", known, "--index", index]
        command = [self.program["gpsindex"], "sync", place, "--json", "-q"] + tail
        first, text = timed(command)
        report = json.loads(text)
        again, text = timed(command)
        if json.loads(text)["files_opened"]:
            raise SystemExit("the re-scan opened files")
        geojson = os.path.join(self.work, "out.geojson")
        timed([self.program["gpsindex"], "export", "-o", geojson, "--index", index, "-q"])
        count, wrong = check_positions(geojson, self.truth)
        if wrong or count != len(self.truth):
            raise SystemExit(f"{count} positions, {wrong} wrong")
        return first, again, report

    def peer(self, name, port, known, rtt):
        """Seconds for all photos, the number of photos measured, and the number of those located."""
        total = len(self.truth)
        most = min(total, self.given.peer_limit or total)
        out = os.path.join(self.work, "cache.json")
        python = [sys.executable, "--port", port, "--user", self.facts["user"], "--key",
                  self.facts["identity"], "--known-hosts", known, "--path", self.site, "--out", out]

        if name == "login":
            # sftp-server exits at once, at the end of the empty input.
            wall, _ = timed(["ssh", "-F", "none", "-p", port, "-i", self.facts["identity"], "-o",
                             f"UserKnownHostsFile={known}", "-o", "BatchMode=yes", "-s",
                             f"{self.facts['user']}@127.0.0.1", "sftp"])
            return wall, total, total

        def script(file, *more):
            return [python[0], os.path.join(PEERS, file)] + python[1:] + list(more)

        def limited(limit):
            return str(most if self.given.full else max(1, min(limit, most)))

        if name == "async32":
            command = script("asyncssh_pool.py", "--head", "32768", "--in-flight", "64", "--limit", str(most))
        elif name == "async2":
            command = script("asyncssh_pool.py", "--head", "2048", "--in-flight", "256", "--limit", str(most))
        elif name == "paramiko":
            command = script("paramiko_pool.py", "--limit", limited(max(40, int(2_000 / (rtt + 2)))))
        elif name == "libssh2":
            limit = limited(max(100, int(10_000 / rtt)) if rtt else total)
            command = [self.given.libssh2, "127.0.0.1", port, self.facts["user"],
                       self.facts["identity"], self.site, "4", limit]
        else:
            folders = sorted({os.path.dirname(path) for path in self.truth})
            sizes = {f: sum(os.path.dirname(p) == f for p in self.truth) for f in folders}
            middle = 0 if self.given.peer_limit else len(folders) // 2
            mount = os.path.join(self.work, "mount")
            os.makedirs(mount, exist_ok=True)
            command = [os.path.join(PEERS, "sshfs_exiftool.sh"), port, self.facts["user"],
                       self.facts["identity"], known,
                       os.path.join(self.site, sorted(folders, key=sizes.get)[middle]),
                       mount]
        wall, text = timed(command)
        report = json.loads(text.strip().splitlines()[-1])
        photos = report["photos"]
        wall = wall if photos == total else report["seconds"] * total / photos
        return wall, photos, report["located"]

    def link(self, link):
        process, port, known = self.far(link)
        walls, parts, located, report = {}, {}, {}, None
        names = [n for n in TITLES if n not in ("first", "again")
                 and (n != "sshfs" or shutil.which("sshfs") and os.path.exists("/dev/fuse"))]
        try:
            for turn in range(self.given.rounds):
                first, again, report = self.ours(port, known)
                walls.setdefault("first", []).append(first)
                walls.setdefault("again", []).append(again)
                for name in names:
                    if name in ("paramiko", "sshfs", "libssh2") and turn > 0:
                        continue
                    wall, parts[name], located[name] = self.peer(name, port, known, link[0])
                    walls.setdefault(name, []).append(wall)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()
        return walls, parts, located, report


def is_fair(name, parts, located):
    """A program that locates fewer photos is not comparable. The positions of gpsindex were checked."""
    return name not in located or located[name] == parts[name]


def table(results, total):
    lines = ["| seconds | " + " | ".join(name_of(l) for l, *_ in results) + " |",
             "|---" * (len(results) + 1) + "|"]
    for name, title in TITLES.items():
        cells = []
        for _, walls, parts, located, _ in results:
            if name not in walls:
                cells.append("–")
                continue
            value = statistics.median(walls[name])
            text = f"{value:.2f}" if value < 10 else f"{value:.0f}"
            cells.append(text + ("" if parts.get(name, total) == total else " ¹")
                         + ("" if is_fair(name, parts, located) else
                            f" (not comparable: located {located[name]} of {parts[name]})"))
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    ratios = []
    for _, walls, parts, located, _ in results:
        fair = [statistics.median(walls[name]) for name in ("async32", "async2") if is_fair(name, parts, located)]
        ratios.append(f"{min(fair) / statistics.median(walls['first']):.1f} ×" if fair else "not comparable")
    lines.append("| first sync against the better AsyncSSH | " + " | ".join(ratios) + " |")
    bars = []
    for (rtt, mbit), *_, report in results:
        bar = 18 * rtt / 1000 + 0.3
        if mbit:
            bar += report["bytes_received"] * 8 / (mbit * 1e6)
        bars.append(f"{bar:.2f}")
    lines.append("| 18 round trips + payload / bandwidth + 0.3 s | " + " | ".join(bars) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--libssh2", required=True, help="the built libssh2_pool")
    parser.add_argument("--out", default="out")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--full", action="store_true", help="read all photos with every program (an hour)")
    parser.add_argument("--peer-limit", type=int, help="read at most this many photos with the other programs")
    parser.add_argument("--links", help="measure only these links, such as 0,50 or 50:20 for 20 Mbit/s")
    given = parser.parse_args()
    os.makedirs(given.out, exist_ok=True)
    links = LINKS
    if given.links:
        links = [(float(rtt), float(mbit) if mbit else None)
                 for rtt, _, mbit in (word.partition(":") for word in given.links.split(","))]
    with tempfile.TemporaryDirectory(prefix="gpsindex-bench-") as work:
        bench = Bench(given, work)
        try:
            results = []
            for link in links:
                began = time.monotonic()
                walls, parts, located, report = bench.link(link)
                results.append((link, walls, parts, located, report))
                print(f"{name_of(link)}: {time.monotonic() - began:.0f} s; "
                      + ", ".join(f"{n} {statistics.median(w):.2f}" for n, w in walls.items())
                      + "; located: gpsindex all, "
                      + ", ".join(f"{n} {located[n]} of {parts[n]}" for n in located if n != "login"),
                      file=sys.stderr, flush=True)
            total = len(bench.truth)
        finally:
            bench.server.send_signal(signal.SIGTERM)
            bench.server.wait()
    text = table(results, total)
    print(text)
    with open(os.path.join(given.out, "bench-sync.md"), "w") as file:
        file.write(text)
    with open(os.path.join(given.out, "bench-sync.json"), "w") as file:
        json.dump([{"link": name_of(l), "seconds": w, "photos": p, "located": f, "report": r}
                   for l, w, p, f, r in results], file, indent=1)
    with open(os.path.join(given.out, "bench-sync.svg"), "w") as file:
        file.write(plot([(name_of(l), {TITLES[n]: statistics.median(v) for n, v in w.items()})
                         for l, w, *_ in results], list(TITLES.values())))


if __name__ == "__main__":
    main()
