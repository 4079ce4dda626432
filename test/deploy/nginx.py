"""deploy/nginx.conf under Debian's nginx: one process, ports of loopback that are free, a certificate made now.

Only what differs from machine to machine is replaced, and times that a test would have to wait for; each
replacement must find its text, so a changed file cannot slip past.
"""

from __future__ import annotations

import http.client
import itertools
import json
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

from worker_process import wait_until

DEPLOY = Path(__file__).parents[2] / "deploy"
NAME = "billing.example.com"
BINARY = shutil.which("nginx") or "/usr/sbin/nginx"

MAIN = """
load_module /usr/lib/nginx/modules/ndk_http_module.so;
load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;
daemon off;
master_process off;
pid {directory}/nginx.pid;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    include {directory}/pg_billing.conf;
}}
"""

# A minute for one more request: what a test counts does not depend on its speed.
QUICK = {"rate=100r/s": "rate=1r/m", "rate=50r/s": "rate=1r/m", "rate=500r/s": "rate=1r/m",
         "proxy_read_timeout 20s": "proxy_read_timeout 500ms",
         "client_body_timeout 10s": "client_body_timeout 500ms"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def shipped(replacements: dict[str, str]) -> str:
    text = (DEPLOY / "nginx.conf").read_text()
    for old, new in replacements.items():
        assert old in text, f"deploy/nginx.conf has no more: {old}"
        text = text.replace(old, new)
    return text


class Nginx:
    addresses = itertools.count(2)

    def __init__(self, directory: Path, postgrest_port: int, worker_port: int, more: dict | None = None):
        self.directory, self.more = directory, more or {}
        self.log_file = directory / "pg_billing.log"
        self.error_file = directory / "pg_billing.error.log"
        self.make_certificate()
        for _ in range(5):  # another process may take a port that was free
            self.port, self.plain_port = free_port(), free_port()
            self.write(postgrest_port, worker_port)
            self.process = self.start()
            wait_until(lambda: self.process.poll() is not None or self.listens(), "nginx listens")
            if self.process.poll() is None:
                return
        raise AssertionError(self.said())

    def write(self, postgrest_port: int, worker_port: int) -> None:
        (self.directory / "nginx.conf").write_text(MAIN.format(directory=self.directory))
        (self.directory / "pg_billing.conf").write_text(shipped({**QUICK, **self.more,
            "    listen [::]:80;\n": "", "    listen [::]:443 ssl;\n": "",
            "listen 80;": f"listen 0.0.0.0:{self.plain_port};",
            "listen 443 ssl;": f"listen 0.0.0.0:{self.port} ssl;",
            "127.0.0.1:3000": f"127.0.0.1:{postgrest_port}", "127.0.0.1:8090": f"127.0.0.1:{worker_port}",
            "/etc/ssl/pg_billing/": f"{self.directory}/", "/var/log/nginx/": f"{self.directory}/",
            "/etc/nginx/lua/": f"{DEPLOY}/lua/",
        }))

    def make_certificate(self) -> None:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
             "-nodes", "-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
             "-keyout", self.directory / "privkey.pem", "-out", self.directory / "fullchain.pem"],
            check=True, capture_output=True)

    def command(self, *more: str) -> list[str]:
        return [BINARY, "-p", str(self.directory), "-c", str(self.directory / "nginx.conf"),
                "-e", str(self.directory / "start.log"), *more]

    def check(self) -> subprocess.CompletedProcess:
        return subprocess.run(self.command("-t"), capture_output=True, text=True)

    def start(self) -> subprocess.Popen:
        return subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def listens(self) -> bool:
        """Its pid is written after its ports are bound. (A connection could reach who took the port.)"""
        file = self.directory / "nginx.pid"
        return file.exists() and file.read_text().strip() == str(self.process.pid)

    def said(self) -> str:
        return "".join(f.read_text() for f in (self.directory / "start.log", self.error_file) if f.exists())

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)

    def client(self) -> "Client":
        return Client(self.port, self.directory / "fullchain.pem", f"127.0.0.{next(self.addresses)}")

    def log(self) -> list[dict]:
        return [json.loads(line) for line in self.log_file.read_text().splitlines()]


class Answer:
    def __init__(self, answer: http.client.HTTPResponse):
        self.status, self.reason, self.headers = answer.status, answer.reason, answer.headers
        self.body = answer.read()

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    """One kept connection, over TLS, that checks the certificate."""

    def __init__(self, port: int, certificate: Path, address: str):
        self.port, self.address = port, address
        self.context = ssl.create_default_context(cafile=certificate)
        self.open: http.client.HTTPConnection | None = None

    def tls(self) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self.port), 20, (self.address, 0))
        return self.context.wrap_socket(plain, server_hostname=NAME)

    def close(self) -> None:
        if self.open is not None:
            self.open.close()
            self.open = None

    def request(self, method: str, path: str, headers: dict | None = None, body=None) -> Answer:
        if self.open is None:
            self.open = http.client.HTTPConnection(NAME)
        if self.open.sock is None:
            self.open.sock = self.tls()
        content = json.dumps(body) if isinstance(body, (dict, list)) else body
        kind = {"Content-Type": "application/json"} if content is not None else {}
        self.open.request(method, path, content, {**kind, **(headers or {})})
        answer = Answer(self.open.getresponse())
        if answer.headers.get("Connection") == "close":
            self.close()
        return answer

    def raw(self, request: bytes) -> bytes:
        """What comes back for bytes as they are, to the end of the connection."""
        with self.tls() as connection:
            connection.sendall(request)
            received = b""
            while chunk := connection.recv(65536):
                received += chunk
        return received
