#!/usr/bin/env python3
"""Runs a program on a terminal of its own: terminal.py EXPECT ANSWER … -- PROGRAM ARGUMENT…

When the terminal shows EXPECT, ANSWER is typed; an answer SIGINT, SIGTSTP … is sent as that signal.
Prints what the terminal showed, then a line "echo on" or "echo off" for how it was left; ends with the
program's status.
"""
import os
import pty
import select
import signal
import sys
import termios
import time

cut = sys.argv.index("--")
script = sys.argv[1:cut]
steps = [(script[i], script[i + 1]) for i in range(0, cut - 1, 2)]
pid, master = pty.fork()
if pid == 0:
    os.execvp(sys.argv[cut + 1], sys.argv[cut + 1:])
shown = b""
seen = 0
end = time.monotonic() + 15
echo = None
while time.monotonic() < end:
    if select.select([master], [], [], 0.05)[0]:
        try:
            data = os.read(master, 65536)
        except OSError:
            break
        if not data:
            break
        shown += data
    if steps and steps[0][0].encode() in shown[seen:]:
        expect, answer = steps.pop(0)
        seen = shown.index(expect.encode(), seen) + len(expect)
        time.sleep(0.1)
        if answer.startswith("SIG"):
            os.kill(pid, getattr(signal, answer))
        else:
            os.write(master, answer.encode() + b"\n")
    echo = bool(termios.tcgetattr(master)[3] & termios.ECHO)
else:
    os.kill(pid, signal.SIGKILL)
    shown += b"\nhangs\n"
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(shown)
print(f"\necho {'on' if echo else 'off'}")
sys.exit(os.waitstatus_to_exitcode(status) % 256)
