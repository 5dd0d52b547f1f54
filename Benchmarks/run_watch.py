#!/usr/bin/env python3
"""Measures `gpsindex watch` of the reference site (12 folders, 1,375 photos) at 50 ms round trip.

A quiet poll on a warm connection: time, bytes on the wire, logins. A new photo on the server: time until it is in the
index. The servers are OpenSSH, dropbear with OpenSSH's sftp-server, and AsyncSSH, each on 127.0.0.1 behind a simulated
link. Exit code 2 if a bar is missed. Writes OUT/bench-watch.md.
"""

import argparse
import getpass
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from run_first import line_of

PHOTOS = 1375
# Of the interval of the measured watches: seconds.
EVERY = 1
ASYNCSSH = """
import asyncio, asyncssh, sys
async def serve():
    await asyncssh.listen("127.0.0.1", int(sys.argv[1]), server_host_keys=[sys.argv[2]], sftp_factory=True,
                          authorized_client_keys=sys.argv[3], allow_scp=False)
    await asyncio.Event().wait()
asyncio.run(serve())
"""


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_for(port, process):
    for _ in range(200):
        if process.poll() is not None:
            raise SystemExit("a server ended at its start")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("a server does not listen")


def keys(work):
    """A key to log in with, a host key, and a file of allowed keys."""
    for name in ("login", "host"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-m", "PEM", "-N", "", "-f", os.path.join(work, name)], check=True)
    shutil.copy(os.path.join(work, "login.pub"), os.path.join(work, "allowed"))
    return os.path.join(work, "login")


def openssh(given, work, port):
    process, line = line_of([os.path.join(given.bin, "private-sshd")])
    facts = json.loads(line)
    return process, int(facts["port"]), facts["user"], facts["identity"]


def asyncssh(given, work, port):
    identity = keys(work)
    process = subprocess.Popen(["/usr/bin/python3", "-c", ASYNCSSH, str(port), os.path.join(work, "host"),
                                os.path.join(work, "allowed")])
    return process, port, "drone", identity


def dropbear(given, work, port):
    """It looks for keys in the home of the account, which is another folder in mounts of its own."""
    identity = keys(work)
    home, key = os.path.join(work, "home"), os.path.join(work, "dropbear")
    os.makedirs(os.path.join(home, ".ssh"), mode=0o700)
    os.chmod(home, 0o755)
    shutil.copy(os.path.join(work, "allowed"), os.path.join(home, ".ssh", "authorized_keys"))
    os.chmod(os.path.join(home, ".ssh", "authorized_keys"), 0o600)
    subprocess.run(["dropbearkey", "-t", "ecdsa", "-f", key], check=True, capture_output=True)
    is_root = os.geteuid() == 0
    user = "root" if is_root else getpass.getuser()
    run = (f"mount --bind '{home}' '{os.path.expanduser('~' + user)}' && "
           f"exec {shutil.which('dropbear', path=os.environ['PATH'] + ':/usr/sbin')} -F -E -s -j -k -r '{key}' "
           f"-p 127.0.0.1:{port} -P '{work}/pid'")
    process = subprocess.Popen(["unshare", "-m" if is_root else "-rm", "sh", "-c", run], stderr=subprocess.DEVNULL)
    return process, port, user, identity


SERVERS = {"OpenSSH": openssh, "dropbear": dropbear, "AsyncSSH": asyncssh}


class Watch:
    """A running `gpsindex watch`, and what it says."""

    def __init__(self, given, index):
        self.process = subprocess.Popen(
            [os.path.join(given.bin, "gpsindex"), "watch", "bench", "--every", f"{EVERY}s", "--all", "--json", "--index", index],
            stdout=subprocess.PIPE, text=True)

    def event(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("the watch ended")
        return json.loads(line)

    def polls(self, count):
        found = []
        while len(found) < count:
            event = self.event()
            if event["event"] == "poll":
                found.append(event)
        return found

    def end(self):
        begin = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.stdout.read()
        if self.process.wait() != 0:
            raise SystemExit(f"the watch ended with {self.process.returncode}")
        return time.monotonic() - begin


class Far:
    """The server behind a link of its own, so that its bytes can be counted."""

    def __init__(self, given, work, port, user, identity, site):
        self.given, self.stats = given, os.path.join(work, f"stats{time.monotonic_ns()}")
        self.process, line = line_of([os.path.join(given.bin, "link-simulator"), "--target", str(port), "--rtt", str(given.rtt),
                                      "--stats", self.stats])
        port = line.split()[-1]
        self.index = os.path.join(work, f"index{port}.gpkg")
        program = os.path.join(given.bin, "gpsindex")
        subprocess.run([program, "site", "add", "bench", f"sftp://{user}@127.0.0.1:{port}{site}", "--identity", identity,
                        "--accept-new", "--known-hosts", os.path.join(work, f"known{port}"), "-q", "--index", self.index],
                       check=True)
        subprocess.run([program, "sync", "bench", "-q", "--index", self.index], check=True)
        # Photos that were written a moment ago are read again once.
        time.sleep(3.5)
        subprocess.run([program, "sync", "bench", "-q", "--index", self.index], check=True)

    def bytes_of(self, polls):
        """On the wire of a watch with so many polls: both directions, login included."""
        # The link says it when its last connection has ended.
        time.sleep(1)
        before = self.counted()
        watch = Watch(self.given, self.index)
        watch.polls(polls)
        watch.end()
        for _ in range(100):
            time.sleep(0.1)
            if self.counted() != before:
                return self.counted() - before
        raise SystemExit("the link does not say what went over it")

    def counted(self):
        try:
            with open(self.stats) as file:
                found = json.load(file)
        except (OSError, ValueError):
            return 0
        return sum(value for name, value in found.items() if "bytes" in name)

    def end(self):
        self.process.terminate()
        self.process.wait()


def measure(given, name, site, work):
    server, port, user, identity = SERVERS[name](given, work, free_port())
    far = None
    try:
        wait_for(port, server)
        far = Far(given, work, port, user, identity, site)
        watch = Watch(given, far.index)
        polls = watch.polls(given.polls + 2)[2:]
        result = {"logins": sum(poll["logins"] for poll in polls),
                  "quiet": 1000 * statistics.median(poll["seconds"] for poll in polls),
                  "slowest": 1000 * max(poll["seconds"] for poll in polls)}
        result["new"] = [arrival(watch, site, number) for number in range(given.photos)]
        result["end"] = watch.end()
        few, many = far.bytes_of(3), far.bytes_of(13)
        result["bytes"] = (many - few) / 10
        return result
    finally:
        if far:
            far.end()
        server.terminate()
        server.wait()


def arrival(watch, site, number):
    """Seconds from the moment at which a photo has its name on the server until it is in the index."""
    folder = next(f for f, _, names in os.walk(site) if any(n.lower().endswith(".jpg") for n in names))
    source = next(os.path.join(folder, n) for n in sorted(os.listdir(folder)) if n.lower().endswith(".jpg"))
    copy = os.path.join(folder, "incoming.tmp")
    shutil.copyfile(source, copy)
    # At another moment of the interval each time.
    time.sleep(0.13 + 0.17 * number % EVERY)
    name = f"NEW_{os.getpid()}_{time.monotonic_ns()}.JPG"
    os.rename(copy, os.path.join(folder, name))
    begin = time.monotonic()
    while True:
        event = watch.event()
        if event.get("new") and any(photo.endswith(name) for photo in event["photos"]):
            return time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--out", default="out")
    parser.add_argument("--rtt", type=float, default=50)
    parser.add_argument("--polls", type=int, default=20)
    parser.add_argument("--photos", type=int, default=8)
    parser.add_argument("--servers", default=",".join(SERVERS))
    given = parser.parse_args()
    os.makedirs(given.out, exist_ok=True)
    lines = [
        f"| server, {given.rtt:g} ms | quiet poll, median | slowest of {given.polls} | bar | bytes on the wire | bar | logins "
        f"| new photo, slowest of {given.photos} | bar |", "|---|---|---|---|---|---|---|---|---|"]
    missed = []
    for name in given.servers.split(","):
        with tempfile.TemporaryDirectory(prefix="gpsindex-bench-") as work:
            site = os.path.join(work, "site")
            subprocess.run([os.path.join(given.bin, "site-generator"), "--out", site], check=True, stdout=subprocess.DEVNULL)
            found = measure(given, name, site, work)
        bar = given.rtt + 40 if name == "OpenSSH" else 3 * given.rtt + 50
        arrival_bar = EVERY + 4 * given.rtt / 1000 + 0.1
        size_bar = 9 * PHOTOS + 1000
        lines.append(
            f"| {name} | {found['quiet']:.0f} ms | {found['slowest']:.0f} ms | {bar:.0f} ms | {found['bytes'] / 1000:.1f} kB "
            f"| {size_bar / 1000:.1f} kB | {found['logins']} | {max(found['new']):.2f} s | {arrival_bar:.2f} s |")
        print(lines[-1], f"end {found['end']:.2f} s", flush=True)
        if not (found["quiet"] <= bar and found["logins"] == 0 and max(found["new"]) <= arrival_bar
                and found["bytes"] <= size_bar and found["end"] < 1):
            missed.append(name)
    text = "\n".join(lines) + "\n"
    print(text)
    with open(os.path.join(given.out, "bench-watch.md"), "w") as file:
        file.write(text)
    sys.exit(2 if missed else 0)


if __name__ == "__main__":
    main()
