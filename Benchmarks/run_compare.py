#!/usr/bin/env python3
"""Compares two builds of gpsindex in one interleaved run (`make bench-compare OLD=FOLDER`): syncs over SFTP and of a local
folder, queries, exports and the start. Each build makes its own indexes. Prints medians, and old ÷ new: above 1, the new
build is faster.

Everything runs on 127.0.0.1: a private sshd, a link simulator before it, sparse photos behind it.
"""
import argparse
import json
import os
import pathlib
import signal
import statistics
import subprocess
import tempfile
import time

from run_first import line_of, timed

parser = argparse.ArgumentParser()
parser.add_argument("--old", required=True, type=pathlib.Path, help="folder of the old gpsindex")
parser.add_argument("--bin", required=True, type=pathlib.Path, help="folder of the new programs")
parser.add_argument("--rounds", type=int, default=9)
parser.add_argument("--local", type=int, default=50_000, help="photos of the local folder")
parser.add_argument("--out", default=pathlib.Path("out"), type=pathlib.Path)
given = parser.parse_args()
builds = {"old": given.old / "gpsindex", "new": given.bin / "gpsindex"}


def environment(work, name, label):
    home = work / f"home-{label}"
    home.mkdir(exist_ok=True)
    return ["env", "-u", "SSH_AUTH_SOCK", f"HOME={home}", f"GPSINDEX_INDEX={work / name}.gpkg"]


def main():
    with tempfile.TemporaryDirectory(prefix="gpsindex-compare-") as folder:
        measure(pathlib.Path(folder))


def measure(work):
    site, local = work / "site", work / "local"
    subprocess.run([given.bin / "site-generator", "--out", site], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(
        [given.bin / "site-generator", "--out", local, "--layout", "small", "--size", "0", "--folders", "50",
         "--photos", str(given.local)], check=True, stdout=subprocess.DEVNULL)
    time.sleep(3)  # Photos of the last two seconds would be read again.
    server, line = line_of([given.bin / "private-sshd"])
    facts = json.loads(line)
    links = []
    results, runs = {}, 0

    def note(task, label, command):
        seconds, _ = timed([str(word) for word in command])
        results.setdefault(task, {}).setdefault(label, []).append(seconds)

    try:
        ports = {0: facts["port"]}
        simulator, line = line_of([given.bin / "link-simulator", "--target", str(facts["port"]), "--rtt", "50"])
        links.append(simulator)
        ports[50] = line.split()[-1]
        for _ in range(given.rounds):
            runs += 1
            for label, program in builds.items():
                for rtt, port in ports.items():
                    run = environment(work, f"{label}-{rtt}-{runs}", label) + [
                        program, "sync", f"sftp://{facts['user']}@127.0.0.1:{port}{site}", "--identity", facts["identity"],
                        "--accept-new", "--progress", "none", "--quiet"]
                    note(f"SFTP, {rtt} ms, first sync", label, run)
                    note(f"SFTP, {rtt} ms, unchanged re-scan", label, run)
                run = environment(work, f"{label}-local-{runs}", label) + [
                    program, "sync", local, "--progress", "none", "--quiet"]
                note(f"local, {given.local:,} photos, first sync", label, run)
                note("local, unchanged re-scan", label, run)
            for _ in range(5):
                for label, program in builds.items():
                    run = environment(work, f"{label}-local-{runs}", label) + [program]
                    note("--version", label, run + ["--version"])
                    note("query --limit 10", label, run + ["query", "--limit", "10"])
                    note("query --count", label, run + ["query", "--bbox=-180,-90,180,90", "--count"])
                    note("all photos as GeoJSON", label, run + ["query", "-f", "geojson", "-o", work / "all.geojson"])
                    note("all photos as CSV", label, run + ["query", "-f", "csv", "-o", work / "all.csv"])
    finally:
        for process in links + [server]:
            process.send_signal(signal.SIGTERM)
            process.wait()
    lines = [f"Medians of {given.rounds} interleaved rounds.", "", "| | old | new | old ÷ new |", "|---|---|---|---|"]
    for task, times in results.items():
        old, new = (statistics.median(times[label]) for label in ("old", "new"))
        lines.append(f"| {task} | {old * 1000:.1f} ms | {new * 1000:.1f} ms | {old / new:.3f} |")
    given.out.mkdir(parents=True, exist_ok=True)
    text = "\n".join(lines) + "\n"
    (given.out / "bench-compare.md").write_text(text)
    print(text, end="")


if __name__ == "__main__":
    os.environ.pop("GPSINDEX_INDEX", None)
    main()
