"""The smallest photos that a sync can read."""
import os
import struct


def jpeg(latitude=None, longitude=None, second=0):
    """A JPEG with an Exif block: a time, and a position when there is one."""
    entries, gps = [], []
    entries.append((0x0110, 2, b"M1\0"))
    if latitude is not None:
        def degrees(value):
            return struct.pack("<6I", round(abs(value) * 10 ** 7), 10 ** 7, 0, 1, 0, 1)
        gps = [(1, 2, b"N\0"), (2, 5, degrees(latitude)), (3, 2, b"E\0"), (4, 5, degrees(longitude)),
               (5, 1, b"\0"), (6, 5, struct.pack("<2I", 100, 1))]
    exif = [(0x9003, 2, b"2024:05:01 10:00:%02d\0" % (second % 60))]
    sizes = {1: 1, 2: 1, 5: 8, 4: 4}
    first = 2 + 12 * (len(entries) + 1 + bool(gps)) + 4
    second_at = 8 + first
    third_at = second_at + 2 + 12 * len(exif) + 4
    heap_at = third_at + ((2 + 12 * len(gps) + 4) if gps else 0)
    entries.append((0x8769, 4, struct.pack("<I", second_at)))
    if gps:
        entries.append((0x8825, 4, struct.pack("<I", third_at)))
    heap = b""
    body = b""
    for directory in [entries, exif] + ([gps] if gps else []):
        body += struct.pack("<H", len(directory))
        for tag, kind, value in sorted(directory):
            count = len(value) // sizes[kind]
            if len(value) <= 4:
                field = value.ljust(4, b"\0")
            else:
                field = struct.pack("<I", heap_at + len(heap))
                heap += value + b"\0" * (len(value) % 2)
            body += struct.pack("<HHI", tag, kind, count) + field
        body += struct.pack("<I", 0)
    block = b"Exif\0\0II*\0" + struct.pack("<I", 8) + body + heap
    return (b"\xff\xd8\xff\xe1" + struct.pack(">H", len(block) + 2) + block
            + b"\xff\xc0\x00\x0b\x08\x00\x10\x00\x10\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
            + b"\x55" * 40 + b"\xff\xd9")


def tree(root):
    """Twelve photos in three folders, one of them without a position."""
    for number in range(12):
        folder = os.path.join(root, ["", "a", "a/b"][number % 3])
        os.makedirs(folder, exist_ok=True)
        data = jpeg() if number == 3 else jpeg(48 + number * 0.01, 11 + number * 0.01, number)
        path = os.path.join(folder, f"P{number}.jpg")
        with open(path, "wb") as file:
            file.write(data)
        os.utime(path, (1_500_000_000 + number, 1_500_000_000 + number))
