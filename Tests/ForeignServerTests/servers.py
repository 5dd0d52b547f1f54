"""SFTP servers that Debian and PyPI offer, each on 127.0.0.1 with keys of its own in a temporary folder."""
import contextlib
import dataclasses
import getpass
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).parent
SFTP_SERVER = "/usr/lib/openssh/sftp-server"
GESFTPSERVER = "/usr/libexec/gesftpserver"
IS_ROOT = os.geteuid() == 0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def succeeds(*command):
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def prepare(folder, public_keys):
    """What every server finds in its folder."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-m", "PEM", "-f", folder / "host_key"], check=True)
    (folder / "authorized_keys").write_text("".join(key.read_text() for key in public_keys))


# Each of the following gives a command, the user who logs in, and variables.

def openssh(*lines, host_key="ecdsa", subsystem="internal-sftp"):
    def command(folder, port):
        if IS_ROOT:
            os.makedirs("/run/sshd", exist_ok=True)
        key = folder / "host_key"
        if host_key != "ecdsa":
            key = folder / f"host_{host_key}"
            subprocess.run(["ssh-keygen", "-q", "-t", host_key, "-N", "", "-f", key], check=True)
        # Without PAM sshd refuses an account whose password is locked.
        locked = IS_ROOT and any(
            line.startswith(getpass.getuser() + ":!") for line in pathlib.Path("/etc/shadow").read_text().splitlines())
        text = "\n".join(lines + (
            f"Port {port}", "ListenAddress 127.0.0.1", "PidFile none", f"HostKey {key}", "StrictModes no",
            f"AuthorizedKeysFile {folder}/authorized_keys", "PasswordAuthentication no", "UseDNS no",
            "KbdInteractiveAuthentication no", f"UsePAM {'yes' if locked else 'no'}", "Compression delayed",
            f"Subsystem sftp {subsystem}"))
        (folder / "sshd_config").write_text(text + "\n")
        return [find("sshd"), "-D", "-e", "-f", str(folder / "sshd_config")], getpass.getuser(), {}
    return command


def in_own_home(folder, run):
    """A server that looks into the account's home finds another folder there, in mounts that nobody else sees."""
    home = os.path.expanduser("~" + ("root" if IS_ROOT else getpass.getuser()))
    ssh = folder / "home" / ".ssh"
    ssh.mkdir(parents=True, mode=0o700)
    (folder / "home").chmod(0o755)
    shutil.copy(folder / "authorized_keys", ssh / "authorized_keys")
    (ssh / "authorized_keys").chmod(0o600)
    flags = "-m" if IS_ROOT else "-rm"
    user = "root" if flags == "-rm" else getpass.getuser()
    return ["unshare", flags, "sh", "-c", f"mount --bind '{folder}/home' '{home}' && exec {run}"], user, {}


def dropbear(*words):
    def command(folder, port):
        subprocess.run(["dropbearkey", "-t", "ecdsa", "-f", folder / "dropbear_key"], check=True, capture_output=True)
        options = " ".join(("-F -E -s -j -k", *words))
        return in_own_home(
            folder, f"{find('dropbear')} {options} -r '{folder}/dropbear_key' -p 127.0.0.1:{port} -P '{folder}/pid'")
    return command


def tinyssh(folder, port):
    subprocess.run([find("tinysshd-makekey"), "-q", folder / "tiny"], check=True, capture_output=True)
    # Nothing that runs may lie in the home that is hidden.
    shutil.copy(HERE / "inetd.py", folder)
    shutil.copy(find("tinysshd"), folder)
    return in_own_home(
        folder, f"/usr/bin/python3 '{folder}/inetd.py' {port} '{folder}/tinysshd' -x sftp={SFTP_SERVER} '{folder}/tiny'")


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
    group = subprocess.run(["id", "-gn"], capture_output=True, text=True).stdout.strip()
    (folder / "proftpd.conf").write_text(f"""
ServerName test
ServerType standalone
DefaultAddress 127.0.0.1
Port {port}
User {getpass.getuser()}
Group {group}
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
<IfModule mod_delay.c>
DelayEngine off
</IfModule>
""")
    return [find("proftpd"), "-n", "-q", "-c", str(folder / "proftpd.conf")], "drone", {}


def rclone(*more):
    return lambda folder, port: (
        [find("rclone"), "serve", "sftp", "/", "--addr", f"127.0.0.1:{port}", "--read-only", "--key",
            str(folder / "host_key"), "--authorized-keys", str(folder / "authorized_keys"), "--user", "drone", "--config",
            str(folder / "rclone.conf"), "--cache-dir", str(folder / "cache"), *more], "drone", {"HOME": str(folder)})


# The same servers of the next Debian, in a folder that debootstrap has filled.

def in_root(root, folder, run, before=""):
    """Runs a program with another root folder, which has the temporary folder and the account's home of here."""
    home = folder / "home"
    ssh = home / ".ssh"
    ssh.mkdir(parents=True, mode=0o700)
    home.chmod(0o755)
    shutil.copy(folder / "authorized_keys", ssh / "authorized_keys")
    (ssh / "authorized_keys").chmod(0o600)
    temporary = tempfile.gettempdir()
    steps = [f"mkdir -p '{root}{temporary}' '{root}/run/sshd'", f"mount --bind '{temporary}' '{root}{temporary}'",
             f"mount --rbind /dev '{root}/dev'", f"mount -t proc proc '{root}/proc'", f"mount --bind '{home}' '{root}/root'",
             f"exec {before} chroot '{root}' {run}"]
    return ["unshare", "-m", "sh", "-c", " && ".join(steps)], "root", {}


def newer_openssh(root, *lines):
    def command(folder, port):
        openssh("UsePAM no", *lines)(folder, port)
        return in_root(root, folder, f"/usr/sbin/sshd -D -e -f '{folder}/sshd_config'")
    return command


def newer_dropbear(root):
    def command(folder, port):
        subprocess.run(["dropbearkey", "-t", "ecdsa", "-f", folder / "dropbear_key"], check=True, capture_output=True)
        return in_root(
            root, folder, f"/usr/sbin/dropbear -F -E -s -j -k -r '{folder}/dropbear_key' -p 127.0.0.1:{port} -P '{folder}/pid'")
    return command


def newer_tinyssh(root):
    def command(folder, port):
        subprocess.run([find("tinysshd-makekey"), "-q", folder / "tiny"], check=True, capture_output=True)
        return in_root(root, folder, f"/usr/sbin/tinysshd -x sftp={SFTP_SERVER} '{folder}/tiny'",
                       before=f"/usr/bin/python3 '{HERE}/inetd.py' {port}")
    return command


def newer_proftpd(root):
    def command(folder, port):
        proftpd(folder, port)
        return in_root(root, folder, f"/usr/sbin/proftpd -n -q -c '{folder}/proftpd.conf'")[0], "drone", {}
    return command


GO_PATH = "/usr/share/gocode"


def go_server(folder, port):
    program = folder / "go_server"
    subprocess.run(
        [find("go"), "build", "-o", program, HERE / "go_server.go"], check=True, capture_output=True,
        env={**os.environ, "GO111MODULE": "off", "GOPATH": GO_PATH, "GOCACHE": str(folder.parent / "go-cache")})
    return [str(program), str(port), str(folder)], "drone", {}


def python_server(python, library):
    return lambda folder, port: ([python, str(HERE / "python_server.py"), library, str(port), str(folder)], "drone", {})


@dataclasses.dataclass
class Server:
    name: str
    is_installed: bool
    command: object
    # For the table of times: what stands in docs/servers.md beside it.
    remark: str = ""
    # Algorithms alone differ: the keys are tried, the times are not taken.
    is_variant: bool = False
    # It takes no other user keys.
    only_ed25519: bool = False
    # The bar of its first sync at 50 ms, times OpenSSH's; and round trips that its login takes more than OpenSSH's.
    bar: float = 2.5
    more_round_trips: int = 0
    # Its processes end under its eyes, so that their time can be counted.
    keeps_time: bool = False


def servers(python, newer=None):
    """newer: the root folder of a Debian 13 with its SSH servers."""
    def has(module):
        return succeeds(python, "-c", f"import {module}")
    mounts = succeeds("unshare", "-m" if IS_ROOT else "-rm", "true")
    sshd = find("sshd") is not None
    go = find("go") is not None and os.path.isdir(GO_PATH + "/src/github.com/pkg/sftp")
    yield Server("OpenSSH", sshd, openssh())
    yield Server("OpenSSH, sftp-server -R, MaxSessions 1", sshd and os.path.exists(SFTP_SERVER),
                 openssh("MaxSessions 1", subsystem=f"{SFTP_SERVER} -R"))
    # sshd changes the root of a session only as root.
    yield Server("OpenSSH, ChrootDirectory, ForceCommand internal-sftp", sshd and IS_ROOT,
                 openssh("ChrootDirectory /", "ForceCommand internal-sftp"))
    for algorithm in ["rsa-sha2-512", "rsa-sha2-256"]:
        yield Server(f"OpenSSH, user keys: {algorithm}", sshd,
                     openssh(f"PubkeyAcceptedAlgorithms {algorithm},ssh-ed25519,ecdsa-sha2-*"), is_variant=True)
    yield Server("OpenSSH, host key: rsa-sha2-512", sshd,
                 openssh("HostKeyAlgorithms rsa-sha2-512", host_key="rsa"), "through the ssh program", bar=1.1,
                 more_round_trips=3)
    for name, lines in [
        ("ChaCha20", ["Ciphers chacha20-poly1305@openssh.com"]),
        ("AES-GCM", ["Ciphers aes256-gcm@openssh.com,aes128-gcm@openssh.com"]),
        ("EtM", ["Ciphers aes256-ctr", "MACs hmac-sha2-512-etm@openssh.com"]),
        ("a hardened set", ["HostKeyAlgorithms ssh-ed25519", "KexAlgorithms curve25519-sha256",
                            "Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com",
                            "MACs hmac-sha2-512-etm@openssh.com"]),
        ("sntrup761", ["KexAlgorithms sntrup761x25519-sha512@openssh.com"]),
    ]:
        host_key = "ed25519" if "HostKeyAlgorithms ssh-ed25519" in lines else "ecdsa"
        yield Server(f"OpenSSH, {name} only", sshd, openssh(*lines, host_key=host_key), "through the ssh program",
                     is_variant=True)
    has_dropbear = find("dropbear") is not None and mounts
    yield Server("dropbear", has_dropbear, dropbear(),
                 "with OpenSSH's sftp-server; takes 24,576 bytes of requests per round trip (`-W`)", bar=1.1, more_round_trips=1)
    yield Server("dropbear -W 1048576", has_dropbear, dropbear("-W 1048576"), "with OpenSSH's sftp-server", bar=1.1,
                 more_round_trips=1)
    yield Server("tinyssh", find("tinysshd") is not None and mounts, tinyssh,
                 "with OpenSSH's sftp-server; through the ssh program, because it has ChaCha20 only", only_ed25519=True, bar=1.1,
                 more_round_trips=3)
    yield Server("ProFTPD", find("proftpd") is not None and os.path.exists("/usr/lib/proftpd/mod_sftp.so"), proftpd,
                 keeps_time=True)
    yield Server("rclone", find("rclone") is not None, rclone(), "reads whole files ahead (`--buffer-size`)",
                 keeps_time=True)
    yield Server("rclone --buffer-size 0", find("rclone") is not None, rclone("--buffer-size", "0"), keeps_time=True)
    yield Server("Go pkg/sftp", go, go_server, keeps_time=True)
    yield Server("gesftpserver", sshd and os.path.exists(GESFTPSERVER), openssh(subsystem=GESFTPSERVER), "behind OpenSSH")
    for name, module in [("AsyncSSH", "asyncssh"), ("Paramiko", "paramiko"), ("Twisted Conch", "twisted.conch")]:
        yield Server(name, has(module), python_server(python, name.split()[-1].lower()), keeps_time=True)
    has_newer = newer is not None and IS_ROOT and mounts and os.path.exists(f"{newer}/usr/sbin/sshd")
    yield Server("OpenSSH 10", has_newer, newer_openssh(newer), "Debian 13", bar=1.1)
    yield Server("OpenSSH 10, sntrup761 only", has_newer, newer_openssh(newer, "KexAlgorithms sntrup761x25519-sha512"),
                 "Debian 13; through the ssh program", is_variant=True)
    yield Server("dropbear 2025", has_newer and find("dropbearkey") is not None, newer_dropbear(newer),
                 "Debian 13; with OpenSSH's sftp-server; takes 24,576 bytes of requests per round trip", bar=1.1, more_round_trips=1)
    yield Server("tinyssh 2025", has_newer and find("tinysshd-makekey") is not None, newer_tinyssh(newer),
                 "Debian 13; with OpenSSH's sftp-server; through the ssh program", only_ed25519=True, bar=1.1, more_round_trips=3)
    yield Server("ProFTPD 1.3.8c", has_newer and os.path.exists(f"{newer}/usr/sbin/proftpd"), newer_proftpd(newer), "Debian 13", keeps_time=True)


def answers(port, process):
    """The server's first line, without what all have in common; None when it does not come."""
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as probe:
            probe.settimeout(5)
            line = probe.recv(256)
            if line.startswith(b"SSH-2.0-"):
                return line.split(b"\r")[0].split(b"\n")[0][8:].decode(errors="replace")
        time.sleep(0.05)
    return None


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


def processor_seconds(pid):
    """Of a process and its children, those that have ended included; 0 where there is no /proc."""
    ticks = os.sysconf("SC_CLK_TCK")
    parents, used = {}, {}
    for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = entry.read_text().rsplit(")", 1)[1].split()
            number = int(entry.parent.name)
            parents[number] = int(fields[1])
            used[number] = sum(map(int, fields[11:15])) / ticks
    family = {pid}
    while more := {number for number, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(used.get(number, 0) for number in family)


@contextlib.contextmanager
def far_away(programs, port, milliseconds):
    """A port through which the server is that far away."""
    process = subprocess.Popen([programs / "link-simulator", "--target", str(port), "--rtt", str(milliseconds)],
                               stdout=subprocess.PIPE, text=True)
    try:
        yield int(process.stdout.readline().split()[-1])
    finally:
        process.terminate()
        process.wait()
