#!/usr/bin/env python3
"""Logs in at SFTP servers of other makers and syncs a small site: run.py BIN [--python PYTHON] [--only NAME,…].

BIN has gpsindex and site-generator. PYTHON has asyncssh, paramiko and twisted (requirements.txt); without it Debian's own are
taken. A server that is not installed is left out, and at least one must be there. Each runs on 127.0.0.1 in a temporary
folder and ends with this program. Prints a table; ends with 1 when a login or a sync failed.
"""
import argparse
import contextlib
import getpass
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

here = pathlib.Path(__file__).parent
PHOTOS = 24
PHRASE = "a phrase of its own"
CASES = ["rsa file", "rsa agent", "rsa passphrase", "ed25519 file", "rsa, ed25519", "ed25519, rsa", "compressed"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def has(python, module):
    return subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode == 0


class Keys:
    """Who may log in (rsa, ed25519), and who may not (the strangers)."""

    def __init__(self, folder):
        self.folder = folder
        for name, kind, phrase in [("rsa", "rsa", ""), ("rsa_closed", "rsa", PHRASE), ("ed25519", "ed25519", ""),
                                   ("stranger_rsa", "rsa", ""), ("stranger_ed25519", "ed25519", "")]:
            subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", phrase, "-C", name, "-f", folder / name], check=True)
        self.allowed = [folder / f"{name}.pub" for name in ("rsa", "rsa_closed", "ed25519")]

    def path(self, name):
        return str(self.folder / name)


def prepare(folder, keys):
    """What every server finds in its folder."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-m", "PEM", "-f", folder / "host_key"], check=True)
    (folder / "authorized_keys").write_text("".join(key.read_text() for key in keys.allowed))


# MARK: The servers: each gives a command, the user who logs in, and variables.

def openssh(accepted):
    def command(folder, port):
        os.makedirs("/run/sshd", exist_ok=True) if os.geteuid() == 0 else None
        locked = os.geteuid() == 0 and any(
            line.startswith(getpass.getuser() + ":!") for line in pathlib.Path("/etc/shadow").read_text().splitlines())
        (folder / "sshd_config").write_text(
            f"Port {port}\nListenAddress 127.0.0.1\nPidFile none\nHostKey {folder}/host_key\nStrictModes no\n"
            f"AuthorizedKeysFile {folder}/authorized_keys\nPasswordAuthentication no\nUseDNS no\n"
            f"KbdInteractiveAuthentication no\nUsePAM {'yes' if locked else 'no'}\nSubsystem sftp internal-sftp\n"
            f"Compression delayed\n" + (f"PubkeyAcceptedAlgorithms {accepted}\n" if accepted else ""))
        return [find("sshd"), "-D", "-e", "-f", str(folder / "sshd_config")], getpass.getuser(), {}
    return command


def dropbear(folder, port):
    # It looks into the account's own home: there lies another folder, in mounts that nobody else sees.
    home = os.path.expanduser("~" + ("root" if os.geteuid() == 0 else getpass.getuser()))
    ssh = folder / "home" / ".ssh"
    ssh.mkdir(parents=True, mode=0o700)
    (folder / "home").chmod(0o755)
    shutil.copy(folder / "authorized_keys", ssh / "authorized_keys")
    (ssh / "authorized_keys").chmod(0o600)
    subprocess.run(["dropbearkey", "-t", "ecdsa", "-f", folder / "dropbear_key"], check=True, capture_output=True)
    script = f"mount --bind '{folder}/home' '{home}' && exec {find('dropbear')} -F -E -s -j -k " \
             f"-r '{folder}/dropbear_key' -p 127.0.0.1:{port} -P '{folder}/pid'"
    flags = "-m" if os.geteuid() == 0 else "-rm"
    return ["unshare", flags, "sh", "-c", script], "root" if flags == "-rm" else getpass.getuser(), {}


def proftpd(folder, port):
    # ssh-keygen -e takes one key of a file with several.
    parts = []
    for line in (folder / "authorized_keys").read_text().splitlines():
        (folder / "one").write_text(line + "\n")
        parts.append(subprocess.run(["ssh-keygen", "-e", "-m", "RFC4716", "-f", folder / "one"], capture_output=True,
                                    text=True, check=True).stdout)
    (folder / "sftp_keys").write_text("".join(parts))
    (folder / "passwd").write_text(f"drone:*:{os.getuid()}:{os.getgid()}::{folder}:/bin/sh\n")
    (folder / "passwd").chmod(0o600)
    name = getpass.getuser()
    (folder / "proftpd.conf").write_text(f"""
ServerName test
ServerType standalone
DefaultAddress 127.0.0.1
Port {port}
User {name}
Group {subprocess.run(["id", "-gn"], capture_output=True, text=True).stdout.strip()}
ModulePath /usr/lib/proftpd
LoadModule mod_sftp.c
PidFile {folder}/pid
ScoreboardFile {folder}/scoreboard
SystemLog {folder}/log
TransferLog none
WtmpLog off
UseReverseDNS off
UseIPv6 off
AuthOrder mod_auth_file.c
AuthUserFile {folder}/passwd
RequireValidShell off
RootLogin on
SFTPEngine on
SFTPLog {folder}/sftp.log
SFTPHostKey {folder}/host_key
SFTPAuthorizedUserKeys file:{folder}/sftp_keys
SFTPAuthMethods publickey
SFTPCompression delayed
DelayEngine off
""")
    return [find("proftpd"), "-n", "-q", "-c", str(folder / "proftpd.conf")], "drone", {}


def rclone(folder, port):
    return [find("rclone"), "serve", "sftp", "/", "--addr", f"127.0.0.1:{port}", "--read-only", "--key",
            str(folder / "host_key"), "--authorized-keys", str(folder / "authorized_keys"), "--user", "drone", "--config",
            str(folder / "rclone.conf"), "--cache-dir", str(folder / "cache")], "drone", {"HOME": str(folder)}


def python_server(python, library):
    return lambda folder, port: ([python, str(here / "python_server.py"), library, str(port), str(folder)], "drone", {})


def servers(python):
    """Name, whether it is installed, its command."""
    mounts = subprocess.run(["unshare", "-m" if os.geteuid() == 0 else "-rm", "true"], capture_output=True).returncode == 0
    yield "OpenSSH", find("sshd"), openssh(None)
    yield "OpenSSH, rsa-sha2-512", find("sshd"), openssh("rsa-sha2-512,ssh-ed25519")
    yield "OpenSSH, rsa-sha2-256", find("sshd"), openssh("rsa-sha2-256,ssh-ed25519")
    yield "dropbear", find("dropbear") and mounts, dropbear
    yield "ProFTPD", find("proftpd") and os.path.exists("/usr/lib/proftpd/mod_sftp.so"), proftpd
    yield "rclone", find("rclone"), rclone
    for name, module in [("asyncssh", "asyncssh"), ("paramiko", "paramiko"), ("conch", "twisted.conch")]:
        yield name, has(python, module), python_server(python, name)


# MARK: Running

def answers(port, process):
    """A first line has come."""
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as probe:
            probe.settimeout(5)
            if probe.recv(4) == b"SSH-":
                return True
        time.sleep(0.05)
    return False


@contextlib.contextmanager
def running(command, variables, log):
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                                   env={**os.environ, **variables})
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def agent(folder, names, keys):
    """Its keys are offered in the order in which they were added."""
    path = str(folder / "agent")
    with running(["ssh-agent", "-D", "-a", path], {}, folder / "agent.log"):
        # 2: there is nobody yet (ssh-add(1)).
        while subprocess.run(["ssh-add", "-l"], env={**os.environ, "SSH_AUTH_SOCK": path}, capture_output=True).returncode == 2:
            time.sleep(0.01)
        for name in names:
            subprocess.run(["ssh-add", "-q", keys.path(name)], env={**os.environ, "SSH_AUTH_SOCK": path}, check=True)
        yield path


def relay(port, seconds):
    """A port whose first bytes come late, as over a long link: the connection is compressed then."""
    code = """
import socket, sys, threading, time
to, delay = int(sys.argv[1]), float(sys.argv[2])
listener = socket.socket(); listener.bind(("127.0.0.1", 0)); listener.listen(8)
print(listener.getsockname()[1], flush=True)
def copy(a, b):
    while data := a.recv(65536): b.sendall(data)
    b.shutdown(socket.SHUT_WR)
def back(a, b):
    first = a.recv(65536); time.sleep(delay); b.sendall(first); copy(a, b)
while True:
    near, _ = listener.accept(); far = socket.create_connection(("127.0.0.1", to))
    threading.Thread(target=copy, args=(near, far), daemon=True).start()
    threading.Thread(target=back, args=(far, near), daemon=True).start()
"""
    process = subprocess.Popen([sys.executable, "-c", code, str(port), str(seconds)], stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.DEVNULL)
    return process, int(process.stdout.readline())


def sync(gpsindex, folder, user, port, site, words, variables):
    """None, or why it failed."""
    home = folder / "client"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    run = subprocess.run(
        [gpsindex, "sync", f"sftp://{user}@127.0.0.1:{port}{site}", "--known-hosts", home / "known_hosts", "--accept-new",
         "--progress", "none", "--timeout", "10", "--json", *words],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "GPSINDEX_INDEX": str(home / "index.gpkg"), "USER": user,
             **{key: value for key, value in os.environ.items() if key == "LD_LIBRARY_PATH"}, **variables},
        capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
    if run.returncode:
        return run.stderr.strip().splitlines()[0] if run.stderr.strip() else f"exit {run.returncode}"
    located = json.loads(run.stdout)["located"]
    return None if located == PHOTOS else f"{located} of {PHOTOS} photos"


def trial(gpsindex, case, folder, user, port, site, keys):
    def go(*words, **variables):
        return sync(gpsindex, folder, user, port, site, [str(word) for word in words], variables)
    match case:
        case "rsa file": return go("--identity", keys.path("rsa"))
        case "ed25519 file": return go("--identity", keys.path("ed25519"))
        case "rsa passphrase":
            return go("--identity", keys.path("rsa_closed"), "--password-command", f"echo '{PHRASE}'")
        case "compressed":
            process, far = relay(port, 0.1)
            try:
                return sync(gpsindex, folder, user, far, site, ["--identity", keys.path("rsa")], {})
            finally:
                process.kill()
                process.wait()
        case "rsa agent": names = ["rsa"]
        case "rsa, ed25519": names = ["stranger_rsa", "ed25519"]
        case "ed25519, rsa": names = ["stranger_ed25519", "rsa"]
    with agent(folder, names, keys) as path:
        try:
            return go(SSH_AUTH_SOCK=path)
        finally:
            os.unlink(path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("--python", default="/usr/bin/python3")
    parser.add_argument("--only", help="names of servers, with commas")
    options = parser.parse_args()
    programs = pathlib.Path(options.bin).resolve()
    only = options.only.split(",") if options.only else None
    table, failures, missing = [], [], []
    with tempfile.TemporaryDirectory(prefix="gpsindex-servers-") as root:
        root = pathlib.Path(root)
        root.chmod(0o755)
        site = root / "site"
        subprocess.run([programs / "site-generator", "--out", site, "--photos", str(PHOTOS), "--folders", "3"], check=True,
                       capture_output=True)
        (root / "keys").mkdir()
        keys = Keys(root / "keys")
        for number, (name, is_installed, command) in enumerate(servers(options.python)):
            if only and name not in only:
                continue
            if not is_installed:
                missing.append(name)
                continue
            folder = root / str(number)
            folder.mkdir()
            prepare(folder, keys)
            port = free_port()
            words, user, variables = command(folder, port)
            with running(words, variables, folder / "server.log") as process:
                if not answers(port, process):
                    table.append((name, ["-"] * len(CASES)))
                    failures.append(f"{name}: does not start: {(folder / 'server.log').read_text(errors='replace')[-400:]}")
                    continue
                results = [trial(str(programs / "gpsindex"), case, folder, user, port, site, keys) for case in CASES]
            table.append((name, ["no" if why else "ok" for why in results]))
            failures += [f"{name}, {case}: {why}" for case, why in zip(CASES, results) if why]
    print("| server | " + " | ".join(CASES) + " |")
    print("|---" * (len(CASES) + 1) + "|")
    for name, results in table:
        print(f"| {name} | " + " | ".join(results) + " |")
    for line in failures:
        print(line)
    if missing:
        print("not installed: " + ", ".join(missing))
    if not table:
        print("no server is installed")
    return 1 if failures or not table else 0


sys.exit(main())
