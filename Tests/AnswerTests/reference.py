"""Answers by brute force: every row is read by plain sqlite3 and tried against every filter.

Nothing here is gpsindex's code. Each rule stands once; MUTANTS names rules that can be broken on purpose, so that a run can
show that its questions would notice.
"""
import datetime
import re
import sqlite3
from fractions import Fraction

MUTANTS = [
    "box without its edges", "box never crosses 180", "180 and -180 are two meridians", "box without its north",
    "holes are filled", "edges of polygons are outside", "only the first polygon", "radius a thousandth smaller",
    "since without that moment", "until without its day", "local times do not count", "altitude without its bounds",
    "no fix is not fix none", "one flag is enough", "* crosses folders", "**/ needs a folder", "/** needs a folder",
    "? is any character, / too", "all sites", "failed photos are not missing", "all reasons", "globs ignore case",
    "only the first folder", "only the last site", "only the first fix", "only the first reason", "plain folders end there",
    "the root has all below it", "days are of UTC", "moments are of the clock", "clocks without UTC",
    "relative altitude without its bounds", "two deviations are enough", "deviation without its bound", "cameras mind case",
    "only models", "only the first camera", "camera patterns match parts", "% is a wildcard", "kept rows are present",
]


class Row:
    """One photo as the index has it."""

    def __init__(self, site, folder, file, **columns):
        self.site, self.folder, self.file = site, folder, file
        self.path = f"{folder}/{file}" if folder else file
        self.columns = columns
        self.fid = columns["fid"]
        self.lat, self.lon, self.alt = columns["lat"], columns["lon"], columns["alt_m"]
        self.make, self.model = columns["camera_make"], columns["camera_model"]
        self.status, self.reason, self.fix = columns["status"], columns["reason"], columns["fix"]
        self.flags = set(filter(None, (columns["flags"] or "").split(",")))
        self.utc, self.local = (milliseconds(columns[c]) for c in ("taken_at", "taken_local"))

    @property
    def key(self):
        return (self.site, self.path)


def milliseconds(text):
    if not text:
        return None
    moment = datetime.datetime.fromisoformat(text.rstrip("Z")).replace(tzinfo=datetime.timezone.utc)
    return round(moment.timestamp() * 1000)


def rows(index):
    with sqlite3.connect(f"file:{index}?mode=ro", uri=True) as connection:
        found = connection.execute("""
            SELECT s.name, f.path, p.* FROM photos p JOIN folders f ON f.id = p.folder_id JOIN site s ON s.id = f.site_id
            ORDER BY s.name, f.path, p.file""")
        names = [c[0] for c in found.description[2:]]
        out = []
        for site, folder, *values in found:
            columns = dict(zip(names, values))
            out.append(Row(site, folder, columns.pop("file"), **columns))
        return out


class Reference:
    def __init__(self, rows, geodesic=None, mutant=None):
        self.rows, self.geodesic, self.mutant = rows, geodesic, mutant

    def is_(self, mutant):
        return self.mutant == mutant

    # Each filter: a predicate of a row.

    def box(self, box):
        west, south, east, north = box

        def across(lon):
            if west > east and not self.is_("box never crosses 180"):
                return lon >= west or lon <= east
            return west <= lon <= east

        def inside(row):
            if self.is_("box without its edges") and (row.lon in (west, east) or row.lat in (south, north)):
                return False
            if self.is_("box without its north") and row.lat == north:
                return False
            turned = abs(row.lon) == 180 and not self.is_("180 and -180 are two meridians")
            return south <= row.lat <= north and (across(row.lon) or turned and across(-row.lon))
        return inside

    def polygons(self, polygons):
        if self.is_("only the first polygon"):
            polygons = polygons[:1]

        def covers(x, y):
            for outer, *holes in polygons:
                place = ring_place(x, y, outer)
                if place == "edge" and not self.is_("edges of polygons are outside"):
                    return True
                if place == "in" and (self.is_("holes are filled") or all(ring_place(x, y, h) != "in" for h in holes)):
                    return True
            return False

        def inside(row):
            return covers(row.lon, row.lat) or abs(row.lon) == 180 and covers(-row.lon, row.lat)
        return inside

    def near(self, lon, lat, radius):
        """Also marks rows for which a millimetre decides: `unsure`."""
        located = [row for row in self.rows if row.status == 0]
        n = len(located)
        if self.is_("radius a thousandth smaller"):
            radius *= .999
        distances = self.geodesic.inv([lon] * n, [lat] * n, [r.lon for r in located], [r.lat for r in located])[2]
        inside = {r.key for r, d in zip(located, distances) if d <= radius}
        unsure = {r.key for r, d in zip(located, distances) if abs(d - radius) < 1e-3 + 1e-9 * radius}
        return (lambda row: row.key in inside or row.key in unsure), unsure

    def time(self, row, is_clock):
        """A moment is compared with UTC, a clock with the camera's; either with the other, where it is unknown."""
        if self.is_("days are of UTC"):
            is_clock = False
        if self.is_("moments are of the clock"):
            is_clock = True
        if is_clock:
            return row.local if row.local is not None or self.is_("clocks without UTC") else row.utc
        return row.utc if row.utc is not None or self.is_("local times do not count") else row.local

    def since(self, moment, is_clock):
        if self.is_("since without that moment"):
            return lambda row: self.time(row, is_clock) is not None and self.time(row, is_clock) > moment
        return lambda row: self.time(row, is_clock) is not None and self.time(row, is_clock) >= moment

    def until(self, first, behind, is_clock):
        """`first`: the first moment that a text means, `behind`: the first one behind it; equal for date-times."""
        end = first if self.is_("until without its day") else behind
        return lambda row: self.time(row, is_clock) is not None and self.time(row, is_clock) < end

    def altitude(self, low, high):
        if self.is_("altitude without its bounds"):
            return lambda row: row.alt is not None and low < row.alt < high
        return lambda row: row.alt is not None and low <= row.alt <= high

    def relative_altitude(self, low, high):
        height = lambda row: row.columns["rel_alt_m"]
        if self.is_("relative altitude without its bounds"):
            return lambda row: height(row) is not None and low < height(row) < high
        return lambda row: height(row) is not None and low <= height(row) <= high

    def fix(self, names):
        none = None if self.is_("no fix is not fix none") else "none"
        if self.is_("only the first fix"):
            names = names[:1]
        return lambda row: (row.fix or none) in names

    def deviation(self, largest):
        """All three must be stated."""
        def inside(row):
            stated = [row.columns[f"rtk_std_{axis}"] for axis in ("lon", "lat", "h")]
            if self.is_("two deviations are enough"):
                stated = [value for value in stated if value is not None]
                if len(stated) < 2:
                    return False
            if self.is_("deviation without its bound"):
                return all(value is not None and value < largest for value in stated)
            return all(value is not None and value <= largest for value in stated)
        return inside

    def cameras(self, globs):
        """The whole of make, model, or both; capitals of A to Z do not matter."""
        if self.is_("only the first camera"):
            globs = globs[:1]
        translate = lambda glob: "".join(
            ".*" if c == "*" or c == "%" and self.is_("% is a wildcard") else "." if c == "?" else re.escape(c) for c in glob)
        flags = re.DOTALL | (0 if self.is_("cameras mind case") else re.IGNORECASE | re.ASCII)
        end = "" if self.is_("camera patterns match parts") else r"\Z"
        patterns = [re.compile(rf"(?:{translate(glob)}){end}", flags) for glob in globs]

        def inside(row):
            texts = [row.model] if self.is_("only models") else [row.model, row.make]
            if row.make is not None and row.model is not None and not self.is_("only models"):
                texts.append(f"{row.make} {row.model}")
            return any(pattern.match(text) for pattern in patterns for text in texts if text is not None)
        return inside

    def flags(self, names):
        if self.is_("one flag is enough"):
            return lambda row: bool(names & row.flags)
        return lambda row: names <= row.flags

    def present(self):
        return lambda row: "file-gone" not in row.flags or self.is_("kept rows are present")

    def site(self, names):
        if self.is_("only the last site"):
            names = names[-1:]
        return lambda row: row.site in names or self.is_("all sites")

    def reason(self, names):
        if self.is_("only the first reason"):
            names = names[:1]
        return lambda row: row.reason in names or self.is_("all reasons")

    def missing(self):
        return lambda row: row.status == 1 or row.status == 2 and not self.is_("failed photos are not missing")

    def folder(self, globs):
        """Without `*` and `?`, the folder and all below it; the root alone."""
        if self.is_("only the first folder"):
            globs = globs[:1]
        patterns = []
        for glob in globs:
            glob = glob.strip("/")
            if not re.search(r"[*?]", glob) and (glob or self.is_("the root has all below it")):
                glob = glob if self.is_("plain folders end there") else f"{glob}/**" if glob else "**"
            patterns.append(self.pattern(glob))
        return lambda row: any(pattern.match(row.folder) for pattern in patterns)

    def pattern(self, glob):
        """`*` and `?` inside a name, `**` across folders; `**/` also stands for nothing, and so does a last `/**`.

        Slashes at both ends do not count."""
        glob = glob.strip("/")
        while "**/**" in glob:
            glob = glob.replace("**/**", "**")
        out = ""
        at = 0
        while at < len(glob):
            starts_name = at == 0 or glob[at - 1] == "/"
            if glob.startswith("**/", at) and starts_name:
                out += "(?:.*/)" if self.is_("**/ needs a folder") else "(?:.*/)?"
                at += 3
            elif glob[at:] == "/**":
                out += "/.*" if self.is_("/** needs a folder") else "(?:/.*)?"
                at += 3
            elif glob.startswith("**", at):
                out += ".*"
                at += 2
            elif glob[at] == "*":
                out += ".*" if self.is_("* crosses folders") else "[^/]*"
                at += 1
            elif glob[at] == "?":
                out += "." if self.is_("? is any character, / too") else "[^/]"
                at += 1
            else:
                out += re.escape(glob[at])
                at += 1
        flags = re.DOTALL | (re.IGNORECASE if self.is_("globs ignore case") else 0)
        return re.compile(rf"(?:{out})\Z", flags)


def ring_place(x, y, ring):
    """in, out or edge, by the even-odd rule, in exact arithmetic."""
    inside = False
    for (x1, y1), (x2, y2) in zip(ring, ring[1:]):
        if not min(y1, y2) <= y <= max(y1, y2):
            continue
        if x > max(x1, x2):
            continue
        X, Y, X1, Y1, X2, Y2 = map(Fraction, (x, y, x1, y1, x2, y2))
        if (X2 - X1) * (Y - Y1) == (Y2 - Y1) * (X - X1) and min(X1, X2) <= X <= max(X1, X2):
            return "edge"
        if (y1 <= y) != (y2 <= y) and X1 + (Y - Y1) * (X2 - X1) / (Y2 - Y1) > X:
            inside = not inside
    return "in" if inside else "out"
