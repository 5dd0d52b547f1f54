#!/usr/bin/env python3
"""Bytes that a first sync receives per photo: of photos with and without the drone's XMP packet.

1,400 photos in 12 folders per kind, over a simulated link of 50 ms. Everything that comes over the connection counts:
login, listings and reads, divided by the photos. Writes OUT/bench-bytes.md.
"""

import argparse
import os
import signal
import statistics
import subprocess
import tempfile

from run_big import Big
from run_first import line_of

PHOTOS = 1_400
KINDS = [("position only, small Exif", "small", 0), ("position only, thumbnail of 8–48 KB", "native", 0),
         ("position only, maker note of 8–40 KB", "makernote", 0), ("with XMP, small Exif", "small", 100),
         ("with XMP behind a thumbnail of 8–48 KB", "native", 100),
         ("with XMP and a maker note of 8–40 KB", "makernote", 100)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--out", default="out")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    os.makedirs(given.out, exist_ok=True)
    rows = [["photos", "KB received per photo", "reads per photo"], ["---"] * 3]
    with tempfile.TemporaryDirectory(prefix="gpsindex-bench-") as work:
        big = Big(given, work)
        try:
            for number, (title, layout, xmp) in enumerate(KINDS):
                site = os.path.join(work, f"kind{number}")
                subprocess.run([big.program["site-generator"], "--out", site, "--photos", str(PHOTOS), "--folders", "12",
                                "--layout", layout, "--xmp", str(xmp)], check=True, stdout=subprocess.DEVNULL)
                link, line = line_of([big.program["link-simulator"], "--target", str(big.facts["port"]), "--rtt", "50"])
                try:
                    runs = [run[3] for _, run in
                            big.rounds(title, site, PHOTOS, line.split()[-1], given.rounds, again=False)]
                finally:
                    link.send_signal(signal.SIGTERM)
                    link.wait()
                received = statistics.median(r["bytes_received"] for r in runs) / PHOTOS / 1000
                reads = statistics.median(r["data_requests"] for r in runs) / PHOTOS
                rows.append([title, f"{received:.1f}", f"{reads:.1f}"])
        finally:
            big.server.send_signal(signal.SIGTERM)
            big.server.wait()
    text = "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"
    print(text)
    with open(os.path.join(given.out, "bench-bytes.md"), "w") as file:
        file.write(text)


if __name__ == "__main__":
    main()
