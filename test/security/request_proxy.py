"""A socket before the server's: whatever a client begins becomes a request with an API key.

    with RequestProxy(server_socket, headers) as proxy:
        subprocess.run(["sqlsmith", f"--target=host={proxy.directory} user=billing_authenticator ..."])
    proxy.statements, proxy.errors  # how many, and SQLSTATE -> how often
    proxy.internal, proxy.told      # messages that nobody foresaw, and secrets in answers

A client that knows nothing of PostgREST sends its `BEGIN;` and gets what PostgREST would do: the role,
the headers, billing.pre_request(). Before its first statement it becomes billing_api, so that it sees
what that role sees of the catalogue.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import struct
import tempfile
import threading
from collections import Counter
from pathlib import Path

SOCKET = ".s.PGSQL.5432"


class RequestProxy:
    def __init__(self, server: Path, headers: dict, rewrite=lambda text: text,
                 secrets=frozenset()):
        given = json.dumps({name.lower(): value for name, value in headers.items()})
        self.server, self.rewrite = server, rewrite
        self.request = ("BEGIN; SELECT set_config('role', 'billing_anon', true),"
                        f" set_config('request.headers', '{given}', true); SELECT billing.pre_request()")
        self.directory = Path(tempfile.mkdtemp(prefix="pg_billing_proxy_"))
        self.statements = 0
        self.errors: Counter[str] = Counter()
        self.internal: set[str] = set()
        self.secrets = re.compile(b"|".join(re.escape(one.encode()) for one in secrets) or b"(?!)")
        self.told: set[bytes] = set()

    def __enter__(self) -> "RequestProxy":
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.directory / SOCKET))
        self.listener.listen(8)
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.listener.close()
        shutil.rmtree(self.directory)

    def accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self.server / SOCKET))
            for pump, one, other in ((self.to_server, client, server), (self.to_client, server, client)):
                threading.Thread(target=run, args=(pump, one, other), daemon=True).start()

    def to_server(self, client, server) -> None:
        length = read(client, 4)
        server.sendall(length + read(client, struct.unpack("!i", length)[0] - 4))
        become = "SET ROLE billing_api; "
        while True:
            kind, body = message(client)
            if kind == b"Q":
                text = body[:-1].decode()
                begins = text.strip() == "BEGIN;"
                self.statements += begins
                body = (become + (self.request if begins else self.rewrite(text))).encode() + b"\0"
                become = ""
            server.sendall(kind + struct.pack("!i", len(body) + 4) + body)

    def to_client(self, server, client) -> None:
        while True:
            kind, body = message(server)
            if kind == b"E":
                fields = {field[:1]: field[1:].decode(errors="replace") for field in body.split(b"\0") if field}
                self.errors[fields[b"C"]] += 1
                if fields[b"C"] == "PT500" or fields[b"C"].startswith("XX"):
                    self.internal.add(fields[b"M"])
            self.told.update(self.secrets.findall(body))
            client.sendall(kind + struct.pack("!i", len(body) + 4) + body)


def run(pump, one: socket.socket, other: socket.socket) -> None:
    """Until either side goes; the other one learns of it."""
    try:
        pump(one, other)
    except (EOFError, OSError):
        pass
    for end in (one, other):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def message(source: socket.socket) -> tuple[bytes, bytes]:
    head = read(source, 5)
    return head[:1], read(source, struct.unpack("!i", head[1:])[0] - 4)


def read(source: socket.socket, count: int) -> bytes:
    out = b""
    while len(out) < count:
        got = source.recv(count - len(out))
        if not got:
            raise EOFError
        out += got
    return out
