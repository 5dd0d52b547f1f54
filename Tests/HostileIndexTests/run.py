#!/usr/bin/env python3
"""Every command on indexes that a stranger may have written: run.py --programs FOLDER [--seed N] [--commands N] [--only NAME].

Passed is a command that ends by itself with an exit code of the table, without a signal, within its processor time and
memory. A sync, a verify and a server that get SIGTERM end as well. The variants of variants.py come first, each with all
commands; random ones follow until there are as many commands as asked for.
"""
import argparse
import concurrent.futures
import http.client
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(__file__))
import photos
import variants

CODES = {0, 1, 3, 64, 65, 66, 69, 74, 75, 76, 77, 78}
# Seconds of processor time, and MiB: a debug build needs the most of both for texts of 60 MB.
MOST_SECONDS = 20
MOST_MEMORY = 900
FORMATS = ["json", "jsonl", "geojson", "geojsonseq", "csv", "gpx", "kml", "kmz", "html", "table"]

READING = (
    [["query", "-f", f] for f in FORMATS]
    + [["query", "--missing", "-f", f] for f in ["json", "csv"]]
    + [["export", "-f", f, "-o", "OUT"] for f in FORMATS[:7]]
    + [["export", "-o", "OUT.gpkg"], ["export", "--bbox", "10,47,12,49", "-o", "OUT.gpkg"]]
    + [["query", *filter, "-f", "jsonl"] for filter in [
        ["--bbox", "-180,-90,180,90"], ["--near", "11,48", "--radius", "5km"], ["--since", "2024-05-01"], ["--folder", "**"],
        ["--site", "p"], ["--alt", "0..1000"], ["--limit", "3"]]]
    + [["query", "--count"], ["query", "--3d", "-f", "geojson"], ["query", "--3d", "-f", "kml"]]
    + [["folders", "-f", f] for f in ["table", "json", "geojson", "csv"]]
    + [["folders", "--bbox", "-180,-90,180,90", "-f", "json"]]
    + [["problems"], ["problems", "--counts", "-f", "json"], ["show", "P4.jpg"], ["show", "P4.jpg", "--json"], ["status"],
       ["status", "--json"], ["site", "list"], ["site", "list", "--json"], ["config"], ["doctor"], ["check"],
       ["check", "--json"], ["sync", "--dry-run"], ["verify", "p", "--json"], ["site", "test", "p"]])
# In this order, and last: they change the index.
WRITING = [["sync"], ["sync", "--json", "--full"], ["query", "-f", "json"], ["check"], ["site", "remove", "-y", "p"], ["serve"]]
REQUESTS = [
    "/", "/collections/photos/items?limit=5", "/collections/folders/items", "/collections/tracks/items", "/collections",
    "/collections/photos/items/1", "/map/points", "/map/folders", "/map/photo/1", "/map/download?f=csv", "/map/config"]


class Run:
    def __init__(self, options, work):
        self.options, self.work = options, work
        self.failures, self.count, self.codes = [], 0, {}
        self.lock = threading.Lock()
        self.site = os.path.join(work, "p")
        photos.tree(self.site)
        self.base = os.path.join(work, "base.gpkg")
        done = subprocess.run([self.program, "sync", "--quiet", self.site], env=self.environment(self.base), timeout=120)
        assert done.returncode == 0, "the good index could not be made"

    @property
    def program(self):
        return os.path.join(self.options.programs, "gpsindex")

    def environment(self, index):
        home = os.path.join(self.work, "home")
        os.makedirs(home, exist_ok=True)
        return {"PATH": "/usr/bin:/bin", "HOME": home, "GPSINDEX_INDEX": index, "LC_ALL": "C.UTF-8", "TMPDIR": self.work,
                "SWIFT_BACKTRACE": "enable=no"}

    def index(self, name, statements):
        folder = os.path.join(self.work, name)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        index = os.path.join(folder, "index.gpkg")
        shutil.copy(self.base, index)
        if isinstance(statements, int):
            with open(self.base, "rb") as file:
                data = variants.spoilt(file.read(), statements)
            with open(index, "wb") as file:
                file.write(data)
            return index
        connection = sqlite3.connect(index, isolation_level=None)
        for function in ["ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"]:
            connection.create_function(function, 1, lambda blob: 0)
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA writable_schema = ON")
        for statement in statements:
            try:
                connection.execute(statement)
            except sqlite3.Error as error:
                if name in variants.FIXED:
                    self.fail(name, statement[:80], f"the variant cannot be made: {error}")
        try:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error:
            pass
        connection.close()
        return index

    def fail(self, name, command, why):
        with self.lock:
            self.failures.append((name, command, why))
            print(f"FAILED {name}: {' '.join(command) if isinstance(command, list) else command}: {why}", flush=True)

    def command(self, name, index, command, stop_after=None):
        """One command; with `stop_after`, SIGTERM comes so many seconds later."""
        folder = os.path.dirname(index)
        words = [word.replace("OUT", os.path.join(folder, "out")) for word in command]

        def limit():
            resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS + 5))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 30, 4 << 30))

        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                [self.program, *words], env=self.environment(index), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=errors, preexec_fn=limit, cwd=folder)
            stopped = threading.Event()
            if stop_after is not None:
                timer = threading.Timer(stop_after, lambda: (stopped.set(), process.send_signal(signal.SIGTERM)))
                timer.start()
            killer = threading.Timer(300, process.kill)
            killer.start()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            killer.cancel()
            if stop_after is not None:
                timer.cancel()
            errors.seek(0)
            text = errors.read(300)
        code, seconds, memory = process.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024
        with self.lock:
            self.count += 1
            self.codes[code] = self.codes.get(code, 0) + 1
        allowed = CODES | ({130, 143, -signal.SIGTERM} if stopped.is_set() else set())
        if code not in allowed:
            self.fail(name, command, f"ended with {code} after {seconds:.1f} s: {text!r}")
        if memory > MOST_MEMORY:
            self.fail(name, command, f"took {memory} MiB")
        if stop_after is not None and seconds > stop_after + 5:
            self.fail(name, command, f"took {seconds:.1f} s of processor time after SIGTERM")

    def serve(self, name, index):
        """The map server and some requests; it must be alive behind them, and end by SIGTERM."""
        process = subprocess.Popen(
            [self.program, "serve", "--listen", "127.0.0.1:0", "--quiet"], env=self.environment(index),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        address = process.stdout.readline().strip()
        sent = 0
        if address:
            root, _, token = address.partition("/#")
            token = token.rpartition("=")[2]
            for path in REQUESTS:
                request = urllib.request.Request(root + path, headers={"Authorization": f"Bearer {token}"})
                try:
                    with urllib.request.urlopen(request, timeout=120) as answer:
                        for _ in iter(lambda: answer.read(1 << 16), b""):
                            pass
                except urllib.error.HTTPError as error:
                    error.close()
                except http.client.IncompleteRead:
                    # The index turned out to be damaged in the middle of an answer.
                    pass
                except Exception as error:
                    if process.poll() is None:
                        self.fail(name, ["serve", path], repr(error))
                sent += 1
                if process.poll() is not None:
                    self.fail(name, ["serve", path], f"the server ended with {process.returncode}")
                    break
            process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            self.fail(name, ["serve"], "deaf to SIGTERM")
        process.stdout.close()
        if not address and process.returncode not in CODES:
            self.fail(name, ["serve"], f"ended with {process.returncode}")
        with self.lock:
            self.count += 1 + sent

    def variant(self, name, statements, commands):
        index = self.index(name, statements)
        for command in commands:
            if self.options.most and self.count >= self.options.most:
                break
            if command == ["serve"]:
                if self.options.map:
                    self.serve(name, index)
            else:
                self.command(name, index, command)
        shutil.rmtree(os.path.dirname(index), ignore_errors=True)

    def stops(self):
        """SIGTERM in the middle of statements that would go on for long."""
        for name in ["trigger-site", "trigger-photos", "check-endless"]:
            for command in [["sync"], ["sync", "--full"], ["verify", "p"], ["check"]]:
                index = self.index(name + "-stop", variants.FIXED[name])
                self.command(name, index, command, stop_after=0.3)
                shutil.rmtree(os.path.dirname(index), ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", required=True, help="folder of gpsindex and gpsindex-map")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--commands", type=int, default=2200, help="at least so many")
    parser.add_argument("--most", type=int, default=0, help="at most so many, of a mixture (0: no bound)")
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    options.map = os.access(os.path.join(options.programs, "gpsindex-map"), os.X_OK) and not options.most
    options.programs = os.path.abspath(options.programs)
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gpsindex-hostile-") as work:
        run = Run(options, work)
        everything = READING + WRITING
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            if options.only:
                names = [name for name in options.only.split(",")]
                jobs = [pool.submit(run.variant, name, variants.FIXED[name], everything) for name in names]
            elif options.most:
                # Few of many: other commands for each variant.
                jobs = []
                share = max(1, options.most // len(variants.FIXED) + 1)
                for number, name in enumerate(variants.FIXED):
                    commands = [everything[(number * 7 + k * 11 + options.seed) % len(everything)] for k in range(share)]
                    jobs.append(pool.submit(run.variant, name, variants.FIXED[name], commands))
            else:
                jobs = [pool.submit(run.variant, name, sql, everything) for name, sql in variants.FIXED.items()]
                jobs.append(pool.submit(run.stops))
            for job in jobs:
                job.result()
            seed = options.seed * 1_000_000
            while not options.only and not options.most and (run.count < options.commands or seed % 1_000_000 < 20):
                pair = [(f"scattered-{seed}", variants.scattered(seed)), (f"spoilt-{seed}", seed)]
                for job in [pool.submit(run.variant, name, made, everything) for name, made in pair]:
                    job.result()
                seed += 1
    codes = json.dumps(dict(sorted(run.codes.items())))
    print(f"{run.count} commands on hostile indexes, {len(run.failures)} failures, seed {options.seed}, "
          f"{time.monotonic() - start:.0f} s; exit codes {codes}")
    if run.count == 0:
        sys.exit("no command was run")
    sys.exit(bool(run.failures))


if __name__ == "__main__":
    main()
