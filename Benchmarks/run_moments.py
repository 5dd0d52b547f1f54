#!/usr/bin/env python3
"""Measures the steps of one first sync of the reference site at 50 ms round trip.

strace notes when the program sends, receives and commits; what it sends in which order is known until the first SFTP
request. Medians of some runs. Writes OUT/bench-moments.md.
"""

import argparse
import os
import re
import signal
import statistics
import subprocess
import tempfile

from run_big import Big
from run_first import line_of

# The messages of a login with a key, in order.
SENDS = ["TCP connection made (the simulated link answers later): own first line sent",
         "server's first line: own KEXINIT sent", "server's KEXINIT: own half of the key exchange sent", None,
         "server's half, host key checked: “ssh-userauth” asked for", "granted: public key shown",
         "key wanted: signature sent", "logged in: channel asked for", "channel open: SFTP asked for",
         "SFTP runs and takes data: the root's listing asked for"]
CALLS = "execve,connect,sendto,recvfrom,fdatasync,shutdown,exit_group"
LINE = re.compile(r"^\d+\s+(\d+\.\d+) (?:<\.\.\. )?(\w+)(.*?)(?:= (-?\d+).*)?$")


def moments(file):
    """Milliseconds since the program's start, by name, in order."""
    calls, first = [], None
    for line in file:
        match = LINE.match(line)
        if not match:
            continue
        first = first or float(match[1])
        calls.append((1000 * (float(match[1]) - first), match[2], match[3], int(match[4] or -1)))
    place = next(i for i, call in enumerate(calls) if call[1] == "connect" and "AF_INET" in call[2])
    found = {"index open, configuration asked of `ssh -G`: TCP connection begun": calls[place][0]}
    sends = [call for call in calls[place:] if call[1] == "sendto"]
    for name, call in zip(SENDS, sends):
        if name:
            found[name] = call[0]
    asked = sends[len(SENDS) - 1][0]
    received = [call for call in calls if call[1] == "recvfrom" and call[3] > 0 and call[0] > asked]
    total, so_far = sum(call[3] for call in received), 0
    found["the root is listed"] = received[0][0]
    for call in received:
        so_far += call[3]
        for part, name in ((0.1, "a tenth of all bytes is here (three levels of folders)"), (0.5, "half of them")):
            if so_far >= part * total:
                found.setdefault(name, call[0])
    found["all of them"] = received[-1][0]
    found["last commit and copy of the log on disk"] = max(call[0] for call in calls if call[1] == "fdatasync")
    found["connection shut, no answer waited for"] = next(c[0] for c in calls if c[1] == "shutdown")
    found["the end"] = [call[0] for call in calls if call[1] == "exit_group"][-1]
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--out", default="out")
    parser.add_argument("--runs", type=int, default=7)
    given = parser.parse_args()
    os.makedirs(given.out, exist_ok=True)
    runs = []
    with tempfile.TemporaryDirectory(prefix="gpsindex-bench-") as work:
        big = Big(given, work)
        link, line = line_of([big.program["link-simulator"], "--target", str(big.facts["port"]), "--rtt", "50"])
        port = line.split()[-1]
        try:
            site, trace, known = (os.path.join(work, name) for name in ("site", "trace", "known_hosts"))
            subprocess.run([big.program["site-generator"], "--out", site], check=True, stdout=subprocess.DEVNULL)
            with open(big.facts["known_hosts"]) as file, open(known, "w") as out:
                out.write(file.read().replace(f"]:{big.facts['port']}", f"]:{port}"))
            for number in range(given.runs):
                tail = ["--index", os.path.join(work, f"{number}.gpkg"), "-q"]
                subprocess.run([big.program["gpsindex"], "site", "add", "bench",
                                f"sftp://{big.facts['user']}@127.0.0.1:{port}{site}", "--identity",
                                big.facts["identity"], "--known-hosts", known, *tail], check=True)
                subprocess.run(["strace", "-f", "--seccomp-bpf", "-ttt", "-e", f"trace={CALLS}", "-o", trace,
                                big.program["gpsindex"], "sync", "bench", *tail], check=True)
                with open(trace) as file:
                    runs.append(moments(file))
        finally:
            for process in (link, big.server):
                process.send_signal(signal.SIGTERM)
                process.wait()
    rows = ["| moment | ms | since the one before |", "|---|---|---|"]
    before = 0
    for name in runs[0]:
        at = statistics.median(run[name] for run in runs)
        rows.append(f"| {name} | {at:.0f} | {at - before:.0f} |")
        before = at
    text = "\n".join(rows) + "\n"
    print(text)
    with open(os.path.join(given.out, "bench-moments.md"), "w") as file:
        file.write(text)


if __name__ == "__main__":
    main()
