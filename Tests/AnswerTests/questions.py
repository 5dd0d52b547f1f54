"""Random questions: arguments of gpsindex, and the same filters for the reference."""
import datetime
import json
import math


def decimal(value):
    text = repr(float(value))
    return f"{value:.20f}" if "e" in text else text


def iso(moment, digits=3):
    whole = datetime.datetime.fromtimestamp(moment // 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{moment % 1000:03}Z" if digits else f"{whole}Z"


class Question:
    def __init__(self):
        self.arguments, self.filters = [], []
        self.limit = None
        self.missing = self.places = False

    def add(self, name, *values, arguments):
        self.filters.append((name, values))
        self.arguments += arguments


class Asker:
    """`geodesic` false: no question that needs a distance. `folder`: where polygons are written."""

    def __init__(self, pick, rows, folder, geodesic):
        self.pick, self.rows, self.folder, self.geodesic = pick, rows, folder, geodesic
        self.located = [row for row in rows if row.status == 0]
        self.times = [t for t in (r.utc if r.utc is not None else r.local for r in rows) if t is not None]
        self.folders = sorted({row.folder for row in rows})
        self.sites = sorted({row.site for row in rows})
        self.all_flags = sorted({flag for row in rows for flag in row.flags})
        self.reasons = sorted({row.reason for row in rows if row.reason})

    def ask(self):
        pick, question = self.pick, Question()
        chance = pick.random()
        if chance < .15:
            question.missing = True
            question.filters.append(("missing", ()))
        elif chance < .45:
            self.box(question)
        elif chance < .65 and self.geodesic:
            self.near(question)
            if pick.random() < .2:
                self.box(question)
        elif chance < .85:
            self.polygon(question)
        for filter, probability in ((self.since, .2), (self.until, .2), (self.altitude, .15), (self.fix, .12),
                                    (self.flags, .12), (self.site, .2), (self.folder_glob, .3), (self.camera, .12),
                                    (self.relative_altitude, .08), (self.deviation, .08), (self.present, .12)):
            if pick.random() < probability:
                filter(question)
        if question.missing and pick.random() < .6:
            names = [pick.choice(self.reasons) for _ in range(pick.choice([1, 1, 2]))]
            question.add("reason", names, arguments=[word for name in names for word in ("--reason", name)])
        if pick.random() < .1:
            question.limit = pick.randrange(1, 40)
            question.arguments += ["--limit", str(question.limit)]
        return question

    def box(self, question):
        pick = self.pick
        chance = pick.random()
        if chance < .4:    # edges exactly on photos
            one, two = pick.sample(self.located, 2)
            (west, east), (south, north) = sorted((one.lon, two.lon)), sorted((one.lat, two.lat))
            if pick.random() < .3:
                west, east = east, west
        elif chance < .5:  # a photo and nothing else
            row = pick.choice(self.located)
            west, south, east, north = row.lon, row.lat, row.lon, row.lat
        elif chance < .65:
            west, south, east, north = pick.choice([
                (170, -60, -170, 60), (180, -90, 180, 90), (-180, -90, -180, 90), (180, -90, -180, 90), (-180, -90, 180, 90),
                (179.9999999, -60, -179.9999999, 60), (0, 90, 0, 90), (-180, 89, 180, 90), (-180, -90, 180, -89.9999)])
        elif chance < .85:
            row, reach = pick.choice(self.located), 10 ** pick.uniform(-7, 1)
            west, south = max(-180, row.lon - reach), max(-90, row.lat - reach)
            east, north = min(180, row.lon + reach), min(90, row.lat + reach)
        else:
            west, east = pick.uniform(-180, 180), pick.uniform(-180, 180)
            south, north = sorted((pick.uniform(-90, 90), pick.uniform(-90, 90)))
        box = (west, south, east, north)
        question.places = True
        question.add("box", box, arguments=["--bbox=" + ",".join(map(decimal, box))])

    def near(self, question):
        pick = self.pick
        row = pick.choice(self.located)
        chance = pick.random()
        if chance < .5:
            lon, lat = row.lon, row.lat
        elif chance < .6:  # the antipode
            lon, lat = row.lon - math.copysign(180, row.lon) if row.lon else 180.0, -row.lat
        elif chance < .7:
            lon, lat = pick.uniform(-180, 180), pick.choice([90, -90, 89.999999])
        elif chance < .75:
            lon, lat = pick.choice([180, -180]), pick.uniform(-90, 90)
        else:
            lon, lat = pick.uniform(-180, 180), pick.uniform(-90, 90)
        radius = 10 ** pick.uniform(-3, 7.3)
        if pick.random() < .25:  # a photo exactly that far
            other = pick.choice(self.located)
            radius = self.geodesic.inv(lon, lat, other.lon, other.lat)[2]
        radius = float(decimal(max(.001, min(20_003_931, radius))))
        question.places = True
        question.add("near", lon, lat, radius,
                     arguments=[f"--near={decimal(lon)},{decimal(lat)}", "--radius", decimal(radius)])

    def polygon(self, question):
        pick = self.pick
        polygons = [self.rings() for _ in range(pick.randrange(1, 4))]
        multi = {"type": "MultiPolygon", "coordinates": polygons}
        shape = pick.choice([
            multi, {"type": "Feature", "properties": None, "geometry": multi},
            {"type": "FeatureCollection", "features": [
                {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": rings}}
                for rings in polygons]},
            {"type": "GeometryCollection", "geometries": [multi]}])
        path = f"{self.folder}/polygon.geojson"
        with open(path, "w") as file:
            json.dump(shape, file)
        question.places = True
        question.add("polygons", polygons, arguments=["--polygon", path])

    def rings(self):
        pick = self.pick
        chance = pick.random()
        if chance < .3:    # corners exactly on photos; may cross itself
            corners = [(row.lon, row.lat) for row in pick.sample(self.located, pick.randrange(3, 8))]
            if pick.random() < .7:
                x, y = (sum(c[i] for c in corners) / len(corners) for i in (0, 1))
                corners.sort(key=lambda c: math.atan2(c[1] - y, c[0] - x))
            return [corners + corners[:1]]
        if chance < .45:   # up to the antimeridian
            east = pick.choice([180.0, -180.0])
            west = east - math.copysign(pick.uniform(.00001, 30), east)
            south, north = sorted((pick.uniform(-89, 89), pick.uniform(-89, 89)))
            return [[(west, south), (east, south), (east, north), (west, north), (west, south)]]
        if chance < .55:   # a box whose edges lie on photos, with a hole whose edges do
            lons = sorted(row.lon for row in pick.sample(self.located, 4))
            lats = sorted(row.lat for row in pick.sample(self.located, 4))
            square = lambda i, j: [(lons[i], lats[i]), (lons[j], lats[i]), (lons[j], lats[j]), (lons[i], lats[j]),
                                   (lons[i], lats[i])]
            return [square(0, 3), square(1, 2)]
        row, reach = pick.choice(self.located), 10 ** pick.uniform(-3, 1.5)

        def circle(x, y, radius, count, ragged):
            corners = []
            for n in range(count):
                far = radius * (pick.uniform(.3, 1) if ragged else 1)
                angle = 2 * math.pi * n / count
                corners.append((max(-180, min(180, x + far * math.cos(angle))), max(-90, min(90, y + far * math.sin(angle)))))
            return corners + corners[:1]
        holes = [circle(row.lon + pick.uniform(-.1, .1) * reach, row.lat + pick.uniform(-.1, .1) * reach,
                        reach * pick.uniform(.01, .15), 9, False) for _ in range(pick.randrange(0, 3))]
        return [circle(row.lon, row.lat, reach, pick.randrange(3, 40), True)] + holes

    def moment(self):
        """Near a photo's time; and how it is written: with a zone, which makes it a moment, or without one, the camera's clock."""
        is_clock = self.pick.random() < .5
        both = [row for row in self.rows if None not in (row.utc, row.local) and row.utc != row.local]
        rows = both if self.pick.random() < .7 else self.rows
        times = [time for row in rows for time in [row.local if is_clock else row.utc] if time is not None]
        moment = self.pick.choice(times) + self.pick.choice([0, 0, 0, 1, -1, 500, 86_400_000])
        if is_clock:
            return moment, iso(moment)[:-1], True
        if self.pick.random() < .6:
            return moment, iso(moment), False
        return moment, iso(moment + 7_200_000)[:-1] + "+02:00", False

    def day(self):
        """Often one on which the clock and UTC show different dates."""
        differ = [row.local for row in self.rows if None not in (row.utc, row.local)
                  and row.utc // 86_400_000 != row.local // 86_400_000]
        times = differ if differ and self.pick.random() < .5 else self.times
        return self.pick.choice(times) // 86_400_000 * 86_400_000

    def since(self, question):
        if self.pick.random() < .4:
            day = self.day()
            question.add("since", day, True, arguments=["--since", iso(day)[:10]])
        else:
            moment, text, is_clock = self.moment()
            question.add("since", moment, is_clock, arguments=["--since", text])

    def until(self, question):
        if self.pick.random() < .5:
            day = self.day()
            question.add("until", day, day + 86_400_000, True, arguments=["--until", iso(day)[:10]])
        elif self.pick.random() < .5:
            moment, text, is_clock = self.moment()
            question.add("until", moment, moment, is_clock, arguments=["--until", text])
        else:
            first = datetime.datetime.fromtimestamp(self.pick.choice(self.times) // 1000, datetime.timezone.utc)
            first = first.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            behind = (first + datetime.timedelta(days=32)).replace(day=1)
            question.add("until", *(round(t.timestamp() * 1000) for t in (first, behind)), True,
                         arguments=["--until", first.strftime("%Y-%m")])

    def altitude(self, question):
        self.heights(question, "altitude", "--alt", [100.0, 250.0, -3.25, .001, self.pick.uniform(-500, 9000)])

    def relative_altitude(self, question):
        self.heights(question, "relative_altitude", "--rel-alt", [120.0, -2.5, self.pick.uniform(-20, 150)])

    def heights(self, question, name, option, choices):
        pick = self.pick
        low, high = sorted((pick.choice(choices), pick.choice(choices)))
        open_end = pick.random()
        bounds = ("" if open_end < .2 else decimal(low), "" if open_end > .8 else decimal(high))
        question.add(name, -math.inf if open_end < .2 else low, math.inf if open_end > .8 else high,
                     arguments=[f"{option}={bounds[0]}..{bounds[1]}"])

    def fix(self, question):
        names = [self.pick.choice(["none", "single", "float", "fixed"]) for _ in range(self.pick.choice([1, 1, 2]))]
        question.add("fix", names, arguments=[word for name in names for word in ("--fix", name)])

    def deviation(self, question):
        largest = self.pick.choice([.01, .05, .05, .15, round(self.pick.uniform(0, .25), 4)])
        text = self.pick.choice([decimal(largest), f"{decimal(largest)}m"])
        if largest == .05:
            text = self.pick.choice([text, "5cm", "50 mm"])
        question.add("deviation", largest, arguments=["--rtk-std", text])

    def camera(self, question):
        globs = [self.pick.choice(["M3E", "dji", "DJI*", "*", "fc6310", "FC6310*", "XL7_5%", "XL7%", "autel m3?", "?", "m??", "FC",
                                   "* FC6310 R", "=cmd*", "\u00fc & <b>"]) for _ in range(self.pick.choice([1, 1, 2]))]
        question.add("cameras", globs, arguments=[f"--camera={glob}" for glob in globs])

    def present(self, question):
        question.add("present", arguments=["--present"])

    def flags(self, question):
        names = set(self.pick.sample(self.all_flags, min(len(self.all_flags), self.pick.choice([1, 1, 2]))))
        question.add("flags", names, arguments=[word for name in sorted(names) for word in ("--flag", name)])

    def site(self, question):
        names = [self.pick.choice(self.sites) for _ in range(self.pick.choice([1, 1, 2]))]
        # A name in front of the options is the same.
        options = [word for name in names[1:] for word in ("--site", name)]
        question.add("site", names, arguments=[])
        question.arguments = ([names[0]] + question.arguments if self.pick.random() < .3
                              else question.arguments + ["--site", names[0]]) + options

    def folder_glob(self, question):
        globs = [self.glob() for _ in range(self.pick.choice([1, 1, 2]))]
        question.add("folder", globs, arguments=["--folder=" + glob for glob in globs])

    def glob(self):
        pick = self.pick
        chance = pick.random()
        if chance < .5:
            return pick.choice(["/", "/", "/", "a", "deep1", "deep1/x", "f01", "100MEDIA/", "/**", "**/", "**", "*", "a/**/b", "a/**", "**/b", "**/x/**", "f*", "F*", "**/F0?", "**/f0?", "?ig",
                                "DEEP1/**", "deep?/**", "deep*/x/f0?", "*/*/*", "a?b", "a?*", "x?raw", "[1]", "f0[1]", "a*b",
                                "**/**/b", "?*", "**/?"])
        folder = pick.choice([folder for folder in self.folders if folder])
        parts = folder.split("/")
        for n, part in enumerate(parts):
            kind = pick.random()
            if kind < .2:
                parts[n] = "*"
            elif kind < .4:
                at = pick.randrange(len(part))
                parts[n] = part[:at] + pick.choice("?*") + part[at + 1:]
            elif kind < .5:
                parts[n] = "**"
        return "/".join(parts) + pick.choice(["", "", "", "/**", "/", "/*"])
