"""Servers that cannot serve, each in another way: how long gpsindex takes to say so, and what it says."""
import contextlib
import socket
import threading
import time

import servers

# Seconds, for --timeout; and what starting ssh and the interpreter of a script may take on top.
TIMEOUT = 5
MARGIN = 2

# Of an SFTP server that answers INIT alone.
SILENT = """#!/usr/bin/env python3
import os
os.read(0, 9)
os.write(1, bytes([0, 0, 0, 5, 2, 0, 0, 0, 3]))
while os.read(0, 4096):
    pass
"""


def close(connection):
    connection.close()


def silence(connection):
    with contextlib.suppress(OSError):
        while connection.recv(4096):
            pass


def banner(connection):
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
    silence(connection)


def web(connection):
    with contextlib.suppress(OSError):
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    connection.close()


@contextlib.contextmanager
def listening(behave, backlog=16):
    """A port whose connections are treated that way."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(backlog)

        def accept():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=behave, args=(connection,), daemon=True).start()
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]


@contextlib.contextmanager
def nobody():
    yield servers.free_port()


@contextlib.contextmanager
def full():
    """The queue of connections is full, so that the network answers nothing."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        time.sleep(0.2)
        yield listener.getsockname()[1]


def sshd(folder, keys, *lines, subsystem="internal-sftp"):
    @contextlib.contextmanager
    def start():
        here = folder / f"failing-{servers.free_port()}"
        here.mkdir()
        servers.prepare(here, keys)
        port = servers.free_port()
        words, _, variables = servers.openssh(*lines, subsystem=subsystem)(here, port)
        with servers.running(words, variables, here / "server.log") as process:
            assert servers.answers(port, process), (here / "server.log").read_text()
            yield port
    return start


def script(path, text):
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def ways(folder, keys):
    """Names, and what starts a server like that."""
    silent = script(folder / "silent.py", SILENT)
    deaf = script(folder / "deaf", "#!/bin/sh\nexec cat >/dev/null\n")
    greeting = script(folder / "greeting", "#!/bin/sh\necho welcome\nexec cat\n")
    yield "nothing listens", nobody
    yield "the network answers nothing", full
    yield "hangs up at once", lambda: listening(close)
    yield "never says a word", lambda: listening(silence)
    yield "falls silent after its first line", lambda: listening(banner)
    yield "is a web server", lambda: listening(web)
    if servers.find("sshd") is None:
        return
    yield "has no key exchange that anybody here knows", sshd(folder, keys, "KexAlgorithms diffie-hellman-group1-sha1")
    yield "refuses the key", sshd(folder, [])
    yield "has no SFTP", sshd(folder, keys, subsystem="/nowhere/sftp-server")
    yield "ends the session (ForceCommand /bin/false)", sshd(folder, keys, "ForceCommand /bin/false")
    yield "greets before SFTP begins", sshd(folder, keys, subsystem=greeting)
    yield "falls silent after the login", sshd(folder, keys, subsystem=deaf)
    yield "falls silent after the start of SFTP", sshd(folder, keys, subsystem=silent)


def watched(client, words):
    """Seconds until the first message and until the end, exit code, and the first message."""
    begin = time.monotonic()
    first = None
    with client.start(*words) as process:
        for line in process.stderr:
            # What is said beside the failure: another program takes over, a host key is new.
            if first is None and not any(part in line for part in ("takes over", "accepted", "warning")):
                first = (time.monotonic() - begin, line.strip())
        code = process.wait()
    took, message = first or (time.monotonic() - begin, "")
    return took, time.monotonic() - begin, code, message


def try_all(client, folder, keys, identity, failures):
    """Rows for the table: the way, seconds until the message and until the end, exit code, message."""
    rows = []
    for name, start in ways(folder, keys):
        client.fresh()
        with start() as port:
            words = ["sync", *client.reach(port, timeout=TIMEOUT), "--identity", identity, "--progress", "none"]
            took, whole, code, message = watched(client, words)
        message = message.replace(str(port), "PORT").replace(client.user + "@", "").replace(str(folder.parent), "FOLDER")
        rows.append((name, took, whole, code, message))
        print(name, f"{took:.2f} {whole:.2f}", code, message, flush=True)
        if code == 0 or not message:
            failures.append(f"a server that {name}: exit {code}, no message")
        if took > TIMEOUT + MARGIN:
            failures.append(f"a server that {name}: {took:.1f} s with --timeout {TIMEOUT}")
    return rows
