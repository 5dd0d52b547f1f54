#!/usr/bin/env python3
"""Measures the bytes that a first sync receives per photo, for photos with and without the drone's XMP packet.

1,400 photos in 12 folders per kind, over a simulated link of 50 ms. The server's end of the SFTP stream is recorded
(Subsystem: tee, sftp-server, tee) and every reply is accounted to the photo it was for: OPEN, READ, FSTAT, CLOSE, whole
messages with their heads. Listings are given apart, as is what the link itself carried: all of it, with login and SSH's
framing, compressed. The program's own count must agree. Writes OUT/bench-bytes.md.
"""

import argparse
import glob
import json
import os
import signal
import statistics
import struct
import subprocess
import tempfile
import time

from run_big import Big
from run_first import line_of

PHOTOS = 1_400
KINDS = [("position only, small Exif", "small", 0), ("position only, thumbnail of 8–48 kB", "native", 0),
         ("position only, maker note of 8–40 kB", "makernote", 0), ("with XMP, small Exif", "small", 100),
         ("with XMP behind a thumbnail of 8–48 kB", "native", 100),
         ("with XMP and a maker note of 8–40 kB", "makernote", 100)]
SERVERS = ["/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/libexec/sftp-server",
           "/usr/lib/ssh/sftp-server"]
# Message types of draft-ietf-secsh-filexfer-02 §3.
INIT, OPEN, CLOSE, READ, LSTAT, FSTAT, OPENDIR, READDIR, STAT, HANDLE = 1, 3, 4, 5, 7, 8, 11, 12, 17, 102


def messages(path):
    """Type, id, rest and length on the wire of each whole message."""
    with open(path, "rb") as file:
        data = file.read()
    at = 0
    while at + 5 <= len(data):
        length = struct.unpack_from(">I", data, at)[0]
        if at + 4 + length > len(data):
            return
        body = data[at + 4:at + 4 + length]
        yield body[0], body[1:5], body[5:], 4 + length
        at += 4 + length


def first_string(rest):
    return rest[4:4 + struct.unpack_from(">I", rest)[0]]


def account(folder):
    """Reply bytes by photo, of listings and of the session, and those to CLOSE among them; the number of READs by photo."""
    photos, reads, listing, session, closes = {}, {}, 0, 0, 0
    for asked in glob.glob(os.path.join(folder, "*.in")):
        replies = {}
        for kind, number, rest, size in messages(asked[:-3] + ".out"):
            replies[number] = kind, rest, size
        # The server handles requests in order, so a handle belongs to the file that got it last.
        owners = {}
        for kind, number, rest, _ in messages(asked):
            answer, content, size = replies.get(number, (None, b"", 0))
            owner = None
            if kind in (OPEN, OPENDIR):
                owner = first_string(rest) if kind == OPEN else None
                if answer == HANDLE:
                    owners[first_string(content)] = owner
            elif kind in (READ, FSTAT, CLOSE, READDIR):
                owner = owners.get(first_string(rest))
            closes += size if kind == CLOSE else 0
            if owner is not None:
                photos[owner] = photos.get(owner, 0) + size
                reads[owner] = reads.get(owner, 0) + (kind == READ)
            elif kind in (OPENDIR, READDIR, CLOSE, LSTAT, STAT):
                listing += size
            else:
                session += size
    return photos, reads, listing, session, closes


class Tapped(Big):
    """A server that records both directions of each SFTP session."""

    def __init__(self, given, work):
        self.taps = os.path.join(work, "taps")
        os.makedirs(self.taps)
        server = next(path for path in SERVERS if os.path.exists(path))
        script = os.path.join(work, "tap.sh")
        with open(script, "w") as file:
            file.write(f'#!/bin/sh\nname=$(mktemp {self.taps}/XXXXXX)\n'
                       f'tee "$name.in" | {server} | tee "$name.out"\n')
        os.chmod(script, 0o755)
        super().__init__(given, work, "--subsystem", script)

    def run(self, title, site, photos):
        """One first sync: the accounts, the program's report and the bytes that the link carried down."""
        for file in glob.glob(os.path.join(self.taps, "*")):
            os.unlink(file)
        link, line = line_of([self.program["link-simulator"], "--target", str(self.facts["port"]), "--rtt", "50"])
        try:
            report = [run[3] for _, run in self.rounds(title, site, photos, line.split()[-1], 1, again=False)][0]
            time.sleep(0.5)
        finally:
            link.send_signal(signal.SIGTERM)
            carried = json.loads(link.communicate()[0])
        photos, reads, listing, session, closes = account(self.taps)
        total = sum(photos.values()) + listing + session
        # The client does not wait for replies to CLOSE, and the recording misses replies that were pending at the end.
        if not total - closes <= report["bytes_received"] <= total + 500:
            raise SystemExit(f"{title}: {total} bytes recorded, the program says {report['bytes_received']}")
        return photos, reads, listing, carried["bytes_down"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--out", default="out")
    given = parser.parse_args()
    os.makedirs(given.out, exist_ok=True)
    rows = [["kB received per photo", "median", "9 of 10 below", "most", "mean", "reads, median", "listing",
             "the link's all, compressed"], ["---"] * 8]
    with tempfile.TemporaryDirectory(prefix="gpsindex-bench-") as work:
        server = Tapped(given, work)
        try:
            for number, (title, layout, xmp) in enumerate(KINDS):
                site = os.path.join(work, f"kind{number}")
                subprocess.run([server.program["site-generator"], "--out", site, "--photos", str(PHOTOS), "--folders",
                                "12", "--layout", layout, "--xmp", str(xmp)], check=True, stdout=subprocess.DEVNULL)
                photos, reads, listing, carried = server.run(title, site, PHOTOS)
                if len(photos) != PHOTOS:
                    raise SystemExit(f"{title}: {len(photos)} photos in the record")
                sizes = sorted(photos.values())
                kilo = [statistics.median(sizes), sizes[len(sizes) * 9 // 10], sizes[-1], statistics.mean(sizes)]
                rows.append([title] + [f"{value / 1000:.1f}" for value in kilo]
                            + [f"{statistics.median(reads.values()):.0f}", f"{listing / PHOTOS / 1000:.2f}",
                               f"{carried / PHOTOS / 1000:.1f}"])
            empty = os.path.join(work, "empty")
            os.makedirs(empty)
            login = server.run("login", empty, 0)[3]
        finally:
            server.server.send_signal(signal.SIGTERM)
            server.server.wait()
    text = "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"
    text += f"\nLogin and one empty folder: {login / 1000:.1f} kB, once.\n"
    print(text)
    with open(os.path.join(given.out, "bench-bytes.md"), "w") as file:
        file.write(text)


if __name__ == "__main__":
    main()
