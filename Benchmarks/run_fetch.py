#!/usr/bin/env python3
"""Measures `gpsindex fetch` beside rsync, sftp, rclone and lftp.

Everything runs on 127.0.0.1: a private sshd, a link simulator before it (delay and rate, no loss, unlimited bytes in
flight), photos with random content behind it. On every link the programs take turns; medians are quoted. Every file that
gpsindex fetches is compared with its source. Writes OUT/bench-fetch.md and OUT/bench-fetch.json.
"""

import argparse
import filecmp
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from run_first import line_of

LARGE, SMALL = (40, 6_000_000), (1375, 100_000)
LINKS = [(20, 200), (50, 200), (100, 200), (200, 200)]
TITLES = {
    "gpsindex": "`gpsindex fetch`", "rsync": "rsync -a -e ssh", "sftp": "sftp -r", "rclone4": "rclone copy, 4 transfers",
    "rclone16": "rclone copy, 16 transfers", "lftp": "lftp mirror -P4",
}


def measured(command, **more):
    """Seconds, output and highest memory (KiB) of a program that must succeed."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
    out, errors = [], []
    readers = [threading.Thread(target=lambda p, l: l.append(p.read()), args=pair)
               for pair in ((process.stdout, out), (process.stderr, errors))]
    for reader in readers:
        reader.start()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    for reader in readers:
        reader.join()
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\n{out[0][-2000:]}\n{errors[0][-2000:]}")
    return seconds, out[0].decode(), usage.ru_maxrss


def fill(root):
    """Random bytes behind the heads of sparse photos; their times stay."""
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            facts = os.stat(path)
            if facts.st_size > 65_536:
                with open(path, "r+b") as file:
                    file.seek(65_536)
                    file.write(os.urandom(facts.st_size - 65_536))
            os.utime(path, (facts.st_atime, facts.st_mtime))


def size_of(root):
    return sum(os.path.getsize(os.path.join(f, n)) for f, _, names in os.walk(root) for n in names)


def same(one, two):
    pairs = filecmp.dircmp(one, two)
    if pairs.left_only or pairs.right_only or pairs.funny_files:
        return False
    _, differ, errors = filecmp.cmpfiles(one, two, pairs.common_files, shallow=False)
    return not differ and not errors and all(same(os.path.join(one, d), os.path.join(two, d)) for d in pairs.common_dirs)


class Bench:
    def __init__(self, given, work):
        self.given, self.work = given, work
        self.program = {n: os.path.join(given.bin, n) for n in
                        ("gpsindex", "site-generator", "private-sshd", "link-simulator")}
        self.server, line = line_of([self.program["private-sshd"]])
        self.facts = json.loads(line)
        self.cipher = "aes128-ctr"
        self.sites = {}

    def site(self, name):
        """The root of a tree, its index and its bytes."""
        if name not in self.sites:
            photos, size = LARGE if name == "large" else SMALL
            root = os.path.join(self.work, name)
            subprocess.run([self.program["site-generator"], "--out", root, "--photos", str(photos), "--folders", "4",
                            "--size", str(size)], check=True, stdout=subprocess.DEVNULL)
            fill(root)
            index = os.path.join(self.work, name + ".gpkg")
            measured([self.program["gpsindex"], "sync", root, "--index", index, "-q"])
            self.sites[name] = (root, index, size_of(root))
        return self.sites[name]

    def far(self, link):
        """A link simulator, and a known_hosts file for its port; the server's own port without a link."""
        rtt, mbit = link
        if not rtt and not mbit:
            return None, str(self.facts["port"]), self.facts["known_hosts"]
        command = [self.program["link-simulator"], "--target", str(self.facts["port"]), "--rtt", str(rtt)]
        process, line = line_of(command + (["--mbit", str(mbit)] if mbit else []))
        port = line.split()[-1]
        known = os.path.join(self.work, f"known_{port}")
        with open(self.facts["known_hosts"]) as file, open(known, "w") as out:
            out.write(file.read().replace(f"]:{self.facts['port']}", f"]:{port}"))
        return process, port, known

    def index_for(self, name, port):
        """The site's index, with its location at this port: `fetch` needs no other change."""
        root, index, _ = self.site(name)
        moved = os.path.join(self.work, f"{name}-{port}.gpkg")
        shutil.copy(index, moved)
        place = f"sftp://{self.facts['user']}@127.0.0.1:{port}{root}"
        subprocess.run(["sqlite3", moved, f"UPDATE site SET location = '{place}'"], check=True)
        return moved

    def ours(self, name, port, known, more=()):
        """Seconds, report, memory and the time from the first bytes on."""
        root, _, _ = self.site(name)
        to = self.fresh()
        command = [self.program["gpsindex"], "fetch", "--to", to, "--site", name, "--index", self.index_for(name, port),
                   "--identity", self.facts["identity"], "--known-hosts", known, "--json", "-q", *more]
        seconds, text, memory = measured(command)
        report = json.loads(text)
        located = json.loads(subprocess.run(
            [self.program["gpsindex"], "query", "--count", "--json", "--index", self.site(name)[1]],
            capture_output=True, check=True).stdout)["count"]
        if report["fetched"] != located or report["failed"]:
            raise SystemExit(f"fetched {report['fetched']} of {located}: {text}")
        if not self.checked(root, to):
            raise SystemExit("a fetched file differs from its source")
        again = json.loads(measured(command)[1])
        if again["files_opened"] or again["connections"] or again["fetched"]:
            raise SystemExit("the second fetch opened files")
        return seconds, report, memory

    def checked(self, root, to):
        """Photos without a position are not selected: every fetched file is compared."""
        for folder, _, names in os.walk(to):
            for name in names:
                path = os.path.join(folder, name)
                if not filecmp.cmp(path, os.path.join(root, os.path.relpath(path, to)), shallow=False):
                    return False
        return True

    def fresh(self):
        to = os.path.join(self.work, "to")
        shutil.rmtree(to, ignore_errors=True)
        return to

    def peer(self, tool, name, port, known):
        root, _, _ = self.site(name)
        to = self.fresh()
        os.makedirs(to)
        user, key = self.facts["user"], self.facts["identity"]
        options = ["-F", "none", "-i", key, "-o", f"UserKnownHostsFile={known}", "-o", "BatchMode=yes", "-o",
                   f"Ciphers={self.cipher}", "-o", "MACs=hmac-sha2-256"]
        ssh = " ".join(["ssh", *options, "-p", port])
        if tool == "rsync":
            command = ["rsync", "-a", "-e", ssh, f"{user}@127.0.0.1:{root}/", to]
        elif tool == "sftp":
            command = ["sftp", "-q", "-r", "-p", *options, "-P", port, f"{user}@127.0.0.1:{root}", to]
        elif tool.startswith("rclone"):
            command = ["rclone", "copy", "--config", "/dev/null", "--transfers", tool[6:],
                       f":sftp,host=127.0.0.1,port={port},user={user},key_file={key},known_hosts_file={known},"
                       f"shell_type=none:{root}", to]
        else:
            script = (f"set sftp:connect-program '{' '.join(['ssh', '-a', '-x', *options, '-p', port])}'; "
                      f"open -u {user}, sftp://127.0.0.1:{port}; mirror -P4 {root} {to}; exit")
            command = ["lftp", "-c", script]
        return measured(command, env=dict(os.environ, HOME=self.work))[0]


def link_rows(bench, name, links, tools, rounds):
    results = []
    for link in links:
        process, port, known = bench.far(link)
        walls, report, memory = {}, None, 0
        try:
            for _ in range(rounds):
                for tool in tools:
                    if tool == "gpsindex":
                        seconds, report, used = bench.ours(name, port, known)
                        memory = max(memory, used)
                    else:
                        seconds = bench.peer(tool, name, port, known)
                    walls.setdefault(tool, []).append(seconds)
        finally:
            if process:
                process.send_signal(signal.SIGTERM)
                process.wait()
        results.append({"link": link, "seconds": walls, "report": report, "memory": memory,
                        "bytes": bench.site(name)[2]})
        print(name, link, {t: [round(s, 2) for s in w] for t, w in walls.items()}, f"{memory / 1024:.0f} MiB",
              file=sys.stderr, flush=True)
    return results


def name_of(link):
    rtt, mbit = link
    return f"{rtt} ms" if mbit or rtt else "loopback"


def table(title, results):
    lines = [f"| {title} | " + " | ".join(name_of(r["link"]) for r in results) + " |", "|---" * (len(results) + 1) + "|"]
    for tool, words in TITLES.items():
        if tool in results[0]["seconds"]:
            lines.append(f"| {words} | " + " | ".join(
                f"{statistics.median(r['seconds'][tool]):.1f}" if r["link"][1] else
                f"{statistics.median(r['seconds'][tool]):.2f}" for r in results) + " |")
    if results[0]["link"][1]:
        lines.append("| share of the link, login included | " + " | ".join(
            f"{100 * r['bytes'] * 8 / r['link'][1] / 1e6 / statistics.median(r['seconds']['gpsindex']):.0f} %"
            for r in results) + " |")
    lines.append("| memory of gpsindex, MiB | " + " | ".join(f"{r['memory'] / 1024:.0f}" for r in results) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--out", default="out")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--links", help="round trips in ms, such as 50,100")
    parser.add_argument("--tools", default=",".join(TITLES))
    parser.add_argument("--parts", default="large,small,loopback")
    given = parser.parse_args()
    os.makedirs(given.out, exist_ok=True)
    links = [(int(r), 200) for r in given.links.split(",")] if given.links else LINKS
    tools = given.tools.split(",")
    parts = given.parts.split(",")
    texts, data = [], []
    with tempfile.TemporaryDirectory(prefix="gpsindex-bench-") as work:
        bench = Bench(given, work)
        try:
            if "large" in parts:
                rows = link_rows(bench, "large", links, tools, given.rounds)
                texts.append(table("240 MB in 40 files, 200 Mbit/s: seconds", rows))
                data += rows
            if "small" in parts:
                # The others take minutes: one round.
                rows = link_rows(bench, "small", [(50, 200)], [t for t in tools if t in ("gpsindex", "rsync")],
                                 given.rounds)
                texts.append(table("1,375 files of 100 KB, 200 Mbit/s: seconds", rows))
                data += rows
            if "loopback" in parts:
                for name, words in (("large", "240 MB in 40 files"), ("small", "1,375 files of 100 KB")):
                    rows = link_rows(bench, name, [(0, None)], tools, max(3, given.rounds))
                    texts.append(table(f"{words}, no delay: seconds", rows))
                    data += rows
        finally:
            bench.server.send_signal(signal.SIGTERM)
            bench.server.wait()
    text = "\n".join(texts)
    print(text)
    with open(os.path.join(given.out, "bench-fetch.md"), "w") as file:
        file.write(text)
    with open(os.path.join(given.out, "bench-fetch.json"), "w") as file:
        json.dump(data, file, indent=1)


if __name__ == "__main__":
    main()
