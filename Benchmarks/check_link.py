#!/usr/bin/env python3
"""Checks that link-simulator behaves like the configured link.

    python3 Benchmarks/check_link.py .build/release/link-simulator

Measures the round trip, the first exchange (TCP's handshake is part of it), whether the data in
flight is limited, and the bandwidth cap. Exit status 1 when a figure is out of its bounds.
"""

import contextlib
import socket
import statistics
import subprocess
import sys
import threading
import time


def echo_server():
    listener = socket.create_server(("127.0.0.1", 0), backlog=16)

    def serve(connection):
        with connection, contextlib.suppress(ConnectionResetError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while data := connection.recv(1 << 18):
                connection.sendall(data)

    def accept():
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def receive(connection, count):
    while count:
        data = connection.recv(min(count, 1 << 18))
        if not data:
            raise EOFError("the link closed too early")
        count -= len(data)


def connect(port):
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def ping_seconds(connection):
    began = time.monotonic()
    connection.sendall(b"x")
    receive(connection, 1)
    return time.monotonic() - began


def echo_seconds(connection, count):
    """Sends `count` bytes and reads until all have returned."""
    began = time.monotonic()
    sender = threading.Thread(target=connection.sendall, args=(bytes(count),))
    sender.start()
    receive(connection, count)
    sender.join()
    return time.monotonic() - began


class Simulator:
    def __init__(self, binary, target, rtt, mbit=None):
        command = [binary, "--target", str(target), "--rtt", str(rtt)]
        if mbit:
            command += ["--mbit", str(mbit)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()


def main():
    binary = sys.argv[1]
    target = echo_server()
    failures = 0

    def check(what, value, low, high, unit="ms"):
        nonlocal failures
        good = low <= value <= high
        failures += not good
        print(f"{'ok  ' if good else 'BAD '} {what}: {value:.2f} {unit} (expected {low:g} to {high:g})")

    for rtt in (0, 20, 50, 100):
        with Simulator(binary, target, rtt) as link:
            began = time.monotonic()
            with connect(link.port) as connection:
                ping_seconds(connection)
                first = (time.monotonic() - began) * 1000
                pings = [ping_seconds(connection) * 1000 for _ in range(20)]
            check(f"rtt {rtt}: median of 20 pings", statistics.median(pings), rtt, rtt + 1)
            check(f"rtt {rtt}: connect and first answer", first, 2 * rtt, 2 * rtt + 10)
    with Simulator(binary, target, 50) as link, connect(link.port) as connection:
        ping_seconds(connection)
        # A naive proxy with a window of 64 kB would need 128 round trips: 6.4 s.
        check("rtt 50: 8 MB there and back", echo_seconds(connection, 8 << 20) * 1000, 50, 200)
    with Simulator(binary, target, 50, 20) as link, connect(link.port) as connection:
        ping_seconds(connection)
        # 2.5 MB at 20 Mbit/s take 1.000 s each way; both ways overlap but for one piece.
        check("rtt 50, 20 Mbit/s: 2.5 MB there and back", echo_seconds(connection, 2_500_000) * 1000, 1050, 1150)
    with Simulator(binary, target, 50, 20) as link, connect(link.port) as a, connect(link.port) as b:
        ping_seconds(a), ping_seconds(b)
        began = time.monotonic()
        threads = [threading.Thread(target=echo_seconds, args=(c, 1_250_000)) for c in (a, b)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        check("the same, as two connections of half each", (time.monotonic() - began) * 1000, 1050, 1150)
    sys.exit(1 if failures else 0)


main()
