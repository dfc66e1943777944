"""A stand-in of the assistant's gateway on a port of its own, with every trap that assistant.md names.

A function's own entry wins over the current model; a model that nobody has is accepted with success; an unknown or
disabled provider is a 400 with a detail; API keys are echoed; nothing outlives a restart. `manner` makes it behave
worse. A newcomer would get this wrong: it serves from threads, so a test reads `asked` only after the
client has heard the answer.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

SECRET = "sk-live-51H8vKq2ZpXw7TtYb3NcR9"
BASE = "/api/ai_gateway"
FUNCTIONS = ("live_analysis", "style_profile", "script_generation", "live_review", "chat_focus", "topic_generation")

Manner = Literal[
    "well",
    "hang",
    "hang_on_orders",
    "mute_after_orders",
    "drip",
    "garbage",
    "array",
    "other_types",
    "cut_off",
    "no_http",
    "redirect",
    "huge",
    "forgets",
    "other_model",
    "not_found",
    "wants_token",
    "key_in_detail",
]


class Standin:
    """The gateway's mind. `asked` are the requests so far: (method, path, body)."""

    def __init__(self) -> None:
        self.manner: Manner = "well"
        self.token = ""
        self.asked: list[tuple[str, str, Any]] = []
        self.authorizations: list[str | None] = []
        self.released = threading.Event()
        self.port = 0
        self.restart()

    def restart(self) -> None:
        """Nothing that was switched persists."""
        models = {
            "qwen": ["qwen-plus", "qwen-max", "qwen-turbo"],
            "deepseek": ["deepseek-chat", "deepseek-coder"],
            "openai": ["gpt-4o", "gpt-4o-mini"],
            "glm": ["glm-4", "glm-4-flash"],
        }
        self.providers: dict[str, dict[str, Any]] = {
            name: {
                "provider": name,
                "model": offered[0],
                "base_url": f"https://{name}.example/v1?key={SECRET}",
                "api_key": SECRET,
                "available_models": offered,
                "enabled": name != "openai",
            }
            for name, offered in models.items()
        }
        self.current = "qwen"
        self.functions: dict[str, dict[str, str]] = {
            function: {"provider": "qwen", "model": "qwen-max" if function == "live_analysis" else "qwen-plus"}
            for function in FUNCTIONS
        }

    def model_of(self, function: str) -> str:
        """What the assistant would really call."""
        return str(self.functions.get(function, self.providers[self.current])["model"])

    @property
    def orders(self) -> list[tuple[str, str, Any]]:
        """What was asked for, beside reading."""
        return [asked for asked in self.asked if asked[0] != "GET"]

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if self.manner == "not_found" or not path.startswith(BASE):
            return 404, {"detail": "Not Found"}
        match method, path.removeprefix(BASE).strip("/").split("/"):
            case "GET", ["status"]:
                return 200, {
                    "success": True,
                    "current": self.providers[self.current],
                    "providers": self.providers,
                    "function_configs": self.functions,
                }
            case "GET", ["functions"]:
                return 200, {"success": True, "functions": self.functions}
            case "GET", ["models", provider] if provider in self.providers:
                return 200, {"success": True, "models": self.providers[provider]["available_models"]}
            case "POST", ["switch"]:
                return self._switch(body)
            case "PUT", ["functions", function]:
                return self._configure(function, body)
        return 404, {"detail": "Not Found"}

    def _refusal(self, provider: Any) -> tuple[int, Any] | None:
        if self.manner == "key_in_detail":
            return 400, {"detail": f"provider {provider} refused Bearer {SECRET} with token {self.token}"}
        if provider not in self.providers:
            return 400, {"detail": f"未知的提供商: {provider}"}
        if not self.providers[provider]["enabled"]:
            return 400, {"detail": f"提供商未启用: {provider}"}
        return None

    def _switch(self, body: Any) -> tuple[int, Any]:
        provider = body.get("provider")
        if refusal := self._refusal(provider):
            return refusal
        if self.manner != "forgets":
            self.current = provider
            self.providers[provider]["model"] = self._taken(body.get("model") or self.providers[provider]["model"])
        return 200, {"success": True, "message": "已切换", "current": self.providers[self.current]}

    def _configure(self, function: str, body: Any) -> tuple[int, Any]:
        if function not in self.functions:
            return 400, {"detail": f"未知功能: {function}"}
        entry = {**self.functions[function], **{key: body[key] for key in ("provider", "model") if body.get(key)}}
        if refusal := self._refusal(entry["provider"]):
            return refusal
        if self.manner != "forgets":
            self.functions[function] = {**entry, "model": self._taken(entry["model"])}
        return 200, {"success": True, "message": "ok", "config": {**entry, "api_key": SECRET}}

    def _taken(self, model: str) -> str:
        return "qwen-turbo" if self.manner == "other_model" else model


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def _serve(self) -> None:
        mind = self.server.mind
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(raw) if raw else None
        mind.asked.append((self.command, self.path, body))
        mind.authorizations.append(self.headers.get("Authorization"))
        match mind.manner:
            case "hang":
                mind.released.wait()
                return
            case "hang_on_orders" if self.command != "GET":
                mind.answer(self.command, self.path, body)
                mind.released.wait()
                return
            case "drip":
                self._head(200, 100_000)
                while not mind.released.wait(0.02):
                    self.wfile.write(b" ")
                    self.wfile.flush()
                return
            case "mute_after_orders" if mind.orders and self.command == "GET":
                return self._say(503, b"")
            case "garbage":
                return self._say(200, b"<html>\xff\xfe it works </html>")
            case "array":
                return self._say(200, b"[1, 2, 3]")
            case "other_types":
                return self._say(200, b'{"current": [], "providers": 7, "function_configs": null}')
            case "cut_off":
                self._head(200, 5000)
                self.wfile.write(b'{"success": true, "current"')
                return None
            case "no_http":
                self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
                return None
            case "redirect":
                self.send_response(307)
                self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}{self.path}/elsewhere")
                self.end_headers()
                return None
            case "huge":
                self._head(200, 50_000_000)
                try:
                    for _ in range(500):
                        self.wfile.write(b" " * 100_000)
                except OSError:
                    self.close_connection = True
                return None
            case "wants_token" if self.headers.get("Authorization") != f"Bearer {mind.token}":
                return self._say(401, b'{"detail": "who are you"}')
        status, answer = mind.answer(self.command, self.path, body)
        return self._say(status, json.dumps(answer, ensure_ascii=False).encode())

    do_GET = do_POST = do_PUT = _serve

    def _say(self, status: int, body: bytes) -> None:
        self._head(status, len(body))
        self.wfile.write(body)

    def _head(self, status: int, length: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Not on the tests' stderr."""


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, mind: Standin) -> None:
        super().__init__(("127.0.0.1", mind.port), _Handler)
        self.mind = mind

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is not this side's mistake."""


@contextmanager
def standing_in(mind: Standin | None = None) -> Iterator[Standin]:
    """The gateway on a free port, or again on the one that it had before."""
    mind = mind or Standin()
    server = _Server(mind)
    mind.port = server.server_port
    mind.released.clear()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, name="gateway stand-in")
    thread.start()
    try:
        yield mind
    finally:
        mind.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
