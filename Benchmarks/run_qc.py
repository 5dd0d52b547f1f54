"""Measures gpsindex qc: 1,375 photos and a million, time and memory of whole processes; and that it opens no socket.

    python3 Benchmarks/run_qc.py --bin .build/release --data out/bench-qc      # make bench-qc

Exits with 1 when a figure is above its limit.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("--bin", required=True)
parser.add_argument("--data", required=True)
parser.add_argument("--rounds", type=int, default=15)
options = parser.parse_args()
failures = 0


def index(sites):
    path = os.path.join(options.data, f"survey-{sites}.gpkg")
    if not os.path.exists(path):
        os.makedirs(options.data, exist_ok=True)
        subprocess.run(
            [f"{options.bin}/index-generator", path, "--sites", str(sites), "--survey"], check=True, stdout=subprocess.DEVNULL
        )
    return path


def run(words):
    """Seconds and MiB of a process."""
    start = time.monotonic()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):
        sys.exit(f"{' '.join(words)} ends with {process.returncode}")
    return time.monotonic() - start, usage.ru_maxrss / 1024


def measure(name, words, rounds, seconds, mebibytes):
    global failures
    runs = [run(words) for _ in range(rounds)]
    took, memory = statistics.median(r[0] for r in runs), max(r[1] for r in runs)
    is_good = took <= seconds and memory <= mebibytes
    failures += not is_good
    print(
        f"{'ok  ' if is_good else 'FAIL'} {name}: median {1000 * took:.0f} ms of {rounds}"
        f" (limit {1000 * seconds:.0f}), {memory:.0f} MiB (limit {mebibytes})"
    )


gpsindex = f"{options.bin}/gpsindex"
small, large = index(1), index(728)
with tempfile.TemporaryDirectory() as folder:
    measure("1,375 photos, table", [gpsindex, "qc", "--index", small], options.rounds, 0.1, 150)
    measure(
        "1,375 photos, report and footprints",
        [gpsindex, "qc", "--index", small, "--report", f"{folder}/a.html", "--footprints", f"{folder}/a.geojson"],
        options.rounds, 0.2, 150,
    )
    measure("1,001,000 photos, table", [gpsindex, "qc", "--index", large], max(3, options.rounds // 5), 5, 150)
trace = subprocess.run(
    ["strace", "-f", "-e", "trace=network", gpsindex, "qc", "--index", small], capture_output=True, text=True
).stderr
sockets = [line for line in trace.splitlines() if "socket(" in line or "connect(" in line]
failures += bool(sockets)
print(f"{'FAIL' if sockets else 'ok  '} sockets: {len(sockets)}")
sys.exit(1 if failures else 0)
