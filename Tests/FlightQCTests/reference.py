"""Compares qc-check with independent programs: cameratransform and orthority for footprints, shapely for overlaps and holes.

    python reference.py .build/debug/qc-check        # make test-qc

Exits with 1 when a difference is larger than docs/qc.md states.
"""

import csv
import io
import json
import math
import random
import subprocess
import sys
import tempfile

import cameratransform as ct
import numpy as np
from orthority.camera import create_camera
from shapely import affinity
from shapely.geometry import LineString, Polygon
from shapely.ops import unary_union

PROGRAM = sys.argv[1]
CAMERAS = [(5472, 3648, 24), (4000, 3000, 24), (640, 512, 40), (8192, 5460, 35), (4056, 3040, 21)]
A, E2 = 6378137.0, 0.0066943799901413165
failures = 0


def run(rows, columns, *options):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write(text.getvalue())
        file.flush()
        out = subprocess.run([PROGRAM, file.name, *options], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in out.stdout.splitlines()]


def verdict(name, value, limit, unit):
    global failures
    is_good = value <= limit
    failures += not is_good
    print(f"{'ok  ' if is_good else 'FAIL'} {name}: {value:.3g} {unit} (limit {limit:g})")


def focal(width, height, focal35):
    return focal35 * math.hypot(width, height) / math.hypot(36, 24)


# Footprints: 10,000 random poses.
def poses(count=10_000):
    chance = random.Random(7)
    rows, cameras = [], []
    for number in range(count):
        width, height, focal35 = chance.choice(CAMERAS)
        pitch = -90 + 75 * chance.random() if chance.random() < 0.8 else -90.0
        yaw, roll = chance.uniform(-180, 360), chance.choice([0, 180, chance.uniform(-180, 180), chance.gauss(0, 5)])
        up = chance.uniform(5, 300)
        rows.append([str(number), up, width, height, focal35, yaw, pitch, roll])
        cameras.append(
            ct.Camera(
                ct.RectilinearProjection(focallength_px=focal(width, height, focal35), image=(width, height)),
                ct.SpatialOrientation(elevation_m=up, tilt_deg=90 + pitch, roll_deg=-roll, heading_deg=yaw),
            )
        )
    columns = "file rel_alt_m pixel_width pixel_height focal_length_35_mm yaw pitch roll".split()
    found = run(rows, columns, "--poses")
    worst, worst_gsd, compared, disagree, invalid, clamped = 0.0, 0.0, 0, 0, 0, 0
    for row, camera, own in zip(rows, cameras, found):
        up, width, height = row[1], row[2], row[3]
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
        exact = camera.spaceFromImage(corners, Z=0)[:, :2]
        # The direction of rays tells which corners see the ground; flatter ones are cut.
        rays = camera.getRay(corners)[1]
        down = -rays[:, 2] / np.linalg.norm(rays, axis=1)
        scale = np.array([1 / math.hypot(1, math.hypot(x - width / 2, y - height / 2) / focal(*row[2:5])) for x, y in corners])
        slope = down / scale
        is_whole = bool((slope >= 0.124).all())
        if own["corners"] is not None:
            shape = Polygon(own["corners"])
            invalid += not shape.is_valid or not math.isclose(shape.convex_hull.area, shape.area, rel_tol=1e-9)
            clamped += own["clamped"]
        if is_whole != (own["corners"] is not None and not own["clamped"]):
            disagree += abs(slope.min() - 0.124) > 1e-9
            continue
        if not is_whole:
            continue
        compared += 1
        worst = max(worst, np.abs(exact - np.array(own["corners"])).max() / up)
        middle = np.array([width / 2, height / 2])
        near = camera.spaceFromImage(np.array([middle + [-0.5, 0], middle + [0.5, 0], middle + [0, -0.5], middle + [0, 0.5]]), Z=0)[:, :2]
        across, along = near[1] - near[0], near[3] - near[2]
        exact_gsd = math.sqrt(abs(across[0] * along[1] - across[1] * along[0]))
        worst_gsd = max(worst_gsd, abs(own["gsd_m"] / exact_gsd - 1))
    print(f"     {count} poses, {compared} with all corners on near ground, {clamped} clamped")
    verdict("corners, worst", worst, 1e-6, "heights")
    verdict("ground sampling distance, worst", 100 * worst_gsd, 0.5, "%")
    verdict("verdicts on the horizon that differ", disagree, 0, "poses")
    verdict("polygons that are invalid or not convex", invalid, 0, "polygons")


# The same poses with orthority's pinhole camera, whose angles are omega, phi, kappa (PATB).
def pinholes(count=10_000):
    chance = random.Random(8)
    rows = []
    for number in range(count):
        width, height, focal35 = chance.choice(CAMERAS)
        pitch = -90 + 75 * chance.random() if chance.random() < 0.8 else -90.0
        yaw, roll = chance.uniform(-180, 360), chance.choice([0, 180, chance.uniform(-180, 180), chance.gauss(0, 5)])
        rows.append([str(number), chance.uniform(5, 300), width, height, focal35, yaw, pitch, roll])
    columns = "file rel_alt_m pixel_width pixel_height focal_length_35_mm yaw pitch roll".split()
    worst, compared = 0.0, 0
    for row, own in zip(rows, run(rows, columns, "--poses")):
        up, width, height, focal35, yaw, pitch, roll = row[1:]
        if own["corners"] is None or own["clamped"]:
            continue
        # Columns of the turn are forward, right and down, in north, east and down.
        forward, right, down = (np.array([v[1], v[0], -v[2]]) for v in axes(yaw, pitch, roll).T)
        m = np.stack([right, -down, -forward], axis=1)
        opk = (math.atan2(-m[1, 2], m[2, 2]), math.asin(max(-1, min(1, m[0, 2]))), math.atan2(-m[0, 1], m[0, 0]))
        camera = create_camera(
            "pinhole", im_size=(width, height), focal_len=focal(width, height, focal35) / width, sensor_size=(1, height / width),
            xyz=(0, 0, up), opk=opk)
        # Pixels are counted from the middle of the first one.
        corners = np.array([[-0.5, width - 0.5, width - 0.5, -0.5], [-0.5, -0.5, height - 0.5, height - 0.5]])
        exact = camera.pixel_to_world_z(corners, 0.0)[:2].T
        compared += 1
        worst = max(worst, np.abs(exact - np.array(own["corners"])).max() / up)
    print(f"     {count} poses for orthority, {compared} with all corners on near ground")
    verdict("corners by orthority, worst", worst, 1e-6, "heights")


def axes(yaw, pitch, roll):
    y, p, r = (math.radians(v) for v in (yaw, pitch, roll))
    rz = np.array([[math.cos(y), -math.sin(y), 0], [math.sin(y), math.cos(y), 0], [0, 0, 1]])
    ry = np.array([[math.cos(p), 0, math.sin(p)], [0, 1, 0], [-math.sin(p), 0, math.cos(p)]])
    rx = np.array([[1, 0, 0], [0, math.cos(r), -math.sin(r)], [0, math.sin(r), math.cos(r)]])
    return rz @ ry @ rx


def footprint(east, north, up, yaw, pitch, roll, camera):
    width, height, focal35 = camera
    turn, f = axes(yaw, pitch, roll), focal(*camera)
    ring = []
    for u, v in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        ray = turn @ np.array([1, u * width / 2 / f, v * height / 2 / f])
        ring.append((east + ray[1] * up / ray[2], north + ray[0] * up / ray[2]))
    return Polygon(ring)


def degrees(east, north, lat0=47.0, lon0=8.0):
    sine = math.sin(math.radians(lat0))
    m = A * (1 - E2) / (1 - E2 * sine * sine) ** 1.5
    n = A / math.sqrt(1 - E2 * sine * sine)
    return lon0 + math.degrees(east / n / math.cos(math.radians(lat0))), lat0 + math.degrees(north / m)


def metres(lon, lat, lat0=47.0, lon0=8.0):
    sine = math.sin(math.radians(lat0))
    m = A * (1 - E2) / (1 - E2 * sine * sine) ** 1.5
    n = A / math.sqrt(1 - E2 * sine * sine)
    return math.radians(lon - lon0) * n * math.cos(math.radians(lat0)), math.radians(lat - lat0) * m


def grid(chance, forward, side, crab=0.0, yaw_sigma=0.0, tilt_sigma=0.0, lines=8, count=24, drop=None):
    """Photos of a serpentine: (line, east, north, yaw, pitch, roll)."""
    camera, up, track = (5472, 3648, 24), 80.0, chance.uniform(0, 180)
    f = focal(*camera)
    across, along = camera[0] / f * up, camera[1] / f * up
    photos = []
    for line in range(lines):
        phase = chance.random()
        places = [(place + phase) * along * (1 - forward) for place in range(count)]
        heading = track if line % 2 == 0 else track + 180
        for place in places if line % 2 == 0 else reversed(places):
            x, y = line * across * (1 - side), place
            if drop and drop(line, x, y):
                continue
            turn = math.radians(track)
            photos.append(
                (
                    line,
                    y * math.sin(turn) + x * math.cos(turn),
                    y * math.cos(turn) - x * math.sin(turn),
                    heading + crab * (1 if line % 2 == 0 else -1) + chance.gauss(0, yaw_sigma),
                    -90 + chance.gauss(0, tilt_sigma),
                    chance.gauss(0, tilt_sigma),
                )
            )
    return camera, up, track, photos


def judge(name, flight):
    camera, up, track, photos = flight
    rows, time, last = [], 0.0, None
    for number, (line, east, north, yaw, pitch, roll) in enumerate(photos):
        if last is not None:
            time += math.hypot(east - last[1], north - last[2]) / 5 + (10 if line != last[0] else 0)
        last = (line, east, north)
        lon, lat = degrees(east, north)
        clock = f"2024-05-17T{8 + int(time // 3600):02}:{int(time // 60) % 60:02}:{time % 60:06.3f}Z"
        rows.append([name, f"DJI_{number + 1:04}.JPG", repr(lon), repr(lat), up, clock, "X", *camera, yaw, pitch, roll])
    columns = (
        "set file lon lat rel_alt_m taken_at serial_number pixel_width pixel_height focal_length_35_mm yaw pitch roll"
    ).split()
    return [row for row in run(rows, columns, "--flights") if "kind" in row]


def exact(flight):
    """Median forward overlap, and side overlap of strips, over photos inside of lines."""
    camera, up, track, photos = flight
    shapes = [footprint(e, n, up, yaw, pitch, roll, camera) for _, e, n, yaw, pitch, roll in photos]
    lines = {}
    for place, photo in enumerate(photos):
        lines.setdefault(photo[0], []).append(place)
    forward, side = [], []
    way = np.array([math.cos(math.radians(track)), -math.sin(math.radians(track))])
    for line, places in lines.items():
        for a, b in zip(places, places[1:]):
            forward.append(100 * shapes[a].intersection(shapes[b]).area / shapes[a].area)
        for other in (line - 1, line + 1):
            if other not in lines:
                continue
            union = unary_union([shapes[p] for p in lines[other]])
            for place in places[3:-3]:
                shape = shapes[place]
                # The cut goes through where the optical axis meets the ground.
                _, e, n, yaw, pitch, roll = photos[place]
                ray = axes(yaw, pitch, roll)[:, 0]
                middle = np.array([e + ray[1] * up / ray[2], n + ray[0] * up / ray[2]])
                strip = LineString([middle - 1000 * way, middle + 1000 * way]).intersection(shape)
                side.append(100 * strip.intersection(union).length / strip.length)
    return float(np.median(forward)), float(np.median(side))


def overlaps():
    chance = random.Random(11)
    worst_forward, worst_side, worst_plan, flights = 0.0, 0.0, 0.0, 0
    for forward, side in ((0.8, 0.7), (0.7, 0.6)):
        for crab in (0, 5, 10):
            for sigma in ((0, 0), (3, 1.5)):
                flight = grid(chance, forward, side, crab, *sigma)
                own = judge("grid", flight)
                if len(own) != 1 or own[0]["kind"] != "mapping" or own[0]["rows"] != 8:
                    verdict("flights recognised", 1, 0, "wrong")
                    continue
                true_forward, true_side = exact(flight)
                worst_forward = max(worst_forward, abs(own[0]["forward"] - true_forward))
                worst_side = max(worst_side, abs(own[0]["side"] - true_side))
                if sigma == (0, 0) and crab == 0:
                    worst_plan = max(
                        worst_plan,
                        abs(own[0]["forward_by_distance"] - 100 * forward),
                        abs(own[0]["side_by_distance"] - 100 * side),
                    )
                flights += 1
    print(f"     {flights} grids, crab to 10°, yaw σ 3°, tilt σ 1.5°")
    verdict("forward overlap, worst", worst_forward, 1, "points")
    verdict("side overlap of strips, worst", worst_side, 1, "points")
    verdict("overlap by distance against the plan", worst_plan, 0.3, "points")


def holes(count=20):
    chance = random.Random(5)
    values, missed, extra = [], 0, 0
    for number in range(count):
        wide, long = chance.uniform(55, 150), chance.uniform(50, 150)
        middle = chance.uniform(80, 200), chance.uniform(100, 260)
        flight = grid(
            chance, 0.8, 0.7, chance.uniform(-5, 5), 2, 1, lines=10,
            drop=lambda line, x, y: abs(x - middle[0]) < wide and abs(y - middle[1]) < long,
        )
        camera, up, track, photos = flight
        shapes = [footprint(e, n, up, yaw, pitch, roll, camera) for _, e, n, yaw, pitch, roll in photos]
        union = unary_union(shapes)
        print_area = float(np.median([shape.area for shape in shapes]))
        parts = union.geoms if union.geom_type == "MultiPolygon" else [union]
        true = [Polygon(ring) for part in parts for ring in part.interiors if Polygon(ring).area >= 0.06 * print_area]
        own = [Polygon([metres(*p) for p in ring]) for flight in judge("hole", flight) for ring in flight["holes"]]
        for hole in true:
            best = max((hole.intersection(o).area / hole.union(o).area for o in own if o.intersects(hole)), default=0)
            missed += best == 0
            values.append(best)
        extra += sum(not any(o.intersects(hole) for hole in true) and o.area >= 0.06 * print_area for o in own)
    print(f"     {count} flights, {len(values)} holes of at least 6 % of a footprint, median IoU {np.median(values):.4f}")
    verdict("1 − smallest intersection over union", 1 - min(values), 0.05, "")
    verdict("holes that were missed", missed, 0, "holes")
    verdict("holes that are none", extra, 0, "holes")


poses()
pinholes()
overlaps()
holes()
sys.exit(1 if failures else 0)
