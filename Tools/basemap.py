#!/usr/bin/env python3
"""Makes the map's base map from Debian's r-cran-rnaturalearthdata (Natural Earth 1:50m, public domain; the
package is CC0): basemap.py FOLDER OUT, where FOLDER holds the package's Rdata.rdx and Rdata.rdb.

Writes three sections, compressed by gzip: the land as closed rings, the borders as lines, and the names of countries.
A section of lines: their number, then for each its number of points and the differences from point to point. A name: its
bytes with their number in front, the place of the label, and the width of the country's largest part.
All numbers are variable-length (LEB128), signed ones in zigzag; degrees are in thousandths.

R's format: https://cran.r-project.org/doc/manuals/r-release/R-ints.html#Serialization-Formats (XDR).
"""
import collections
import gzip
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


UNIT = 1000  # per degree


def fields(item):
    """The slots of an S4 object, or the elements of a list with names, by name."""
    value, attributes = item
    if value and "names" in attributes:
        return dict(zip(plain(attributes["names"]), value))
    return attributes


def plain(item):
    """A vector without its attributes."""
    return item[0] if isinstance(item, tuple) and len(item) == 2 and isinstance(item[1], dict) else item


def countries(chunk):
    """Name and rings of each country; a ring is a list of points in units, the last equal to the first."""
    if chunk[4:5] != b"Z":
        sys.exit("not packed by LZMA2")
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 6}]
    layer = fields(Reader(lzma.decompress(chunk[5:], lzma.FORMAT_RAW, filters=filters)).item())
    names = plain(fields(layer["data"])["name"])
    for name, country in zip(names, layer["polygons"]):
        rings = []
        for ring in fields(country)["Polygons"]:
            values, attributes = fields(ring)["coords"]
            count = attributes["dim"][0]
            rings.append([(round(x * UNIT), round(y * UNIT)) for x, y in zip(values[:count], values[count:])])
        yield name, rings


def chains(edges):
    """Joins edges to lines as long as possible."""
    ends = collections.defaultdict(list)
    for edge in edges:
        for end in edge:
            ends[end].append(edge)
    left = set(edges)
    lines = []

    def follow(point):
        line = [point]
        while True:
            edge = next((e for e in ends[point] if e in left), None)
            if edge is None:
                return line
            left.discard(edge)
            point = edge[1] if edge[0] == point else edge[0]
            line.append(point)

    # Open lines from their ends first; what is left are rings.
    for point in [p for p, of in ends.items() if len(of) % 2]:
        while any(edge in left for edge in ends[point]):
            lines.append(follow(point))
    for edge in edges:
        if edge in left:
            lines.append(follow(edge[0]))
    return lines


def number(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def signed(value):
    return number(value * 2 if value >= 0 else -value * 2 - 1)


def section(lines):
    out = bytearray(number(len(lines)))
    for line in lines:
        out += number(len(line))
        last = (0, 0)
        for point in line:
            out += signed(point[0] - last[0]) + signed(point[1] - last[1])
            last = point
    return bytes(out)


def label(name, rings):
    """In the middle of the box of the largest ring."""
    def area(ring):
        return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:])))
    ring = max(rings, key=area)
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    weight = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:])) or 1
    x = sum((a[0] + b[0]) * (a[0] * b[1] - b[0] * a[1]) for a, b in zip(ring, ring[1:])) / (3 * weight)
    y = sum((a[1] + b[1]) * (a[0] * b[1] - b[0] * a[1]) for a, b in zip(ring, ring[1:])) / (3 * weight)
    x, y = min(max(x, min(xs)), max(xs)), min(max(y, min(ys)), max(ys))
    text = name.encode()
    return number(len(text)) + text + signed(round(x)) + signed(round(y)) + number(max(xs) - min(xs))


def main():
    folder, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    # The index of the package's data: place and length of each object, by name.
    (variables, *_), _ = Reader(gzip.decompress((folder / "Rdata.rdx").read_bytes())).item()
    start, length = dict(zip(variables[1]["names"], variables[0]))["countries50"]
    found = list(countries((folder / "Rdata.rdb").read_bytes()[start:start + length]))
    uses = collections.Counter()
    for _, rings in found:
        for ring in rings:
            for edge in zip(ring, ring[1:]):
                if edge[0] != edge[1]:
                    uses[min(edge), max(edge)] += 1
    land = chains([edge for edge, count in uses.items() if count == 1])
    borders = chains([edge for edge, count in uses.items() if count > 1])
    labels = sorted(label(name, rings) for name, rings in found)
    data = section(land) + section(borders) + number(len(labels)) + b"".join(labels)
    packed = gzip.compress(data, 9, mtime=0)
    out.write_bytes(packed)
    print(f"{len(land)} rings with {sum(map(len, land))} points, {sum(l[0] != l[-1] for l in land)} not closed; "
          f"{len(borders)} borders with {sum(map(len, borders))} points; {len(labels)} names; "
          f"{len(data)} bytes, {len(packed)} compressed")


main()
