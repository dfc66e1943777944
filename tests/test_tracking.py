"""Automatic recording, tried with the real `openai` package against a service of our own on this computer."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import gc
import inspect
import json
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import openai
import pytest

from tipmao_monitor import UsageMonitor, track_ai_usage, track_client

UNKNOWN = False
USAGE = {"prompt_tokens": 1500, "completion_tokens": 800, "total_tokens": 2300}
ASKED = [{"role": "user", "content": "hi"}]
WITH_USAGE = {"stream_options": {"include_usage": True}}


class Service(BaseHTTPRequestHandler):
    """Answers like an OpenAI-compatible service; the model that is asked for says how."""

    requests: ClassVar[list[dict[str, Any]]]

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.requests.append(asked)
        match asked["model"]:
            case "busy":
                self._answer(429, json.dumps({"error": {"message": "Too Many Requests", "code": "busy"}}))
            case "broken":
                self._answer(500, json.dumps({"error": {"message": "backend gone"}}))
            case "silent":
                self.rfile.read(1)  # until the other side goes
            case "html":
                self._answer(200, "<html>502</html>", "text/html")
            case "no-json":
                self._answer(200, '{"id": "chat')
            case "odd-usage":
                usage = {"prompt_tokens": "many", "completion_tokens": -1, "total_tokens": None}
                self._answer(200, json.dumps(self._completion("odd-usage", usage)))
            case model if asked.get("stream"):
                self._stream(model, asked.get("stream_options", {}).get("include_usage", False))
            case model:
                self._answer(200, json.dumps(self._completion(f"{model}-2025-01-25", USAGE)))

    def _completion(self, model: str, usage: dict[str, Any]) -> dict[str, Any]:
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}
        return {
            "id": f"chat-{len(self.requests)}",
            "object": "chat.completion",
            "created": 1,
            "model": model,
            "choices": [choice],
            "usage": usage,
        }

    def _stream(self, model: str, with_usage: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        if model == "cut":
            self.send_header("Content-Length", "100000")
        self.end_headers()
        head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": model}
        parts: list[dict[str, Any]] = [
            {**head, "choices": [{"index": 0, "delta": {"content": text}}]} for text in ("he", "l", "lo")
        ]
        if model == "error-in-stream":
            parts[1:] = [{"error": {"message": "overloaded"}}]
        if with_usage:
            parts.append({**head, "choices": [], "usage": USAGE})
        for part in parts:
            self.wfile.write(b"data: " + json.dumps(part).encode() + b"\n\n")
        if model != "cut":
            self.wfile.write(b"data: [DONE]\n\n")

    def _answer(self, status: int, body: str, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *values: object) -> None:
        pass


@pytest.fixture(scope="module")
def service() -> Iterator[type[Service]]:
    class Here(Service):
        requests: ClassVar[list[dict[str, Any]]] = []
        address = ""

    with ThreadingHTTPServer(("127.0.0.1", 0), Here) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        Here.address = f"http://127.0.0.1:{server.server_port}/v1"
        yield Here
        server.shutdown()
        thread.join()


@pytest.fixture
def monitor(tmp_path: Path) -> Iterator[UsageMonitor]:
    monitor = UsageMonitor(tmp_path / "records")
    yield monitor
    monitor.close()


@pytest.fixture
def client(service: Any) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="k", base_url=service.address, max_retries=0, timeout=20) as client:
        yield client


def lines(monitor: UsageMonitor) -> list[dict[str, Any]]:
    """What was recorded, in order."""
    return [
        json.loads(line)
        for path in sorted(monitor.folders[0].glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]


def facts(monitor: UsageMonitor, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(line[name] for name in names) for line in lines(monitor)]


async def in_async(service: Any, monitor: UsageMonitor, act: Callable[[Any], Awaitable[Any]]) -> Any:
    async with openai.AsyncOpenAI(api_key="k", base_url=service.address, max_retries=0, timeout=20) as client:
        return await act(track_client(client, function="live_analysis", monitor=monitor))


def text(parts: Any) -> str:
    return "".join(choice.delta.content or "" for part in parts for choice in part.choices)


# A client: each way to ask, sync and async


def asked(client: Any, **options: Any) -> Any:
    return client.chat.completions.create(model="qwen-plus", messages=ASKED, **options)


def plain(client: Any) -> str:
    answer = asked(client)
    assert isinstance(answer, openai.types.chat.ChatCompletion)
    return answer.choices[0].message.content


def stream(client: Any) -> str:
    return text(asked(client, stream=True))


def stream_in_a_block(client: Any) -> str:
    with asked(client, stream=True, **WITH_USAGE) as parts:
        assert isinstance(parts, openai.Stream)
        assert parts.response.status_code == 200
        return text(parts)


def raw(client: Any) -> str:
    response = client.chat.completions.with_raw_response.create(model="qwen-plus", messages=ASKED)
    assert response.headers["content-type"] == "application/json"
    return response.parse().choices[0].message.content


def raw_stream(client: Any) -> str:
    completions = client.chat.completions
    response = completions.with_raw_response.create(model="qwen-plus", messages=ASKED, stream=True, **WITH_USAGE)
    assert response.parse() is response.parse()
    return text(response.parse())


def raw_of_the_client(client: Any) -> str:
    response = client.with_raw_response.chat.completions.create(model="qwen-plus", messages=ASKED)
    return response.parse().choices[0].message.content


def streaming_response(client: Any) -> str:
    completions = client.chat.completions
    with completions.with_streaming_response.create(model="qwen-plus", messages=ASKED) as response:
        return response.parse().choices[0].message.content


def read_response(client: Any) -> str:
    completions = client.chat.completions
    with completions.with_streaming_response.create(model="qwen-plus", messages=ASKED) as response:
        return json.loads(response.read())["choices"][0]["message"]["content"]


def streamed_response(client: Any) -> str:
    completions = client.chat.completions
    how = {"stream": True, **WITH_USAGE}
    with completions.with_streaming_response.create(model="qwen-plus", messages=ASKED, **how) as response:
        return text(response.parse())


def parse(client: Any) -> str:
    return client.chat.completions.parse(model="qwen-plus", messages=ASKED).choices[0].message.content


def events(client: Any) -> str:
    with client.chat.completions.stream(model="qwen-plus", messages=ASKED, **WITH_USAGE) as found:
        return "".join(event.delta for event in found if event.type == "content.delta")


def beta_parse(client: Any) -> str:
    return client.beta.chat.completions.parse(model="qwen-plus", messages=ASKED).choices[0].message.content


def beta_stream(client: Any) -> str:
    return text(client.beta.chat.completions.create(model="qwen-plus", messages=ASKED, stream=True, **WITH_USAGE))


def beta_events(client: Any) -> str:
    with client.beta.chat.completions.stream(model="qwen-plus", messages=ASKED, **WITH_USAGE) as found:
        return "".join(event.delta for event in found if event.type == "content.delta")


def beta_raw(client: Any) -> str:
    response = client.beta.chat.completions.with_raw_response.parse(model="qwen-plus", messages=ASKED)
    return response.parse().choices[0].message.content


def raw_of_beta(client: Any) -> str:
    response = client.beta.chat.with_raw_response.completions.create(model="qwen-plus", messages=ASKED)
    return response.parse().choices[0].message.content


def copied(client: Any) -> str:
    return plain(client.with_options(timeout=19))


FULL = ("qwen-plus-2025-01-25", 1500, 800, 2300, 0.0156)
STREAMED = ("qwen-plus", 1500, 800, 2300, 0.0156)
UNTOLD = ("qwen-plus", UNKNOWN, UNKNOWN, 0, UNKNOWN)
WAYS = [
    (plain, FULL), (stream, UNTOLD), (stream_in_a_block, STREAMED), (raw, FULL), (raw_stream, STREAMED),
    (raw_of_the_client, FULL), (streaming_response, FULL), (read_response, FULL), (streamed_response, STREAMED),
    (parse, FULL), (events, STREAMED), (copied, FULL), (beta_parse, FULL), (beta_stream, STREAMED),
    (beta_events, STREAMED), (beta_raw, FULL), (raw_of_beta, FULL),
]  # fmt: skip


@pytest.mark.parametrize("used_before", [False, True])
@pytest.mark.parametrize(("way", "expected"), WAYS, ids=lambda value: getattr(value, "__name__", ""))
def test_each_way_to_ask_is_one_record_and_answers_as_before(client, monitor, way, expected, used_before):
    if used_before:
        assert way(client) == "hello"
    track_client(client, function="live_analysis", monitor=monitor)
    assert way(client) == "hello"
    gc.collect()
    assert facts(monitor, "model", "input_tokens", "output_tokens", "total_tokens", "cost") == [expected]
    assert facts(monitor, "function", "success", "error_msg") == [("live_analysis", True, None)]
    assert 0 < lines(monitor)[0]["duration_ms"] < 20_000


async def _plain(client: Any) -> str:
    answer = await asked(client)
    assert isinstance(answer, openai.types.chat.ChatCompletion)
    return answer.choices[0].message.content


async def _stream(client: Any) -> str:
    return text([part async for part in await asked(client, stream=True)])


async def _stream_in_a_block(client: Any) -> str:
    async with await asked(client, stream=True, **WITH_USAGE) as parts:
        assert isinstance(parts, openai.AsyncStream)
        return text([part async for part in parts])


async def _raw(client: Any) -> str:
    response = await client.chat.completions.with_raw_response.create(model="qwen-plus", messages=ASKED)
    return response.parse().choices[0].message.content


async def _raw_stream(client: Any) -> str:
    completions = client.chat.completions
    response = await completions.with_raw_response.create(model="qwen-plus", messages=ASKED, stream=True, **WITH_USAGE)
    return text([part async for part in response.parse()])


async def _streaming_response(client: Any) -> str:
    completions = client.chat.completions
    async with completions.with_streaming_response.create(model="qwen-plus", messages=ASKED) as response:
        return (await response.parse()).choices[0].message.content


async def _parse(client: Any) -> str:
    answer = await client.chat.completions.parse(model="qwen-plus", messages=ASKED)
    return answer.choices[0].message.content


async def _events(client: Any) -> str:
    async with client.chat.completions.stream(model="qwen-plus", messages=ASKED, **WITH_USAGE) as found:
        return "".join([event.delta async for event in found if event.type == "content.delta"])


async def _beta_parse(client: Any) -> str:
    answer = await client.beta.chat.completions.parse(model="qwen-plus", messages=ASKED)
    return answer.choices[0].message.content


async def _copied(client: Any) -> str:
    return await _plain(client.with_options(timeout=19))


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (_plain, FULL), (_stream, UNTOLD), (_stream_in_a_block, STREAMED), (_raw, FULL), (_raw_stream, STREAMED),
        (_streaming_response, FULL), (_parse, FULL), (_events, STREAMED), (_copied, FULL),
        (_beta_parse, FULL),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)  # fmt: skip
def test_an_async_client_too(service, monitor, way, expected):
    assert asyncio.run(in_async(service, monitor, way)) == "hello"
    gc.collect()
    assert facts(monitor, "model", "input_tokens", "output_tokens", "total_tokens", "cost") == [expected]


# What goes wrong goes to the caller, and into the records


@pytest.mark.parametrize(
    ("model", "options", "error", "expected", "tokens"),
    [
        ("busy", {}, openai.RateLimitError, "RateLimitError: Error code: 429", 0),
        ("broken", {}, openai.InternalServerError, "InternalServerError: Error code: 500", UNKNOWN),
        ("silent", {"timeout": 0.05}, openai.APITimeoutError, "APITimeoutError: Request timed out.", UNKNOWN),
        ("no-json", {}, json.JSONDecodeError, "JSONDecodeError: ", UNKNOWN),
        ("error-in-stream", {"stream": True}, openai.APIError, "APIError: overloaded", UNKNOWN),
        ("cut", {"stream": True}, Exception, "", UNKNOWN),
        ("busy", {"stream": True}, openai.RateLimitError, "RateLimitError: Error code: 429", 0),
    ],
)
def test_a_failure_is_recorded_and_raised(client, service, monitor, model, options, error, expected, tokens):
    def ask(client: Any) -> None:
        answer = client.chat.completions.create(model=model, messages=ASKED, **options)
        list(answer)

    async def ask_async(client: Any) -> None:
        async for _ in await client.chat.completions.create(model=model, messages=ASKED, **options):
            pass

    with pytest.raises(error) as raised:
        ask(client)
    with pytest.raises(error) as tracked:
        ask(track_client(client, function="live_analysis", monitor=monitor))
    with pytest.raises(error):
        asyncio.run(in_async(service, monitor, ask_async))
    assert (type(tracked.value), str(tracked.value)) == (type(raised.value), str(raised.value))
    assert facts(monitor, "model", "success", "input_tokens", "output_tokens") == [(model, False, tokens, tokens)] * 2
    assert all(line["error_msg"].startswith(expected) for line in lines(monitor))


def test_a_page_instead_of_an_answer_and_usage_that_is_none_are_calls_of_unknown_cost(client, monitor):
    track_client(client, function="live_analysis", monitor=monitor)
    assert client.chat.completions.create(model="html", messages=ASKED) == "<html>502</html>"
    assert client.chat.completions.create(model="odd-usage", messages=ASKED).choices[0].message.content == "hello"
    unknown = (UNKNOWN, UNKNOWN, 0, UNKNOWN, True)
    found = facts(monitor, "model", "input_tokens", "output_tokens", "total_tokens", "cost", "success")
    assert found == [("html", *unknown), ("odd-usage", *unknown)]


def leave_at_once(parts: Any) -> None:
    del parts


def leave_after_a_part(parts: Any) -> None:
    next(parts)


def close(parts: Any) -> None:
    next(parts)
    parts.close()
    parts.close()


def leave_a_block(parts: Any) -> None:
    with parts:
        next(parts)


def fail_in_a_block(parts: Any) -> None:
    with pytest.raises(ZeroDivisionError), parts:
        1 / 0  # noqa: B018  # the error of the caller, not of the call


@pytest.mark.parametrize("leave", [leave_at_once, leave_after_a_part, close, leave_a_block, fail_in_a_block])
def test_a_stream_that_is_given_up_was_a_call(client, monitor, leave):
    track_client(client, function="live_analysis", monitor=monitor)
    leave(asked(client, stream=True))
    gc.collect()
    assert facts(monitor, "model", "success", "input_tokens", "error_msg") == [("qwen-plus", True, UNKNOWN, None)]
    assert lines(monitor)[0]["duration_ms"] > 0  # at least until the answer began


def test_a_response_that_is_read_line_by_line_took_until_it_was_closed(client, monitor):
    track_client(client, function="live_analysis", monitor=monitor)
    with client.chat.completions.with_streaming_response.create(model="qwen-plus", messages=ASKED) as response:
        answered = time.perf_counter()
        assert "hello" in "".join(response.iter_lines())
        read = time.perf_counter()
    [(duration_ms, tokens)] = facts(monitor, "duration_ms", "input_tokens")
    assert tokens is UNKNOWN
    assert duration_ms > 1000 * (read - answered)


def test_a_raw_response_that_nobody_parses_was_a_call(client, monitor):
    track_client(client, function="live_analysis", monitor=monitor)
    completions = client.chat.completions
    response = completions.with_raw_response.create(model="qwen-plus", messages=ASKED, stream=True)
    response.http_response.close()
    assert lines(monitor) == []
    del response
    gc.collect()
    assert facts(monitor, "model", "success", "input_tokens") == [("qwen-plus", True, UNKNOWN)]


def test_a_stream_is_over_once_it_is_closed(client, service, monitor):
    track_client(client, function="live_analysis", monitor=monitor)

    @track_ai_usage("chat_focus", monitor=monitor)
    def in_parts() -> Iterator[Any]:
        return (part for part in PARTS)

    @track_ai_usage("chat_focus", monitor=monitor)
    def in_async_parts() -> AsyncIterator[Any]:
        async def parts() -> AsyncIterator[Any]:
            yield PARTS[0]

        return parts()

    async def close_async(client: Any) -> None:
        for number, parts in enumerate((await asked(client, stream=True), in_async_parts()), 3):
            await anext(parts)
            await (parts.close if isinstance(parts, openai.AsyncStream) else parts.aclose)()
            assert len(lines(monitor)) == number

    for number, parts in enumerate((asked(client, stream=True), in_parts()), 1):
        next(parts)
        parts.close()
        assert len(lines(monitor)) == number
    asyncio.run(in_async(service, monitor, close_async))


def test_an_async_call_that_is_cancelled_was_a_call(service, monitor):
    async def cancel(client: Any) -> None:
        call = asyncio.ensure_future(client.chat.completions.create(model="silent", messages=ASKED))
        while not service.requests or service.requests[-1]["model"] != "silent":
            await asyncio.sleep(0.001)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    service.requests.clear()
    asyncio.run(in_async(service, monitor, cancel))
    assert facts(monitor, "model", "success", "error_msg") == [("silent", False, "CancelledError")]


def test_a_folder_that_cannot_be_written_changes_nothing_for_the_caller(client, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monitor = UsageMonitor(tmp_path / "file")
    track_client(client, function="live_analysis", monitor=monitor)
    assert plain(client) == "hello"
    assert stream(client) == "hello"
    assert monitor.counts.waiting == 2
    (tmp_path / "file").unlink()
    monitor.close()


def test_a_default_folder_that_cannot_be_found_changes_nothing_for_the_caller(client, tmp_path, monkeypatch, caplog):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert plain(track_client(client, function="live_analysis")) == "hello"
    assert "was not recorded" in caplog.text
    monkeypatch.chdir(tmp_path)
    assert plain(client) == "hello"
    assert len(list((tmp_path / "records" / "ai_usage").iterdir())) == 1


# The request and the client


@pytest.mark.parametrize(
    "options",
    [
        {}, {"stream": True}, {"stream": True, **WITH_USAGE}, {"user": "viewer", "temperature": 0.1},
        {"stream": True, "stream_options": {"include_usage": False}},
    ],
)  # fmt: skip
def test_a_request_is_sent_as_it_is(client, service, monitor, options):
    service.requests.clear()
    asked(client, **options)
    asked(track_client(client, function="live_analysis", monitor=monitor), **options)
    gc.collect()
    untracked, tracked = service.requests
    assert tracked == untracked


def test_usage_is_asked_for_only_when_told_and_its_part_is_kept_from_the_caller(client, service, monitor):
    service.requests.clear()
    track_client(client, function="live_analysis", monitor=monitor, include_usage=True)
    assert [len(part.choices) for part in asked(client, stream=True)] == [1, 1, 1]
    assert len(list(asked(client, stream=True, **WITH_USAGE))) == 4
    assert text(asked(client, stream=True, stream_options={"include_usage": False})) == "hello"
    assert plain(client) == "hello"
    assert [request.get("stream_options", {}).get("include_usage") for request in service.requests] == [
        True, True, False, None,
    ]  # fmt: skip
    assert facts(monitor, "input_tokens") == [(1500,), (1500,), (UNKNOWN,), (1500,)]


def test_a_client_stays_itself_and_is_tracked_once(client, monitor):
    tracked = track_client(client, function="live_analysis", monitor=monitor)
    assert tracked is client
    assert track_client(track_client(client, function="live_analysis"), function="live_analysis") is client
    assert inspect.signature(client.chat.completions.create) == inspect.signature(
        openai.resources.chat.Completions.create
    ).replace(parameters=list(inspect.signature(openai.resources.chat.Completions.create).parameters.values())[1:])
    plain(client)
    asked(client, user="viewer_7")
    assert facts(monitor, "function", "user_id") == [("live_analysis", None), ("live_analysis", "viewer_7")]


def test_for_another_function_a_copy_is_tracked(client, monitor):
    track_client(client, function="live_analysis", monitor=monitor)
    other = track_client(client, function="chat_focus", monitor=monitor)
    assert other is not client
    plain(client)
    plain(other)
    plain(other.with_options(timeout=3))
    assert facts(monitor, "function") == [("live_analysis",), ("chat_focus",), ("chat_focus",)]


class Stand(SimpleNamespace):
    """A client that is not OpenAI's but has the same form."""

    @classmethod
    def of(cls, create: Callable[..., Any]) -> Stand:
        return cls(chat=cls(completions=cls(create=create)))


def test_any_client_of_the_form_will_do(monitor):
    client = track_client(Stand.of(lambda **asked: {"usage": USAGE}), function="qa", monitor=monitor)
    assert client.chat.completions.create(model="glm-4") == {"usage": USAGE}
    assert facts(monitor, "model", "input_tokens", "cost") == [("glm-4", 1500, 0.23)]
    with pytest.raises(ValueError, match="cannot be copied"):
        track_client(client, function="chat_focus")


def test_the_beta_of_a_client_is_made_no_earlier_than_it_is_asked_for(monitor):
    """OpenAI's imports hundreds of modules."""
    made = []

    class Late(Stand):
        @functools.cached_property
        def beta(self) -> Stand:
            made.append(Stand.of(lambda **asked: {"usage": USAGE}))
            return made[-1]

    client = Late(chat=Stand.of(lambda **asked: {"usage": USAGE}).chat)
    track_client(client, function="qa", monitor=monitor)
    assert made == []
    before = client.beta
    for beta in (before, client.beta):
        assert isinstance(beta, Stand) and beta.chat.completions.create(model="glm-4") == {"usage": USAGE}
    assert [client.beta] == made
    track_client(client, function="qa", monitor=monitor)
    client.chat.completions.create(model="glm-4")
    assert facts(monitor, "function", "cost") == [("qa", 0.23)] * 3


def test_what_cannot_be_tracked_says_so_at_once(monitor):
    class Fleeting:
        @property
        def chat(self) -> Any:
            return Stand.of(print).chat

    with pytest.raises(TypeError, match="Fleeting"):
        track_client(Fleeting(), function="qa")
    with pytest.raises(TypeError, match=r"has no chat\.completions\.create"):
        track_client(object(), function="qa")
    with pytest.raises(TypeError, match=r'@track_ai_usage\("live_analysis"\)'):
        track_ai_usage(print)


# Functions

ANSWER = {"id": "a", "model": "qwen-plus", "usage": USAGE}
OBJECT = SimpleNamespace(id="b", model="qwen-max", usage=SimpleNamespace(prompt_tokens=10, completion_tokens=5))
PARTS = [{"model": "qwen-plus", "usage": None}, "text", {"model": "qwen-plus", "usage": USAGE}]
TOKENS = ("model", "input_tokens", "output_tokens", "total_tokens")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (ANSWER, ("qwen-plus", 1500, 800, 2300)),
        (OBJECT, ("qwen-max", 10, 5, 15)),
        ({"usage": {"input_tokens": 7, "output_tokens": 3, "total_tokens": 12}}, ("glm-4", 7, 3, 12)),
        ({"usage": {"prompt_tokens": 7}}, ("glm-4", 7, UNKNOWN, 7)),
        ("text", ("glm-4", UNKNOWN, UNKNOWN, 0)),
        (None, ("glm-4", UNKNOWN, UNKNOWN, 0)),
        ({"model": None, "usage": "?"}, ("glm-4", UNKNOWN, UNKNOWN, 0)),
    ],
)
def test_what_a_function_answers_is_read(monitor, answer, expected):
    @track_ai_usage("live_analysis", model="glm-4", monitor=monitor)
    def analyse() -> Any:
        return answer

    @track_ai_usage("live_analysis", model="glm-4", monitor=monitor)
    async def analyse_async() -> Any:
        return answer

    assert analyse() is answer
    assert asyncio.run(analyse_async()) is answer
    assert facts(monitor, *TOKENS) == [expected, expected]


def test_a_function_stays_of_its_kind(monitor):
    track = track_ai_usage("live_analysis", monitor=monitor)

    def plain() -> None:
        """What it does."""

    async def coroutine() -> None: ...

    def generator() -> Iterator[None]:
        yield

    async def async_generator() -> AsyncIterator[None]:
        yield

    kinds = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
    for function in (plain, coroutine, generator, async_generator):
        tracked = track(function)
        assert [kind(tracked) for kind in kinds] == [kind(function) for kind in kinds]
        assert (tracked.__name__, tracked.__doc__) == (function.__name__, function.__doc__)


def test_generators_are_one_call_from_their_first_part_to_their_last(monitor):
    track = track_ai_usage("script_generation", monitor=monitor)

    @track
    def generator() -> Any:
        for part in PARTS:
            assert (yield part) in (None, "sent")
        return "returned"

    @track
    async def async_generator() -> Any:
        for part in PARTS:
            assert (yield part) in (None, "sent")

    @track
    def of_a_generator() -> Any:
        return (part for part in PARTS)

    def drive() -> Any:
        return (yield from generator())

    async def drive_async() -> list[Any]:
        parts = async_generator()
        return [await anext(parts), await anext(parts), await parts.asend("sent"), *[part async for part in parts]]

    assert list(generator()) == PARTS
    driven = drive()
    assert [next(driven), next(driven), driven.send("sent")] == PARTS
    with pytest.raises(StopIteration, match="returned"):
        next(driven)
    assert asyncio.run(drive_async()) == PARTS
    assert list(of_a_generator()) == PARTS
    generator()  # never begun: no call
    assert facts(monitor, *TOKENS) == [("qwen-plus", 1500, 800, 2300)] * 4


def test_a_generator_that_fails_or_is_closed_is_one_call(monitor):
    ended = []

    @track_ai_usage("live_analysis", monitor=monitor)
    def generator(fail: bool) -> Any:
        try:
            yield PARTS[2]
            if fail:
                raise KeyError("gone")
            yield "more"
        finally:
            ended.append(True)

    @track_ai_usage("live_analysis", monitor=monitor)
    async def async_generator(fail: bool) -> Any:
        try:
            yield PARTS[2]
            if fail:
                raise KeyError("gone")
            yield "more"
        finally:
            ended.append(True)

    async def first_of(parts: Any) -> None:
        await anext(parts)
        await parts.aclose()

    async def throw_into(parts: Any) -> None:
        await anext(parts)
        await parts.athrow(KeyError("gone"))

    for parts in (generator(True), generator(False)):
        next(parts)
        if len(ended):
            parts.close()
            continue
        with pytest.raises(KeyError):
            next(parts)
    asyncio.run(first_of(async_generator(False)))
    with pytest.raises(KeyError):
        asyncio.run(throw_into(async_generator(False)))
    assert len(ended) == 4
    failed, fine = (False, "KeyError: 'gone'", 1500), (True, None, 1500)
    assert facts(monitor, "success", "error_msg", "input_tokens") == [failed, fine, fine, failed]


def test_a_function_that_answers_with_a_future_is_over_when_the_future_is(monitor):
    with ThreadPoolExecutor(1) as pool:
        go_on = threading.Event()

        @track_ai_usage("live_analysis", monitor=monitor)
        def later(answer: Any) -> Any:
            return pool.submit(lambda: go_on.wait(5) and answer)

        future = later(ANSWER)
        assert lines(monitor) == []
        go_on.set()
        assert future.result() is ANSWER
    assert facts(monitor, *TOKENS) == [("qwen-plus", 1500, 800, 2300)]


def test_the_failures_of_the_gateway_are_answers_and_are_recorded_as_failures(monitor):
    @track_ai_usage("live_analysis", monitor=monitor)
    def ask() -> Any:
        nothing = dict.fromkeys(USAGE, 0)
        return SimpleNamespace(content="", model="glm-4", usage=nothing, success=False, error="no service is left")

    ask()
    assert facts(monitor, "model", "success", "error_msg", "cost") == [("glm-4", False, "no service is left", 0.0)]


class RudeError(Exception):
    def __str__(self) -> str:
        raise RuntimeError


class RudeAnswer:
    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


class RefusalError(Exception):
    def __init__(self, status_code: object) -> None:
        self.status_code = status_code


@pytest.mark.parametrize(
    ("status", "tokens"),
    [(400, 0), (429, 0), (499, 0), (408, UNKNOWN), (500, UNKNOWN), (200, UNKNOWN), ("400", UNKNOWN), (None, UNKNOWN)],
)
def test_a_call_that_was_refused_cost_no_tokens_and_one_that_failed_otherwise_an_unknown_number(
    monitor, status, tokens
):
    @track_ai_usage("live_analysis", model="qwen-plus", monitor=monitor)
    def ask() -> None:
        raise RefusalError(status)

    with pytest.raises(RefusalError):
        ask()
    cost = UNKNOWN if tokens is UNKNOWN else 0.0
    [found] = facts(monitor, "input_tokens", "output_tokens", "cost")
    assert [(value, type(value)) for value in found] == [(value, type(value)) for value in (tokens, tokens, cost)]


def test_a_monitor_that_fails_changes_nothing_for_the_caller(caplog):
    class Broken:
        def record_usage(self, *values: object, **named: object) -> None:
            raise RuntimeError

    assert track_ai_usage("live_analysis", monitor=Broken())(lambda: ANSWER)() is ANSWER
    assert "was not recorded" in caplog.text


def test_nothing_that_an_answer_or_an_error_does_reaches_the_caller(monitor):
    @track_ai_usage("live_analysis", monitor=monitor)
    def ask(what: Any) -> Any:
        if isinstance(what, BaseException):
            raise what
        return what

    rude = RudeAnswer()
    assert ask(rude) is rude
    for error in (RudeError(), KeyboardInterrupt()):
        with pytest.raises(type(error)) as raised:
            ask(error)
        assert raised.value is error
    assert facts(monitor, "success", "error_msg") == [(True, None), (False, "RudeError"), (False, "KeyboardInterrupt")]


def test_ids_and_the_model_are_taken_from_arguments_of_these_names(monitor):
    class Assistant:
        @track_ai_usage("live_analysis", monitor=monitor)
        def ask(
            self, prompt: str, user_id: Any, model: str = "x", *, anchor_id: Any = None, session_id: Any = 1
        ) -> str:
            return prompt

    Assistant().ask("hi", 12, model="qwen-max", anchor_id="主播")
    Assistant().ask("hi", None)
    found = facts(monitor, "model", "user_id", "anchor_id", "session_id")
    assert found == [("qwen-max", "12", "主播", None), (None, None, None, None)]


# A function around a tracked client


def test_a_call_within_a_tracked_function_is_one_record_of_the_functions_name_and_ids(client, service, monitor):
    track_client(client, function="gateway", monitor=monitor)
    track = track_ai_usage("live_analysis", monitor=monitor)

    @track
    def answer(session_id: str) -> Any:
        return asked(client)

    @track
    def only_text(session_id: str) -> str:
        return text(asked(client, stream=True, **WITH_USAGE))

    @track
    def parts(session_id: str) -> Any:
        return asked(client, stream=True, **WITH_USAGE)

    @track
    def generator(session_id: str) -> Any:
        yield from asked(client, stream=True, **WITH_USAGE)

    @track
    def as_dict(session_id: str) -> Any:
        return asked(client).model_dump()

    @track
    def sums(session_id: str) -> Any:
        usage = asked(client).usage
        return {"content": "made of it", "usage": {"prompt_tokens": usage.prompt_tokens, "completion_tokens": 1}}

    calls = (answer, only_text, lambda id: list(parts(id)), lambda id: list(generator(id)), as_dict, sums)
    for number, call in enumerate(calls):
        call(str(number))

    async def ask(client: Any) -> None:
        @track
        async def tracked(session_id: str) -> Any:
            return await asked(client)

        await asyncio.gather(tracked("6"), tracked("7"), asked(client))

    asyncio.run(in_async(service, monitor, ask))
    found = sorted(facts(monitor, "session_id", "function", "input_tokens"), key=lambda line: line[0] or "")
    assert found == [(None, "live_analysis", 1500), *((str(n), "live_analysis", 1500) for n in range(8))]
    plain(client)
    assert facts(monitor, "function", "session_id")[-1] == ("gateway", None)


def in_a_thread(act: Callable[[], Any]) -> Any:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(act()))
    thread.start()
    thread.join()
    return found[0]


def test_an_answer_that_a_function_got_in_a_thread_is_one_record(client, service, monitor):
    """A thread knows nothing of the function that started it, but the answer is the same."""
    track_client(client, function="gateway", monitor=monitor)
    track = track_ai_usage("live_analysis", monitor=monitor)

    @track
    def answer() -> Any:
        return in_a_thread(lambda: asked(client))

    @track
    def parts() -> Any:
        return in_a_thread(lambda: asked(client, stream=True))

    @track
    def generator() -> Any:
        yield from in_a_thread(lambda: asked(client, stream=True, **WITH_USAGE))

    @track
    def parsed() -> Any:
        return in_a_thread(lambda: client.chat.completions.with_raw_response.create(model="glm-4", messages=ASKED))

    @track
    async def awaited() -> Any:
        return in_a_thread(lambda: asyncio.run(in_async(service, monitor, asked)))

    assert answer().choices[0].message.content == "hello"
    assert text(parts()) == text(generator()) == "hello"
    assert parsed().parse().choices[0].message.content == "hello"
    assert asyncio.run(awaited()).choices[0].message.content == "hello"
    told = [(1500,), (UNKNOWN,), (1500,), (1500,), (1500,)]
    assert facts(monitor, "input_tokens") == told
    before = asked(client)

    @track
    def kept() -> Any:
        return before

    kept()
    assert len(lines(monitor)) == 7  # what was there before the function began is no answer to it


def test_a_thread_that_takes_the_context_along_is_part_of_the_function(client, monitor):
    track_client(client, function="gateway", monitor=monitor)

    @track_ai_usage("live_analysis", monitor=monitor)
    def only_text(session_id: str) -> str:
        context = contextvars.copy_context()
        return in_a_thread(lambda: context.run(plain, client))

    assert only_text("s") == "hello"
    assert facts(monitor, "function", "session_id", "input_tokens") == [("live_analysis", "s", 1500)]


def test_tracked_functions_within_each_other_are_one_record_of_the_inner_name_and_all_ids(monitor):
    @track_ai_usage("chat_focus", monitor=monitor)
    def inner(user_id: str) -> Any:
        return ANSWER

    @track_ai_usage("live_analysis", monitor=monitor)
    def outer(session_id: str) -> Any:
        return inner("u")

    assert outer("s") is ANSWER
    assert facts(monitor, "function", "user_id", "session_id") == [("chat_focus", "u", "s")]


def test_retries_within_a_tracked_function_are_each_a_call_and_its_error_is_not_another(client, monitor):
    track_client(client, function="gateway", monitor=monitor)

    @track_ai_usage("live_analysis", monitor=monitor)
    def ask() -> Any:
        for _ in range(2):
            try:
                client.chat.completions.create(model="busy", messages=ASKED)
            except openai.RateLimitError as error:
                last = error
        raise ValueError("no service is left") from last

    with pytest.raises(ValueError, match="no service"):
        ask()
    assert facts(monitor, "function", "success") == [("live_analysis", False)] * 2


def test_an_answer_of_its_own_beside_a_tracked_call_is_recorded_too(client, monitor):
    track_client(client, function="gateway", monitor=monitor)

    @track_ai_usage("live_analysis", monitor=monitor)
    def ask() -> Any:
        plain(client)
        return OBJECT

    ask()
    assert facts(monitor, "model") == [("qwen-plus-2025-01-25",), ("qwen-max",)]


def test_without_a_monitor_the_default_folder_of_the_moment_is_recorded_into(tmp_path, monkeypatch):
    @track_ai_usage("live_analysis")
    def ask() -> Any:
        return ANSWER

    for name in ("one", "two"):
        monkeypatch.setenv("TIPMAO_RECORDS", str(tmp_path / name))
        ask()
    assert [len(list((tmp_path / name).iterdir())) for name in ("one", "two")] == [1, 1]


def test_threads_record_each_call_of_one_client(client, monitor):
    track_client(client, function="live_analysis", monitor=monitor)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: plain(client), range(40))) == ["hello"] * 40
    assert facts(monitor, "input_tokens") == [(1500,)] * 40
