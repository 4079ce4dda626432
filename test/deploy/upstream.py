"""An upstream that says, byte for byte, what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import socketserver
import threading
from dataclasses import dataclass


@dataclass
class Asked:
    method: str
    path: str
    headers: dict  # lower-case names
    body: bytes


def answer(status: int, body: bytes | str = b"", kind: str = "application/json", more: str = "") -> bytes:
    content = body.encode() if isinstance(body, str) else body
    return (f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n{more}"
            "Connection: close\r\n\r\n").encode() + content


class Server(socketserver.ThreadingTCPServer):
    request_queue_size = 256
    daemon_threads = True


class Upstream:
    def __init__(self):
        self.asked: list[Asked] = []
        self.connections = 0
        self.keeps = False  # connections open for further requests
        self.answer = answer(200, "[]")
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.server = Server(("127.0.0.1", 0), handler_of(self))
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def say(self, text: bytes) -> None:
        """To every request from now on; it forgets what it was asked."""
        self.answer = text
        self.asked = []

    @property
    def last(self) -> Asked:
        return self.asked[-1]

    def close(self) -> None:
        self.may_answer.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def handler_of(upstream: Upstream):
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            upstream.connections += 1
            while self.one_request() and upstream.keeps:
                pass

        def one_request(self) -> bool:
            line = self.rfile.readline().decode()
            if not line:
                return False
            method, path, _ = line.split(" ", 2)
            headers = {}
            while (text := self.rfile.readline().decode("latin-1").strip()):
                name, _, value = text.partition(":")
                headers[name.lower()] = value.strip()
            body = self.rfile.read(int(headers.get("content-length", 0)))
            upstream.asked.append(Asked(method, path, headers, body))
            upstream.may_answer.wait()
            try:
                self.wfile.write(upstream.answer)
            except OSError:
                return False  # nginx had enough
            return True

    return Handler
