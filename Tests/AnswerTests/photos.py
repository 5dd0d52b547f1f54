"""Writes trees of small photos: a JPEG writer of its own, so that nothing of gpsindex makes what it is tried on."""
import os
import random
import struct


def rational(number, denominator=10_000_000):
    return struct.pack("<II", round(number * denominator), denominator)


def degrees(value):
    """Whole degrees in 1/10,000,000: exact for seven decimals."""
    return rational(abs(value)) + rational(0) + rational(0)


def tiff(ifd0, exif, gps):
    """A TIFF block (TIFF 6.0 §2), little endian; entries are (tag, type, count, bytes)."""
    exif_entry = [(0x8769, 4, 1, b"\0\0\0\0")] if exif else []
    gps_entry = [(0x8825, 4, 1, b"\0\0\0\0")] if gps else []
    size = lambda entries: 2 + 12 * len(entries) + 4
    ifd0 = ifd0 + exif_entry + gps_entry
    exif_at = 8 + size(ifd0)
    gps_at = exif_at + (size(exif) if exif else 0)
    data_at = gps_at + (size(gps) if gps else 0)
    places = {0x8769: exif_at, 0x8825: gps_at}
    data = b""
    out = b"II*\0\x08\0\0\0"
    for entries in (ifd0, exif, gps):
        if not entries:
            continue
        out += struct.pack("<H", len(entries))
        for tag, kind, count, value in sorted(entries):
            if tag in places:
                value = struct.pack("<I", places[tag])
            if len(value) > 4:
                place = struct.pack("<I", data_at + len(data))
                data += value + b"\0" * (len(value) % 2)
                value = place
            out += struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\0")
        out += b"\0\0\0\0"
    return out + data


def text(tag, value):
    value = value.encode() + b"\0"
    return (tag, 2, len(value), value)


def jpeg(position=None, altitude=None, taken=None, offset=None, subseconds=None, make=None, model=None, drone=None,
         satellites=None):
    """`drone`: attributes of a drone's XMP packet; `satellites`: date, and hour, minute, second in UTC."""
    ifd0 = [text(tag, value) for tag, value in ((0x010F, make), (0x0110, model)) if value]
    exif = [text(tag, value) for tag, value in ((0x9003, taken), (0x9011, offset), (0x9291, subseconds)) if value]
    gps = []
    if position:
        lat, lon = position
        gps += [text(1, "S" if lat < 0 else "N"), (2, 5, 3, degrees(lat)),
                text(3, "W" if lon < 0 else "E"), (4, 5, 3, degrees(lon))]
    if altitude is not None:
        gps += [(5, 1, 1, bytes([altitude < 0])), (6, 5, 1, rational(abs(altitude), 1000))]
    if satellites:
        date, time = satellites
        gps += [text(0x1D, date), (7, 5, 3, b"".join(rational(part, 1) for part in time))]
    body = b"Exif\0\0" + tiff(ifd0, exif, gps)
    out = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    if drone:
        attributes = " ".join(f'drone-dji:{key}="{value}"' for key, value in drone.items())
        packet = b"http://ns.adobe.com/xap/1.0/\0" + (
            '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            '<rdf:Description rdf:about="" xmlns:drone-dji="http://www.dji.com/drone-dji/1.0/" '
            f"{attributes}/></rdf:RDF></x:xmpmeta>").encode()
        out += b"\xff\xe1" + struct.pack(">H", len(packet) + 2) + packet
    return out + (b"\xff\xc0\0\x0b\x08\0\x10\0\x10\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0"
                  + b"\x55" * 20 + b"\xff\xd9")


SITES = {
    "nas": ["", "f01", "f02", "f1", "dig", "deep1", "deep1/x", "deep1/x/f01", "deep1/x/f02", "deep2/x/y/f01", "a",
            "a/b", "a/c/b", "a/c/d/b", "x", "x/raw", "raw", "[1]", "100MEDIA", "survey/100MEDIA"],
    "card": ["100MEDIA", "101MEDIA", "f01", "a/b"],
    "Übung": ["a*b", "ä", "a\u0308", "sp ace", "f01"],
    "gone": ["f01", "a/b"],
}
# Its files vanish after the first sync: more than the deletion guard lets go.
GONE, GONE_PHOTOS = "gone", 25
ODD = ["=1+1.jpg", "a,b.jpg", 'a"b.jpg', "a'b.jpg", "nl\nx.jpg", "<&>.jpg", "-x.jpg", "@x.jpg", "\U0001f600.jpg", "é.jpg",
       "e\u0301.jpg", "#1.jpg", "%41.jpg", b"\xff\xfe.jpg", "a;b.jpg", "{x}.jpg"]
EDGES = [(90, 10), (-90, -10), (10, 180), (10, -180), (-17.5, 179.9999999), (-17.5, -179.9999999), (0, 5), (5, 0),
         (90, 0), (-90, 180), (45, 180), (45.0000001, 180)]


def position(pick, places):
    chance = pick.random()
    if chance < .12:
        return pick.choice(EDGES)
    if chance < .2 and places:  # two photos at the same place
        return pick.choice(places)
    if chance < .75:            # a flight: near the others
        lat, lon = pick.choice([(47.4, 8.5), (-17.5, 179.99), (52.5, 13.4), (-33.4, -70.6), (89.99, 30)])
        return (round(lat + pick.uniform(-.009, .009), 7), round(lon + pick.uniform(-.009, .009), 7))
    return (round(pick.uniform(-90, 90), 7), round(pick.uniform(-180, 180), 7))


def photo(pick, places):
    chance = pick.random()
    if chance < .04:
        return b""
    if chance < .07:
        return b"no photo at all " * 4
    values = {}
    if pick.random() < .85:
        values["taken"] = "20%02d:%02d:%02d %02d:%02d:%02d" % tuple(
            pick.randrange(*r) for r in ((18, 25), (1, 13), (1, 29), (0, 24), (0, 60), (0, 60)))
        if pick.random() < .6:
            values["offset"] = pick.choice(["+00:00", "+02:00", "-05:00", "+05:45", "-11:00"])
        if pick.random() < .3:
            values["subseconds"] = "%03d" % pick.randrange(1000)
    elif pick.random() < .7:
        values["satellites"] = ("20%02d:%02d:%02d" % tuple(pick.randrange(*r) for r in ((18, 25), (1, 13), (1, 29))),
                                [pick.randrange(limit) for limit in (24, 60, 60)])
    values["make"] = pick.choice([None, "DJI", "Autel", "=cmd", "Ü & <b>"])
    values["model"] = pick.choice([None, "M3E", "m3e", "FC6310", "XL7_5%", "FC6310 R"])
    if pick.random() < .12:
        return jpeg(**values)
    if pick.random() < .04:
        return jpeg(position=(0, 0), **values)
    where = position(pick, places)
    places.append(where)
    if pick.random() < .75:
        values["altitude"] = pick.choice([100.0, 250.0, -3.25, 0.001, round(pick.uniform(-400, 8800), 2)])
    if pick.random() < .6:
        drone = {"RtkFlag": pick.choice([0, 16, 34, 50, 50])}
        if pick.random() < .2:  # the packet contradicts the camera
            drone["GpsLatitude"] = f"{max(-89, min(89, where[0] + .5)):+.9f}"
            drone["GpsLongitude"] = f"{where[1]:+.9f}"
        if pick.random() < .6:
            drone["RelativeAltitude"] = f"{pick.choice([120.0, -2.5, round(pick.uniform(-20, 150), 2)]):+.2f}"
        for name in ("Lon", "Lat", "Hgt"):
            if pick.random() < .8:
                drone[f"RtkStd{name}"] = f"{pick.choice([.01, .05, round(pick.uniform(.005, .2), 5)]):.5f}"
        if pick.random() < .2 and "altitude" in values:
            drone["AbsoluteAltitude"] = f"{values['altitude'] + 50:+.2f}"
        values["drone"] = drone
    return jpeg(position=where, **values)


def write(root, seed, per_folder):
    """One tree per site below `root`; the same seed, the same bytes. Returns the number of photos."""
    pick = random.Random(seed)
    places = []
    count = 0
    for site, folders in SITES.items():
        for folder in folders:
            place = os.path.join(os.fsencode(root), site.encode(), folder.encode())
            os.makedirs(place, exist_ok=True)
            end = GONE_PHOTOS + 1 if site == GONE else pick.randrange(2, 2 * per_folder)
            names = [f"DJI_{n:04}.JPG" for n in range(1, end)]
            names += pick.sample(ODD, pick.randrange(0, 4))
            for name in names:
                with open(os.path.join(place, os.fsencode(name)), "wb") as file:
                    file.write(photo(pick, places))
                count += 1
    return count
