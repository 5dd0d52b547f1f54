#!/usr/bin/env python3
"""A private PostgreSQL server with PostGIS, for tests and benchmarks: postgres.py [--durable]

It lives in a temporary folder, listens on a Unix socket there alone, and runs as an unprivileged user. The program prints the
folder of the socket, and stops the server when its standard input ends. Database `base` has PostGIS; others are made from it.
"""

import argparse
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def programs():
    """The folder of Debian's newest server, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parent.parent.name))
    return found[-1].parent if found else None


def postgis():
    folder = programs()
    if not folder:
        return False
    return Path(f"/usr/share/postgresql/{folder.parent.name}/extension/postgis.control").exists()


def missing():
    """Why no server can be started here; None when one can."""
    if not programs():
        return "PostgreSQL is not installed (make deps)"
    if not postgis():
        return "PostGIS is not installed (make deps)"
    return None


class Server:
    """Use as a context."""

    def __init__(self, durable=False, shared_buffers="128MB", settings=()):
        self.bin = programs()
        self.folder = Path(tempfile.mkdtemp(prefix="gpx-pg-", dir="/tmp"))
        self.socket = self.folder / "s"
        self.data = self.folder / "data"
        self.account = None
        self.process = None
        try:
            self.start(durable, shared_buffers, settings)
        except BaseException:
            self.stop()
            raise

    def start(self, durable, shared_buffers, settings):
        self.socket.mkdir()
        if os.geteuid() == 0:
            # The server refuses to run as root.
            names = {account.pw_name for account in pwd.getpwall()}
            self.account = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
            for path in (self.folder, self.socket):
                os.chown(path, self.account.pw_uid, self.account.pw_gid)
            os.chmod(self.folder, 0o755)
            os.chmod(self.socket, 0o755)
        self.run(self.bin / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
                 "--no-sync")
        lines = ["listen_addresses = ''", f"unix_socket_directories = '{self.socket}'", "max_connections = 60",
                 f"shared_buffers = {shared_buffers}", "max_wal_size = 4GB", "logging_collector = off", *settings]
        if not durable:
            lines += ["fsync = off", "full_page_writes = off", "synchronous_commit = off"]
        conf = self.data / "postgresql.conf"
        conf.write_text(conf.read_text() + "\n".join(lines) + "\n")
        self.log = open(self.folder / "log", "wb")
        self.launch()
        self.psql("postgres", "CREATE DATABASE base")
        self.psql("base", "CREATE EXTENSION postgis")

    def launch(self):
        self.process = subprocess.Popen([self.bin / "postgres", "-D", self.data], stdout=self.log, stderr=self.log,
                                        stdin=subprocess.DEVNULL, cwd=self.folder, **self.identity())
        for _ in range(600):
            if self.process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text()[-2000:])
            ready = subprocess.run([self.bin / "pg_isready", "-q", "-h", self.socket], stdout=subprocess.DEVNULL)
            if ready.returncode == 0:
                return
            time.sleep(0.05)
        raise RuntimeError("the server does not start")

    def identity(self):
        if not self.account:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def run(self, *command):
        result = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd="/", **self.identity())
        if result.returncode:
            raise RuntimeError(f"{command[0]}: {result.stdout}{result.stderr}")

    def url(self, database, user="postgres"):
        return f"postgresql://{user}@/{database}?host={self.socket}"

    def psql(self, database, sql, user="postgres", check=True):
        """Rows as lists of texts."""
        result = subprocess.run([self.bin / "psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", self.socket,
                                 "-U", user, "-d", database, "-c", sql], capture_output=True, text=True)
        if result.returncode and check:
            raise RuntimeError(f"psql: {result.stderr}\n{sql[:500]}")
        return [line.split("\t") for line in result.stdout.splitlines()]

    def create(self, name, template="base"):
        self.psql("postgres", f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def drop(self, name):
        self.psql("postgres", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def halt(self, how=signal.SIGINT):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(20)

    def stop(self):
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--durable", action="store_true")
    parser.add_argument("--check", action="store_true", help="only say whether a server can be started")
    options = parser.parse_args()
    if reason := missing():
        sys.exit(reason)
    if options.check:
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with Server(durable=options.durable) as server:
        print(server.socket, flush=True)
        sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
