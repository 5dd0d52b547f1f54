#!/usr/bin/env python3
"""Logs in and syncs at SFTP servers of other vendors:
run.py BIN [--python PYTHON] [--newer ROOT] [--only NAME,…] [--part PART] [--keep FILE] [--quick] [--write FILE].

BIN has gpsindex, site-generator and link-simulator. PYTHON has asyncssh, paramiko and twisted (requirements.txt). ROOT is
the root folder of a newer Debian with its SSH servers. A server that is not installed is left out, and at least one must be
there. The parts of the page may be measured one by one: FILE of --keep has those of earlier runs. Each runs on 127.0.0.1 in a temporary folder and ends with this program.

Keys: each type of key, in a file, with a passphrase and in an agent. What `sftp` logs in with must work. Sites: add, sync
twice at each round-trip time, verify, test, doctor and fetch. Every row of the index must equal that of a local sync of the same
tree, and the second sync must open no file. Servers that fail: a message in time. Prints tables; ends with 1 when something
failed.
"""
import argparse
import contextlib
import filecmp
import getpass
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import failing
import page
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
        # On this machine; a server may show it under another name.
        self.source = site
        self.home = folder / "client"
        self.fresh()

    def fresh(self):
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir()

    @property
    def index(self):
        return self.home / "index.gpkg"

    def variables(self, more):
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), "GPSINDEX_INDEX": str(self.index), "USER": self.user, **more}

    def run(self, *words, **variables):
        return subprocess.run([self.programs / "gpsindex", *map(str, words)], env=self.variables(variables),
                              capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)

    def start(self, *words):
        return subprocess.Popen([self.programs / "gpsindex", *map(str, words)], env=self.variables({}),
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def reach(self, port, site=None, timeout=10):
        return [f"sftp://{self.user}@127.0.0.1:{port}{site or self.site}", "--known-hosts", self.home / "known_hosts",
                "--accept-new", "--timeout", str(timeout)]

    def sync(self, port, words, variables):
        """None, or why it failed."""
        self.fresh()
        self.remark = None
        run = self.run("sync", *self.reach(port), "--progress", "none", "--json", *words, **variables)
        self.remark = next((line for line in run.stderr.splitlines() if "takes over" in line), None)
        if run.returncode:
            lines = [line for line in run.stderr.strip().splitlines() if "takes over" not in line]
            return lines[0] if lines else f"exit {run.returncode}"
        located = json.loads(run.stdout)["located"]
        return None if located == 24 else f"{located} of 24 photos"

    def sftp(self, port, words, variables, batch=None):
        """Whether OpenSSH's sftp logs in and lists, or does what the batch says."""
        command = (
            ["sftp", "-q", *words, "-b", "-", "-F", "/dev/null", "-P", str(port), "-o", "UserKnownHostsFile=/dev/null",
             "-o", "GlobalKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "ConnectTimeout=10",
             f"{self.user}@127.0.0.1"])
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), **variables}
        try:
            run = subprocess.run(command, env=environment, capture_output=True, text=True,
                                 input=batch or f"ls -1 \"{self.site}\"\n", timeout=300 if batch else 60)
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
        # sftp -b sets BatchMode, which keeps ssh from asking; the first value counts, so this one stands before -b.
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


def shape_site(site, heads):
    """Dates some photos to an hour ago, and copies the first 4 KB of each."""
    photos = sorted(path for path in site.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))
    hour_ago = int(time.time()) - 3600
    for number, photo in enumerate(photos[-60:]):
        os.utime(photo, (hour_ago + number // 20,) * 2)
    for photo in photos:
        copy = heads / photo.relative_to(site)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(photo.open("rb").read(4096))


def sftp_seconds(client, port, milliseconds, keys, heads):
    """OpenSSH's sftp: all heads on loopback, one from far away; None where it fails."""
    target = client.home / "copied"
    target.mkdir()
    batch = f"get -r \"{heads}\" \"{target}\"\n"
    if milliseconds:
        one = min(path for path in heads.rglob("*") if path.is_file())
        batch = f"ls -1 \"{heads}\"\nget \"{one}\" \"{target}\"\n"
    begin = time.monotonic()
    works = client.sftp(port, ["-i", keys.path("Ed25519"), "-o", "IdentitiesOnly=yes"], {}, batch)
    took = time.monotonic() - begin
    copied = sum(path.is_file() for path in target.rglob("*"))
    wanted = 1 if milliseconds else sum(path.is_file() for path in heads.rglob("*"))
    return took if works and copied == wanted else None


def try_rewriting(client, port, keys, photos, folder):
    """A photo is replaced by another of the same size and time, as within the second of its reading."""
    folder.mkdir()
    folder.chmod(0o755)
    photo = folder / "a.jpg"
    # Servers show no time behind their clock's; what is dated ahead is never proved.
    ahead = int(time.time()) + 60
    client.fresh()
    places = []
    for source in photos:
        photo.write_bytes(source.open("rb").read(65_536).ljust(65_536, b"\0"))
        os.utime(photo, (ahead, ahead))
        seconds(client, "sync", *client.reach(port, folder), "--identity", keys.path("Ed25519"))
        places.append(subprocess.run(["sqlite3", "-readonly", client.index, "SELECT lat, lon FROM photos"],
                                     capture_output=True, text=True, check=True).stdout)
    if not places[0].strip() or places[0] == places[1]:
        raise RuntimeError(f"a rewritten photo was not noticed: {places}")


def add_site(client, port, keys):
    client.fresh()
    added = client.run("site", "add", "s", *client.reach(port), "--identity", keys.path("Ed25519"), "-q")
    if added.returncode:
        raise RuntimeError("site add: " + (added.stderr.strip().splitlines() or ["?"])[0])


def try_site(client, port, milliseconds, keys, expected, runs, reference, process):
    """Medians of the first and the second sync, of first syncs by `reference` between them, and of the server's processor
    time; raises where something is wrong."""
    first, second, others, processor = [], [], [], []
    for turn in range(runs):
        others.append(reference())
        add_site(client, port, keys)
        before = servers.processor_seconds(process.pid)
        took, summary = seconds(client, "sync", "s")
        first.append(took)
        processor.append(servers.processor_seconds(process.pid) - before)
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
    try_fetch(client)
    return {"first": statistics.median(first), "second": statistics.median(second), "openssh": statistics.median(others),
            "processor": statistics.median(processor)}


def try_fetch(client):
    """Some whole photos, compared byte for byte; the second fetch opens no file."""
    to = client.home / "fetched"
    words = ["fetch", "--site", "s", "--to", to, "--limit", "12"]
    _, summary = seconds(client, *words)
    found = [path for path in to.rglob("*") if path.is_file()]
    same = [path for path in found if filecmp.cmp(path, client.source / path.relative_to(to), shallow=False)]
    if summary["fetched"] != 12 or len(same) != len(found) or len(found) != 12:
        raise RuntimeError(f"fetch: {len(same)} of {len(found)} files equal: {json.dumps(summary)[:200]}")
    _, summary = seconds(client, *words)
    if summary["files_opened"] or summary["connections"] or summary["present"] != 12:
        raise RuntimeError(f"the second fetch opened {summary['files_opened']} files")
    shutil.rmtree(to)


@contextlib.contextmanager
def reference_syncs(programs, root, site, keys, python, is_quick):
    """Gives a function: the seconds of a first sync at OpenSSH, 50 ms away."""
    openssh = next(servers.servers(python))
    if is_quick or not openssh.is_installed:
        yield lambda: 1
        return
    folder = root / "reference"
    folder.mkdir()
    servers.prepare(folder, keys.allowed)
    port = servers.free_port()
    words, user, variables = openssh.command(folder, port)
    with servers.running(words, variables, folder / "server.log") as process:
        assert servers.answers(port, process)
        with servers.far_away(programs, port, 50) as far:
            client = Client(programs, folder, user, site)

            def sync():
                add_site(client, far, keys)
                return seconds(client, "sync", "s")[0]
            yield sync


def columns(quick):
    """Places of the marks, by heading."""
    found = {}
    for place, (kind, way) in enumerate(cases(quick)):
        found.setdefault(kind if way in WAYS else way.capitalize() if way == "compressed" else way, []).append(place)
    return found


class Run:
    """What all servers share, and what is found out."""

    def __init__(self, options, programs, root):
        self.options, self.programs, self.root = options, programs, root
        self.marks, self.times, self.failures, self.missing, self.remarks, self.failing = [], [], [], [], [], []
        self.variants = []
        self.small, self.large, self.heads = root / "small", root / "large", root / "heads"
        subprocess.run([programs / "site-generator", "--out", self.small, *SMALL], check=True, capture_output=True)
        if not options.quick:
            subprocess.run([programs / "site-generator", "--out", self.large], check=True, capture_output=True)
        self.site = self.small if options.quick else self.large
        shape_site(self.site, self.heads)
        self.keys = Keys(root / "keys", options.quick)
        local = Client(programs, root, "local", self.site)
        added = local.run("site", "add", "s", self.site, "-q")
        assert added.returncode == 0, added.stderr
        _, self.summary = seconds(local, "sync", "s")
        self.expected = rows(local.index)
        assert self.summary["located"] and self.expected.count("\n") > self.summary["listed"]

    def try_server(self, number, server, reference):
        folder = self.root / str(number)
        folder.mkdir()
        servers.prepare(folder, self.keys.allowed)
        port = servers.free_port()
        words, user, variables = server.command(folder, port)
        with servers.running(words, variables, folder / "server.log") as process:
            version = servers.answers(port, process)
            if version is None:
                log = (folder / "server.log").read_text(errors="replace")[-400:]
                self.failures.append(f"{server.name}: does not start: {log}")
                return
            if self.options.part in (None, "keys"):
                client = Client(self.programs, folder, user, self.small)
                found = try_keys(client, port, self.programs, self.keys, self.options.quick, self.failures, server)
                self.marks.append((server.name, found))
                if server.is_variant:
                    self.variants.append(server.name)
                if client.remark:
                    self.remarks.append((server.name, client.remark.replace(str(port), "PORT").replace(user + "@", "")))
                print(server.name, " ".join(found), flush=True)
            if self.options.part in (None, "sites") and not server.is_variant:
                found = self.try_sites(Client(self.programs, folder, user, self.site), port, process, reference)
                self.times.append((server, version, found))
                print(server.name, found, flush=True)

    def try_sites(self, client, port, process, reference):
        found = {}
        runs = 1 if self.options.quick else self.options.runs
        for milliseconds in [0] if self.options.quick else [0, 50]:
            try:
                with contextlib.ExitStack() as stack:
                    far = port
                    if milliseconds:
                        far = stack.enter_context(servers.far_away(self.programs, port, milliseconds))
                    found[milliseconds] = try_site(
                        client, far, milliseconds, self.keys, self.expected, runs, reference if milliseconds else lambda: 1,
                        process)
                    found[milliseconds]["sftp"] = None if self.options.quick else sftp_seconds(
                        client, far, milliseconds, self.keys, self.heads)
                    if not milliseconds:
                        photos = sorted(path for path in self.small.rglob("*") if path.suffix.lower() == ".jpg")
                        try_rewriting(client, port, self.keys, [photos[0], photos[-1]], client.folder / "rewritten")
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                self.failures.append(f"{server.name}, {milliseconds} ms: {error}")
        return found

    def try_failing(self):
        folder = self.root / "failing"
        folder.mkdir()
        client = Client(self.programs, folder, "nobody" if not servers.find("sshd") else getpass.getuser(), self.small)
        self.failing = failing.try_all(client, folder, self.keys.allowed, self.keys.path("Ed25519"), self.failures)

    KEPT = {"keys": ["marks", "variants", "remarks"], "sites": ["times"], "failing": ["failing"]}

    def keep(self, path, known):
        """Takes over from the file what this run did not measure, and writes what it did. Failures belong to their part."""
        results = json.loads(path.read_text()) if path.exists() else {}
        if self.options.part:
            mine = {name: getattr(self, name) for name in self.KEPT[self.options.part]}
            mine["times"] = [(server.name, version, found) for server, version, found in mine.get("times", [])]
            mine["failures"] = self.failures
            for name, old in results.get(self.options.part, {}).items():
                mine[name] = [entry for entry in old if not self.is_measured(name, entry)] + mine.get(name, [])
            results[self.options.part] = mine
            path.write_text(json.dumps(results, indent=1))
        self.failures = [line for part in results.values() for line in part["failures"]]
        for part, names in self.KEPT.items():
            for name in names:
                setattr(self, name, results.get(part, {}).get(name, []))
        order = [server.name for server in known]
        self.marks.sort(key=lambda row: order.index(row[0]))
        self.times.sort(key=lambda row: order.index(row[0]))
        by_name = {server.name: server for server in known}
        self.times = [(by_name[name], version, {int(key): value for key, value in found.items()})
                      for name, version, found in self.times]

    def is_measured(self, name, entry):
        """An earlier result of a server that this run has tried."""
        if self.options.part == "failing":
            return True
        tried = [server.name for server in self.chosen if server.is_installed]
        if name == "failures":
            return any(entry.startswith((f"{server}, ", f"{server}:")) for server in tried)
        return (entry if name == "variants" else entry[0]) in tried

    def report(self):
        text = []
        if self.times:
            text += page.times_table(self.times)
        if self.failing:
            text += page.failing_table(self.failing, failing.TIMEOUT)
        if self.remarks:
            text += page.algorithms_table(self.remarks)
        if self.marks:
            text += page.KEYS.splitlines() + page.keys_table(self.marks, columns(self.options.quick))
        if self.times and self.marks and not self.options.quick:
            text += page.bars_table(
                self.times, self.marks, self.failing, failing.TIMEOUT, self.remarks, self.variants)
        if self.failures:
            text += page.FAILURES.splitlines() + [f"- {line}" for line in self.failures]
        return text


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("--python", default="/usr/bin/python3")
    parser.add_argument("--newer", metavar="ROOT", help="the root folder of a newer Debian")
    parser.add_argument("--only", help="parts of the names of servers, with commas")
    parser.add_argument("--quick", action="store_true", help="few keys, a small site, 0 ms")
    parser.add_argument("--part", choices=["keys", "sites", "failing"])
    parser.add_argument("--keep", metavar="FILE", help="with --part: keep the results, and report those of the other parts, too")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--write", metavar="FILE", help="write the tables as a page")
    options = parser.parse_args()
    programs = pathlib.Path(options.bin).resolve()
    only = options.only.lower().split(",") if options.only else None
    with tempfile.TemporaryDirectory(prefix="gpsindex-servers-") as root:
        root = pathlib.Path(root)
        root.chmod(0o755)
        run = Run(options, programs, root)
        newer = str(pathlib.Path(options.newer).resolve()) if options.newer else None
        chosen = [server for server in servers.servers(options.python, newer)
                  if not only or any(part in server.name.lower() for part in only)]
        run.chosen = chosen
        run.missing = [server.name for server in chosen if not server.is_installed]
        with reference_syncs(programs, root, run.site, run.keys, options.python, options.quick) as reference:
            for number, server in enumerate(chosen):
                if server.is_installed and options.part != "failing":
                    run.try_server(number, server, reference)
        if options.part == "failing" or not (options.quick or only or options.part):
            run.try_failing()
    if options.keep:
        run.keep(pathlib.Path(options.keep), list(servers.servers(options.python, newer)))
    text = run.report()
    print("\n".join(text))
    for line in run.failures:
        print("failed:", line)
    if run.missing:
        print("not installed: " + ", ".join(run.missing))
    is_empty = not (run.marks or run.times or run.failing)
    if is_empty:
        print("no server is installed")
    if options.write and run.times and run.marks and not (only and not options.keep):
        head = page.HEAD.format(photos=f"{run.summary['listed']:,}", runs=options.runs)
        notes = pathlib.Path(__file__).with_name("notes.md").read_text()
        pathlib.Path(options.write).write_text(head + "\n".join(text) + "\n" + notes)
    return 1 if run.failures or is_empty else 0


if __name__ == "__main__":
    sys.exit(main())
