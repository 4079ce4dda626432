"""The stand-in of PostgREST as an HTTP server on a free port of loopback, for what stands before it."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .postgrest import Postgrest, Response


class HttpServer:
    def __init__(self, api: Postgrest):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(api))
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def reason_of(answer: Response) -> str | None:
    """As PostgREST: the message of an error of class PT stands in the status line, as it is."""
    if answer.status >= 400 and answer.json and answer.json["code"].startswith("PT"):
        return answer.json["message"].encode().decode("latin-1")
    return None


def handler_of(api: Postgrest):
    class Handler(BaseHTTPRequestHandler):
        protocol_version, wbufsize = "HTTP/1.1", 65536
        server_version, sys_version = "postgrest/stand-in", ""

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode() or None
            answer = api.request(self.command, self.path, dict(self.headers.items()), body)
            content = answer.text.encode()
            self.send_response(answer.status, reason_of(answer))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_HEAD = do_POST = do_PATCH = do_DELETE = do_PUT = serve

        def log_message(self, *_) -> None:
            """Nothing: the tests read the log of nginx."""

    return Handler
