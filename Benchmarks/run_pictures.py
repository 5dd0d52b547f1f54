#!/usr/bin/env python3
"""Measures how long a page of 100 thumbnails takes (`make bench-pictures`): run_pictures.py --bin DIR --out DIR

Everything runs on 127.0.0.1: a private sshd, a counter of bytes before it, a link simulator before that (delay and rate, no
loss), and `gpsindex serve` on an index whose site lies behind the link. A client asks for thumbnails as a browser does:
over six connections that stay open. The connection to the sshd is warm: other thumbnails were read before. Every
thumbnail is compared with the bytes of its file. Writes OUT/bench-pictures.json.
"""

import argparse
import concurrent.futures
import http.client
import json
import os
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Support/MapClient"))
from run_first import line_of  # noqa: E402
from served import Server  # noqa: E402

PAGE, PHOTOS = 100, 1375


class Counter:
    """Passes bytes on to a port, and counts those that come back from it."""

    def __init__(self, target):
        self.target, self.received = target, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.target))
            for one, other, counts in ((client, server, False), (server, client, True)):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self.copy, args=(one, other, counts), daemon=True).start()

    def copy(self, source, to, counts):
        try:
            while data := source.recv(1 << 16):
                if counts:
                    self.received += len(data)
                to.sendall(data)
        except OSError:
            pass
        for end in (source, to):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Bench:
    def __init__(self, given, work):
        self.given, self.work = given, work
        self.program = {n: os.path.join(given.bin, n) for n in
                        ("gpsindex", "site-generator", "private-sshd", "link-simulator")}
        self.server, line = line_of([self.program["private-sshd"]])
        self.facts = json.loads(line)
        self.counter = Counter(int(self.facts["port"]))
        self.link, line = line_of([self.program["link-simulator"], "--target", str(self.counter.port), "--rtt",
                                   str(given.rtt), "--mbit", str(given.mbit)])
        self.port = line.split()[-1]
        self.known = os.path.join(work, "known_hosts")
        with open(self.facts["known_hosts"]) as file, open(self.known, "w") as out:
            out.write(file.read().replace(f"]:{self.facts['port']}", f"]:{self.port}"))
        self.root = os.path.join(work, "site")
        subprocess.run([self.program["site-generator"], "--out", self.root, "--photos", str(PHOTOS), "--layout", "native",
                        "--thumbnail", str(given.thumbnail)], check=True, stdout=subprocess.DEVNULL)
        self.index = os.path.join(work, "index.gpkg")
        self.home = dict(os.environ, HOME=work, XDG_STATE_HOME=work, XDG_CONFIG_HOME=work, XDG_DATA_HOME=work)
        place = f"sftp://{self.facts['user']}@127.0.0.1:{self.port}{self.root}"
        subprocess.run([self.program["gpsindex"], "site", "add", "nas", place, "--index", self.index, "--identity",
                        self.facts["identity"], "--known-hosts", self.known], check=True, env=self.home,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        subprocess.run([self.program["gpsindex"], "sync", "nas", "--index", self.index, "-q"], check=True, env=self.home)
        rows = sqlite3.connect(f"file:{self.index}?mode=ro", uri=True).execute(
            "SELECT p.fid, f.path || '/' || p.file, p.thumbnail_offset, p.thumbnail_length FROM photos p "
            "JOIN folders f ON f.id = p.folder_id WHERE p.thumbnail_length > 0 ORDER BY p.fid").fetchall()
        self.photos = {fid: (path, offset, length) for fid, path, offset, length in rows}

    def truth(self, fid):
        path, offset, length = self.photos[fid]
        with open(os.path.join(self.root, path), "rb") as file:
            file.seek(offset)
            return file.read(length)

    def forget(self):
        """An empty cache of pictures."""
        for end in ("", "-wal", "-shm"):
            if os.path.exists(f"{self.index}.pictures{end}"):
                os.unlink(f"{self.index}.pictures{end}")

    def page(self, root, ids, connections=6):
        """Seconds for all thumbnails, and for the first; each is checked afterwards."""
        where = urllib.parse.urlsplit(root)
        queue, got, times, lock = list(reversed(ids)), {}, [], threading.Lock()

        def work(connection):
            while True:
                with lock:
                    if not queue:
                        return
                    fid = queue.pop()
                connection.request("GET", f"/photos/{fid}/thumbnail")
                answer = connection.getresponse()
                got[fid] = (answer.status, answer.read())
                times.append(time.monotonic())

        made = [http.client.HTTPConnection(where.hostname, where.port) for _ in range(connections)]
        for connection in made:
            connection.connect()
        begin = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(connections) as pool:
            list(pool.map(work, made))
        for connection in made:
            connection.close()
        for fid in ids:
            if got[fid] != (200, self.truth(fid)):
                raise SystemExit(f"photo {fid}: {got[fid][0]}, {got[fid][1][:200]}")
        return max(times) - begin, min(times) - begin

    def ahead(self, server, ids):
        where = urllib.parse.urlsplit(server.root)
        connection = http.client.HTTPConnection(where.hostname, where.port)
        connection.request("POST", "/photos/ahead?ids=" + ",".join(map(str, ids)), headers={
            "Authorization": "Bearer " + server.url.split("#token=")[1], "Content-Type": "application/json"})
        if connection.getresponse().status != 202:
            raise SystemExit("the server refuses to read ahead")
        connection.close()

    def ours(self, first, ahead):
        """One round: a new server, a warm connection, 100 thumbnails cold, the same again."""
        self.forget()
        ids = list(self.photos)[first:first + PAGE]
        warming = list(self.photos)[-20:]
        with Server(self.program["gpsindex"], self.index, environment=self.home) as server:
            self.page(server.root, warming)
            before = self.counter.received
            begin = time.monotonic()
            if ahead:
                self.ahead(server, ids)
            asked = time.monotonic() - begin
            whole, one = self.page(server.root, ids)
            # What travels still is counted, too.
            time.sleep(0.3)
            received = self.counter.received - before
            warm, _ = self.page(server.root, ids)
        own = sum(self.photos[fid][2] for fid in ids)
        return {"seconds": whole + asked, "first": one + asked, "warm": warm, "bytes": received, "own": own}

    def sshfs(self, body):
        """Seconds of `body` on a mount of the site; the mount itself, and a listing of it, are made before."""
        mount = tempfile.mkdtemp(dir=self.work)
        subprocess.run(["sshfs", f"{self.facts['user']}@127.0.0.1:{self.root}", mount, "-p", self.port, "-F", "/dev/null",
                        "-o", f"IdentityFile={self.facts['identity']},UserKnownHostsFile={self.known},"
                        "IdentitiesOnly=yes,StrictHostKeyChecking=yes"], check=True)
        try:
            subprocess.run(["find", mount, "-type", "f"], check=True, stdout=subprocess.DEVNULL)
            before = self.counter.received
            begin = time.monotonic()
            body(mount)
            return time.monotonic() - begin, self.counter.received - before
        finally:
            subprocess.run(["fusermount", "-u", mount], check=True)

    def exiftool(self, ids):
        def body(mount):
            files = [os.path.join(mount, self.photos[fid][0]) for fid in ids]
            out = subprocess.run(["exiftool", "-b", "-ThumbnailImage", *files], check=True, capture_output=True).stdout
            if out != b"".join(self.truth(fid) for fid in ids):
                raise SystemExit("exiftool finds other thumbnails")
        return self.sshfs(body)

    def prefix(self, ids):
        """The first 512 KiB of each photo, ten files at a time, as a program does that looks for the thumbnail itself."""
        def head(path):
            with open(path, "rb") as file:
                return file.read(512 << 10)

        def body(mount):
            files = [os.path.join(mount, self.photos[fid][0]) for fid in ids]
            with concurrent.futures.ThreadPoolExecutor(10) as pool:
                heads = list(pool.map(head, files))
            for fid, data in zip(ids, heads):
                _, offset, length = self.photos[fid]
                if data[offset:offset + length] != self.truth(fid):
                    raise SystemExit("the prefix holds another thumbnail")
        return self.sshfs(body)

    def sync(self, *more):
        """Seconds of a sync that reads all photos again, and what it received."""
        self.forget()
        before = self.counter.received
        begin = time.monotonic()
        subprocess.run([self.program["gpsindex"], "sync", "nas", "--full", "--index", self.index, "-q", *more], check=True,
                       env=self.home)
        return {"seconds": round(time.monotonic() - begin, 3), "bytes": self.counter.received - before}

    def syncs(self):
        found = {"sync --full": self.sync(), "sync --full --thumbnails": self.sync("--thumbnails")}
        kept = sqlite3.connect(f"file:{self.index}.pictures?mode=ro", uri=True).execute(
            "SELECT count(*) FROM picture").fetchone()[0]
        if kept != len(self.photos):
            raise SystemExit(f"{kept} of {len(self.photos)} thumbnails were kept")
        return {**found, "photos": len(self.photos), "own_bytes": sum(row[2] for row in self.photos.values())}

    def run(self):
        results = {"rtt_ms": self.given.rtt, "mbit": self.given.mbit, "syncs": self.syncs()}
        ways = {"read ahead": True, "six requests at a time": False}
        rounds = {name: [] for name in ways}
        for number in range(self.given.rounds):
            for name, ahead in ways.items():
                rounds[name].append(self.ours(PAGE * number % (PHOTOS - 2 * PAGE), ahead))
        for name, all in rounds.items():
            results[name] = {key: round(statistics.median(one[key] for one in all), 3)
                             for key in ("seconds", "first", "warm")}
            results[name]["worst"] = round(max(one["seconds"] for one in all), 3)
            results[name]["bytes_per_own"] = round(max(one["bytes"] / one["own"] for one in all), 3)
            results[name]["own_bytes"] = round(statistics.median(one["own"] for one in all))
        if self.given.peers and shutil.which("sshfs") and os.path.exists("/dev/fuse"):
            ids = list(self.photos)[:PAGE]
            for name, peer in (("sshfs and exiftool", self.exiftool), ("512 KiB of each over sshfs", self.prefix)):
                seconds, received = peer(ids)
                own = sum(self.photos[fid][2] for fid in ids)
                results[name] = {"seconds": round(seconds, 3), "bytes_per_own": round(received / own, 3)}
        return results

    def close(self):
        for process in (self.link, self.server):
            process.send_signal(signal.SIGTERM)
            process.wait()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--bin", required=True)
    options.add_argument("--out", required=True)
    options.add_argument("--rtt", type=int, default=50)
    options.add_argument("--mbit", type=int, default=20)
    options.add_argument("--thumbnail", type=int, default=11000, help="mean bytes of a thumbnail")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--no-peers", dest="peers", action="store_false")
    given = options.parse_args()
    given.bin = os.path.abspath(given.bin)
    os.makedirs(given.out, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        bench = Bench(given, work)
        try:
            results = bench.run()
        finally:
            bench.close()
    print(json.dumps(results, indent=1))
    with open(os.path.join(given.out, "bench-pictures.json"), "w") as file:
        json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
