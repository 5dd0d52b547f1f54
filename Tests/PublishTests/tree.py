"""A tree of small photos that changes at random."""

import os
import struct


def photo(lat, lon, alt, when, iso, model, padding):
    """A JPEG of an Exif block; lat is None: without a position."""

    def directory(entries, at):
        """An IFD at offset `at`, with its values behind it."""
        body, values = struct.pack("<H", len(entries)), b""
        data = at + 2 + 12 * len(entries) + 4
        for tag, kind, count, value in sorted(entries):
            if len(value) <= 4:
                body += struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\0")
            else:
                body += struct.pack("<HHII", tag, kind, count, data + len(values))
                values += value + b"\0" * (len(value) % 2)
        return body + b"\0\0\0\0" + values

    def text(value):
        return 2, len(value) + 1, value.encode() + b"\0"

    def rationals(*values):
        return 5, len(values), b"".join(struct.pack("<II", round(value * 1_000_000), 1_000_000) for value in values)

    def degrees(value):
        value = abs(value)
        return rationals(int(value), int(value * 60 % 60), value * 3600 % 60)

    exif = [(0x9003, *text(when)), (0x8827, 3, 1, struct.pack("<H", iso))]
    gps = []
    if lat is not None:
        gps = [(1, *text("N" if lat >= 0 else "S")), (2, *degrees(lat)), (3, *text("E" if lon >= 0 else "W")), (4, *degrees(lon)),
               (7, *rationals(*map(int, when[11:].split(":")))), (29, *text(when[:10]))]
        if alt is not None:
            gps += [(5, 1, 1, b"\0"), (6, *rationals(alt))]
    first = [(0x010F, *text("DJI")), (0x0110, *text(model)), (0x8769, 4, 1, b"\0\0\0\0"), (0x8825, 4, 1, b"\0\0\0\0")]
    exif_at = 8 + len(directory(first, 8))
    gps_at = exif_at + len(directory(exif, exif_at))
    first[2] = (0x8769, 4, 1, struct.pack("<I", exif_at))
    first[3] = (0x8825, 4, 1, struct.pack("<I", gps_at))
    tiff = b"II*\0\x08\0\0\0" + directory(first, 8) + directory(exif, exif_at) + directory(gps, gps_at)
    app1 = b"Exif\0\0" + tiff
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(app1) + 2) + app1 + b"\xff\xd9" + b"\0" * padding


class Tree:
    """Photos in folders below `root`."""

    def __init__(self, root, random):
        self.root, self.random = root, random
        os.makedirs(root, exist_ok=True)
        self.clock = 1_600_000_000
        for _ in range(3):
            self.add_folder()

    def folders(self):
        return sorted(path for path, _, _ in os.walk(self.root) if path != self.root)

    def photos(self):
        return sorted(os.path.join(path, name) for path, _, names in os.walk(self.root) for name in names)

    def write(self, path):
        random = self.random
        lat, lon = 47 + random.random(), 8 + random.random()
        if random.random() < 0.1:
            lat = None
        when = f"2024:05:{random.randint(1, 28):02}  {random.randint(0, 23):02}:{random.randint(0, 59):02}:{random.randint(0, 59):02}"
        when = when.replace("  ", " ")
        alt = random.choice([None, round(random.uniform(0, 900), 3)])
        with open(path, "wb") as file:
            file.write(photo(lat, lon, alt, when, random.choice([100, 200, 400]), random.choice(["M3E", "P4R é"]),
                             random.randint(0, 4000)))
        self.touch(path)

    def touch(self, path):
        # Whole seconds in the past, each of them once: size and time always tell a change.
        self.clock += 1
        os.utime(path, (self.clock, self.clock))

    def add_folder(self):
        name = self.random.choice(["flight", "Flug ä", "a'b\"c", "x\\y"]) + f" {self.random.randint(1, 10_000)}"
        folder = os.path.join(self.root, name)
        os.makedirs(folder, exist_ok=True)
        for _ in range(self.random.randint(1, 6)):
            self.write(self.fresh(folder))

    def fresh(self, folder):
        return os.path.join(folder, f"DJI_{self.random.randint(1, 10**6):06}.JPG")

    def change(self):
        """One random change."""
        random, photos, folders = self.random, self.photos(), self.folders()
        if len(photos) < 4 or not folders:
            return self.add_folder()
        kind = random.choice(["add", "add", "delete", "write", "write", "rename", "move", "swap", "folder", "rename-folder",
                              "remove-folder"])
        one, other = random.sample(photos, 2)
        folder = random.choice(folders)
        if kind == "add":
            self.write(self.fresh(folder))
        elif kind == "delete":
            os.unlink(one)
        elif kind == "write":
            self.write(one)
        elif kind == "rename":
            os.rename(one, self.fresh(os.path.dirname(one)))
        elif kind == "move":
            os.rename(one, os.path.join(folder, os.path.basename(one)))
        elif kind == "swap":
            os.rename(one, one + ".x")
            os.rename(other, one)
            os.rename(one + ".x", other)
        elif kind == "folder":
            self.add_folder()
        elif kind == "rename-folder":
            os.rename(folder, f"{folder[:40]}-{random.randint(1, 10_000)}")
        elif kind == "remove-folder" and len(folders) > 3:
            for path in [path for path in photos if os.path.dirname(path) == folder]:
                os.unlink(path)
            os.rmdir(folder)
