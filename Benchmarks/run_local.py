#!/usr/bin/env python3
"""Measures local folders (`make bench-local`): syncs of many small photos, with a warm and a cold cache, beside exiftool and
exiv2 on a part of them; and one folder with very many photos: first sync, bytes written, export.

Programs run in turns in each round. Processor time, peak memory and bytes written are the kernel's figures of each process.
Bytes written count all writes of the process, also those that never reach the disk. A cold cache needs root: without it,
those lines are left out. Writes OUT/bench-local.md.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("--bin", required=True, type=pathlib.Path, help="folder of the programs")
parser.add_argument("--photos", type=int, default=50_000, help="small photos in --folders folders")
parser.add_argument("--folders", type=int, default=50)
parser.add_argument("--one-folder", type=int, default=200_000, help="small photos in one folder; 0: not measured")
parser.add_argument("--own", type=pathlib.Path, help="also a folder of your own photos")
parser.add_argument("--peer-photos", type=int, default=2_000, help="photos that exiftool and exiv2 read")
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--old", type=pathlib.Path, help="folder of an older gpsindex, measured beside this one")
parser.add_argument("--out", default=pathlib.Path("out"), type=pathlib.Path)
given = parser.parse_args()

CACHES = pathlib.Path("/proc/sys/vm/drop_caches")
PEERS = {
    "exiftool -fast2 -r -csv": ["exiftool", "-fast2", "-r", "-q", "-csv", "-n", "-GPSLatitude", "-GPSLongitude"],
    "exiv2 -g": ["exiv2", "-q", "-g", "Exif.GPSInfo", "pr"],
}


class Run:
    """One process: seconds, processor seconds, peak MiB, bytes passed to write(2)."""

    def __init__(self, command, env, fails=False):
        before = time.monotonic()
        self.peak = 0
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen([str(word) for word in command], env=env, stdout=subprocess.DEVNULL,
                                       stderr=errors)
            # Until it is waited for, /proc still shows what a finished process has written.
            while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
                self.peak = max(self.peak, peak(process.pid))
                time.sleep(0.005)
            self.seconds = time.monotonic() - before
            errors.seek(0)
            text = errors.read().decode()
        self.written = written(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0 and not fails:
            raise SystemExit(f"{' '.join(map(str, command))}: {process.returncode}\n{text}")
        self.processor = usage.ru_utime + usage.ru_stime


def peak(pid):
    """MiB; what wait4 states begins with the memory of this script."""
    try:
        with open(f"/proc/{pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:")) / 1024
    except (OSError, StopIteration):
        return 0


def written(pid):
    try:
        with open(f"/proc/{pid}/io") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("wchar:"))
    except (OSError, StopIteration):
        return 0


def drop_caches():
    os.sync()
    CACHES.write_text("3\n")


def can_drop_caches():
    try:
        drop_caches()
        return True
    except OSError:
        return False


class Bench:
    def __init__(self, work):
        self.work = work
        self.runs = {}
        self.lines = []
        self.programs = {"gpsindex": given.bin / "gpsindex"}
        if given.old:
            self.programs["old gpsindex"] = given.old / "gpsindex"

    def site(self, name, photos, folders):
        path = self.work / name
        subprocess.run([given.bin / "site-generator", "--out", path, "--layout", "small", "--size", "0",
                        "--folders", str(folders), "--photos", str(photos)], check=True, stdout=subprocess.DEVNULL)
        return path

    def environment(self, label):
        home = self.work / "home"
        home.mkdir(exist_ok=True)
        return {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8",
                "GPSINDEX_INDEX": str(self.work / f"{label.replace(' ', '-')}.gpkg")}

    def note(self, task, program, photos, run):
        self.runs.setdefault((task, program, photos), []).append(run)

    def warm_up(self, folder):
        """The first run after a cold one costs the kernel twice as much, whichever program it is."""
        Run([given.bin / "gpsindex", "sync", folder, "--progress", "none", "--quiet"], self.environment("warm-up"))
        for path in self.work.glob("warm-up.gpkg*"):
            path.unlink()

    def syncs(self, task, folder, photos, cold=False):
        for label, program in self.programs.items():
            env = self.environment(label)
            for suffix in ("", "-wal", "-shm"):
                pathlib.Path(env["GPSINDEX_INDEX"] + suffix).unlink(missing_ok=True)
            sync = [program, "sync", folder, "--progress", "none", "--quiet"]
            for kind in ("first sync", "unchanged re-scan"):
                if cold:
                    drop_caches()
                self.note(f"{task}, {kind}", label, photos, Run(sync, env))

    def peers(self, task, folder, cold=False):
        files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))
        part = self.work / f"part-{folder.name}"
        if not part.exists():
            part.mkdir()
            for number, path in enumerate(files[: given.peer_photos]):
                shutil.copy2(path, part / f"{number}.jpg")
        photos = sorted(part.iterdir())
        for label, command in PEERS.items():
            if shutil.which(command[0]) is None:
                continue
            if cold:
                drop_caches()
            names = [part] if command[0] == "exiftool" else photos
            self.note(f"{task}, part", label, len(photos), Run(command + names, self.environment("peer"), fails=True))

    def table(self):
        lines = ["| folder | program | photos | seconds | photos/s | µs CPU per photo | MiB | MB written |",
                 "|---|---|---|---|---|---|---|---|"]
        for (task, program, photos), runs in self.runs.items():
            def median(of):
                return statistics.median(of(run) for run in runs)
            seconds = median(lambda run: run.seconds)
            lines.append(
                f"| {task} | {program} | {photos:,} | {seconds:.2f} | {photos / seconds:,.0f} "
                f"| {median(lambda run: run.processor) / photos * 1e6:.1f} | {median(lambda run: run.peak):.0f} "
                f"| {median(lambda run: run.written) / 1e6:.1f} |")
        return lines


def main():
    with tempfile.TemporaryDirectory(prefix="gpsindex-local-", dir=os.environ.get("TMPDIR")) as folder:
        bench = Bench(pathlib.Path(folder))
        sites = [(f"{given.photos:,} small photos", bench.site("small", given.photos, given.folders), given.photos)]
        if given.own:
            count = sum(1 for path in given.own.rglob("*") if path.is_file())
            sites.append((str(given.own.name), given.own, count))
        single = bench.site("single", given.one_folder, 1) if given.one_folder else None
        time.sleep(3)  # Photos of the last two seconds would be read again.
        cold = can_drop_caches()
        for _ in range(given.rounds):
            for name, path, count in sites:
                if cold:
                    bench.syncs(f"{name}, cold", path, count, cold=True)
                    bench.peers(f"{name}, cold", path, cold=True)
                bench.warm_up(path)
                bench.syncs(f"{name}, warm", path, count)
                bench.peers(f"{name}, warm", path)
            if single:
                bench.warm_up(single)
                bench.syncs("one folder, warm", single, given.one_folder)
                for label, program in bench.programs.items():
                    export = [program, "export", "-o", bench.work / "all.geojson", "--quiet"]
                    bench.note("one folder, export as GeoJSON", label, given.one_folder,
                               Run(export, bench.environment(label)))
        text = "\n".join([f"Medians of {given.rounds} interleaved rounds."
                          + ("" if cold else " No cold cache: that needs root."), "", *bench.table()]) + "\n"
        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / "bench-local.md").write_text(text)
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
