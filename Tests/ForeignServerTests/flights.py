#!/usr/bin/env python3
"""Stands in for the ssh program and logs the SFTP messages that pass: FLIGHTS=FILE flights.py ARGUMENTS OF SSH….

Copy it as `ssh` into a folder at the front of PATH and run `gpsindex sync --transport ssh`. Each line of FILE is a moment in
milliseconds since the start, a direction, and the messages of one portion with their number and bytes.
"""
import collections
import os
import pathlib
import selectors
import struct
import subprocess
import sys
import time

NAMES = {1: "INIT", 2: "VERSION", 3: "OPEN", 4: "CLOSE", 5: "READ", 7: "LSTAT", 8: "FSTAT", 11: "OPENDIR", 12: "READDIR",
         16: "REALPATH", 17: "STAT", 101: "STATUS", 102: "HANDLE", 103: "DATA", 104: "NAME", 105: "ATTRS", 200: "EXTENDED",
         201: "EXTENDED_REPLY"}


class Counter:
    """Finds the messages in a stream."""

    def __init__(self):
        self.rest = b""

    def take(self, data):
        self.rest += data
        found = collections.Counter()
        while len(self.rest) >= 5:
            length, kind = struct.unpack(">IB", self.rest[:5])
            if len(self.rest) < 4 + length:
                break
            found[NAMES.get(kind, str(kind))] += 1
            self.rest = self.rest[4 + length:]
        return found


def main():
    path = os.environ["PATH"].split(":")
    here = pathlib.Path(__file__).resolve().parent
    rest = ":".join(part for part in path if pathlib.Path(part).resolve() != here)
    if "-G" in sys.argv:
        os.environ["PATH"] = rest
        os.execvp("ssh", ["ssh", *sys.argv[1:]])
    begin = time.monotonic()
    child = subprocess.Popen(["ssh", *sys.argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
                             env={**os.environ, "PATH": rest})
    ways = {0: (child.stdin.fileno(), "→", Counter()), child.stdout.fileno(): (1, "←", Counter())}
    watch = selectors.DefaultSelector()
    for source in ways:
        watch.register(source, selectors.EVENT_READ)
    with open(os.environ["FLIGHTS"], "a") as log:
        while True:
            for key, _ in watch.select():
                out, arrow, counter = ways[key.fd]
                data = os.read(key.fd, 1 << 20)
                if not data:
                    log.close()
                    child.kill()
                    os._exit(child.wait() & 0x7F)
                found = counter.take(data)
                words = " ".join(f"{count} {name}" for name, count in found.items())
                log.write(f"{(time.monotonic() - begin) * 1000:7.0f} {arrow} {len(data):7} B  {words}\n")
                while data:
                    data = data[os.write(out, data):]


main()
