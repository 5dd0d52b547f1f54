#!/usr/bin/env python3
"""Clients that abort, pause, reset and half-close (`make test-clients`), against a running or an own map server.

    clients.py --programs FOLDER [--count 10000]       # makes an index of 100,000 photos and serves it
    clients.py --url http://127.0.0.1:PORT --pid PID   # a server that runs

Ends with 1 when the server dies, answers wrongly, keeps descriptors, or takes more than --most-memory MiB. Linux only: it reads /proc.
"""
import argparse
import collections
import os
import pathlib
import random
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Support/MapClient"))
from served import Server  # noqa: E402

options = argparse.ArgumentParser()
options.add_argument("--programs")
options.add_argument("--sites", type=int, default=80, help="sites of 1,248 photos each in the generated index")
options.add_argument("--url")
options.add_argument("--pid", type=int)
options.add_argument("--count", type=int, default=10_000)
options.add_argument("--parallel", type=int, default=24)
options.add_argument("--seed", type=int, default=1)
options.add_argument("--most-memory", type=float, default=64, help="limit of memory in MiB over the whole run")
options.add_argument("--longest-pause", type=float, default=1, help="seconds")
options.add_argument("--until-closed", type=int, default=0, help="number of paused downloads that the server must close, one after the other")

STREAMS = [f"/map/download?f={f}" for f in ("geojson", "csv", "gpx", "kml")] + [
    "/map/download?f=csv&bbox=-180,-90,180,90", "/map/download?f=geojson&folder=**/1*&flag=conflict",
    "/map/events", "/map/points", "/map/points?bbox=-20,-60,90,70", "/collections/photos/items?limit=10000",
    "/collections/photos/items?limit=10000&offset=5000", "/collections/folders/items?limit=10000", "/map/folders"]
OTHERS = ["/", "/?f=html", "/map/config", "/map/photo/1", "/map/photo/999999999", "/api", "/conformance", "/collections",
          "/collections/photos", "/collections/photos/items?folder=" + "**/" * 1300, "/collections/photos/items/1",
          "/collections/folders/items/1", "/collections/photos/items?folder=" + "**/" * 2500,
          "/collections/photos/items?folder=" + "**/*a" * 800, "/collections/photos/items?limit=10&datetime=2020-01-01/..",
          "/assets/app.js", "/assets/basemap.bin", "/leaflet/leaflet.js", "/nothing", "POST /session", "POST /map/sync?site=x"]
MANNERS = ["abort", "reset", "pause", "half-close", "unfinished", "whole"]
ALLOWED = {"200", "400", "401", "404", "503"}


class Storm:
    def __init__(self, port, pid, seed, count):
        self.port, self.pid, self.seed = port, pid, seed
        self.left = count
        self.lock = threading.Lock()
        self.done = collections.Counter()
        self.statuses = collections.Counter()
        self.faults = []
        self.longest_pause = 1

    def next(self):
        with self.lock:
            self.left -= 1
            return self.left >= 0 and len(self.faults) < 20

    def work(self, number):
        chance = random.Random(f"{self.seed} {number}")
        while self.next():
            target = chance.choice(STREAMS if chance.random() < 0.7 else OTHERS)
            manner = chance.choice(MANNERS)
            if manner == "whole" and target == "/map/events":
                manner = "half-close"
            try:
                self.one(chance, target, manner)
            except ConnectionRefusedError:
                self.fault(f"{manner} {target}: connection refused")
                return
            except OSError:
                pass  # Cut off: the server makes room.
            with self.lock:
                self.done[manner] += 1

    def fault(self, what):
        with self.lock:
            self.faults.append(what)

    def request(self, target, close=True):
        method, path = target.split(" ") if " " in target else ("GET", target)
        return (f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
                f"Connection: {'close' if close else 'keep-alive'}\r\n\r\n").encode()

    def one(self, chance, target, manner):
        with socket.socket() as s:
            if chance.random() < 0.5 and manner != "whole":
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.settimeout(30)
            s.connect(("127.0.0.1", self.port))
            request = self.request(target, chance.random() < 0.5 or manner == "whole")
            if manner == "unfinished":
                s.sendall(request[:chance.randrange(len(request))])
                time.sleep(chance.random() * 0.02)
                return self.leave(s, chance)
            s.sendall(request)
            if manner == "whole":
                return self.whole(s, target)
            if manner == "half-close" and chance.random() < 0.5:
                s.shutdown(socket.SHUT_WR)
            wanted = int(chance.choice([0, 1, 100, 10_000, 300_000]) * chance.random())
            s.settimeout(0.2)
            self.take(s, wanted)
            if manner == "pause":
                time.sleep(chance.random() ** 3 * self.longest_pause)
            if manner == "half-close":
                s.shutdown(socket.SHUT_WR)
                self.take(s, 20_000)
            self.leave(s, chance, manner == "reset")

    def take(self, s, wanted):
        try:
            while wanted > 0:
                got = len(s.recv(min(wanted, 65536)))
                if not got:
                    return
                wanted -= got
        except TimeoutError:
            pass

    def leave(self, s, chance, always=False):
        if always or chance.random() < 0.3:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def whole(self, s, target):
        parts = []
        while part := s.recv(1 << 18):
            parts.append(part)
        answer = b"".join(parts)
        status = answer[9:12].decode("latin1")
        with self.lock:
            self.statuses[status or "none"] += 1
        if not answer:
            return  # Closed to make room.
        head, _, body = answer.partition(b"\r\n\r\n")
        length = next((int(l.split(b":")[1]) for l in head.split(b"\r\n") if l.lower().startswith(b"content-length:")), None)
        isWhole = body.endswith(b"0\r\n\r\n") if length is None else len(body) == length
        if status not in ALLOWED or not isWhole:
            self.fault(f"whole {target}: {status}, {len(body)} of {length} bytes")

    def until_closed(self, count):
        for _ in range(count):
            with socket.socket() as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                s.connect(("127.0.0.1", self.port))
                s.sendall(self.request("/map/download?f=geojson"))
                # The server closes after 90 s; data that it sent before may still arrive.
                time.sleep(100)
                s.settimeout(30)
                end = b""
                try:
                    while part := s.recv(1 << 18):
                        end = (end + part)[-5:]
                except ConnectionResetError:
                    pass
                if end == b"0\r\n\r\n":
                    self.fault("a download paused for 100 s came whole")
            with self.lock:
                self.done["until closed"] += 1


def status(pid, name):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    return 0


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def settled(pid, most):
    """The number of descriptors once it is at most `most`, or after half a minute."""
    for _ in range(300):
        if descriptors(pid) <= most:
            break
        time.sleep(0.1)
    return descriptors(pid)


def run(options, port, pid):
    warm = Storm(port, pid, f"warm {options.seed}", 200)
    threads = [threading.Thread(target=warm.work, args=(n,)) for n in range(8)]
    for t in threads: t.start()
    for t in threads: t.join()
    time.sleep(1)
    before = descriptors(pid)
    storm = Storm(port, pid, options.seed, options.count)
    storm.longest_pause = options.longest_pause
    begin = time.monotonic()
    threads = [threading.Thread(target=storm.work, args=(n,)) for n in range(options.parallel)]
    if options.until_closed:
        threads.append(threading.Thread(target=storm.until_closed, args=(options.until_closed,)))
    for t in threads: t.start()
    peak, said = 0, begin
    for t in threads:
        while t.is_alive():
            t.join(0.5)
            try:
                peak = max(peak, descriptors(pid))
                if time.monotonic() > said + 60:
                    said = time.monotonic()
                    print(f"{sum(storm.done.values())} requests, {status(pid, 'VmRSS') // 1024} MiB", file=sys.stderr)
            except OSError:
                break
    took = time.monotonic() - begin
    try:
        after = settled(pid, before + 2)
        memory, now = status(pid, "VmHWM") / 1024, status(pid, "VmRSS") / 1024
        with socket.create_connection(("127.0.0.1", port), timeout=10) as s:
            s.sendall(storm.request("/conformance"))
            storm.whole(s, "/conformance")
    except OSError as error:
        storm.fault(f"the server is gone: {error}")
        after, memory, now = 0, 0, 0
    print(f"{sum(storm.done.values())} requests in {took:.0f} s: "
          + ", ".join(f"{n} {c}" for n, c in sorted(storm.done.items())))
    print("whole answers by status: " + ", ".join(f"{n} {c}" for n, c in sorted(storm.statuses.items())))
    print(f"memory {now:.0f} MiB, at most {memory:.0f} MiB; descriptors {before} before, at most {peak}, {after} after")
    if memory > options.most_memory:
        storm.fault(f"{memory:.0f} MiB of memory, more than {options.most_memory:.0f}")
    if after > before + 2:
        storm.fault(f"{after - before} descriptors are left over")
    for fault in storm.faults[:20]:
        print("FAULT", fault)
    return 1 if storm.faults else 0


def main():
    chosen = options.parse_args()
    if chosen.url:
        return run(chosen, int(chosen.url.rsplit(":", 1)[1]), chosen.pid)
    with tempfile.TemporaryDirectory(prefix="gpsindex-clients") as folder:
        index = f"{folder}/index.gpkg"
        subprocess.run([f"{chosen.programs}/index-generator", index, "--sites", str(chosen.sites), "--drone"],
                       check=True, stdout=subprocess.DEVNULL)
        with Server(f"{chosen.programs}/gpsindex", index) as server:
            return run(chosen, int(server.root.rsplit(":", 1)[1]), server.process.pid)


sys.exit(main())
