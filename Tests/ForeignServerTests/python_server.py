#!/usr/bin/env python3
"""An SFTP server of a Python library, as its own documentation makes one: python_server.py LIBRARY PORT FOLDER.

LIBRARY is asyncssh, paramiko or conch. FOLDER has host_key and authorized_keys. Serves all files, read-only or not, to the
user `drone` on 127.0.0.1, until it is killed.
"""
import base64
import os
import sys

library, port, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
host_key = os.path.join(folder, "host_key")
authorized = os.path.join(folder, "authorized_keys")
with open(authorized) as lines:
    allowed = {base64.b64decode(line.split()[1]) for line in lines if line.strip()}


def with_asyncssh():
    import asyncio

    import asyncssh

    async def serve():
        await asyncssh.listen("127.0.0.1", port, server_host_keys=[host_key], authorized_client_keys=authorized,
                              sftp_factory=True, allow_scp=False)
        await asyncio.Event().wait()

    asyncio.run(serve())


def with_paramiko():
    import socket
    import threading

    import paramiko

    class Login(paramiko.ServerInterface):
        def get_allowed_auths(self, username):
            return "publickey"

        def check_auth_publickey(self, username, key):
            return paramiko.AUTH_SUCCESSFUL if key.asbytes() in allowed else paramiko.AUTH_FAILED

        def check_channel_request(self, kind, chanid):
            return paramiko.OPEN_SUCCEEDED

    class Files(paramiko.SFTPServerInterface):
        """Of paramiko's tests/_stub_sftp.py, what reading needs."""

        def list_folder(self, path):
            try:
                names = os.listdir(path)
                return [paramiko.SFTPAttributes.from_stat(os.lstat(os.path.join(path, name)), name) for name in names]
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno)

        def status(self, path, of):
            try:
                return paramiko.SFTPAttributes.from_stat(of(path))
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno)

        def stat(self, path):
            return self.status(path, os.stat)

        def lstat(self, path):
            return self.status(path, os.lstat)

        def open(self, path, flags, attr):
            try:
                file = os.fdopen(os.open(path, os.O_RDONLY), "rb")
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno)
            handle = paramiko.SFTPHandle(flags)
            handle.filename, handle.readfile = path, file
            handle.stat = lambda: paramiko.SFTPAttributes.from_stat(os.fstat(file.fileno()))
            return handle

    key = paramiko.ECDSAKey.from_private_key_file(host_key)

    def serve(connection):
        transport = paramiko.Transport(connection)
        transport.add_server_key(key)
        transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Files)
        try:
            transport.start_server(server=Login())
            transport.join()
        except (paramiko.SSHException, EOFError, OSError):
            pass

    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(16)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


def with_conch():
    from twisted.conch import avatar
    from twisted.conch.checkers import InMemorySSHKeyDB, SSHPublicKeyChecker
    from twisted.conch.interfaces import ISFTPServer
    from twisted.conch.ssh import factory, filetransfer, keys, session
    from twisted.conch.unix import SFTPServerForUnixConchUser
    from twisted.cred.portal import IRealm, Portal
    from twisted.internet import reactor
    from twisted.python import components
    from twisted.python.filepath import FilePath
    from zope.interface import implementer

    class Avatar(avatar.ConchUser):
        def __init__(self):
            super().__init__()
            self.channelLookup[b"session"] = session.SSHSession
            self.subsystemLookup[b"sftp"] = filetransfer.FileTransferServer

        def getUserGroupId(self):
            return os.getuid(), os.getgid()

        def getHomeDir(self):
            return FilePath(folder)

        def _runAsUser(self, f, *args, **kw):
            calls = f if isinstance(f, list) else [(f, args, kw)]
            result = None
            for call in calls:
                function, *rest = call
                result = function(*(rest[0] if rest else ()), **(rest[1] if len(rest) > 1 else {}))
            return result

    components.registerAdapter(SFTPServerForUnixConchUser, Avatar, ISFTPServer)

    @implementer(IRealm)
    class Realm:
        def requestAvatar(self, name, mind, *interfaces):
            return interfaces[0], Avatar(), lambda: None

    class Factory(factory.SSHFactory):
        def getPublicKeys(self):
            return {key.sshType(): key.public() for key in [keys.Key.fromFile(host_key)]}

        def getPrivateKeys(self):
            return {key.sshType(): key for key in [keys.Key.fromFile(host_key)]}

        def getPrimes(self):
            return None

    database = InMemorySSHKeyDB({b"drone": [keys.Key.fromString(blob) for blob in allowed]})
    Factory.portal = Portal(Realm(), [SSHPublicKeyChecker(database)])
    reactor.listenTCP(port, Factory(), interface="127.0.0.1")
    reactor.run()


{"asyncssh": with_asyncssh, "paramiko": with_paramiko, "conch": with_conch}[library]()
