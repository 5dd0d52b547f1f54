#!/usr/bin/env python3
"""Logs in and syncs at SFTP servers of other vendors: run.py BIN [--python PYTHON] [--only NAME,…] [--quick] [--write FILE].

BIN has gpsindex, site-generator and link-simulator. PYTHON has asyncssh, paramiko and twisted (requirements.txt). A server
that is not installed is left out, and at least one must be there. Each runs on 127.0.0.1 in a temporary folder and ends
with this program.

Keys: each type of key, in a file, with a passphrase and in an agent. What `sftp` logs in with must work. Sites: add, sync
twice at each round-trip time, verify, test and doctor. Every row of the index must equal that of a local sync of the same
tree, and the second sync must open no file. Prints tables; ends with 1 when something failed.
"""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import servers

PHRASE = "a phrase of its own"
TYPES = {"Ed25519": ["ed25519"], "ECDSA 256": ["ecdsa", "-b", "256"], "ECDSA 384": ["ecdsa", "-b", "384"],
         "ECDSA 521": ["ecdsa", "-b", "521"], "RSA 2048": ["rsa", "-b", "2048"], "RSA 4096": ["rsa", "-b", "4096"]}
WAYS = ["file", "passphrase", "agent"]
# Keys that an agent offers; the stranger's are refused, and some servers hang up on them.
ORDERS = {"RSA stranger first": ["stranger RSA 2048", "Ed25519"],
          "Ed25519 stranger first": ["stranger Ed25519", "RSA 2048"],
          "RSA first, both good": ["RSA 2048", "Ed25519"]}
QUICK = [("Ed25519", "file"), ("ECDSA 521", "file"), ("RSA 2048", "file"), ("RSA 2048", "passphrase"), ("RSA 2048", "agent")]
SMALL = ["--photos", "24", "--folders", "3"]


class Keys:
    """Who may log in, and who may not (the strangers)."""

    def __init__(self, folder, quick):
        self.folder = folder
        folder.mkdir()
        names = {kind for kind, _ in QUICK} if quick else set(TYPES)
        for kind in sorted(names | {"Ed25519", "RSA 2048"}):
            self.make(kind, kind, "")
            self.make(kind + " closed", kind, PHRASE)
        for kind in ["Ed25519", "RSA 2048"]:
            self.make("stranger " + kind, kind, "")
        self.allowed = [path for path in sorted(folder.glob("*.pub")) if not path.name.startswith("stranger")]
        self.ask = folder / "ask"
        self.ask.write_text(f"#!/bin/sh\necho '{PHRASE}'\n")
        self.ask.chmod(0o700)

    def make(self, name, kind, phrase):
        subprocess.run(["ssh-keygen", "-q", "-t", *TYPES[kind], "-N", phrase, "-C", "test", "-f", self.path(name)], check=True)

    def path(self, name):
        return str(self.folder / name.replace(" ", "_"))


@contextlib.contextmanager
def agent(folder, names, keys):
    """Its keys are offered in the order in which they were added."""
    path = str(folder / "agent")
    with servers.running(["ssh-agent", "-D", "-a", path], {}, folder / "agent.log"):
        environment = {**os.environ, "SSH_AUTH_SOCK": path}
        # 2: there is nobody yet (ssh-add(1)).
        while subprocess.run(["ssh-add", "-l"], env=environment, capture_output=True).returncode == 2:
            time.sleep(0.01)
        for name in names:
            subprocess.run(["ssh-add", "-q", keys.path(name)], env=environment, check=True)
        yield path
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


class Client:
    """One account's surroundings: home, index, known hosts."""

    def __init__(self, programs, folder, user, site):
        self.programs, self.folder, self.user, self.site = programs, folder, user, site
        self.home = folder / "client"
        self.fresh()

    def fresh(self):
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir()

    @property
    def index(self):
        return self.home / "index.gpkg"

    def run(self, *words, **variables):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "GPSINDEX_INDEX": str(self.index),
                       "USER": self.user, **variables}
        return subprocess.run([self.programs / "gpsindex", *map(str, words)], env=environment, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=300)

    def reach(self, port):
        return [f"sftp://{self.user}@127.0.0.1:{port}{self.site}", "--known-hosts", self.home / "known_hosts",
                "--accept-new", "--timeout", "10"]

    def sync(self, port, words, variables):
        """None, or why it failed."""
        self.fresh()
        run = self.run("sync", *self.reach(port), "--progress", "none", "--json", *words, **variables)
        if run.returncode:
            lines = [line for line in run.stderr.strip().splitlines() if "takes over" not in line]
            return lines[0] if lines else f"exit {run.returncode}"
        located = json.loads(run.stdout)["located"]
        return None if located == 24 else f"{located} of 24 photos"

    def sftp(self, port, words, variables):
        """Whether OpenSSH's sftp logs in and lists."""
        command = (
            ["sftp", "-q", "-b", "-", "-F", "/dev/null", "-P", str(port), "-o", "UserKnownHostsFile=/dev/null",
             "-o", "GlobalKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "ConnectTimeout=10", *words,
             f"{self.user}@127.0.0.1"])
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), **variables}
        try:
            run = subprocess.run(command, env=environment, capture_output=True, text=True,
                                 input=f"ls -1 \"{self.site}\"\n", timeout=60)
        except subprocess.TimeoutExpired:
            return False
        return run.returncode == 0


# MARK: Keys

def cases(quick):
    if quick:
        return QUICK + [("", order) for order in list(ORDERS)[:1]]
    return [(kind, way) for kind in TYPES for way in WAYS] + [("", order) for order in ORDERS] + [("RSA 2048", "compressed")]


def log_in(client, port, kind, way, keys):
    """What of gpsindex and sftp: a mark for the table, and why it failed."""
    def both(words, options, variables):
        why = client.sync(port, words, variables)
        works = client.sftp(port, options, variables)
        if why is None:
            return "ok", None
        return ("no", why) if works else ("–", None)
    if way in ORDERS or way == "agent":
        with agent(client.folder, ORDERS.get(way, [kind]), keys) as socket:
            return both([], ["-o", "BatchMode=yes"], {"SSH_AUTH_SOCK": socket})
    name = keys.path(kind + " closed" if way == "passphrase" else kind)
    options = ["-i", name, "-o", "IdentitiesOnly=yes"]
    variables = {}
    if way == "passphrase":
        # sftp -b sets BatchMode, which keeps ssh from asking; the first value counts.
        options = ["-o", "BatchMode=no", *options]
        variables = {"SSH_ASKPASS": str(keys.ask), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":none"}
    words = ["--identity", name] + (["--compression"] if way == "compressed" else [])
    return both(words, options, variables)


def try_keys(client, port, programs, keys, quick, failures, server):
    marks = []
    for kind, way in cases(quick):
        if way == "compressed":
            # Compression begins where the server's first line takes 20 ms.
            with servers.far_away(programs, port, 40) as far:
                mark, why = log_in(client, far, kind, way, keys)
        else:
            mark, why = log_in(client, port, kind, way, keys)
        marks.append(mark)
        if mark == "–" and not (server.only_ed25519 and kind != "Ed25519"):
            why = "sftp does not log in either"
        if why:
            failures.append(f"{server.name}, {kind} {way}: {why}")
    return marks


# MARK: Sites

def rows(index):
    """Every column but ids, which tell the order of writing, and what depends on the moment."""
    def ask(sql):
        return subprocess.run(["sqlite3", "-readonly", index, sql], capture_output=True, text=True, check=True).stdout

    def columns(table, *left):
        names = ask(f"SELECT name FROM pragma_table_info('{table}')").split()
        return ", ".join(f't."{name}"' for name in names if name not in left)
    photos = columns("photos", "fid", "folder_id", "racy", "seq", "first_seen_at")
    folders = columns("folders", "id", "site_id", "geom", "seq")
    return ask(f"""SELECT f.path, {photos} FROM photos t JOIN folders f ON f.id = t.folder_id ORDER BY f.path, t.file;
                   SELECT {folders} FROM folders t ORDER BY path""")


def seconds(client, *words):
    """Wall time and the answer of a sync."""
    begin = time.monotonic()
    run = client.run(*words, "--json", "-q")
    took = time.monotonic() - begin
    if run.returncode:
        raise RuntimeError(run.stderr.strip().splitlines()[0] if run.stderr.strip() else f"exit {run.returncode}")
    return took, json.loads(run.stdout)


def try_site(client, port, milliseconds, keys, expected, runs):
    """Medians of the first and the second sync; raises where something is wrong."""
    first, second = [], []
    for turn in range(runs):
        client.fresh()
        words = ["site", "add", "s", *client.reach(port), "--identity", keys.path("Ed25519"), "-q"]
        added = client.run(*words)
        if added.returncode:
            raise RuntimeError("site add: " + (added.stderr.strip().splitlines() or ["?"])[0])
        took, summary = seconds(client, "sync", "s")
        first.append(took)
        if rows(client.index) != expected:
            raise RuntimeError(f"rows differ from a local sync: {json.dumps(summary)[:200]}")
        took, summary = seconds(client, "sync", "s")
        second.append(took)
        if summary["files_opened"] or rows(client.index) != expected:
            raise RuntimeError(f"the second sync opened {summary['files_opened']} files")
        if turn or milliseconds:
            continue
        for words in [["verify", "s", "-q"], ["site", "test", "s", "-q"], ["doctor", "s"]]:
            run = client.run(*words)
            if run.returncode:
                raise RuntimeError(f"{words[0]}: {(run.stderr or run.stdout).strip().splitlines()[:1]}")
    return statistics.median(first), statistics.median(second)


# MARK: Report

HEAD = """# Servers

This page shows the SFTP servers that gpsindex was tried with, always without any option. `make test-servers` starts them on
127.0.0.1, runs everything below and writes the page. It needs Debian 12 and PyPI.

## Times

The reference site ({photos} photos) over a simulated link: seconds of wall time, median of {runs}. Every row of the index
equals a local sync of the same tree. The second sync opens no file. `site add`, `site test`, `verify` and `doctor` pass.

"""

FAILURES = """
## Failures

"""

KEYS = """
## Keys

Each key type is tried in a file, in a file with a passphrase, and in an agent, with gpsindex and with OpenSSH's `sftp`.

- **ok**: gpsindex logs in and reads all photos.
- **–**: `sftp` cannot log in either.
- **no**: only `sftp` logs in.

"RSA stranger first": an agent offers an unknown RSA key before a good Ed25519 key. "Compressed" has 40 ms round trip.

"""


def times_table(times, programs_times):
    lines = ["| server | first sync, 0 ms | second | first sync, 50 ms | second | × OpenSSH | notes |",
             "|---|---|---|---|---|---|---|"]
    base = programs_times.get(("OpenSSH", 50))
    for name, remark, found in times:
        cells = []
        for milliseconds in (0, 50):
            result = found.get(milliseconds)
            cells += [f"{value:.2f}" for value in result] if result else ["–", "–"]
        ratio = f"{found[50][0] / base[0]:.2f}" if base and found.get(50) else "–"
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {ratio} | {remark} |")
    return lines


def keys_table(table, quick):
    """One row per server; the ways of a key share a column."""
    columns = {}
    for place, (kind, way) in enumerate(cases(quick)):
        columns.setdefault(kind if way in WAYS else way.capitalize() if way == "compressed" else way, []).append(place)
    lines = ["| server | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name, marks in table:
        cells = []
        for places in columns.values():
            found = [marks[place] for place in places]
            cells.append(found[0] if len(set(found)) == 1 else ", ".join(found))
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("--python", default="/usr/bin/python3")
    parser.add_argument("--only", help="parts of the names of servers, with commas")
    parser.add_argument("--quick", action="store_true", help="few keys, a small site, 0 ms")
    parser.add_argument("--part", choices=["keys", "sites"])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--write", metavar="FILE", help="write the tables as a page")
    options = parser.parse_args()
    programs = pathlib.Path(options.bin).resolve()
    only = options.only.lower().split(",") if options.only else None
    marks, times, by_name, failures, missing = [], [], {}, [], []
    with tempfile.TemporaryDirectory(prefix="gpsindex-servers-") as root:
        root = pathlib.Path(root)
        root.chmod(0o755)
        small, large = root / "small", root / "large"
        subprocess.run([programs / "site-generator", "--out", small, *SMALL], check=True, capture_output=True)
        if not options.quick:
            subprocess.run([programs / "site-generator", "--out", large], check=True, capture_output=True)
        site = small if options.quick else large
        keys = Keys(root / "keys", options.quick)
        local = Client(programs, root, "local", site)
        added = local.run("site", "add", "s", site, "-q")
        assert added.returncode == 0, added.stderr
        _, summary = seconds(local, "sync", "s")
        expected = rows(local.index)
        assert summary["located"] and expected.count("\n") > summary["listed"]
        for number, server in enumerate(servers.servers(options.python)):
            if only and not any(part in server.name.lower() for part in only):
                continue
            if not server.is_installed:
                missing.append(server.name)
                continue
            folder = root / str(number)
            folder.mkdir()
            servers.prepare(folder, keys.allowed)
            port = servers.free_port()
            words, user, variables = server.command(folder, port)
            with servers.running(words, variables, folder / "server.log") as process:
                if not servers.answers(port, process):
                    log = (folder / "server.log").read_text(errors="replace")[-400:]
                    failures.append(f"{server.name}: does not start: {log}")
                    continue
                if options.part != "sites":
                    client = Client(programs, folder, user, small)
                    found = try_keys(client, port, programs, keys, options.quick, failures, server)
                    marks.append((server.name, found))
                    print(server.name, " ".join(found), flush=True)
                if options.part != "keys" and not server.is_variant:
                    client = Client(programs, folder, user, site)
                    found = {}
                    for milliseconds in [0] if options.quick else [0, 50]:
                        try:
                            with contextlib.ExitStack() as stack:
                                far = port
                                if milliseconds:
                                    far = stack.enter_context(servers.far_away(programs, port, milliseconds))
                                found[milliseconds] = try_site(
                                    client, far, milliseconds, keys, expected, 1 if options.quick else options.runs)
                        except (RuntimeError, subprocess.TimeoutExpired) as error:
                            failures.append(f"{server.name}, {milliseconds} ms: {error}")
                    times.append((server.name, server.remark, found))
                    for milliseconds, result in found.items():
                        by_name[server.name, milliseconds] = result
                    print(server.name, found, flush=True)
    page = []
    if times:
        page += times_table(times, by_name)
    if marks:
        page += KEYS.splitlines() + keys_table(marks, options.quick)
    print("\n".join(page))
    for line in failures:
        print("failed:", line)
    if missing:
        print("not installed: " + ", ".join(missing))
    if not marks and not times:
        print("no server is installed")
    if options.write and times and marks and not only:
        if failures:
            page += FAILURES.splitlines() + [f"- {line}" for line in failures]
        head = HEAD.format(photos=f"{summary['listed']:,}", runs=options.runs)
        pathlib.Path(options.write).write_text(head + "\n".join(page) + "\n")
    return 1 if failures or not (marks or times) else 0


if __name__ == "__main__":
    sys.exit(main())
