#!/usr/bin/env python3
"""Random queries of the real program beside brute force, in every output format.

answers.py GPSINDEX [--count N] [--seed S] [--quick] [--self-test]

Makes trees of photos, indexes them, and compares each answer with reference.py. Needs pyproj and shapely (requirements.txt);
--quick leaves out what needs them: distances, and the second opinion on polygons. --self-test breaks each rule of the reference,
and each field of the answers, and demands that the comparison finds it. Exit code 1 on any difference.
"""
import argparse
import collections
import copy
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

import formats
import photos
import questions
import reference

FORMATS = sorted(formats.READERS)
# Without site and path a record names no photo.
KEYLESS = ("table", "paths0")
MISSING_FORMATS = ["csv", "geojson", "geojsonseq", "json", "jsonl", "kml", "table"]
# With no filter at all, a GeoPackage may be the whole index; so it is asked for with one.
KEEPS_ALL = ["--bbox=-180,-90,180,90"]


class Trial:
    def __init__(self, program, folder, seed, quick):
        self.folder, self.seed = folder, seed
        self.counts, self.faults = collections.Counter(), 0
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": f"{folder}/home", "GPSINDEX_INDEX": f"{folder}/index.gpkg"}
        self.program = os.path.abspath(program)
        os.makedirs(f"{folder}/home")
        written = photos.write(f"{folder}/trees", 7, 6 if quick else 20)
        for site in photos.SITES:
            synced = self.run(["sync", "--quiet", f"{folder}/trees/{site}"])
            if synced.returncode not in (0, 3):
                sys.exit(f"sync of {site}: {synced.stderr.decode()}")
        gone = f"{folder}/trees/{photos.GONE}"
        shutil.rmtree(gone)
        os.mkdir(gone)
        synced = self.run(["sync", "--quiet", gone])
        self.rows = reference.rows(f"{folder}/index.gpkg")
        if not any("file-gone" in row.flags for row in self.rows):
            sys.exit(f"no row is kept: {synced.stderr.decode()}")
        if len(self.rows) != written:
            sys.exit(f"{written} photos were written, {len(self.rows)} are in the index")
        self.geodesic = self.shapely = None
        if not quick:
            import pyproj
            import shapely
            self.geodesic, self.shapely = pyproj.Geod(ellps="WGS84"), shapely
        if not formats.HAS_OGR:
            print("ogr2ogr is not installed: GDAL does not read along")
        self.reference = reference.Reference(self.rows, self.geodesic)
        self.asker = questions.Asker(random.Random(seed), self.rows, folder, self.geodesic)
        self.pick = random.Random(seed + 1)

    def run(self, arguments):
        return subprocess.run([self.program, *arguments], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=60)

    def fault(self, number, arguments, text):
        self.faults += 1
        if self.faults <= 30:
            print(f"DIFFERENCE seed {self.seed} query {number}: gpsindex {' '.join(map(repr, arguments))}\n  {text}", flush=True)
            polygon = f"{self.folder}/polygon.geojson"
            if "--polygon" in arguments and os.path.exists(polygon):
                with open(polygon) as file:
                    print(f"  polygon: {file.read()[:2000]}")

    # The answer by brute force

    @staticmethod
    def expected(by, question):
        """Rows, and the keys of those for which a millimetre decides."""
        unsure = set()
        rows = by.rows if question.missing else [row for row in by.rows if row.status == 0]
        for name, values in question.filters:
            predicate = getattr(by, name)(*values)
            if name == "near":
                predicate, unsure = predicate
            rows = [row for row in rows if predicate(row)]
        return rows, unsure

    def second_opinion(self, question):
        """Whether shapely takes the same rows for inside; it knows no rings that cross themselves."""
        for name, values in question.filters:
            if name != "polygons" or not self.shapely:
                continue
            areas = [self.shapely.Polygon(rings[0], rings[1:]) for rings in values[0]]
            if not all(area.is_valid for area in areas):
                self.counts["polygons that cross themselves"] += 1
                continue
            inside = self.reference.polygons(values[0])
            for row in self.asker.located:
                points = [self.shapely.Point(x, row.lat) for x in {row.lon, -row.lon if abs(row.lon) == 180 else row.lon}]
                # Its intersections are found in floating point: a hair beside an edge is not its to decide.
                if any(area.boundary.distance(p) < 1e-9 for area in areas for p in points):
                    self.counts["points on an edge"] += 1
                    continue
                if inside(row) != any(area.covers(point) for area in areas for point in points):
                    return [f"shapely and the reference differ at {row.key}"]
            self.counts["second opinions of shapely"] += 1
        return []

    # One query

    def query(self, number):
        question = self.asker.ask()
        rows, unsure = self.expected(self.reference, question)
        for text in self.second_opinion(question):
            self.fault(number, question.arguments, text)
        command = ["query"]
        if question.missing:
            # Only one of the two commands knows reasons.
            command = ["problems"] if any(name == "reason" for name, _ in question.filters) else ["query", "--missing"]
        choice = MISSING_FORMATS if question.missing else FORMATS
        got = None
        for format in dict.fromkeys(["jsonl", choice[number % len(choice)]]):
            arguments = question.arguments + (KEEPS_ALL if format == "gpkg" and not question.filters else [])
            if format == "csv" and command == ["query"] and number % 2:
                arguments = arguments + ["--raw-csv"]
            keys = self.compare(number, question, arguments, command, format, rows, unsure)
            got = keys if keys is not None else got
        if got is not None and not question.limit:
            if number % 4 == 0 and not question.missing:
                self.count(number, question, len(got))
            if number % 3 == 0 and not question.missing:
                self.folders(number, question, {key for key in got})
        self.counts["queries"] += 1
        self.counts["rows"] += len(rows)
        for name, _ in question.filters:
            self.counts[name] += 1
        return question, got

    def compare(self, number, question, arguments, command, format, rows, unsure):
        """Keys of the answer; None when there was no answer."""
        try:
            result, records, points = formats.answer(self.run, arguments, command, format, self.folder)
        except (formats.Wrong, ValueError, KeyError, TypeError, formats.ElementTree.ParseError) as error:
            self.fault(number, [*command, *arguments, "-f", format], f"cannot be read: {error!r}")
            return None
        if records is None:
            if b"before --since" in result.stderr:
                self.counts["until before since"] += 1
            else:
                self.fault(number, [*command, *arguments, "-f", format], f"exit code {result.returncode}: {result.stderr.decode()}")
            return None
        self.counts[f"-f {format}"] += 1
        keys = None if format in KEYLESS else [(r["site"], r["path"]) for r in records]
        # A row on the very circle may be in the answer or not; the table cannot tell.
        if unsure and format in KEYLESS:
            return None
        expected = [row for row in rows if row.key not in unsure or key_in(keys, row)]
        if question.limit is not None:
            if len(records) != min(question.limit, len(rows)) and not unsure:
                self.fault(number, [*command, *arguments, "-f", format], f"{len(records)} rows, limit {question.limit} of {len(rows)}")
            expected = [row for row in expected if key_in(keys, row)] if keys is not None else []
            if keys is None:
                return None
        wrong = formats.compare(format, records, expected)
        if points is not None:
            mine = sorted((round(r["lon"], 7), round(r["lat"], 7)) for r in records if r["lon"] is not None)
            if sorted((round(x, 7), round(y, 7)) for x, y in points) != mine:
                wrong.append(f"GDAL reads {len(points)} points, not these {len(mine)}")
            self.counts["read by GDAL"] += 1
        if wrong:
            self.fault(number, [*command, *arguments, "-f", format], "; ".join(wrong[:4]))
        return keys

    def count(self, number, question, wanted):
        arguments = ["query", *question.arguments, "--count"]
        found = self.run(arguments).stdout.strip()
        if found != str(wanted).encode():
            self.fault(number, arguments, f"counts {found!r}, not {wanted}")
        self.counts["--count"] += 1

    def folders(self, number, question, got):
        """Folders with their counts; a place counts photos with a position only."""
        arguments = ["folders", *question.arguments, "-f", "jsonl"]
        result = self.run(arguments)
        found = {}
        for line in result.stdout.splitlines():
            value = json.loads(line)
            found[value["site"], value["folder"]] = [value["located"], value["without_position"], value["failed"]]
        wanted = collections.defaultdict(lambda: [0, 0, 0])
        everything = [row for row in self.rows]
        for name, values in question.filters:
            predicate = getattr(self.reference, name)(*values)
            predicate = predicate[0] if name == "near" else predicate
            if name in ("box", "polygons", "near"):
                everything = [row for row in everything if row.status == 0]
            everything = [row for row in everything if predicate(row)]
        if question.places:
            everything = [row for row in everything if row.key in got]
        for row in everything:
            wanted[row.site, row.folder][min(row.status, 2)] += 1
        if found != dict(wanted):
            differ = [(k, found.get(k), wanted.get(k)) for k in found.keys() | wanted.keys() if found.get(k) != wanted.get(k)]
            self.fault(number, arguments, f"folders differ: {differ[:3]} {result.stderr.decode()[:200]}")
        self.counts["folders"] += 1


def key_in(keys, row):
    return keys is None or row.key in keys


# Can it fail?

def self_test(trial, count):
    """Names of rules and fields that could be broken without being noticed."""
    unnoticed = set(reference.MUTANTS)
    if not trial.geodesic:
        unnoticed.discard("radius a thousandth smaller")
    mutants = {name: reference.Reference(trial.rows, trial.geodesic, name) for name in unnoticed}
    for number in range(count):
        question, got = trial.query(number)
        if got is None or question.limit:
            continue
        for name in list(unnoticed):
            rows, unsure = trial.expected(mutants[name], question)
            if {row.key for row in rows} - unsure != set(got) - unsure:
                unnoticed.discard(name)
        if not unnoticed:
            break
    for format in FORMATS:
        _, records, _ = formats.answer(trial.run, KEEPS_ALL, ["query"], format, trial.folder)
        rows = [row for row in trial.rows if row.status == 0]
        if formats.compare(format, records, rows):
            unnoticed.add(f"{format}: a right answer is taken for wrong")
        if not formats.compare(format, records[1:], rows):
            unnoticed.add(f"{format}: a missing record")
        if not formats.compare(format, records, rows[1:]):
            unnoticed.add(f"{format}: a record too much")
        if format != "table" and not formats.compare(format, records + records[:1], rows):
            unnoticed.add(f"{format}: a record twice")
        for field in records[0]:
            changed = copy.deepcopy(records)
            full = next((r for r in changed if r[field] is not None), None)
            if full is None:
                continue
            full[field] = full[field] + (1e-6 if field in ("lon", "lat") else 1) \
                if isinstance(full[field], (int, float)) else full[field] + "x"
            if not formats.compare(format, changed, rows):
                unnoticed.add(f"{format}: a wrong {field}")
    return sorted(unnoticed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("gpsindex")
    parser.add_argument("--count", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="gpsindex-answers-")
    try:
        trial = Trial(options.gpsindex, folder, options.seed, options.quick)
        if options.self_test:
            unnoticed = self_test(trial, 1500)
            for name in unnoticed:
                print(f"UNNOTICED {name}")
            print(f"self-test: {len(unnoticed)} of {len(reference.MUTANTS)} rules and all fields unnoticed, "
                  f"{trial.faults} differences in {trial.counts['queries']} queries")
            return bool(unnoticed or trial.faults)
        for number in range(options.count):
            trial.query(number)
            if trial.faults > 30:
                break
        print(", ".join(f"{name} {count}" for name, count in sorted(trial.counts.items())))
        print(f"{trial.counts['queries']} queries of seed {options.seed} on {len(trial.rows)} photos: {trial.faults} differences")
        return bool(trial.faults)
    finally:
        shutil.rmtree(os.fsencode(folder))


if __name__ == "__main__":
    sys.exit(main())
