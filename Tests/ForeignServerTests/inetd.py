#!/usr/bin/env python3
"""Starts a program for each connection, on its standard input and output: inetd.py PORT PROGRAM ARGUMENTS…"""
import socket
import subprocess
import sys

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen(16)
children = []
while True:
    connection, _ = listener.accept()
    children = [child for child in children if child.poll() is None]
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection:
        children.append(subprocess.Popen(sys.argv[2:], stdin=connection, stdout=connection))
