"""One function per kind of finding: what is changed in a good flight, and what must be found.

A function gets the kind of flight and a random generator, and returns a Case. `FAULTS` maps rule to (function, kinds).
A kind is left out where the definition of the rule has no meaning for it; NOT_JUDGED says why.
"""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import flights
from flights import KINDS, Drone, Lens, Shot, path, plan, rows

FAULTS = {}
NOT_JUDGED = {
    "cut-short": "towers and facades: no area of ground that the flight has to cover",
    "forward-overlap": "towers and facades: the pictures show walls, whose distance no header states",
    "side-overlap": "as forward-overlap",
    "hole": "as cut-short",
    "horizon": "a shot at the horizon is a fault in mapping alone",
    "stationary": "orbits and facades: many pictures from nearly the same place by plan",
    "smear": "as forward-overlap",
    "speed": "towers and facades: pictures are taken at stops as well as in passing",
    "height-spread": "towers and facades have levels of different height by plan",
}


@dataclass
class Case:
    plan: flights.Plan
    rows: list
    rule: str
    photos: set | None = None  # at least one of these must be named
    near: tuple | None = None  # or: the finding lies within metres of (longitude, latitude)
    severity: str | None = None
    area: dict | None = None
    arguments: list = field(default_factory=list)
    what: str = ""
    control: list | None = None  # the same flight without the fault, for a rule that needs arguments


def fault(rule, kinds=KINDS):
    def register(function):
        FAULTS[rule] = (function, kinds)
        return function
    return register


def runs(p, before=0):
    """Indices of the shots of each line that has at least `before` shots."""
    result = {}
    for index, shot in enumerate(p.shots):
        if shot.line >= 0:
            result.setdefault(shot.line, []).append(index)
    return [run for run in result.values() if len(run) >= before]


def inside(p, rng, count, margin=3):
    """Index of the first of `count` shots in the middle of a line."""
    for least in (margin, 2):
        choices = [run[i] for run in runs(p) for i in range(least, len(run) - least - count + 1)]
        if choices:
            return rng.choice(choices)
    raise ValueError("no line is long enough")


def files(lines, shots):
    return {path(r) for r in lines if r["shot"] in shots}


def without(lines, shots):
    return [r for r in lines if r["shot"] not in shots]


def moved(row, seconds, columns=("taken_local", "taken_at", "satellite_at")):
    for column in columns:
        value = row.get(column)
        if value:
            text = value.rstrip("Z")
            when = datetime.fromisoformat(text) + timedelta(seconds=seconds)
            row[column] = flights.stamp(when, "." in text) + ("Z" if value.endswith("Z") else "")


def captures(lines):
    result = {}
    for r in lines:
        result.setdefault(r["shot"], []).append(r)
    return result


@fault("gap")
def gap(kind, rng):
    p = plan(kind, rng, pause=False)
    count = rng.randint(1, 3)
    at = inside(p, rng, count)
    if rng.random() < 0.5:  # the camera did not release: numbers go on
        a, b = p.shots[at - 1], p.shots[at + count]
        del p.shots[at:at + count]
        lines = rows(p, rng)
        return Case(p, lines, "gap", files(lines, {at - 1, at}), what=f"{count} not taken, {a.line} {b.line}")
    lines = rows(p, rng)
    names = files(lines, {at - 1, at + count})
    return Case(p, without(lines, range(at, at + count)), "gap", names, what=f"{count} lost")


@fault("number-gap")
def number_gap(kind, rng):
    p = plan(kind, rng, pause=False)
    count = rng.randint(1, 4)
    at = rng.randrange(4, len(p.shots) - 4 - count)
    if rng.random() < 0.3:  # only the numbers jump, as after a deleted test picture
        shots = p.shots
        p.shots = shots[:at] + [shots[at]] * count + shots[at:]
        names = flights._names(rng, p, {})
        p.shots = shots
        lines = rows(p, rng, names=names[:at] + names[at + count:])
        return Case(p, lines, "number-gap", files(lines, {at - 1, at}), what="numbers jump")
    lines = rows(p, rng)
    names = files(lines, {at - 1, at + count})
    return Case(p, without(lines, range(at, at + count)), "number-gap", names, what=f"{count} lost")


@fault("number-restart")
def number_restart(kind, rng):
    p = plan(kind, rng, pause=False)
    at = rng.randrange(len(p.shots) // 3, len(p.shots) - 5)
    same = rng.random() < 0.5
    start = len(p.shots) + rng.randint(10, 300) if same else rng.randint(1, 300)
    names = flights._names(rng, p, {"number": start})
    while int(names[at - 1][1][-4:]) > 985:  # too near to the wrap after 999 to tell them apart
        at -= 5
    later = [(folder if same else ("card2/" + folder).rstrip("/"), stem[:-4] + f"{k + 1:04d}")
             for k, (folder, stem) in enumerate(names[at:])]
    lines = rows(p, rng, names=names[:at] + later)
    return Case(p, lines, "number-restart", files(lines, {at - 1, at}), what="same folder" if same else "new card")


@fault("cut-short", ("mapping", "corridor"))
def cut_short(kind, rng):
    if kind == "mapping":
        p = plan(kind, rng, rows=rng.randint(9, 12), cross=False, oblique=False, lenses=False)
        ring = flights.area_ring(p, rng)
        lost = math.ceil(0.5 * p.across / p.lane) + rng.randint(1, 2)
        order = runs(p)
        last = order[-1 - lost]
        keep = last[max(4, int(len(last) * rng.uniform(0.3, 0.6)))]
    else:
        p = plan(kind, rng, passes=1, lenses=False)
        ring = flights.area_ring(p, rng)
        keep = max(20, int(len(p.shots) * rng.uniform(0.4, 0.8)))
    lines = rows(p, rng)
    lines = [r for r in lines if r["shot"] < keep]
    end = lines[-1]
    return Case(p, lines, "cut-short", near=(end["lon"], end["lat"], 2 * p.across), severity="error",
                area=flights.geojson(p, ring), what=f"ends at {keep} of {len(p.shots)}")


@fault("forward-overlap", ("mapping", "corridor"))
def forward_overlap(kind, rng):
    bad = rng.random() < 0.5
    p = plan(kind, rng, lenses=False, oblique=False, forward=(0.28, 0.43) if bad else (0.55, 0.64))
    return Case(p, rows(p, rng), "forward-overlap", severity="error" if bad else "", what="planned overlap")


@fault("side-overlap", ("mapping", "corridor"))
def side_overlap(kind, rng):
    bad = rng.random() < 0.5
    p = plan(kind, rng, lenses=False, oblique=False, side=(0.22, 0.40) if bad else (0.46, 0.54), passes=2)
    return Case(p, rows(p, rng), "side-overlap", severity="error" if bad else "", what="planned overlap")


@fault("hole", ("mapping", "corridor"))
def hole(kind, rng):
    fenced = kind == "corridor" or rng.random() < 0.5
    if kind == "mapping":
        p = plan(kind, rng, lenses=False, oblique=False, cross=False, forward=(0.80, 0.84), side=(0.71, 0.76), rows=14,
                 columns=26, pause=False)
        ring = flights.area_ring(p, rng)
        line = runs(p)[6]
        middle = p.shots[line[len(line) // 2]]
        x, y = rng.uniform(0.2, 0.45) * p.along, rng.uniform(0.2, 0.45) * p.across
        centre = (middle.east, middle.north)
        lost = set()
        for index, shot in enumerate(p.shots):
            a = math.radians(p.azimuth)
            e, n = shot.east - centre[0], shot.north - centre[1]
            if abs(e * math.sin(a) + n * math.cos(a)) < p.along / 2 + x \
                    and abs(e * math.cos(a) - n * math.sin(a)) < p.across / 2 + y:
                lost.add(index)
    else:
        p = plan(kind, rng, passes=1, lenses=False, oblique=False, pause=False)
        ring = flights.area_ring(p, rng)
        count = math.ceil(p.along / p.spacing * rng.uniform(1.7, 2.5))
        at = rng.randrange(5, len(p.shots) - count - 5)
        lost = set(range(at, at + count))
        middle = p.shots[at + count // 2]
        centre = (middle.east, middle.north)
    lines = without(rows(p, rng), lost)
    lon, lat = flights.degrees(p, *centre)
    return Case(p, lines, "hole", near=(lon, lat, 0.8 * max(p.across, p.along)), severity="error" if fenced else "",
                area=flights.geojson(p, ring) if fenced else None, what=f"{len(lost)} pictures lost")


@fault("outlier")
def outlier(kind, rng):
    p = plan(kind, rng, pause=False)
    at = rng.randrange(6, len(p.shots) - 6)
    away, angle = rng.uniform(2, 8) * max(10, 2 * p.spacing), rng.uniform(0, 6.28)
    p.shots[at].east += away * math.sin(angle)
    p.shots[at].north += away * math.cos(angle)
    lines = rows(p, rng)
    return Case(p, lines, "outlier", files(lines, {at}), what=f"{away:.0f} m off")


def _strays(kind, rng, where, when, rule):
    p = plan(kind, rng)
    lines = rows(p, rng, number=40)
    folders = [r["folder"] for r in lines]
    home = max(sorted(set(folders)), key=folders.count)
    other = rng.random() < 0.4
    e, n = where(p)
    seconds = when(p)
    added = []
    for k in range(rng.randint(1, 3)):
        r = dict(rng.choice(lines))
        r["shot"] = -1 - k
        de, dn = flights.degrees(p, e + rng.uniform(-20, 20), n + rng.uniform(-20, 20))
        r["lon"], r["lat"] = (de + 180) % 360 - 180, dn
        if other:
            r["serial_number"] = "0STRAY0" + r["serial_number"][:6]
        moved(r, seconds + 20 * k)
        stem = r["file"].split(".")[0]
        r["folder"] = home
        r["file"] = (f"DJI_{r['taken_local'][:19].translate({45: None, 58: None, 84: None})}_{k + 1:04d}_V.JPG"
                     if p.drone.names == "stamp" else f"{stem[:-4]}{k + 1:04d}.JPG")
        added.append(r)
    return Case(p, added + lines, rule, {path(r) for r in added},
                what=f"{len(added)} strays, {math.hypot(e, n):.0f} m, {seconds / 86400:.2f} d")


@fault("wrong-place")
def wrong_place(kind, rng):
    def where(p):
        away, angle = 1000 * (rng.uniform(15, 300) if kind == "corridor" else rng.uniform(3, 300)), rng.uniform(0, 6.28)
        return away * math.sin(angle), away * math.cos(angle)
    return _strays(kind, rng, where, lambda p: rng.choice((-1, 1)) * rng.uniform(1.5, 9) * 3600, "wrong-place")


@fault("wrong-time")
def wrong_time(kind, rng):
    return _strays(kind, rng, lambda p: (20.0, 20.0), lambda p: rng.choice((-1, -1, 1)) * rng.uniform(1.3, 300) * 86400,
                   "wrong-time")


@fault("geofence")
def geofence(kind, rng):
    p = plan(kind, rng)
    ring = flights.area_ring(p, rng)
    points = [(s.east, s.north) for s in p.shots]
    span = max(math.dist(points[0], q) for q in points) + max(math.dist(points[-1], q) for q in points)
    angle = rng.uniform(0, 6.28)
    # The area of another client, or this one with a wrong corner: moved by a part of its size, at least 120 m.
    away = max(120.0, span * rng.uniform(0.15, 0.5))
    ring = [(e + away * math.sin(angle), n + away * math.cos(angle)) for e, n in ring]
    outside = {i for i, q in enumerate(points) if not within(q, ring) and distance(q, ring) > 62}
    lines = rows(p, rng)
    return Case(p, lines, "geofence", files(lines, outside) if outside else set(), area=flights.geojson(p, ring),
                what=f"area moved {away:.0f} m, {len(outside)} outside")


def within(point, ring):
    inside_ = False
    for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1]):
        if (y0 > point[1]) != (y1 > point[1]) and point[0] < (x1 - x0) * (point[1] - y0) / (y1 - y0) + x0:
            inside_ = not inside_
    return inside_


def distance(point, ring):
    best = math.inf
    for a, b in zip(ring, ring[1:] + ring[:1]):
        dx, dy = b[0] - a[0], b[1] - a[1]
        t = max(0, min(1, ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / ((dx * dx + dy * dy) or 1)))
        best = min(best, math.dist(point, (a[0] + t * dx, a[1] + t * dy)))
    return best


def stretch(p, rng, low, high):
    """A run of shots: a share of the flight between low and high."""
    count = max(1, round(len(p.shots) * rng.uniform(low, high)))
    at = rng.randrange(0, len(p.shots) - count + 1)
    return range(at, at + count)


@fault("rtk-none")
def rtk_none(kind, rng):
    p = plan(kind, rng, rtk=True)
    lines = rows(p, rng)
    lost = set(stretch(p, rng, *((1, 1) if rng.random() < 0.5 else (0.1, 0.9))))
    flag, sigma = rng.choice((0, 16)), rng.uniform(0.8, 3)
    for r in lines:
        if r["shot"] in lost:
            r["rtk_flag"] = flag
            for column in ("rtk_std_lon_m", "rtk_std_lat_m", "rtk_std_height_m"):
                r[column] = round(sigma * rng.uniform(0.9, 1.5), 4) if flag else ""
    return Case(p, lines, "rtk-none", files(lines, lost), severity="error", what=f"flag {flag}, {len(lost)} shots")


@fault("rtk-float")
def rtk_float(kind, rng):
    p = plan(kind, rng, rtk=True)
    lines = rows(p, rng)
    bad = rng.random() < 0.5
    lost = set(stretch(p, rng, *((0.3, 1) if bad else (0.09, 0.17))))
    for r in lines:
        if r["shot"] in lost:
            r["rtk_flag"] = rng.choice((34, 34, 33, 40))
            r["rtk_std_lon_m"], r["rtk_std_lat_m"] = round(rng.uniform(0.05, 0.4), 4), round(rng.uniform(0.05, 0.4), 4)
            r["rtk_std_height_m"] = round(rng.uniform(0.1, 0.8), 4)
    return Case(p, lines, "rtk-float", files(lines, lost), severity="error" if bad else "", what=f"{len(lost)} shots")


@fault("rtk-sigma")
def rtk_sigma(kind, rng):
    p = plan(kind, rng, rtk=True)
    lines = rows(p, rng)
    lost = set(stretch(p, rng, 0.005, 0.2))
    column = rng.choice(("rtk_std_lon_m", "rtk_std_lat_m", "rtk_std_height_m"))
    for r in lines:
        if r["shot"] in lost:
            r[column] = round(rng.uniform(0.11, 0.9), 4)
    return Case(p, lines, "rtk-sigma", files(lines, lost), severity="error", what=f"{column}, {len(lost)} shots")


@fault("mixed-altitude")
def mixed_altitude(kind, rng):
    pair = rng.random() < 0.3
    p = plan(kind, rng, rtk=True, pause=False, **({"lenses": True} if pair else {}))
    lines = rows(p, rng)
    if pair:
        shift = rng.choice((-1, 1)) * rng.uniform(3, 30)
        for r in lines:
            if r["image_source"] == "InfraredCamera":
                r["alt_m"] = round(r["alt_m"] + shift, 3)
        return Case(p, lines, "mixed-altitude", what=f"thermal {shift:.1f} m higher")
    lost = set(stretch(p, rng, 0.15, 0.6))
    shift = rng.choice((-1, 1)) * rng.uniform(3, 50)
    for r in lines:
        if r["shot"] in lost:
            r["altitude_type"], r["alt_reference"], r["rtk_flag"] = "GpsFusionAlt", "sea-level", 16
            r["alt_m"] = round(r["alt_m"] + shift, 3)
    return Case(p, lines, "mixed-altitude", what=f"{len(lost)} of {len(p.shots)} fused")


@fault("altitude-jump")
def altitude_jump(kind, rng):
    p = plan(kind, rng, pause=False, test_shots=False)
    lines = rows(p, rng)
    at = rng.randrange(8, len(p.shots) - 8)
    size = rng.choice((-1, 1)) * rng.uniform(4.5, 40)
    single = rng.random() < 0.5
    column = rng.choice(("alt_m", "rel_alt_m"))
    for r in lines:
        if r["shot"] == at if single else r["shot"] >= at:
            r[column] = round(r[column] + size, 3)
    near = {at} if single else set(range(at - 3, at + 4))
    return Case(p, lines, "altitude-jump", files(lines, near),
                what=f"{column} {size:+.1f} m, {'one' if single else 'step'} at {at}")


@fault("horizon", ("mapping",))
def horizon(kind, rng):
    p = plan(kind, rng, pause=False)
    count = rng.randint(1, 4)
    at = inside(p, rng, count)
    for shot in p.shots[at:at + count]:
        shot.pitch, shot.roll = round(rng.uniform(-15, 8), 1), 0.0
    lines = rows(p, rng)
    return Case(p, lines, "horizon", files(lines, set(range(at, at + count))), severity="", what=f"{count} shots at {at}")


MINI = Drone("DJI", "FC7303", "classic", "local", False, 2.0, (Lens("", "", 4000, 3000, 24, 4.49, 2910.9),))


@fault("no-attitude")
def no_attitude(kind, rng):
    p = plan(kind, rng, drone=MINI)
    lines = rows(p, rng)
    for r in lines:
        r["yaw"] = r["pitch"] = r["roll"] = 0.0
    return Case(p, lines, "no-attitude")


@fault("no-camera")
def no_camera(kind, rng):
    p = plan(kind, rng, lenses=False)
    lines = rows(p, rng)
    for r in lines:
        r["camera_make"], r["camera_model"] = "Acme", "Eye 7"
        for column in ("focal_length_35_mm", "calibrated_focal_px", "optical_centre_x_px", "sensor_px_per_mm"):
            r[column] = ""
        if rng.random() < 0.5:
            r["focal_length_mm"] = ""
    return Case(p, lines, "no-camera")


@fault("duplicate")
def duplicate(kind, rng):
    p = plan(kind, rng)
    lines = rows(p, rng)
    chosen = lines if rng.random() < 0.2 else rng.sample(lines, rng.randint(1, 10))
    added = []
    copied = rng.random() < 0.5
    for r in chosen:
        c = dict(r)
        if copied:
            c["folder"] = "copy/" + r["folder"] if r["folder"] else "copy"
        else:
            stem, _, extension = r["file"].rpartition(".")
            c["file"] = f"{stem} (1).{extension}"
            c["size"] = r["size"] - rng.randint(0, 2000)  # saved again by a viewer
        added.append(c)
    return Case(p, lines + added, "duplicate", {path(r) for r in chosen + added},
                what=f"{len(added)} {'in another folder' if copied else 'with another name'}")


@fault("stationary", ("mapping", "corridor"))
def stationary(kind, rng):
    p = plan(kind, rng, pause=False)
    at = inside(p, rng, 1)
    count = rng.randint(8, 20)
    here = p.shots[at]
    step = max(2.0, p.drone.shortest)
    for shot in p.shots[at + 1:]:
        shot.time += count * step
    extra = [Shot(here.east + rng.gauss(0, 0.15), here.north + rng.gauss(0, 0.15), here.up + rng.gauss(0, 0.05),
                  here.heading, here.yaw, here.pitch, here.roll, here.time + (k + 1) * step, -1, 0.0)
             for k in range(count)]
    p.shots[at + 1:at + 1] = extra
    lines = rows(p, rng)
    return Case(p, lines, "stationary", files(lines, set(range(at - 2, at + count + 3))), what=f"{count} shots at {at}")


@fault("clock-not-set")
def clock_not_set(kind, rng):
    p = plan(kind, rng, clock=("local",))
    year = rng.choice((1970, 1980, 2000, 2010, 2013, 2014, 2037))
    p.start = datetime(year, 1, 1, 0, rng.randint(0, 40), rng.randint(0, 59))
    p.zone = 0
    lines = rows(p, rng)
    for r in lines:
        r["flags"] = "bad-time" if year < 2001 or year == 2014 else ""
    return Case(p, lines, "clock-not-set", what=str(year))


@fault("clock-drift")
def clock_drift(kind, rng):
    p = plan(kind, rng, clock=("satellite",), lenses=False)
    lines = rows(p, rng)
    total = p.shots[-1].time
    form = rng.choice(("offset", "offset", "offset", "jump", "slope"))
    size = rng.choice((-1, 1)) * rng.uniform(8, 400)
    at = rng.randrange(len(p.shots) // 4, len(p.shots) * 3 // 4)
    for r in lines:
        shift = {"offset": size, "jump": size / 8 + math.copysign(4, size) if r["shot"] >= at else 0.0,
                 "slope": math.copysign(12, size) * p.shots[r["shot"]].time / total}[form]
        moved(r, round(shift), ("taken_local", "taken_at") if r.get("utc_offset_min", "") != "" else ("taken_local",))
    return Case(p, lines, "clock-drift", what=f"{form} {size:.0f}")


@fault("time-backward")
def time_backward(kind, rng):
    p = plan(kind, rng, clock=("local", "utc"), pause=False)
    at = rng.randrange(8, len(p.shots) - 8)
    back = rng.choice((rng.uniform(30, 200), rng.uniform(200, 7200)))
    for shot in p.shots[at:]:
        shot.time -= back
    lines = rows(p, rng, number=1)
    return Case(p, lines, "time-backward", files(lines, {at - 1, at}), what=f"{back:.0f} s at {at}")


@fault("smear", ("mapping", "corridor"))
def smear(kind, rng):
    p = plan(kind, rng, lenses=False, oblique=False)
    bad = rng.random() < 0.5
    target = rng.uniform(2.7, 6) if bad else rng.uniform(1.35, 1.65)
    p.exposure = target * p.height / p.drone.lenses[0].true_px / p.speed
    return Case(p, rows(p, rng), "smear", severity="error" if bad else "", what=f"{target:.1f} px")


@fault("sun-low")
def sun_low(kind, rng):
    p = plan(kind, rng, clock=("utc", "satellite"), lenses=False, pause=False)
    day = p.start - timedelta(hours=p.start.hour)
    total = timedelta(seconds=p.shots[-1].time)
    choices = []
    for minute in range(0, 1440, 3):
        begin = day + timedelta(minutes=minute)
        heights = [flights.sun_height(t, p.latitude, p.longitude) for t in (begin, begin + total)]
        if all(1 < h < 8 for h in heights):
            choices.append(begin)
    if not choices:
        return sun_low(kind, rng)
    p.start = rng.choice(choices)
    return Case(p, rows(p, rng), "sun-low", what=str(p.start))


@fault("pair-incomplete")
def pair_incomplete(kind, rng):
    p = plan(kind, rng, lenses=True, pause=False)
    lines = rows(p, rng)
    # A lens that misses in more than 10 % of the captures does not belong to the set.
    lost = rng.sample(range(2, len(p.shots) - 2), min(rng.randint(1, 3), len(p.shots) // 17))
    source = rng.choice([lens.source for lens in p.drone.lenses])
    names = {path(r) for r in lines if r["shot"] in lost and r["image_source"] != source}
    lines = [r for r in lines if not (r["shot"] in lost and r["image_source"] == source)]
    return Case(p, lines, "pair-incomplete", names, what=f"{source} of {sorted(lost)}")


@fault("speed", ("mapping", "corridor"))
def speed(kind, rng):
    ratio = rng.uniform(1.6, 2.2)
    if rng.random() < 0.3:  # a whole flight above 20 m/s, as fixed wings in the wind
        p = plan(kind, rng, lenses=False)
        ratio = rng.uniform(23, 30) / p.speed
        fast = range(len(p.shots))
        what = f"all {ratio * p.speed:.0f} m/s"
    else:
        p = plan(kind, rng, lenses=False, columns=rng.randint(14, 30), pause=False, passes=1)
        order = runs(p, 10)
        order = [run for run in order if len(run) < 0.35 * len(p.shots)]
        if not order:
            return speed(kind, rng)
        fast = rng.choice(order)
        what = f"line {p.shots[fast[0]].line} × {ratio:.1f}, {p.speed:.1f} m/s"
    clock, before = p.shots[0].time, p.shots[0].time
    for index, shot in enumerate(p.shots):
        step = shot.time - before
        before = shot.time
        clock += step / ratio if index in fast and step < 60 else step
        shot.time = clock
        if index in fast:
            shot.velocity *= ratio
    p.exposure = flights.SHUTTER[-1]
    lines = rows(p, rng)
    return Case(p, lines, "speed", files(lines, set(fast)), what=what)


def _some(kind, rng, rule, change, **options):
    p = plan(kind, rng)
    lines = rows(p, rng)
    chosen = rng.sample(lines, rng.randint(1, 5))
    for r in chosen:
        change(r)
    return Case(p, lines, rule, {path(r) for r in chosen}, what=f"{len(chosen)} pictures", **options)


@fault("no-position")
def no_position(kind, rng):
    reason = rng.choice(("no-gps", "zero"))

    def change(r):
        r["status"], r["reason"] = "without-position", reason
        r["lon"] = r["lat"] = r["alt_m"] = ""
    return _some(kind, rng, "no-position", change)


@fault("damaged")
def damaged(kind, rng):
    def change(r):
        keep = {"folder", "file", "size", "shot", "lens"}
        for column in list(r):
            if column not in keep:
                r[column] = ""
        r["status"], r["reason"] = "failed", "damaged"
    return _some(kind, rng, "damaged", change)


@fault("void-fix")
def void_fix(kind, rng):
    def change(r):
        r["flags"] = "void"
    return _some(kind, rng, "void-fix", change)


@fault("folder-name")
def folder_name(kind, rng):
    p = plan(kind, rng)
    lines = rows(p, rng, number=1)
    good = f"{p.start:%Y-%m-%d}_site{rng.randint(1, 99)}"
    bad = rng.choice(("New folder (2)", "untitled", f"{p.start:%d.%m.%Y} site", "100MEDIA", f"x{p.start:%Y-%m-%d}"))
    control = [dict(r, folder=good) for r in lines]
    lines = [dict(r, folder=bad) for r in lines]
    return Case(p, lines, "folder-name", control=control,
                arguments=["--set", "folder-name.pattern=^[0-9]{4}-[0-9]{2}-[0-9]{2}_[a-z0-9]+$"], what=bad)


@fault("height-limit")
def height_limit(kind, rng):
    p = plan(kind, rng, test_shots=False)
    top = max(s.up for s in p.shots)
    rise = rng.uniform(126, 170) - top
    for shot in p.shots:
        shot.up += rise
    p.exposure = flights.SHUTTER[-1]
    return Case(p, rows(p, rng), "height-limit", what=f"top {top + rise:.0f} m")


@fault("height-spread", ("mapping", "corridor"))
def height_spread(kind, rng):
    bad = rng.random() < 0.5
    p = plan(kind, rng, lenses=False, oblique=False, pause=False, height=(40, 52))
    at = int(len(p.shots) * rng.uniform(0.3, 0.7))
    share = rng.uniform(2.25, 2.35) if bad else rng.uniform(1.35, 1.8)
    for shot in p.shots[at:]:
        shot.up *= share
    return Case(p, rows(p, rng), "height-spread", severity="error" if bad else "", what=f"× {share:.2f} from {at}")
