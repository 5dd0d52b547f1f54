"""Reads what gpsindex writes, each format by a reader that is not gpsindex's."""
import csv
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import xml.etree.ElementTree as ElementTree

GPX = "{http://www.topografix.com/GPX/1/1}"
KML = "{http://www.opengis.net/kml/2.2}"
HAS_OGR = shutil.which("ogr2ogr") is not None


class Wrong(Exception):
    pass


def number(value):
    return None if value in (None, "") else float(value)


def record(fields, lon, lat, fid=None):
    """What formats but GPX say of a photo."""
    out = {"site": fields["site"], "path": fields["path"], "folder": fields["folder"], "lon": number(lon), "lat": number(lat)}
    for name in ("alt_m", "rel_alt_m"):
        if name in fields:
            out[name] = number(fields[name])
    for name in ("file", "taken_at", "taken_local", "camera_make", "camera_model", "fix", "flags", "reason"):
        if name in fields:
            out[name] = fields[name] or None
    for name in ("size", "mtime"):
        out[name] = int(float(fields[name]))
    if fid is not None:
        out["fid"] = fid
    return out


def feature(value):
    if value["type"] != "Feature":
        raise Wrong(f"no feature: {value['type']}")
    geometry = value["geometry"]
    if geometry and geometry["type"] != "Point":
        raise Wrong(f"no point: {geometry['type']}")
    lon, lat = geometry["coordinates"][:2] if geometry else (None, None)
    return record(value["properties"], lon, lat, fid=value.get("id"))


def read_json(data):
    return [record(value, value.get("lon"), value.get("lat")) for value in json.loads(data)]


def read_jsonl(data):
    return [record(value, value.get("lon"), value.get("lat")) for value in map(json.loads, data.splitlines())]


def read_geojson(data):
    collection = json.loads(data)
    if collection["type"] != "FeatureCollection":
        raise Wrong("no collection")
    return [feature(value) for value in collection["features"]]


def read_geojsonseq(data):
    return [feature(json.loads(line.lstrip(b"\x1e"))) for line in data.split(b"\n") if line.strip(b"\x1e \r")]


def read_csv(data):
    """Also without `--raw-csv`: the apostrophe before what a spreadsheet would run is taken away."""
    table = csv.DictReader(io.StringIO(data.decode(), newline=""))
    plain = lambda value: value[1:] if re.match(r"'[=+\-@\t\r]", value) else value
    return [record({name: plain(value) for name, value in row.items()}, row.get("lon"), row.get("lat")) for row in table]


def read_gpx(data):
    out = []
    for point in ElementTree.fromstring(data).iter(GPX + "wpt"):
        text = {child.tag.removeprefix(GPX): child.text for child in point}
        site, _, path = text["desc"].partition("/")
        out.append({"site": site, "path": path, "file": text["name"], "lon": float(point.get("lon")),
                    "lat": float(point.get("lat")), "alt_m": number(text.get("ele")), "taken_at": text.get("time")})
    return out


def read_kml(data):
    out = []
    for place in ElementTree.fromstring(data).iter(KML + "Placemark"):
        fields = {field.get("name"): field.text for field in place.iter(KML + "SimpleData")}
        fields.setdefault("folder", "")
        fields["folder"] = fields["folder"] or ""
        point = place.find(KML + "Point")
        lon, lat = point.find(KML + "coordinates").text.split(",")[:2] if point is not None else (None, None)
        out.append(record(fields, lon, lat, fid=int(place.get("id").removeprefix("photo-"))))
    return out


def read_table(data):
    """A table is for people: its lines and its coordinates count."""
    lines = data.decode().split("\n")[1:]
    out = []
    for line in filter(None, lines):
        found = re.search(r" (-?\d+\.\d{7}) +(-?\d+\.\d{7})", line)
        out.append({"lon": number(found[1]) if found else None, "lat": number(found[2]) if found else None})
    return out


def read_paths0(data):
    """Paths as bytes; the reference has them in the lossless form of the index."""
    out = []
    for path in data.split(b"\0")[:-1]:
        text = path.decode("utf-8", "surrogateescape")
        text = "".join("".join(f"\ufffd{byte:02X}" for byte in c.encode("utf-8", "surrogateescape"))
                       if c == "\ufffd" or "\udc80" <= c <= "\udcff" else c for c in text)
        out.append({"path": text})
    return out


def read_gpkg(path):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        connection.row_factory = sqlite3.Row
        rows = connection.execute("SELECT * FROM photos_named").fetchall()
    return [record({**dict(row)}, row["lon"], row["lat"]) for row in rows]


def ogr(path, layer):
    """Coordinates as GDAL understands them, in the order of the file."""
    read = subprocess.run(
        ["ogr2ogr", "-f", "GeoJSONSeq", "/vsistdout/", "-lco", "COORDINATE_PRECISION=15", path, layer],
        capture_output=True)
    if read.returncode or b"ERROR" in read.stderr:
        raise Wrong(f"ogr2ogr: {read.stderr.decode()[:300]}")
    points = []
    for line in read.stdout.splitlines():
        geometry = json.loads(line)["geometry"]
        if geometry:
            points.append(tuple(geometry["coordinates"][:2]))
    return points


READERS = {"json": read_json, "jsonl": read_jsonl, "geojson": read_geojson, "geojsonseq": read_geojsonseq, "csv": read_csv,
           "gpx": read_gpx, "kml": read_kml, "table": read_table, "gpkg": read_gpkg, "paths0": read_paths0}
LAYERS = {"geojson": "photos", "geojsonseq": "photos", "gpx": "waypoints", "kml": "photos", "gpkg": "photos"}
ENDINGS = {"geojsonseq": "geojsons"}


def arguments(format, file):
    return ["-f", format] + (["-o", file] if format == "gpkg" else [])


def compare(format, records, expected):
    """What is wrong with records, when these rows are the answer; records are found by site and path."""
    if format == "table":
        points = lambda values: sorted(((v["lon"], v["lat"]) for v in values), key=str)
        wanted = points([{"lon": rounded(row.lon), "lat": rounded(row.lat)} for row in expected])
        return [] if points(records) == wanted else [f"{len(records)} lines, not {len(expected)}, or other coordinates"]
    if format == "paths0":
        found, wanted = (sorted(paths) for paths in ([r["path"] for r in records], [row.path for row in expected]))
        return [] if found == wanted else [f"{len(found)} paths, not these {len(wanted)}"]
    wrong = []
    keys = [(r["site"], r["path"]) for r in records]
    if len(set(keys)) != len(keys):
        wrong.append("a photo twice")
    rows = {row.key: row for row in expected}
    wrong += [f"too much: {key}" for key in sorted(set(keys) - rows.keys())]
    wrong += [f"missing: {key}" for key in sorted(rows.keys() - set(keys))]
    for entry in records:
        row = rows.get((entry["site"], entry["path"]))
        if row:
            wrong += [f"{row.key}: {field} is {found!r}, not {wanted!r}" for field, found, wanted in values(format, entry, row)]
    return wrong


def rounded(value):
    return None if value is None else float(f"{value:.7f}")


def values(format, entry, row):
    """Fields of a record that are not those of the row."""
    lon = -180.0 if format == "gpx" and row.lon == 180 else row.lon  # the schema's longitude ends before 180
    for field, wanted, tolerance in (("lon", lon, 5.1e-8), ("lat", row.lat, 5.1e-8), ("alt_m", row.alt, .00051),
                                     ("rel_alt_m", row.columns["rel_alt_m"], .00051)):
        found = entry.get(field)
        if field in entry and ((found is None) != (wanted is None) or found is not None and abs(found - wanted) > tolerance):
            yield field, found, wanted
    for field, wanted in (("file", row.path.rpartition("/")[2]), ("folder", row.folder), ("fid", row.fid),
                          *((f, row.columns[f] or None) for f in ("camera_make", "camera_model", "fix", "flags", "reason",
                                                                  "size", "mtime"))):
        if field in entry and entry[field] != wanted and (entry[field] or wanted):
            yield field, entry[field], wanted
    for field in ("taken_at", "taken_local"):
        if field in entry and moment(entry[field]) != moment(row.columns[field]):
            yield field, entry[field], row.columns[field]


def moment(text):
    """Without zeros that say nothing."""
    if not text:
        return None
    body = text.rstrip("Z")
    return (body.rstrip("0").rstrip(".") if "." in body else body) + ("Z" if text.endswith("Z") else "")


def answer(run, question_arguments, command, format, folder):
    """Asks, and reads the answer; also by GDAL, where it knows the format."""
    file = os.path.join(folder, f"photos.{ENDINGS.get(format, format)}")
    if os.path.exists(file):
        os.unlink(file)
    result = run([*command, *question_arguments, *arguments(format, file)])
    if result.returncode:
        return result, None, None
    if format == "gpkg":
        records = read_gpkg(file) if os.path.exists(file) else []
    else:
        records = READERS[format](result.stdout)
    points = None
    if format in LAYERS and HAS_OGR and records:
        if format != "gpkg":
            with open(file, "wb") as out:
                out.write(result.stdout)
        points = ogr(file, LAYERS[format])
    return result, records, points
