#!/usr/bin/env python3
"""Measures large sites: 50,000 photos in 400 folders on several links, 200,000 for memory, 16 connections.

Everything runs on 127.0.0.1. Each sync is a new process; its processor time and peak memory are the
kernel's figures. Writes OUT/bench-big.md.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from run_first import line_of


def measured(command):
    """Wall and processor seconds, peak MiB and the JSON of one run."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    text, errors = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\n{process.returncode}\n{text}{errors}")
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit, json.loads(text)


class Big:
    def __init__(self, given, work, *options):
        self.given, self.work = given, work
        self.program = {n: os.path.join(given.bin, n) for n in
                        ("gpsindex", "site-generator", "private-sshd", "link-simulator")}
        self.server, line = line_of([self.program["private-sshd"], *options])
        self.facts = json.loads(line)
        self.rows = []

    def site(self, photos, folders):
        path = os.path.join(self.work, f"site{photos}")
        subprocess.run([self.program["site-generator"], "--out", path, "--photos", str(photos),
                        "--folders", str(folders), "--layout", "small"],
                       check=True, stdout=subprocess.DEVNULL)
        return path

    def rounds(self, title, site, photos, port, rounds, again=True, more=()):
        """Yields kind and measurement of each run: first syncs into new indexes, re-scans between them."""
        known = os.path.join(self.work, f"known_{port}")
        with open(self.facts["known_hosts"]) as file, open(known, "w") as out:
            out.write(file.read().replace(f"]:{self.facts['port']}", f"]:{port}"))
        for number in range(rounds):
            index = os.path.join(self.work, f"{port}-{number}.gpkg")
            command = [self.program["gpsindex"], "sync",
                       f"sftp://{self.facts['user']}@127.0.0.1:{port}{site}", "--json",
                       "--progress", "none", "--identity", self.facts["identity"],
                       "--known-hosts", known, "--index", index, *more]
            for kind in ("first sync", "nothing changed") if again else ("first sync",):
                run = measured(command)
                if run[3]["located"] != photos or run[3]["failed"] or (
                        kind != "first sync" and run[3]["files_opened"]):
                    raise SystemExit(f"{title}: {run[3]}")
                yield kind, run
            os.unlink(index)

    def syncs(self, title, site, photos, rtt, mbit=None, rounds=3, again=True, more=()):
        command = [self.program["link-simulator"], "--target", str(self.facts["port"]),
                   "--rtt", str(rtt)] + (["--mbit", str(mbit)] if mbit else [])
        link, line = line_of(command)
        port = line.split()[-1]
        runs = {"first sync": [], "nothing changed": []}
        try:
            for kind, run in self.rounds(title, site, photos, port, rounds, again, more):
                runs[kind].append(run)
        finally:
            link.send_signal(signal.SIGTERM)
            link.wait()
        for kind, of in runs.items():
            if not of:
                continue
            wall, cpu, memory = (statistics.median(r[i] for r in of) for i in range(3))
            report = of[-1][3]
            row = [f"{title}, {kind}", f"{wall:.2f} ({min(r[0] for r in of):.2f}–"
                   f"{max(r[0] for r in of):.2f})", f"{photos / wall:,.0f}",
                   f"{cpu / photos * 1e6:.0f}", f"{memory:.0f}", str(report["connections"]),
                   f"{report['bytes_received'] / 1e6:.1f}"]
            self.rows.append(row)
            print("; ".join(row), file=sys.stderr, flush=True)

    def table(self):
        head = ["", "wall, s", "photos/s", "processor, µs per photo", "peak memory, MiB",
                "connections", "MB received"]
        return "\n".join("| " + " | ".join(r) + " |" for r in
                         [head, ["---"] * len(head)] + self.rows) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--out", default="out")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    os.makedirs(given.out, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="gpsindex-bench-") as work:
        big = Big(given, work)
        try:
            site = big.site(50_000, 400)
            for rtt, mbit in ((0, None), (50, None), (50, 20)):
                title = f"50,000 in 400 folders, {rtt} ms" + (f", {mbit} Mbit/s" if mbit else "")
                big.syncs(title, site, 50_000, rtt, mbit, given.rounds)
            big.syncs("the same with --connections 16, 20 ms", site, 50_000, 20, None, 1, False,
                      ("--connections", "16"))
            site = big.site(200_000, 1_600)
            big.syncs("200,000 in 1,600 folders, 0 ms", site, 200_000, 0, None, 1)
        finally:
            big.server.send_signal(signal.SIGTERM)
            big.server.wait()
    text = big.table()
    print(text)
    with open(os.path.join(given.out, "bench-big.md"), "w") as file:
        file.write(text)


if __name__ == "__main__":
    main()
