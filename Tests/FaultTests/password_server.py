#!/usr/bin/env python3
"""An SSH server on 127.0.0.1 that takes passwords, which a private sshd cannot check without the
machine's accounts: password_server.py MODE LOG SFTP_SERVER, the secret in the environment as SECRET.

MODE is password, keyboard-interactive, both, code (a password and a code that is another each time),
one-time (such a code alone), deaf (questions are offered and none is asked), key (a password after
any key), asks-again (a second prompt for the password after a wrong one), hangs-up (on RSA keys; takes all others) or picky (takes Ed25519 keys, and hangs up on all
others), both also with -silently: without a word; or one-way (takes any key, and compresses only what
it sends). Prints its port and its host key, logs every attempt, and ends with its standard input.
"""
import os
import subprocess
import sys
import threading
import socket

import paramiko

mode, log_file, sftp_server = sys.argv[1:4]
secret = os.environ.pop("SECRET")
codes = iter(range(1, 1000))


def log(line):
    with open(log_file, "a") as out:
        out.write(line + "\n")


class Login(paramiko.ServerInterface):
    has_key = False

    def get_allowed_auths(self, username):
        ways = {
            "both": "password,keyboard-interactive",
            "deaf": "password,keyboard-interactive",
            "code": "keyboard-interactive",
            "one-time": "keyboard-interactive",
            "asks-again": "keyboard-interactive",
            "key": "password" if self.has_key else "publickey",
        }
        if mode.startswith(("hangs-up", "picky", "one-way")):
            return "publickey"
        return ways.get(mode, mode)

    def judge_key(self, key):
        name = key.get_name()
        unwanted = {"hangs-up": name == "ssh-rsa", "picky": name != "ssh-ed25519"}
        if unwanted.get(mode.removesuffix("-silently")):
            log("hung up")
            if not mode.endswith("silently"):
                goodbye = paramiko.Message()
                goodbye.add_byte(bytes([1]))  # SSH_MSG_DISCONNECT, by PROTOCOL_ERROR
                goodbye.add_int(2)
                goodbye.add_string("no such keys")
                goodbye.add_string("")
                self.transport._send_message(goodbye)
            self.transport.close()
            return paramiko.AUTH_FAILED
        log("publickey accepted")
        return paramiko.AUTH_SUCCESSFUL

    def judge(self, way, good):
        log(f"{way} {'accepted' if good else 'refused'}")
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_auth_publickey(self, username, key):
        if mode.startswith(("hangs-up", "picky", "one-way")):
            return self.judge_key(key)
        if mode == "key":
            self.has_key = True
            return paramiko.AUTH_PARTIALLY_SUCCESSFUL
        log("publickey refused")
        return paramiko.AUTH_FAILED

    def check_auth_password(self, username, password):
        return self.judge("password", (self.has_key or mode in ("password", "both", "deaf")) and password == secret)

    def check_auth_interactive(self, username, submethods):
        if mode in ("password", "deaf", "key"):
            return paramiko.AUTH_FAILED
        query = paramiko.InteractiveQuery("", "\033]0;evil\007Welcome")
        query.add_prompt(
            "One-time password (OATH) for `drone': " if mode == "one-time" else "Password: ", False
        )
        if mode == "code":
            self.code = str(next(codes))
            query.add_prompt(f"Code after {int(self.code) - 1}: ", True)
        return query

    def check_auth_interactive_response(self, responses):
        if mode == "asks-again" and list(responses) != [secret]:
            log("keyboard-interactive refused")
            again = paramiko.InteractiveQuery("", "")
            again.add_prompt("Password: ", False)
            return again
        wanted = [secret] + ([self.code] if mode == "code" else [])
        return self.judge("keyboard-interactive", list(responses) == wanted)

    def check_channel_request(self, kind, chanid):
        if kind == "session":
            return paramiko.OPEN_SUCCEEDED
        return paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_subsystem_request(self, channel, name):
        if name != "sftp":
            return False
        child = subprocess.Popen([sftp_server], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

        def to_child():
            while data := channel.recv(65536):
                child.stdin.write(data)
                child.stdin.flush()
            child.stdin.close()

        def from_child():
            while data := os.read(child.stdout.fileno(), 65536):
                channel.sendall(data)
            channel.close()
            child.wait()

        for work in (to_child, from_child):
            threading.Thread(target=work, daemon=True).start()
        return True


class OneWay(paramiko.Transport):
    naming = 0

    @property
    def preferred_compression(self):
        """Named twice in a key exchange: for what comes, and for what is sent."""
        self.naming -= 1
        return ("none",) if self.naming == 1 else ("zlib@openssh.com", "none")

    def _send_kex_init(self):
        self.naming = 2
        super()._send_kex_init()

    def _parse_kex_init(self, message):
        self.naming = 0
        super()._parse_kex_init(message)
        log(f"compression {self.local_compression}")
        self.remote_compression = "none"


def serve(connection):
    transport = (OneWay if mode == "one-way" else paramiko.Transport)(connection)
    transport.add_server_key(host_key)
    try:
        login = Login()
        login.transport = transport
        transport.start_server(server=login)
        transport.join()
    except (paramiko.SSHException, EOFError, OSError):
        pass


host_key = paramiko.ECDSAKey.generate()
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(16)
port = listener.getsockname()[1]
print(f"{port} {host_key.get_name()} {host_key.get_base64()}", flush=True)


def accept():
    while True:
        connection, _ = listener.accept()
        log("connection")
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


threading.Thread(target=accept, daemon=True).start()
sys.stdin.read()
