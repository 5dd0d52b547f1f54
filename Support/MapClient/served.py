"""`gpsindex serve` for tests and benchmarks."""
import re
import subprocess


class Server:
    """`gpsindex serve` on any free port."""

    def __init__(self, program, index, *more, environment=None):
        self.process = subprocess.Popen(
            [program, "serve", "--listen", "127.0.0.1:0", "--index", index, *more],
            stdout=subprocess.PIPE, text=True, env=environment)
        self.url = self.process.stdout.readline().strip()
        self.root = re.sub("/#.*", "", self.url)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
