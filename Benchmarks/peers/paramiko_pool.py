#!/usr/bin/env python3
"""Reads the positions of all photos below a folder of an SFTP server, as many scripts do.

A pool of Paramiko connections, the files dealt out in turn, each opened over SFTP and handed to
Pillow, the positions kept in a JSON file. This is the comparison of `make bench-first`; it does
nothing to be slow and nothing to be fast.

Prints one line of JSON: photos, located, seconds (from the first connection to the written cache).
"""

import argparse
import json
import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import paramiko
from PIL import Image

GPS_IFD = 34853


class Connection:
    """One SSH connection with one SFTP client, used by one thread at a time."""

    def __init__(self, arguments):
        self.lock = threading.Lock()
        self.ssh = paramiko.SSHClient()
        self.ssh.load_host_keys(arguments.known_hosts)
        self.ssh.connect(
            arguments.host,
            port=arguments.port,
            username=arguments.user,
            key_filename=arguments.key,
            look_for_keys=False,
            allow_agent=False,
        )
        self.sftp = self.ssh.open_sftp()

    def close(self):
        self.ssh.close()


def listed(sftp, folder, depth=0):
    for entry in sorted(sftp.listdir_attr(folder), key=lambda e: e.filename):
        path = f"{folder}/{entry.filename}"
        if stat.S_ISDIR(entry.st_mode) and depth < 16:
            yield from listed(sftp, path, depth + 1)
        elif entry.filename.lower().endswith((".jpg", ".jpeg")):
            yield path


def degrees(values, reference):
    d, m, s = (float(v) for v in values)
    sign = -1 if reference in ("S", "W") else 1
    return sign * (d + m / 60 + s / 3600)


def position(file):
    exif = Image.open(file)._getexif() or {}
    gps = exif.get(GPS_IFD)
    if not gps or 2 not in gps or 4 not in gps:
        return None
    return degrees(gps[2], gps.get(1)), degrees(gps[4], gps.get(3))


def read(connection, path):
    with connection.lock, connection.sftp.open(path, "rb") as file:
        try:
            return position(file)
        except Exception as error:  # a bad photo does not end the run
            return {"error": str(error)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--key", required=True, help="private key file")
    parser.add_argument("--known-hosts", required=True)
    parser.add_argument("--path", required=True, help="folder on the server")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--limit", type=int, help="only so many photos, evenly from the list")
    parser.add_argument("--out", required=True, help="JSON file for the positions")
    arguments = parser.parse_args()

    began = time.monotonic()
    with ThreadPoolExecutor(arguments.connections) as executor:
        pool = list(executor.map(lambda _: Connection(arguments), range(arguments.connections)))
        paths = list(listed(pool[0].sftp, arguments.path))
        listing_seconds = time.monotonic() - began
        if arguments.limit and arguments.limit < len(paths):
            paths = [paths[i * len(paths) // arguments.limit] for i in range(arguments.limit)]
        found = list(
            executor.map(lambda job: read(pool[job[0] % len(pool)], job[1]), enumerate(paths))
        )
    cache = {path: value for path, value in zip(paths, found)}
    with open(arguments.out, "w") as out:
        json.dump(cache, out)
    seconds = time.monotonic() - began
    for connection in pool:
        connection.close()
    located = sum(isinstance(value, tuple) for value in found)
    print(
        json.dumps(
            {
                "photos": len(paths),
                "located": located,
                "seconds": round(seconds, 3),
                "listing_seconds": round(listing_seconds, 3),
            }
        )
    )


main()
