"""A server of this machine in the place of a chat: it answers what it is told to, and keeps what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Server:
    """`status` and `body` are what is answered once `answers` are used up, `got` the paths and contents of requests."""

    def __init__(self) -> None:
        self.status, self.body = 200, b"{}"
        self.answers: list[tuple[int, bytes]] = []
        self.got: list[tuple[str, Any]] = []
        self.port = 0

    def answer(self) -> tuple[int, bytes]:
        return self.answers.pop(0) if self.answers else (self.status, self.body)


@contextmanager
def serving() -> Iterator[Server]:
    """From its begin to its end."""
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                sent: Any = json.loads(raw)
            except ValueError:
                sent = raw.decode()
            told.got.append((self.path, sent))
            status, body = told.answer()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.port = http.server_port
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield told
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
