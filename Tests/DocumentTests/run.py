#!/usr/bin/env python3
"""Runs the shell blocks of the README and of docs/: run.py BIN [DOCUMENT…]

It runs blocks that begin with ```sh, document by document, in a temporary folder and home, with a private SFTP server on 127.0.0.1 that the name nas
refers to. It does not run other blocks. A block that fails fails the run.
"""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

sys.path.insert(0, os.path.join(ROOT, "Tools"))
import commands  # noqa: E402
DOCUMENTS = ["README.md", "docs/tutorial.md", "docs/usage.md", "docs/index.md"]
LIMIT = 120  # seconds per block


def blocks(document):
    """Line number and text of each runnable block."""
    with open(os.path.join(ROOT, document), encoding="utf-8") as file:
        text = file.read()
    for found in re.finditer(r"^```sh\n(.*?)^```$", text, re.M | re.S):
        yield text.count("\n", 0, found.start()) + 2, found[1]


class Place:
    """A home with an ssh configuration, a card, and a server with its own root folder."""

    def __init__(self, bin_folder, work, has_photos):
        self.work = work
        self.home, self.folder, self.server_root, self.card = (
            self.make(name) for name in ("home", "here", "server", "card"))
        generator = os.path.join(bin_folder, "site-generator")
        photos = os.path.join(self.server_root, "photos") if has_photos else self.card
        subprocess.run([generator, "--out", photos, "--photos", "48", "--folders", "4", "--seed", "3",
                        "--size", "20000"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.photos = photos
        self.server = subprocess.Popen(
            [os.path.join(bin_folder, "private-sshd"), "--option",
             f"ForceCommand internal-sftp -d {self.server_root}"], stdout=subprocess.PIPE, text=True)
        facts = json.loads(self.server.stdout.readline())
        self.configure_ssh(facts)
        self.environment = {
            "HOME": self.home, "LC_ALL": "C.UTF-8", "USER": facts["user"],
            "PATH": os.pathsep.join([self.make("bin"), bin_folder, os.path.dirname(sys.executable), "/usr/bin", "/bin"]),
        }

    def make(self, name):
        path = os.path.join(self.work, name)
        os.makedirs(path, exist_ok=True)
        return path

    def configure_ssh(self, facts):
        """The ssh programs read the configuration from the account's home and ignore HOME, so wrappers pass it with -F."""
        path = os.path.join(self.home, "ssh_config")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"Host nas\n  HostName {facts['host']}\n  Port {facts['port']}\n  User {facts['user']}\n"
                       f"  IdentityFile {facts['identity']}\n  UserKnownHostsFile {facts['known_hosts']}\n")
        for name in ("ssh", "sftp", "scp"):
            program = os.path.join(self.make("bin"), name)
            with open(program, "w", encoding="utf-8") as file:
                file.write(f'#!/bin/sh\nexec /usr/bin/{name} -F {shlex.quote(path)} "$@"\n')
            os.chmod(program, 0o755)

    def run(self, text):
        # The placeholders of the documents.
        text = text.replace("drone@nas:", "nas:").replace("/media/card/DCIM", self.card)
        return subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=LIMIT)

    def close(self):
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(30)
        self.server.stdout.close()


def check(bin_folder, document):
    count = 0
    with tempfile.TemporaryDirectory(prefix="gpsindex-docs-") as work:
        place = Place(bin_folder, os.path.realpath(work), has_photos=document != "docs/tutorial.md")
        try:
            if document in ("docs/index.md", "docs/usage.md"):
                place.environment["GPSINDEX_INDEX"] = os.path.join(place.folder, "index.gpkg")
                place.run(f"gpsindex sync -q {place.photos}").check_returncode()
            for line, text in blocks(document):
                result = place.run(text)
                if result.returncode != 0:
                    sys.exit(f"{document}:{line}: code {result.returncode}\n{text}\n{result.stdout}")
                count += 1
            for name in os.listdir(place.folder):
                if name.endswith((".geojson", ".gpkg")):
                    subprocess.run(["ogrinfo", "-ro", "-so", os.path.join(place.folder, name)], check=True,
                                   stdout=subprocess.DEVNULL)
        finally:
            place.close()
    print(f"{document}: {count} blocks")
    return count


def main():
    bin_folder, documents = os.path.abspath(sys.argv[1]), sys.argv[2:] or DOCUMENTS
    with open(os.path.join(ROOT, "docs", "commands.md"), encoding="utf-8") as file:
        if file.read() != commands.page(os.path.join(bin_folder, "gpsindex")):
            sys.exit("docs/commands.md differs from the help texts; try: make commands")
    if sum(check(bin_folder, document) for document in documents) == 0:
        sys.exit("no block was run")


main()
