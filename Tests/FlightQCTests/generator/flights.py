"""Generates flights as real drones and cameras leave them: the input of qc-check, without any fault.

A plan is a list of shots in local metres (east, north, up from the take-off point). `rows` turns it into the lines of
the CSV file, one per picture. Everything follows from the random generator that is passed in.

Written from the makers' documents and the definitions in docs/qc.md, not from the rules' source.
"""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

KINDS = ("mapping", "orbit", "corridor", "facade")
COLUMNS = (
    "set folder file size status reason flags lon lat alt_m alt_reference altitude_type rel_alt_m taken_at satellite_at "
    "taken_local utc_offset_min camera_make camera_model serial_number image_source pixel_width pixel_height "
    "focal_length_35_mm focal_length_mm calibrated_focal_px optical_centre_x_px sensor_px_per_mm digital_zoom yaw pitch "
    "roll flight_yaw rtk_flag rtk_std_lon_m rtk_std_lat_m rtk_std_height_m exposure_s speed_north_m_s speed_east_m_s "
    "capture_id").split()
SHUTTER = [1 / n for n in (100, 120, 160, 200, 240, 320, 400, 500, 640, 800, 1000, 1250, 1600, 2000, 2500, 3200)]


@dataclass(frozen=True)
class Lens:
    source: str  # ImageSource; empty for drones with one camera
    suffix: str  # end of the file's name
    width: int
    height: int
    focal_35: float  # as written into Exif, a rounded integer
    focal_mm: float
    true_px: float  # the focal length that the planning program uses
    design_px: float = 0  # CalibratedFocalLength, 0 where the drone writes none


@dataclass(frozen=True)
class Drone:
    make: str
    model: str
    names: str  # classic, stamp, p4rtk, skydio, autel, plain
    clock: str  # local, utc, satellite
    rtk: bool
    shortest: float  # seconds between two pictures
    lenses: tuple
    speeds: bool = False  # writes FlightXSpeed, FlightYSpeed


def _one(*figures):
    return (Lens("", "", *figures),)


DRONES = (
    Drone("DJI", "ZenmuseP1", "stamp", "utc", True, 0.7, _one(8192, 5460, 35, 35, 7986.6, 8183.0), True),
    Drone("DJI", "M3E", "stamp", "utc", True, 0.7,
          (Lens("WideCamera", "_V", 5280, 3956, 24, 12.29, 3713.3, 3725.2),), True),
    Drone("DJI", "FC6310R", "p4rtk", "local", True, 2.5, _one(5472, 3648, 24, 8.8, 3657.0, 3666.7)),
    Drone("DJI", "FC6310", "classic", "local", False, 2.0, _one(5472, 3648, 24, 8.8, 3648.0, 3666.7)),
    Drone("DJI", "FC3582", "classic", "local", False, 2.0, _one(4032, 3024, 24, 6.7, 2813.6)),
    Drone("DJI", "FC3411", "classic", "local", False, 2.0, _one(5472, 3648, 22, 8.4, 3476.0), True),
    Drone("Hasselblad", "L1D-20c", "classic", "local", False, 2.0, _one(5472, 3648, 28, 10.26, 4377.6)),
    Drone("Skydio", "X2", "skydio", "satellite", False, 1.0, _one(4056, 3040, 21, 3.7, 2376.6, 2376.6)),
    Drone("Autel Robotics", "XT705", "autel", "satellite", False, 1.5, _one(5472, 3648, 29, 10.57, 4536.0)),
)
# A fixed wing has no gimbal; it flies surveys alone.
WING = Drone("senseFly", "S.O.D.A.", "plain", "satellite", False, 1.5, _one(5472, 3648, 28, 10.2, 4250.0))
PAIRS = (
    Drone("DJI", "M3T", "stamp", "utc", True, 2.0, (
        Lens("WideCamera", "_V", 8000, 6000, 24, 4.4, 5473.6),
        Lens("InfraredCamera", "_T", 640, 512, 40, 9.1, 758.3)), True),
    Drone("DJI", "M30T", "stamp", "utc", True, 2.0, (
        Lens("WideCamera", "_W", 4000, 3000, 24, 4.5, 2812.0),
        Lens("InfraredCamera", "_T", 640, 512, 40, 9.1, 758.3)), True),
    Drone("DJI", "ZH20T", "stamp", "local", True, 2.0, (
        Lens("WideCamera", "_W", 4056, 3040, 24, 4.5, 2775.2),
        Lens("InfraredCamera", "_T", 640, 512, 58, 13.5, 1125.0)), True),
)
# The zoom camera covers too little of the ground for a survey, so it occurs around towers and at facades only.
TRIPLES = (
    Drone("DJI", "ZH20T", "stamp", "local", True, 2.5, (
        Lens("WideCamera", "_W", 4056, 3040, 24, 4.5, 2775.2),
        Lens("ZoomCamera", "_Z", 5184, 3888, 119, 25.0, 17800.0),
        Lens("InfraredCamera", "_T", 640, 512, 58, 13.5, 1125.0)), True),
)


@dataclass
class Shot:
    east: float
    north: float
    up: float
    heading: float  # of the track, degrees
    yaw: float
    pitch: float
    roll: float = 0.0
    time: float = 0.0  # seconds since the first picture
    line: int = -1  # −1: not on a line (test picture, turn)
    velocity: float = 0.0  # metres per second along the heading


@dataclass
class Plan:
    kind: str
    drone: Drone
    shots: list
    spacing: float
    lane: float = 0.0
    along: float = 0.0  # footprint of the planned camera, metres
    across: float = 0.0
    height: float = 0.0
    speed: float = 0.0
    exposure: float = 1 / 1000
    path: list = field(default_factory=list)  # of a corridor
    latitude: float = 0.0
    longitude: float = 0.0
    start: datetime = datetime(2024, 5, 17, 8)
    notes: set = field(default_factory=set)  # rules of which a note is a true statement about this clean flight
    zone: int = 0  # minutes
    pause: int | None = None  # index of the first picture after a change of batteries
    azimuth: float = 0.0  # of the lines


def turn(x, y, azimuth):
    """East and north of a point x along and y to the right of an azimuth."""
    a = math.radians(azimuth)
    return x * math.sin(a) + y * math.cos(a), x * math.cos(a) - y * math.sin(a)


def sun_height(when, latitude, longitude):
    """Degrees above the horizon, to about 0.1°: low-precision formula of the Astronomical Almanac."""
    days = (when - datetime(2000, 1, 1, 12)).total_seconds() / 86400
    mean = math.radians((280.460 + 0.9856474 * days) % 360)
    anomaly = math.radians((357.528 + 0.9856003 * days) % 360)
    ecliptic = mean + math.radians(1.915 * math.sin(anomaly) + 0.020 * math.sin(2 * anomaly))
    tilt = math.radians(23.439 - 4e-7 * days)
    ascension = math.atan2(math.cos(tilt) * math.sin(ecliptic), math.cos(ecliptic))
    declination = math.asin(math.sin(tilt) * math.sin(ecliptic))
    sidereal = math.radians((280.46062 + 360.98564737 * days + longitude) % 360)
    phi = math.radians(latitude)
    return math.degrees(math.asin(math.sin(phi) * math.sin(declination) + math.cos(phi) * math.cos(declination)
                                  * math.cos(sidereal - ascension)))


def _place(rng, plan):
    plan.latitude, plan.longitude = rng.uniform(-60, 68), rng.uniform(-179.5, 179.5)
    while True:
        day = datetime(2017, 1, 1) + timedelta(days=rng.randrange(3150))
        solar = rng.uniform(8.5, 15.5)
        plan.start = day + timedelta(hours=solar - plan.longitude / 15)
        later = plan.start + timedelta(seconds=plan.shots[-1].time)
        if min(sun_height(t, plan.latitude, plan.longitude) for t in (plan.start, later)) > 14:
            break
    plan.zone = 60 * round(plan.longitude / 15) + rng.choice((0, 0, 60))
    if rng.random() < 0.05:
        plan.zone += 30


def _jitter(rng, plan):
    """Attitude and timing as gimbals, wind and triggers make them."""
    yaw, pitch = rng.uniform(0.2, 2.0), rng.choice((0.05, 0.1, 0.3, 0.8))
    if plan.drone is WING:
        for shot in plan.shots:
            # The optical axis leans with the wing. In the angles of a gimbal: yaw towards where it leans, the top of the
            # picture (yaw + roll near nadir) along the nose.
            lean, towards = abs(rng.gauss(0, 2)), rng.uniform(0, 360)
            shot.roll = round((shot.yaw - towards + 180) % 360 - 180, 1)
            shot.yaw, shot.pitch = towards, round(-90 + lean, 1)
        return
    for shot in plan.shots:
        shot.yaw = (shot.yaw + rng.gauss(0, yaw)) % 360
        shot.pitch = round(shot.pitch + rng.gauss(0, pitch), 1)
        if shot.pitch < -90:
            # A gimbal past nadir: the same direction of view, written within the range.
            shot.pitch, shot.yaw, shot.roll = -180 - shot.pitch, (shot.yaw + 180) % 360, (shot.roll + 180) % 360


def _pause(rng, plan, gap=None):
    """A change of batteries: the mission resumes where it stopped. Returns the index of the first picture after it."""
    if len(plan.shots) < 40:
        return None
    at = rng.randrange(15, len(plan.shots) - 15)
    wait = gap or rng.uniform(180, 900)
    for shot in plan.shots[at:]:
        shot.time += wait
    return at


def _test_shots(rng, plan):
    """One or two pictures on the ground before take-off."""
    wait = rng.uniform(35, 100)
    count = rng.choice((1, 1, 2))
    pitch = rng.choice((0.0, 0.0, -90.0, -30.0))
    heading = rng.uniform(0, 360)
    for shot in plan.shots:
        shot.time += wait + 4 * count
    for index in range(count):
        plan.shots.insert(index, Shot(rng.gauss(0, 0.05), rng.gauss(0, 0.05), rng.uniform(0.1, 1.4), heading, heading,
                                      pitch, 0.0, 4.0 * index))
    plan.notes |= {"horizon"}


def _climb(rng, plan):
    """Pictures of an interval timer on the way from take-off to the first line: too few to weigh."""
    count = min(rng.randint(1, 3), len(plan.shots) // 40)
    first = plan.shots[0]
    for shot in plan.shots:
        shot.time += 6.0 * (count + 1)
    for index in range(count):
        share = (index + 1) / (count + 1)
        plan.shots.insert(index, Shot(first.east * share * share, first.north * share * share, first.up * share,
                                      first.heading, first.yaw, first.pitch, first.roll, 6.0 * index, -1, 3.0))
    if plan.pause is not None:
        plan.pause += count


def _choose(rng, kind, options):
    if "drone" in options:
        return options["drone"]
    lenses = options.get("lenses", rng.random() < 0.2)
    drones = DRONES + ((WING,) if kind in ("mapping", "corridor") and not options.get("height") else ())
    if lenses:
        drones = PAIRS + TRIPLES if kind in ("orbit", "facade") else PAIRS
    if options.get("rtk"):
        drones = [d for d in drones if d.rtk]
    if "clock" in options:
        drones = [d for d in drones if d.clock in options["clock"]]
    return rng.choice(list(drones))


def _survey(rng, kind, drone, options):
    """Height, footprint, spacing and speed of a survey that looks straight down."""
    height = rng.uniform(*options.get("height", (95, 112) if drone is WING else (38, 110)))
    lens = max(drone.lenses, key=lambda lens: lens.true_px / lens.width)
    across, along = height * lens.width / lens.true_px, height * lens.height / lens.true_px
    # A fixed wing sways: it needs more.
    forward = rng.uniform(*options.get("forward", (0.85, 0.88) if drone is WING else (0.80, 0.87)))
    side = rng.uniform(*options.get("side", (0.71, 0.80)))
    plan = Plan(kind, drone, [], (1 - forward) * along, (1 - side) * across, along, across, height)
    plan.speed = min(rng.uniform(12, 15) if drone is WING else rng.uniform(4, 14), plan.spacing / drone.shortest)
    # The finest picture of the set decides on the exposure.
    finest = min(height / lens.true_px for lens in drone.lenses if lens.source != "InfraredCamera")
    plan.exposure = max([s for s in SHUTTER if plan.speed * s / finest < 0.8] or SHUTTER[-1:])
    return plan


def _grid(rng, plan, azimuth, rows, columns, first_line, clock, options):
    """A serpentine; appends to plan.shots and returns the time after it."""
    slanted = not options["cross"] and rng.random() < 0.4
    skew, taper = (rng.uniform(-0.4, 0.4), rng.uniform(-0.3, 0.3)) if slanted else (0, 0)
    phase = rng.random() < 0.5
    turning = rng.random() < 0.3 and plan.drone is not WING
    timed = turning and rng.random() < 0.5  # an interval timer goes on in turns
    fixed = rng.random() < 0.15
    crab = rng.uniform(-8, 8) if rng.random() < 0.4 else 0
    pitch = rng.uniform(-85, -72) if options.get("oblique", rng.random() < 0.1) else -90.0
    roll = 180.0 if rng.random() < 0.04 else 0.0
    follow = rng.uniform(0, 0.05) * plan.height if rng.random() < 0.3 else 0
    wave = rng.uniform(150, 500)
    offset = rng.uniform(-0.5, 0.5)
    wind = rng.uniform(0, 0.10)
    for row in range(rows):
        forth = row % 2 == 0
        heading = azimuth if forth else (azimuth + 180) % 360
        yaw = (azimuth if fixed else heading) + (crab if forth or fixed else -crab)
        begin = skew * row * plan.lane + (rng.uniform(-0.5, 0.5) * plan.spacing if phase else 0)
        count = max(6, round(columns * (1 + taper * row / max(rows - 1, 1))))
        xs = [begin + i * plan.spacing + rng.gauss(0, 0.02 * plan.spacing) for i in range(count)]
        velocity = plan.speed * (1 + wind if forth else 1 - wind)
        velocity = min(velocity, plan.spacing / plan.drone.shortest)
        y = row * plan.lane + rng.gauss(0, 0.1)
        order = xs if forth else xs[::-1]
        for i, x in enumerate(order):
            if i:
                clock += abs(x - order[i - 1]) / velocity
            elif row:
                last = plan.shots[-1]
                e, n = turn(x, y, azimuth)
                link = math.hypot(e - last.east, n - last.north)
                wait = link / plan.speed + (rng.uniform(12, 25) if plan.drone is WING else rng.uniform(2, 9))
                steps = int(wait * plan.speed / plan.spacing if timed else link / plan.spacing) if turning else 0
                for k in range(1, steps):
                    part = k / steps
                    side = (azimuth + 90) % 360
                    plan.shots.append(Shot(last.east + (e - last.east) * part, last.north + (n - last.north) * part,
                                           last.up, side, yaw if fixed else side, pitch, roll, clock + wait * part, -1,
                                           link / wait))
                clock += wait
            e, n = turn(x, y, azimuth)
            up = plan.height + follow * (math.sin((x + offset * wave) / wave * 6.28) * math.cos(y / wave * 4))
            plan.shots.append(Shot(e, n, up, heading, yaw, pitch, roll, clock, first_line + row, velocity))
    return clock


def _mapping(rng, drone, options):
    plan = _survey(rng, "mapping", drone, options)
    rows = options.get("rows") or rng.randint(5, 11)
    columns = options.get("columns") or rng.randint(9, max(10, min(34, 380 // rows)))
    azimuth = plan.azimuth = rng.uniform(0, 360)
    options = {**options, "cross": options.get("cross", rng.random() < 0.15)}
    clock = _grid(rng, plan, azimuth, rows, columns, 0, 0.0, options)
    if options["cross"]:
        east = sum(s.east for s in plan.shots) / len(plan.shots)
        north = sum(s.north for s in plan.shots) / len(plan.shots)
        length, width = columns * plan.spacing, rows * plan.lane
        first = len(plan.shots)
        rows, columns = max(4, round(length / plan.lane)), max(8, round(width / plan.spacing))
        if rows * columns < 500:
            _grid(rng, plan, azimuth + 90, rows, columns, 100, clock + rng.uniform(10, 30), options)
            # Both grids have the same middle.
            second = plan.shots[first:]
            e = east - sum(s.east for s in second) / len(second)
            n = north - sum(s.north for s in second) / len(second)
            for shot in second:
                shot.east, shot.north = shot.east + e, shot.north + n
    return plan


def _corridor(rng, drone, options):
    plan = _survey(rng, "corridor", drone, options)
    passes = options.get("passes") or rng.choice((1, 1, 2))
    heading = rng.uniform(0, 360)
    path = [(0.0, 0.0)]
    total = plan.spacing * rng.uniform(45, 200 / passes)
    curved = rng.random() < 0.25  # a road or river instead of straight legs
    pieces = rng.randint(12, 25) if curved else rng.randint(2, 6)
    for piece in range(pieces):
        length = total / pieces * rng.uniform(0.7, 1.3)
        e, n = turn(length, 0, heading)
        path.append((path[-1][0] + e, path[-1][1] + n))
        heading += rng.uniform(-12, 12) if curved else rng.choice((-1, 1)) * rng.uniform(4, 55)
    plan.path = path
    pitch = rng.uniform(-85, -72) if rng.random() < 0.1 else -90.0
    stop = rng.choice((0, rng.uniform(1, 4)))
    crab = rng.uniform(-8, 8) if rng.random() < 0.4 else 0
    follow = rng.uniform(0, 0.04) * plan.height if rng.random() < 0.3 else 0
    wave = rng.uniform(200, 600)
    clock = 0.0
    wind, source = rng.uniform(0, 0.10), rng.uniform(0, 360)
    for number in range(passes):
        side = 0 if passes == 1 else (-0.5 if number % 2 == 0 else 0.5) * plan.lane
        track = offset_path(path, side)
        if number % 2:
            track = track[::-1]
        if number:
            clock += rng.uniform(6, 15)
        carry, run = 0.0, 0.0
        for leg in range(len(track) - 1):
            (e0, n0), (e1, n1) = track[leg], track[leg + 1]
            length = math.hypot(e1 - e0, n1 - n0)
            course = math.degrees(math.atan2(e1 - e0, n1 - n0)) % 360
            velocity = min(plan.speed * (1 + wind * math.cos(math.radians(course - source))),
                           plan.spacing / plan.drone.shortest)
            if leg and stop and not curved:
                clock += stop
            x = carry
            while x < length:
                up = plan.height + follow * math.sin((run + x) / wave * 6.28)
                here = x + rng.gauss(0, 0.02 * plan.spacing)
                shot = Shot(e0 + (e1 - e0) * here / length, n0 + (n1 - n0) * here / length, up, course, course + crab,
                            pitch, 0, clock + x / velocity, number * 100 + (0 if curved else leg), velocity)
                plan.shots.append(shot)
                x += plan.spacing
            carry = x - length
            clock += length / velocity
            run += length
    return plan


def offset_path(path, side):
    """The polyline `side` metres to the right, with mitred joints."""
    result = []
    for i, (e, n) in enumerate(path):
        normals = []
        for a, b in ((i - 1, i), (i, i + 1)):
            if a >= 0 and b < len(path):
                de, dn = path[b][0] - path[a][0], path[b][1] - path[a][1]
                size = math.hypot(de, dn)
                normals.append((dn / size, -de / size))
        me, mn = sum(v[0] for v in normals) / len(normals), sum(v[1] for v in normals) / len(normals)
        square = me * me + mn * mn
        result.append((e + side * me / square, n + side * mn / square))
    return result


def _orbit(rng, drone, options):
    radius = rng.uniform(9, 60)
    count = rng.randint(24, 60)
    step = 2 * math.pi * radius / count
    plan = Plan("orbit", drone, [], step, height=rng.uniform(15, 60), along=radius)
    plan.speed = min(rng.uniform(1, 5), step / max(drone.shortest, 1.0))
    plan.exposure = rng.choice(SHUTTER[9:])
    top = plan.height
    levels = rng.randint(1, 4)
    spiral = levels > 1 and rng.random() < 0.25
    rise = rng.choice((-1, 1)) * rng.uniform(2, max(2.1, min(9, (top - 4) / max(levels, 1))))
    centre = (rng.uniform(-8, 8) + radius, rng.uniform(-8, 8))
    target = rng.uniform(0.2, 0.9) * top
    fixed = rng.uniform(-50, -8) if rng.random() < 0.3 else None
    start, direction = rng.uniform(0, 360), rng.choice((-1, 1))
    extra = rng.randint(0, 4)
    uneven = 0.1 if rng.random() < 0.25 else 0.03  # a slow interval timer
    clock = 0.0
    for level in range(levels):
        for i in range(count + (extra if not spiral else 0)):
            if plan.shots:
                clock += step / plan.speed if i else abs(rise) / 2 + rng.uniform(2, 6)
            # Of the trigger, in steps: the aircraft has moved on by then.
            late = max(-2 * uneven, min(2 * uneven, rng.gauss(0, uneven)))
            angle = start + direction * (360 * i / count + (360 * extra / count * level if not spiral else 0))
            angle += late * direction * 360 / count
            share = i / count if spiral else 0
            up = max(3.0, top - rise * (level + share)) if rise > 0 else min(112, top - rise * (level + share))
            away = radius + rng.gauss(0, 0.01 * radius)
            e, n = centre[0] + away * math.sin(math.radians(angle)), centre[1] + away * math.cos(math.radians(angle))
            pitch = fixed if fixed is not None else math.degrees(math.atan2(target - up, radius))
            heading = angle + 90 * direction
            plan.shots.append(Shot(e, n, up, heading % 360, (angle + 180) % 360, max(-75, min(20, pitch)), 0,
                                   clock + (late - uneven) * step / plan.speed, level, plan.speed))
    return plan


def _facade(rng, drone, options):
    distance = rng.uniform(6, 22)
    lens = max(drone.lenses, key=lambda lens: 0 if lens.source == "ZoomCamera" else lens.true_px / lens.width)
    width, height = distance * lens.width / lens.true_px, distance * lens.height / lens.true_px
    across, up = max(1.2, (1 - rng.uniform(0.68, 0.82)) * width), max(1.2, (1 - rng.uniform(0.65, 0.8)) * height)
    upright = rng.random() < 0.5
    plan = Plan("facade", drone, [], up if upright else across, across if upright else up, width, height)
    plan.speed = min(rng.uniform(0.8, 2.5), plan.spacing / max(1.5, drone.shortest))
    plan.exposure = rng.choice(SHUTTER[9:])
    low = rng.uniform(3, 8)
    tall = rng.uniform(12, 60)
    wide = rng.uniform(15, 70)
    azimuth = rng.uniform(0, 360)
    pitch = rng.choice((0.0, 0.0, -10.0, -15.0, 8.0))
    clock, line = 0.0, 0
    start = (distance, 0.0)
    corner = rng.choice((1, 1, 2))
    for side in range(corner):
        xs = [i * across for i in range(max(8, int(wide / across)))]
        zs = [low + i * up for i in range(max(8, int(min(tall, 100) / up)))]
        while len(xs) * len(zs) > 420 // corner:
            xs = xs if len(xs) <= 10 else xs[:len(xs) * 4 // 5]
            zs = zs if len(zs) <= 10 else zs[:len(zs) * 4 // 5]
            if len(xs) <= 10 and len(zs) <= 10:
                break
        outer, inner = (xs, zs) if upright else (zs, xs)
        for index, a in enumerate(outer):
            run = inner if index % 2 == 0 else inner[::-1]
            for i, b in enumerate(run):
                x, z = (a, b) if upright else (b, a)
                e, n = turn(x + rng.gauss(0, 0.03), rng.gauss(0, 0.1), azimuth)
                if plan.shots:
                    clock += (plan.spacing / plan.speed * rng.uniform(0.92, 1.08) if i
                              else plan.lane / plan.speed + rng.uniform(0.5, 3) + (12 if index == 0 else 0))
                forth = index % 2 == 0
                heading = azimuth if forth else azimuth + 180
                plan.shots.append(Shot(start[0] + e, start[1] + n, z + rng.gauss(0, 0.03), heading % 360,
                                       (azimuth + 90) % 360, pitch, 0, clock, line, 0.0 if upright else plan.speed))
            line += 1
        # Round the corner of the building to the next wall.
        e, n = turn(xs[-1] + distance, distance, azimuth)
        start = (start[0] + e, start[1] + n)
        azimuth = (azimuth + 90) % 360
    return plan


def plan(kind, rng, **options):
    """A flight without any fault. Options: drone, lenses, rtk, clock, height, forward, side, rows, columns, cross, oblique,
    passes, pause, test_shots."""
    drone = _choose(rng, kind, options)
    result = {"mapping": _mapping, "corridor": _corridor, "orbit": _orbit, "facade": _facade}[kind](rng, drone, options)
    _jitter(rng, result)
    if options.get("pause", rng.random() < (0.05 if kind == "orbit" else 0.2)):
        result.pause = _pause(rng, result)
    # Not where they would be a large part of the pictures before the change of batteries.
    early = min(len(result.shots), result.pause or 1000) >= 45 and drone is not WING
    if options.get("test_shots", rng.random() < 0.15) and early:
        _test_shots(rng, result)
        if result.pause is not None:
            result.pause += len([s for s in result.shots if s.up < 1.5])
    elif options.get("test_shots", rng.random() < 0.08) and early:
        _climb(rng, result)
    _place(rng, result)
    return result


def noise(rng, steps, sigma, memory):
    """A slow error of a receiver or barometer: first-order Gauss–Markov, `memory` seconds long."""
    value, result = rng.gauss(0, sigma), []
    for step in steps:
        keep = math.exp(-step / memory)
        value = value * keep + rng.gauss(0, sigma * math.sqrt(1 - keep * keep))
        result.append(value)
    return result


def degrees(plan, east, north):
    a, e2 = 6378137.0, 0.00669437999014
    phi = math.radians(plan.latitude)
    root = 1 - e2 * math.sin(phi) ** 2
    return (plan.longitude + math.degrees(east / (a / math.sqrt(root) * math.cos(phi))),
            plan.latitude + math.degrees(north / (a * (1 - e2) / root ** 1.5)))


def stamp(when, fraction=False):
    return when.strftime("%Y-%m-%dT%H:%M:%S") + (f".{when.microsecond // 1000:03d}" if fraction else "")


def _names(rng, plan, options):
    """(folder, stem, number) for each shot, as the maker names them."""
    style, shots = plan.drone.names, plan.shots
    site = rng.choice(("", "", "flight", "2_raw"))
    site = site + "/" if site else ""
    number = options.get("number") or (rng.choice((1, 1, rng.randint(2, 800), rng.randint(850, 999))))
    counter = rng.randint(100, 130)
    folder_of = {"classic": "{}MEDIA", "autel": "{}MEDIA", "skydio": "{}SKYDO", "plain": "", "p4rtk": "{}_0001",
                 "stamp": ""}[style]
    if style in ("p4rtk", "stamp"):
        number = options.get("number") or 1
    if options.get("wrap") or (style in ("classic", "autel") and rng.random() < 0.2 and "number" not in options):
        number = max(1, 1000 - rng.randint(1, max(1, len(shots) - 1)))
    result, mission = [], 1
    clock = plan.start + timedelta(minutes=plan.zone)
    begun = clock
    for index, shot in enumerate(shots):
        local = clock + timedelta(seconds=shot.time)
        if index == plan.pause and style == "stamp":
            mission, number, begun = mission + 1, 1, local
            plan.notes |= {"number-restart"}
        if number > 999 and style not in ("skydio", "plain"):
            number, counter, mission = 1, counter + 1, mission + 1
        if style == "stamp":
            folder = f"{site}DJI_{begun:%Y%m%d%H%M}_{mission:03d}"
            stem = f"DJI_{local:%Y%m%d%H%M%S}_{number:04d}"
        elif style == "p4rtk":
            folder = site + folder_of.format(counter)
            stem = f"{counter}_0001_{number:04d}"
        elif style == "plain":
            folder, stem = site, f"EB-01-04711_{counter:04d}_{number:04d}"
        elif style == "skydio":
            folder, stem = site + folder_of.format(100), f"S10{number:05d}"
        else:
            folder = site + folder_of.format(counter)
            stem = ("DJI_" if style == "classic" else "MAX_") + f"{number:04d}"
        result.append((folder.rstrip("/"), stem))
        number += 1
    return result


def rows(plan, rng, **options):
    """The lines of the CSV file, one dictionary per picture; `shot` and `lens` name where each comes from.
    Options: number (of the first file), wrap (999 within the flight)."""
    drone, shots = plan.drone, plan.shots
    names = options.get("names") or _names(rng, plan, options)
    steps = [1e9] + [max(0.0, b.time - a.time) for a, b in zip(shots, shots[1:])]
    survey = drone.rtk
    sigma = 0.012 if survey else rng.uniform(0.3, 1.3)
    white = 0.008 if survey else rng.uniform(0.01, 0.06)
    east, north = noise(rng, steps, sigma, 240), noise(rng, steps, sigma, 240)
    drift = noise(rng, steps, rng.uniform(0.05, 0.8), 400)
    ground = rng.uniform(-5, 1200)
    geoid = rng.uniform(-40, 55)
    reference = "ellipsoid" if survey else "sea-level"
    serial = "".join(rng.choice("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(14))
    clock = plan.start
    camera = rng.uniform(-1.5, 1.5)  # the clock's constant error against satellite time
    zoned = drone.clock == "satellite" and rng.random() < 0.5
    uuids = len(drone.lenses) > 1 and drone.model != "ZH20T" and rng.random() < 0.7
    level = rng.uniform(0.006, 0.016)
    floats = set()
    if survey and rng.random() < 0.15 and len(shots) > 60 and plan.pause is None:
        at = rng.randrange(5, len(shots) - 5)
        floats = set(range(at, at + rng.randint(1, max(1, len(shots) // 60))))
    aircraft = rng.uniform(0.2, 2)
    result = []
    exact = rng.choice((True, False))
    for index, shot in enumerate(shots):
        now = clock + timedelta(seconds=shot.time)
        local = now + timedelta(minutes=plan.zone, seconds=camera if drone.clock == "satellite" else 0)
        spread = 12 if index in floats else 1
        lon, lat = degrees(plan, shot.east + east[index] + rng.gauss(0, white * spread),
                           shot.north + north[index] + rng.gauss(0, white * spread))
        relative = shot.up + drift[index]
        # With RTK the absolute altitude is the receiver's; else home altitude plus the barometer.
        absolute = ground + geoid + shot.up + rng.gauss(0, 0.02 * spread) if survey else ground + relative
        north_speed = shot.velocity * math.cos(math.radians(shot.heading)) + rng.gauss(0, 0.08)
        east_speed = shot.velocity * math.sin(math.radians(shot.heading)) + rng.gauss(0, 0.08)
        uuid = "%032x" % rng.getrandbits(128) if uuids else ""
        base = {
            "shot": index, "lon": lon, "lat": lat, "alt_m": round(absolute, 3), "alt_reference": reference,
            "altitude_type": ("RtkAlt" if survey else ("GpsFusionAlt" if drone.speeds else "")),
            "rel_alt_m": round(relative, 2 if exact else 3), "camera_make": drone.make, "camera_model": drone.model,
            "serial_number": serial, "yaw": round(shot.yaw % 360, 1) % 360, "pitch": round(shot.pitch, 1),
            "roll": shot.roll, "flight_yaw": round((shot.yaw + rng.gauss(0, aircraft)) % 360, 1) % 360, "capture_id": uuid,
            "taken_local": stamp(local),
        }
        if plan.drone.clock == "utc":
            base["taken_at"] = stamp(now, True) + "Z"
        elif plan.drone.clock == "satellite":
            base["satellite_at"] = stamp(now - timedelta(seconds=rng.uniform(0, 0.3))) + "Z"
            base["taken_at"] = (stamp(local - timedelta(minutes=plan.zone)) + "Z") if zoned else base["satellite_at"]
            if zoned:
                base["utc_offset_min"] = plan.zone
        if drone.speeds:
            base["speed_north_m_s"], base["speed_east_m_s"] = round(north_speed, 1), round(east_speed, 1)
        if survey:
            base["rtk_flag"] = 34 if index in floats else 50
            scale = level * spread * 0.5 if index in floats else level
            base["rtk_std_lon_m"] = round(min(0.095, scale * rng.uniform(0.85, 1.15)), 5)
            base["rtk_std_lat_m"] = round(min(0.095, scale * rng.uniform(0.85, 1.15)), 5)
            base["rtk_std_height_m"] = round(min(0.095, 2 * scale * rng.uniform(0.85, 1.15)), 5)
            if index in floats:
                plan.notes |= {"rtk-sigma", "rtk-float"}
        folder, stem = names[index]
        for lens in drone.lenses:
            row = dict(base)
            row.update({
                "lens": lens, "folder": folder, "file": f"{stem}{lens.suffix}.JPG",
                "size": rng.randint(600_000, 900_000) if lens.source == "InfraredCamera"
                else rng.randint(4_500_000, 13_000_000),
                "image_source": lens.source, "pixel_width": lens.width, "pixel_height": lens.height,
                "focal_length_35_mm": lens.focal_35, "focal_length_mm": lens.focal_mm,
                "exposure_s": "" if lens.source == "InfraredCamera" else round(plan.exposure, 6),
            })
            if lens.design_px:
                row["calibrated_focal_px"], row["optical_centre_x_px"] = lens.design_px, lens.width / 2
            if drone is WING:
                row["sensor_px_per_mm"] = 416.7
            result.append(row)
    return result


def companion(kind, rng, beside):
    """The pictures of a second aircraft at the same site, in a folder of its own, at the same time or within an hour; none
    if the sun would be low. Its true notes are added to those of the flight beside it."""
    other = plan(kind, rng)
    away, angle = rng.uniform(80, 400), rng.uniform(0, 6.28)
    for shot in other.shots:
        shot.east, shot.north = shot.east + away * math.sin(angle), shot.north + away * math.cos(angle)
    other.latitude, other.longitude, other.zone = beside.latitude, beside.longitude, beside.zone
    other.start = beside.start + timedelta(seconds=rng.choice((rng.uniform(0, 300), rng.uniform(-3600, 3600))))
    ends = (other.start, other.start + timedelta(seconds=other.shots[-1].time))
    if min(sun_height(when, other.latitude, other.longitude) for when in ends) < 11:
        return []
    result = rows(other, rng)
    beside.notes |= other.notes
    for row in result:
        row["shot"] += 1_000_000
        row["folder"] = "B/" + row["folder"] if row["folder"] else "B"
    return result


def path(row):
    return f"{row['folder']}/{row['file']}" if row["folder"] else row["file"]


def line(row, label):
    """One line of the CSV file."""
    cells = []
    for column in COLUMNS:
        value = label if column == "set" else row.get(column, "")
        if column in ("lon", "lat") and value != "":
            value = f"{value:.8f}"
        value = str(value)
        cells.append(f'"{value}"' if "," in value else value)
    return ",".join(cells)


def hull(points):
    """Convex hull, counter-clockwise."""
    points = sorted(set(points))
    result = []
    for sequence in (points, points[::-1]):
        part = []
        for p in sequence:
            while len(part) > 1 and ((part[-1][0] - part[-2][0]) * (p[1] - part[-2][1])
                                     - (part[-1][1] - part[-2][1]) * (p[0] - part[-2][0])) <= 0:
                part.pop()
            part.append(p)
        result += part[:-1]
    return result


def grow(ring, metres):
    """A convex ring, counter-clockwise, moved outwards by about `metres`."""
    result = []
    for i, (e, n) in enumerate(ring):
        normals = []
        for a, b in (((i - 1) % len(ring), i), (i, (i + 1) % len(ring))):
            de, dn = ring[b][0] - ring[a][0], ring[b][1] - ring[a][1]
            size = math.hypot(de, dn) or 1
            normals.append((dn / size, -de / size))
        me, mn = (normals[0][0] + normals[1][0]) / 2, (normals[0][1] + normals[1][1]) / 2
        size = math.hypot(me, mn) or 1
        result.append((e + metres * me / size, n + metres * mn / size))
    return hull(result)


def area_ring(plan, rng):
    """The area that the client ordered and this flight fulfils, in metres."""
    if plan.kind == "corridor":
        half = 0.2 * plan.across
        return offset_path(plan.path, half) + offset_path(plan.path, -half)[::-1]
    points = [(s.east, s.north) for s in plan.shots if s.line >= 0 or plan.kind != "mapping"]
    if plan.kind == "mapping":
        return grow(hull(points), rng.uniform(0, 4))
    return grow(hull(points + [(0.0, 0.0)]), rng.uniform(20, 35))


def geojson(plan, ring):
    ring = [degrees(plan, e, n) for e, n in ring]
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1]))
    if area < 0:
        ring = ring[::-1]
    return {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": {
        "type": "Polygon", "coordinates": [[[round(x, 8), round(y, 8)] for x, y in ring + ring[:1]]]}}]}


