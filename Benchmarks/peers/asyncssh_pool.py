#!/usr/bin/env python3
"""Reads the positions of all photos below a folder of an SFTP server with AsyncSSH.

Lists first, then reads the head of every photo with many requests in flight on several
connections, and decodes it with Pillow. `--head 32768 --in-flight 64` and `--head 2048
--in-flight 256` (with a second, exact read where the head is too short) are the two settings
compared.

Prints one line of JSON: photos, located, seconds.
"""

import argparse
import asyncio
import io
import json
import time

import asyncssh
from PIL import ExifTags, Image


def exif_end(head):
    """How many bytes from the start hold the whole Exif segment; None: no JPEG or no Exif."""
    at = 2
    while head[:2] == b"\xff\xd8" and at + 4 <= len(head) and head[at] == 0xFF:
        end = at + 2 + int.from_bytes(head[at + 2 : at + 4], "big")
        if head[at + 1] == 0xE1 and head[at + 4 : at + 10] == b"Exif\0\0":
            return at, end
        if head[at + 1] in (0xDA, 0xD9):
            return None
        at = end
    return None


def position(head):
    """Degrees from a head that holds the bytes of the GPS directory; None: it does not."""
    place = exif_end(head)
    if place is None:
        return None
    exif = Image.Exif()
    try:
        exif.load(head[place[0] + 4 : place[1]])
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        out = []
        for key, negative in ((2, "S"), (4, "W")):
            d, m, s = (float(v) for v in gps[key])
            out.append((-1 if gps.get(key - 1) == negative else 1) * (d + m / 60 + s / 3600))
        return out
    except Exception:
        return None


async def list_photos(sftp, folder):
    paths, folders = [], []
    async for entry in sftp.scandir(folder):
        name = entry.filename
        if name in (".", ".."):
            continue
        if entry.attrs.type == asyncssh.FILEXFER_TYPE_DIRECTORY:
            folders.append(f"{folder}/{name}")
        elif name.lower().endswith((".jpg", ".jpeg")):
            paths.append(f"{folder}/{name}")
    for found in await asyncio.gather(*(list_photos(sftp, f) for f in folders)):
        paths += found
    return paths


async def read(sftp, path, head_bytes, gate):
    async with gate:
        async with sftp.open(path, "rb", block_size=0) as file:
            head = await file.read(head_bytes, 0)
            found = position(head)
            if found is None and (place := exif_end(head)) and place[1] > len(head):
                head += await file.read(place[1] - len(head), len(head))
                found = position(head)
            return found


async def run(arguments):
    def connect():
        return asyncssh.connect(
            arguments.host,
            arguments.port,
            username=arguments.user,
            client_keys=[arguments.key],
            known_hosts=arguments.known_hosts,
            config=None,
            agent_path=None,
        )

    began = time.monotonic()
    connections = await asyncio.gather(*(connect() for _ in range(arguments.connections)))
    clients = await asyncio.gather(*(c.start_sftp_client() for c in connections))
    paths = sorted(await list_photos(clients[0], arguments.path))
    if arguments.limit and arguments.limit < len(paths):
        paths = [paths[i * len(paths) // arguments.limit] for i in range(arguments.limit)]
    gates = [asyncio.Semaphore(arguments.in_flight) for _ in clients]
    found = await asyncio.gather(
        *(
            read(clients[i % len(clients)], path, arguments.head, gates[i % len(clients)])
            for i, path in enumerate(paths)
        )
    )
    with open(arguments.out, "w") as out:
        json.dump(dict(zip(paths, found)), out)
    seconds = time.monotonic() - began
    for connection in connections:
        connection.close()
    located = sum(value is not None for value in found)
    print(json.dumps({"photos": len(paths), "located": located, "seconds": round(seconds, 3)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--key", required=True, help="private key file")
    parser.add_argument("--known-hosts", required=True)
    parser.add_argument("--path", required=True, help="folder on the server")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--in-flight", type=int, default=64, help="files per connection")
    parser.add_argument("--head", type=int, default=32768, help="bytes of the first read")
    parser.add_argument("--limit", type=int, help="only so many photos, evenly from the list")
    parser.add_argument("--out", required=True, help="JSON file for the positions")
    asyncio.run(run(parser.parse_args()))


main()
