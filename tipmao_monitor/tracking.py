"""Automatic recording: every call of a decorated function, or through a client, becomes a record without more code.

Whatever goes wrong in here, the call and its answer reach the caller as if nobody watched. A newcomer would get this
wrong: a call is over when its stream is, not when the function returns; and a call that is watched twice, by its client
and by the function around it, is one record, named after the function.
"""

from __future__ import annotations

import functools
import inspect
import logging
import threading
import time
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from tipmao_monitor.usage_monitor import UsageMonitor

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Client = TypeVar("_Client")

IDS = ("user_id", "anchor_id", "session_id")

_log = logging.getLogger(__name__)


def track_ai_usage(
    function: str, model: str | None = None, *, monitor: UsageMonitor | None = None
) -> Callable[[_Function], _Function]:
    """Record each call of the decorated function under the name `function`, into the default folder or `monitor`'s.

    For functions that return an answer in the form of OpenAI (an object or a dict with `usage` and `model`), a stream
    or generator of its parts, or anything that is awaited for one. `model` counts where neither the answer nor an
    argument `model` of the call names one. Arguments called user_id, anchor_id and session_id are recorded too. An
    exception is recorded as a failed call and goes on to the caller. Tracked calls that the function makes are
    recorded in place of it, so that nothing counts twice.
    """
    if not isinstance(function, str):
        raise TypeError('name the function: @track_ai_usage("live_analysis")')

    def decorate(tracked: _Function) -> _Function:
        names = _parameters(tracked)

        def begin(values: tuple[Any, ...], named: Mapping[str, Any]) -> _Call:
            given = {**dict(zip(names, values, strict=False)), **named}
            asked = given.get("model")
            around = _around.get()
            ids = {name: given[name] for name in IDS if given.get(name) is not None}
            return _Call(
                function,
                asked if isinstance(asked, str) else model,
                {**around.ids, **ids} if around else ids,
                monitor or (around.monitor if around else None),
            )

        watched: _Function = _watching(tracked, begin)
        return watched

    return decorate


def track_client(
    client: _Client, *, function: str, monitor: UsageMonitor | None = None, include_usage: bool = False
) -> _Client:
    """Record every call of `client.chat.completions.create` (`parse`, `stream`) of an OpenAI-compatible client, also by
    its `client.beta`.

    It may be sync or async. The client is changed in place and returned: the same object, of the same class. Tracking
    it again for the same function changes nothing; for another function, a copy (`client.with_options()`) is tracked
    and returned. Copies of a tracked client are tracked. The argument `user` of a call is recorded as user_id. Within
    a function with `track_ai_usage`, calls carry that function's name and ids.

    A stream tells its tokens only when it is asked to: they are unknown unless the caller sets
    `stream_options={"include_usage": True}`. With `include_usage` that is set for streams of callers who set no
    `stream_options`, and the additional last part is kept from them. Without it, requests are sent as they are.
    """
    completions = _completions(client)
    tracked = _field(completions.create, "_tracked_for")
    if tracked == function:
        return client
    if isinstance(tracked, str):
        copied = _untracked_copy(client)
        return track_client(copied, function=function, monitor=monitor, include_usage=include_usage)

    def begin(values: tuple[Any, ...], named: Mapping[str, Any]) -> _Call:
        around = _around.get()
        ids = dict(around.ids) if around else {}
        if isinstance(named.get("user"), str):
            ids.setdefault("user_id", named["user"])
        asked = named.get("model")
        call = _Call(
            around.function if around else function,
            asked if isinstance(asked, str) else None,
            ids,
            monitor or (around.monitor if around else None),
        )
        call.is_of_client = True
        return call

    def asks_for_usage(named: dict[str, Any]) -> bool:
        if not include_usage or named.get("stream") is not True or named.get("stream_options"):
            return False
        named["stream_options"] = {"include_usage": True}
        return True

    def copying(copy: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(copy)
        def tracked_copy(*values: Any, **named: Any) -> Any:
            copied = copy(*values, **named)
            return track_client(copied, function=function, monitor=monitor, include_usage=include_usage)

        tracked_copy._untracked = copy  # type: ignore[attr-defined]  # functions have them
        return tracked_copy

    def watch(place: Any) -> None:
        """The chat of the client or of its beta."""
        chat = _field(place, "chat")
        completions = _field(chat, "completions")
        for name in ("create", "parse"):
            method = _field(completions, name)
            if callable(method) and _field(method, "_tracked_for") != function:
                watched = _watching_calls(method, begin, asks_for_usage)
                watched._tracked_for = function
                setattr(completions, name, watched)
        for part in (place, chat, completions):
            for name in ("with_raw_response", "with_streaming_response"):
                # Made on first use, of the methods as they were then.
                if isinstance(getattr(type(part), name, None), functools.cached_property):
                    vars(part).pop(name, None)

    watch(client)
    beta = getattr(type(client), "beta", None)
    if isinstance(beta, functools.cached_property) and "beta" not in vars(client):
        vars(client)["beta"] = _Late(client, beta.func, watch)
    else:
        watch(_field(client, "beta"))
    for name in ("copy", "with_options"):
        if callable(copy := getattr(client, name, None)):
            setattr(client, name, copying(copy))
    if getattr(_completions(client).create, "_tracked_for", None) != function:
        raise TypeError(f"{type(client).__name__} makes its chat.completions anew each time, so it cannot be tracked")
    return client


def _completions(client: object) -> Any:
    try:
        completions = client.chat.completions  # type: ignore[attr-defined]  # else an AttributeError
        callable(completions.create)
    except AttributeError:
        raise TypeError(f"{type(client).__name__} has no chat.completions.create") from None
    return completions


def _untracked_copy(client: _Client) -> _Client:
    copy = getattr(getattr(client, "with_options", None), "_untracked", None)
    if copy is None:
        raise ValueError(f"this {type(client).__name__} is tracked for another function already and cannot be copied")
    copied: _Client = copy()
    return copied


class _Late:
    """Stands for the beta of a client, which imports hundreds of modules, until somebody asks something of it."""

    def __init__(self, client: Any, make: Callable[[Any], Any], watch: Callable[[Any], None]) -> None:
        self._client, self._make, self._watch = client, make, watch

    @property  # type: ignore[misc]  # what it stands for has it writable
    def __class__(self) -> type:
        return type(self._made())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made(), name)

    def _made(self) -> Any:
        place = vars(self._client)
        if place["beta"] is self:
            beta = self._make(self._client)
            self._watch(beta)
            place["beta"] = beta
        return place["beta"]


class _Call:
    """One call that is going on. It becomes one record, once: at its end, its failure or when it is given up."""

    def __init__(self, function: str, model: str | None, ids: Mapping[str, Any], monitor: UsageMonitor | None) -> None:
        self.function = function
        self.ids = ids
        self.monitor = monitor
        self.is_of_client = False
        self.hides_usage = False
        self.within: list[_Call] = []  # calls that were made by this one and are recorded themselves
        self.is_over = False
        self._model = model
        self._id: object = None
        self._input: object = None
        self._output: object = None
        self._total: object = None
        self._has_usage = False
        self._failure: str | None = None
        self._ending = threading.Lock()
        self._began = self._seen = time.perf_counter()
        around = _around.get()
        if around is not None:
            around.within.append(self)

    def match(self, answer: object) -> None:
        """Whoever is answered with the very object that a client answered meanwhile, in a thread that knows nothing of
        this call, has the client's call within. Only a client is sure to answer each call with another object.
        """
        if self.is_of_client:
            with suppress(TypeError):  # nothing would tell when such an answer is gone
                if id(answer) not in _answered:
                    weakref.finalize(answer, _answered.pop, id(answer)).atexit = False
                _answered[id(answer)] = self
            return
        call = _field(answer, "_call") if issubclass(type(answer), _Followed) else _answered.get(id(answer))
        if call is not None and call._began >= self._began and call not in self.within:
            self.within.append(call)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """While this call's own code runs: what is called in it belongs to it."""
        before = _around.get()
        _around.set(self)
        try:
            yield
        finally:
            _around.set(before)  # not reset: a coroutine may go on in another context

    def see(self, answer: object) -> None:
        """Take from an answer, or from a part of a stream, what a record needs."""
        self._seen = time.perf_counter()
        self.match(answer)
        model, usage = _field(answer, "model"), _field(answer, "usage")
        if isinstance(model, str) and model:
            self._model = model
        if usage is not None:
            self._has_usage = True
            self._id = _field(answer, "id")
            self._input = _first(usage, "prompt_tokens", "input_tokens")
            self._output = _first(usage, "completion_tokens", "output_tokens")
            self._total = _field(usage, "total_tokens")
        if _field(answer, "success") is False:
            # The assistant's gateway catches what goes wrong and answers so.
            self._failure = _said(_first(answer, "error", "error_msg"))

    def fail(self, error: BaseException) -> None:
        self._seen = time.perf_counter()
        self._failure = _described(error)
        if not self._has_usage and _is_refusal(error):
            self._input = self._output = 0
        self.end()

    def end(self) -> None:
        with self._ending:
            if self.is_over:
                return
            self.is_over = True
        if self._is_recorded_within():
            return
        try:
            monitor = self.monitor
            if monitor is None:
                from tipmao_monitor.usage_monitor import get_usage_monitor

                monitor = get_usage_monitor()
            monitor.record_usage(
                self._model,
                self.function,
                self._input,  # type: ignore[arg-type]  # whatever was answered: the recorder takes what can be read
                self._output,  # type: ignore[arg-type]  # the same
                1000 * (self._seen - self._began),
                total_tokens=self._total,  # type: ignore[arg-type]  # the same
                success=self._failure is None,
                error_msg=self._failure,
                **self.ids,
            )
        except Exception:
            _log.warning("an AI call was not recorded", exc_info=True)

    def _is_recorded_within(self) -> bool:
        """Whether the calls made by this one are all there is to record: its answer is one of theirs, or made of them.

        What a service answers has an id; what a function makes of it, a text or sums, has none or the same.
        """
        if not self.within:
            return False
        return self._id is None or any(not call.is_over or call._id == self._id for call in self.within)


_answered: dict[int, _Call] = {}
"""By the id of an answer that is still there, the call of a client that it came from."""

_around: ContextVar[_Call | None] = ContextVar("tipmao_monitor_call", default=None)
_Begin = Callable[[tuple[Any, ...], Mapping[str, Any]], _Call]


def _watching(tracked: Any, begin: _Begin) -> Any:
    """The function of the same kind (plain, coroutine, generator) whose calls are watched."""
    if inspect.isasyncgenfunction(tracked):

        @functools.wraps(tracked)
        async def async_generator(*values: Any, **named: Any) -> AsyncGenerator[Any, Any]:
            stream = _AsyncStream(tracked(*values, **named), begin(values, named))
            try:
                item = await stream.__anext__()
                while True:
                    try:
                        sent = yield item
                    except GeneratorExit:
                        raise
                    except BaseException as error:
                        item = await stream.athrow(error)
                    else:
                        item = await stream.asend(sent)
            except StopAsyncIteration:
                return
            finally:
                await stream.aclose()

        return async_generator
    if inspect.isgeneratorfunction(tracked):

        @functools.wraps(tracked)
        def generator(*values: Any, **named: Any) -> Generator[Any, Any, Any]:
            return (yield from _Stream(tracked(*values, **named), begin(values, named)))

        return generator
    if inspect.iscoroutinefunction(tracked):

        @functools.wraps(tracked)
        async def coroutine(*values: Any, **named: Any) -> Any:
            call = begin(values, named)
            return await _awaited(tracked(*values, **named), call)

        return coroutine
    return _watching_calls(tracked, begin)


def _watching_calls(
    tracked: Any, begin: _Begin, asks_for_usage: Callable[[dict[str, Any]], bool] = lambda named: False
) -> Any:
    @functools.wraps(tracked)
    def plain(*values: Any, **named: Any) -> Any:
        call = begin(values, named)
        call.hides_usage = asks_for_usage(named)
        try:
            with call.going_on():
                answer = tracked(*values, **named)
        except BaseException as error:
            call.fail(error)
            raise
        return _followed(answer, call)

    return plain


def _followed(answer: Any, call: _Call) -> Any:
    """The answer as the caller gets it: itself, or what stands for it until the call is over."""
    call.match(answer)
    if _field(answer, "usage") is None:
        call.see(None)  # the time until here has passed, whether or not anybody reads on
        if callable(tell := _field(answer, "add_done_callback")):
            tell(functools.partial(_end_with_future, call))
            return answer
        if inspect.isawaitable(answer):
            return _awaited(answer, call)
        if hasattr(type(answer), "__anext__"):
            return _AsyncStream(answer, call)
        if hasattr(type(answer), "__next__"):
            return _Stream(answer, call)
        if _field(answer, "http_response") is not None and callable(_field(answer, "parse")):
            _follow_response(answer, call)
            return answer
    call.see(answer)
    call.end()
    return answer


async def _awaited(answer: Awaitable[Any], call: _Call) -> Any:
    try:
        with call.going_on():
            result = await answer
    except BaseException as error:
        call.fail(error)
        raise
    return _followed(result, call)


def _end_with_future(call: _Call, future: Any) -> None:
    try:
        answer = future.result()
    except BaseException as error:  # also of a future that was cancelled; whoever waits for it gets it too
        call.fail(error)
        return
    call.see(answer)
    call.end()


class _Followed:
    """Stands for a stream: the same to whoever uses it, but its parts are seen and its end ends the call."""

    def __init__(self, stream: Any, call: _Call) -> None:
        self._stream = stream
        self._call = call
        weakref.finalize(self, call.end)  # also one that nobody read to its end was a call

    @property  # type: ignore[misc]  # what it stands for has it writable
    def __class__(self) -> type:
        return type(self._stream)

    def _is_hidden(self, part: object) -> bool:
        """Whether only our own asking for the usage brought this part."""
        return self._call.hides_usage and _field(part, "usage") is not None and not _field(part, "choices")


class _Stream(_Followed):
    def __iter__(self) -> _Stream:
        return self

    def __next__(self) -> Any:
        while True:
            part = self._step(self._stream.__next__)
            if not self._is_hidden(part):
                return part

    def __enter__(self) -> _Stream:
        self._stream.__enter__()
        return self

    def __exit__(self, *error: Any) -> Any:
        try:
            return self._stream.__exit__(*error)
        finally:
            self._call.end()

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._stream, name)
        if name in ("send", "throw"):
            return functools.partial(self._step, value)
        return self._closing(value) if name == "close" else value

    def _closing(self, close: Callable[[], Any]) -> Callable[[], Any]:
        def closed() -> Any:
            try:
                with self._call.going_on():
                    return close()
            finally:
                self._call.end()

        return closed

    def _step(self, go_on: Callable[..., Any], *values: Any) -> Any:
        try:
            with self._call.going_on():
                part = go_on(*values)
        except StopIteration as end:
            self._call.see(end.value)
            self._call.end()
            raise
        except BaseException as error:
            self._call.fail(error)
            raise
        self._call.see(part)
        return part


class _AsyncStream(_Followed):
    def __aiter__(self) -> _AsyncStream:
        return self

    async def __anext__(self) -> Any:
        while True:
            part = await self._step(self._stream.__anext__)
            if not self._is_hidden(part):
                return part

    async def __aenter__(self) -> _AsyncStream:
        await self._stream.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> Any:
        try:
            return await self._stream.__aexit__(*error)
        finally:
            self._call.end()

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._stream, name)
        if name in ("asend", "athrow"):
            return functools.partial(self._step, value)
        return self._closing(value) if name in ("close", "aclose") else value

    def _closing(self, close: Callable[[], Any]) -> Callable[[], Awaitable[Any]]:
        async def closed() -> Any:
            try:
                with self._call.going_on():
                    return await close()
            finally:
                self._call.end()

        return closed

    async def _step(self, go_on: Callable[..., Awaitable[Any]], *values: Any) -> Any:
        try:
            with self._call.going_on():
                part = await go_on(*values)
        except StopAsyncIteration:
            self._call.see(None)
            self._call.end()
            raise
        except BaseException as error:
            self._call.fail(error)
            raise
        self._call.see(part)
        return part


def _follow_response(response: Any, call: _Call) -> None:
    """A raw HTTP response: what was answered is seen in its body, or when it is parsed or closed."""
    if _field(response.http_response, "is_stream_consumed"):
        _see_body(response, call)
        call.end()
        return
    parse, close = response.parse, _field(response, "close")
    known: dict[int, Any] = {}

    def followed(answer: Any) -> Any:
        if id(answer) not in known:
            known[id(answer)] = _followed(answer, call)
        return known[id(answer)]

    async def awaited(answer: Awaitable[Any]) -> Any:
        return followed(await answer)

    def parsed(*values: Any, **named: Any) -> Any:
        answer = parse(*values, **named)
        return awaited(answer) if inspect.iscoroutine(answer) else followed(answer)

    def closed() -> Any:
        _see_body(response, call)
        call.end()
        return close()

    try:
        response.parse = parsed
        if callable(close):
            response.close = closed
        weakref.finalize(response, call.end)
    except (AttributeError, TypeError):  # it takes no attributes: then nothing more is known of it
        call.end()


def _see_body(response: Any, call: _Call) -> None:
    try:
        answer = response.http_response.json()
    except Exception:  # not JSON, or a stream that was not kept
        answer = None
    call.see(answer)


def _field(thing: object, name: str) -> Any:
    if isinstance(thing, Mapping):
        return thing.get(name)
    try:
        return getattr(thing, name, None)
    except Exception:  # whatever a property does when asked
        return None


def _first(thing: object, *names: str) -> Any:
    return next((value for name in names if (value := _field(thing, name)) is not None), None)


def _described(error: BaseException) -> str:
    """As the assistant writes it: `RateLimitError: 429 ...`."""
    text = _said(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _said(thing: object) -> str:
    try:
        return "" if thing is None else str(thing)
    except Exception:  # whatever it does when asked
        return ""


def _is_refusal(error: BaseException) -> bool:
    """Whether the service answered that it did nothing, so that no token was read."""
    status = _field(error, "status_code")
    return isinstance(status, int) and 400 <= status < 500 and status != 408


def _parameters(function: Any) -> tuple[str, ...]:
    """Names of the parameters that may be given by position."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # built-in functions tell none
        return ()
    by_position = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return tuple(parameter.name for parameter in parameters if parameter.kind in by_position)
