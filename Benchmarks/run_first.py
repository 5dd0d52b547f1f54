#!/usr/bin/env python3
"""First and second sync of the reference site at 50 ms round trip, compared with a common Python program.

Everything runs on 127.0.0.1: a private sshd, a link simulator before it, sparse photos behind it.
The programs take turns in one run; medians are quoted, and every position is checked against the
generator's truth. Prints a Markdown table and writes it to OUT/bench-first.md.
"""

import argparse
import csv
import hashlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def line_of(command):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline().strip()
    if not line:
        raise SystemExit(f"{command[0]} did not start")
    return process, line


def timed(command):
    begin = time.monotonic()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    seconds = time.monotonic() - begin
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return seconds, done.stdout


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def rows(index):
    sql = "SELECT * FROM photos; SELECT * FROM folders; SELECT * FROM site"
    return subprocess.run(["sqlite3", "-readonly", index, sql], capture_output=True).stdout


def check_positions(geojson, truth):
    with open(geojson) as file:
        features = json.load(file)["features"]
    found = {f["properties"]["path"]: f["geometry"]["coordinates"] for f in features}
    wrong = 0
    for path, (lat, lon) in truth.items():
        place = found.get(path)
        if lat is None:
            wrong += place is not None
        else:
            wrong += place is None or abs(place[0] - lon) > 1e-6 or abs(place[1] - lat) > 1e-6
    return len(features), wrong


def read_truth(path):
    out = {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            lat = row.get("lat") or row.get("latitude")
            lon = row.get("lon") or row.get("longitude")
            out[row["path"]] = (float(lat), float(lon)) if lat else (None, None)
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--out", default="out")
    parser.add_argument("--rtt", type=float, default=50)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peer-limit", type=int, help="read at most this many photos with the Python program")
    parser.add_argument("--no-peer", action="store_true")
    given = parser.parse_args()
    program = {n: os.path.join(given.bin, n) for n in
               ("gpsindex", "site-generator", "private-sshd", "link-simulator")}
    os.makedirs(given.out, exist_ok=True)
    processes = []
    with tempfile.TemporaryDirectory(prefix="gpsindex-bench-") as work:
        try:
            site = os.path.join(work, "site")
            subprocess.run([program["site-generator"], "--out", site], check=True)
            truth = read_truth(site + ".truth.csv")
            server, line = line_of([program["private-sshd"]])
            processes.append(server)
            facts = json.loads(line)
            link, line = line_of([program["link-simulator"], "--target", facts["port"],
                                  "--rtt", str(given.rtt)])
            processes.append(link)
            port = line.split()[-1]
            known = os.path.join(work, "known_hosts")
            with open(facts["known_hosts"]) as file, open(known, "w") as out:
                out.write(file.read().replace(f"]:{facts['port']}", f"]:{port}"))
            place = f"sftp://{facts['user']}@127.0.0.1:{port}{site}"
            firsts, seconds, last = [], [], None
            peer = None
            for run in range(given.runs):
                index = os.path.join(work, f"run{run}.gpkg")
                base = [program["gpsindex"]]
                tail = ["--index", index]
                timed(base + ["site", "add", "bench", place, "--identity", facts["identity"],
                              "--known-hosts", known, "-q"] + tail)
                wall, text = timed(base + ["sync", "bench", "--json", "-q"] + tail)
                first = json.loads(text)
                firsts.append(wall)
                before, rows_before = digest(index), rows(index)
                wall, text = timed(base + ["sync", "bench", "--json", "-q"] + tail)
                second = json.loads(text)
                seconds.append(wall)
                same = digest(index) == before and rows(index) == rows_before
                last = (first, second, same, index)
                if not same or second["files_opened"] or second["data_requests"]:
                    print("the second sync opened or wrote something", file=sys.stderr)
                if peer is None and not given.no_peer:
                    command = [sys.executable, os.path.join(HERE, "peers", "paramiko_pool.py"),
                               "--host", "127.0.0.1", "--port", port, "--user", facts["user"],
                               "--key", facts["identity"], "--known-hosts", known, "--path", site]
                    if given.peer_limit:
                        command += ["--limit", str(given.peer_limit)]
                    command += ["--out", os.path.join(work, "cache.json")]
                    peer = json.loads(timed(command)[1].strip().splitlines()[-1])
            first, second, same, index = last
            geojson = os.path.join(work, "out.geojson")
            timed([program["gpsindex"], "export", "-o", geojson, "--index", index, "-q"])
            count, wrong = check_positions(geojson, truth)
            converted = os.path.join(work, "copy.gpkg")
            subprocess.run(["ogr2ogr", converted, geojson], check=True)
            layer = subprocess.run(["ogrinfo", "-so", "-al", converted], capture_output=True,
                                   text=True, check=True).stdout
            gdal = next(l.split(":")[1].strip() for l in layer.splitlines() if "Feature Count" in l)
            live = subprocess.run(["ogrinfo", "-q", index], capture_output=True, text=True).stdout
            a, b = statistics.median(firsts), statistics.median(seconds)
            bar = 14 * given.rtt / 1000 + 0.25
            table = ["| | measured |", "|---|---|",
                     f"| photos, folders' positions checked | {first['listed']} listed, "
                     f"{first['located']} located, {wrong} wrong |",
                     f"| first sync, wall, median of {given.runs} | {a:.2f} s "
                     f"({min(firsts):.2f}–{max(firsts):.2f}) |",
                     f"| its bytes received, files opened, read requests, connections | "
                     f"{first['bytes_received'] / 1e6:.1f} MB, {first['files_opened']}, "
                     f"{first['data_requests']}, {first['connections']} |",
                     f"| second sync, wall, median of {given.runs} | {b:.2f} s "
                     f"({min(seconds):.2f}–{max(seconds):.2f}); bar {bar:.2f} s |",
                     f"| its files_opened, data_requests; index bytes and rows unchanged | "
                     f"{second['files_opened']}, {second['data_requests']}; {same} |"]
            if peer:
                whole = peer["seconds"] * first["listed"] / peer["photos"]
                how = "all photos" if peer["photos"] == first["listed"] else (
                    f"scaled from {peer['photos']} photos in {peer['seconds']:.1f} s")
                whose = f"{peer['located']} of {peer['photos']} photos"
                is_fair = peer["located"] == peer["photos"]
                table += [f"| Paramiko, pool of 4, through Pillow ({how}); located | {whole:.0f} s; {whose} |",
                          "| first sync is faster by | "
                          + (f"{whole / a:.0f} × |" if is_fair else "not comparable: the peer locates fewer photos |")]
            table += [f"| GeoJSON: features, and as ogr2ogr counts them | {count}, {gdal} |",
                      f"| `ogrinfo` on the index | {live.strip().splitlines()[0]} |"]
            text = "\n".join(table) + "\n"
            print(text)
            with open(os.path.join(given.out, "bench-first.md"), "w") as file:
                file.write(text)
        finally:
            for process in reversed(processes):
                process.send_signal(signal.SIGTERM)
                process.wait()


if __name__ == "__main__":
    main()
