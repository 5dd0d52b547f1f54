#!/usr/bin/env python3
"""Makes the map's coastline from Debian's r-cran-rnaturalearthdata (Natural Earth, public domain; the
package is CC0): coastline.py FOLDER OUT, where FOLDER holds the package's Rdata.rdx and Rdata.rdb.

Writes JSON: one list of numbers per line, longitude and latitude in hundredths of a degree, the first
pair as it is, each further pair as the difference from the one before.

R's format: https://cran.r-project.org/doc/manuals/r-release/R-ints.html#Serialization-Formats (XDR).
"""
import gzip
import json
import lzma
import pathlib
import struct
import sys


class Reader:
    """Just enough of R's serialization to reach all matrices of two columns."""

    def __init__(self, data):
        self.data, self.at, self.matrices = data, 0, []
        self.symbols = []
        assert self.take(2) == b"X\n", "not XDR"
        version, _, _ = self.ints(3)
        if version == 3:
            self.take(self.ints(1)[0])

    def take(self, count):
        self.at += count
        return self.data[self.at - count:self.at]

    def ints(self, count):
        return struct.unpack(f">{count}i", self.take(4 * count))

    def item(self):
        flags = self.ints(1)[0]
        kind, has_attributes, has_tag = flags & 0xFF, flags & 0x200, flags & 0x400
        value = None
        if kind in (2, 6):  # pairlist, call
            items = []
            while kind in (2, 6):
                attributes = self.item() if has_attributes else None
                tag = self.item() if has_tag else None
                items.append((tag, self.item()))
                flags = self.ints(1)[0]
                kind, has_attributes, has_tag = flags & 0xFF, flags & 0x200, flags & 0x400
            self.at -= 4
            self.item()
            return items
        if kind == 1:
            name = self.item()
            self.symbols.append(name)
            return name
        if kind == 255:
            return self.symbols[(flags >> 8 if flags >> 8 else self.ints(1)[0]) - 1]
        if kind in (254, 253, 252, 251, 250, 249, 242, 241):
            return None
        if kind == 9:
            length = self.ints(1)[0]
            return None if length < 0 else self.take(length).decode("utf-8", "replace")
        if kind in (10, 13):
            value = self.ints(self.ints(1)[0])
        elif kind == 14:
            count = self.ints(1)[0]
            value = struct.unpack(f">{count}d", self.take(8 * count))
        elif kind in (16, 19, 20):
            value = [self.item() for _ in range(self.ints(1)[0])]
        elif kind == 25:  # S4: all in its attributes
            pass
        else:
            sys.exit(f"type {kind} at {self.at} is not expected")
        if has_attributes:
            attributes = dict(self.item())
            dim = attributes.get("dim")
            if kind == 14 and dim and len(dim) == 2 and dim[1] == 2:
                self.matrices.append(list(zip(value[:dim[0]], value[dim[0]:])))
            return value, attributes
        return value


def main():
    folder, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    # The index of the package's data: place and length of each object, by name.
    (variables, *_), _ = Reader(gzip.decompress((folder / "Rdata.rdx").read_bytes())).item()
    start, length = dict(zip(variables[1]["names"], variables[0]))["coastline110"]
    chunk = (folder / "Rdata.rdb").read_bytes()[start:start + length]
    if chunk[4:5] != b"Z":
        sys.exit("not packed by LZMA2")
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 6}]
    data = lzma.decompress(chunk[5:], lzma.FORMAT_RAW, filters=filters)
    reader = Reader(data)
    reader.item()
    lines = []
    for matrix in reader.matrices:
        points = [(round(x * 100), round(y * 100)) for x, y in matrix]
        # Bounding boxes are 2 × 2 matrices, too.
        if len(points) < 3:
            continue
        line, last = [], (0, 0)
        for point in points:
            line += [point[0] - last[0], point[1] - last[1]]
            last = point
        lines.append(line)
    text = "[\n" + ",\n".join(json.dumps(line, separators=(",", ":")) for line in lines) + "\n]\n"
    out.write_text(text)
    print(f"{len(lines)} lines, {sum(map(len, lines)) // 2} points, {len(text)} bytes")


main()
