"""An answer from another thread: of the moment at which it was asked for, stopped at once, mended where it breaks."""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from advised import BOOK, NOW, TODAY, WEEK_AGO, many, store_of
from stores import SHANGHAI

from tipmao_monitor.feed import Feed
from tipmao_monitor.usage import holdings
from tipmao_monitor.usage.advice import Advice
from tipmao_monitor.usage.apart import Apart
from tipmao_monitor.usage.prices import PriceBook
from tipmao_monitor.usage.store import Store


def elsewhere(apart: Apart[Advice]) -> Advice | None:
    """What the other thread finds."""
    found: Queue[Advice | None] = Queue()
    thread = threading.Thread(target=lambda: found.put(apart.run()))
    thread.start()
    thread.join()
    return found.get_nowait()


def test_it_is_of_the_moment_at_which_it_was_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    with store_of(folder, many(40)) as store:
        before = store.advice(WEEK_AGO, TODAY, NOW)
        apart = store.advice_apart(WEEK_AGO, TODAY, NOW)
        with (folder / "2025-10-26.jsonl").open("ab") as file:
            file.write(b"".join(call.line() for call in many(30, function="qa", model="gpt-4o")))
        store.look(NOW)
        prices = tmp_path / "prices.toml"
        prices.write_text('[[price]]\nmodel = "qwen-plus"\ninput = "5"\noutput = "5"\n', "utf-8")
        store.reprice(PriceBook.load(prices))
        after = store.advice(WEEK_AGO, TODAY, NOW)
        assert elsewhere(apart) == before != after
        assert elsewhere(store.advice_apart(WEEK_AGO, TODAY, NOW)) == after


def test_what_is_stopped_has_no_answer(tmp_path: Path) -> None:
    with store_of(tmp_path / "r", many(40)) as store:
        apart = store.advice_apart(WEEK_AGO, TODAY, NOW)
        apart.stop()
        assert elsewhere(apart) is None
        apart.stop()  # and may be stopped once more


def test_what_it_cannot_read_is_asked_again_in_the_stores_own_thread(tmp_path: Path) -> None:
    folder, cache = tmp_path / "r", tmp_path / "cache"
    folder.mkdir()
    (folder / "2025-10-25.jsonl").write_bytes(b"".join(call.line() for call in many(40)))
    store = Store([folder], zone=SHANGHAI, prices=BOOK, cache=cache)
    try:
        store.look(NOW)
        whole = store.advice(WEEK_AGO, TODAY, NOW)
        segments = list(cache.rglob("*.parquet"))
        assert segments
        apart = store.advice_apart(WEEK_AGO, TODAY, NOW)
        for segment in segments:
            segment.write_bytes(b"nonsense")
        assert elsewhere(apart) is None
        assert apart.again(store, NOW) == whole
    finally:
        store.close()


def limit_of(store: Store) -> str:
    [(limit,)] = store._holdings.ask("SELECT current_setting('memory_limit')")
    return str(limit)


def test_it_has_little_room_and_gives_it_back(tmp_path: Path) -> None:
    with store_of(tmp_path / "r", many(40)) as store:
        before = limit_of(store)
        apart = store.advice_apart(WEEK_AGO, TODAY, NOW)
        assert limit_of(store) != before
        assert elsewhere(apart) == store.advice(WEEK_AGO, TODAY, NOW)
        assert limit_of(store) == before


@pytest.mark.parametrize("room_kb", [300, 3000])
def test_where_the_room_is_too_little_all_is_answered_and_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room_kb: int
) -> None:
    """The disk does not take it either: the folder for that cannot be made."""
    monkeypatch.setattr(holdings, "LIMITED", f"SET memory_limit = '{room_kb}KB'")
    monkeypatch.setattr(holdings, "_spill_folder", lambda cache: str(tmp_path / "file" / "spill"))
    (tmp_path / "file").write_bytes(b"")
    folder = tmp_path / "r"
    with store_of(folder, many(40)) as store:
        before = limit_of(store)
        apart = store.advice_apart(WEEK_AGO, TODAY, NOW)
        with (folder / "2025-10-26.jsonl").open("ab") as file:
            file.write(b"".join(call.line() for call in many(3000)))
        store.look(NOW)
        assert store.stats(None, None, NOW).total.calls == 3040
        answer = elsewhere(apart)
        assert answer is None or sum(use.calls for use in answer.functions) == 40
        assert apart.again(store, NOW) == store.advice(WEEK_AGO, TODAY, NOW)
        assert limit_of(store) == before


@pytest.fixture
def said() -> Queue[Any]:
    return Queue()


def feed_on(folder: Path, said: Queue[Any]) -> Feed:
    return Feed([folder], zone=SHANGHAI, prices=BOOK, cache=None, slow_ms=5000.0, announce=said.put, clock=lambda: NOW)


def advice_in(said: Queue[Any]) -> Advice:
    while not isinstance(message := said.get(timeout=20), Advice):
        pass
    return message


def test_the_feed_announces_it(tmp_path: Path, said: Queue[Any]) -> None:
    with store_of(tmp_path / "r", many(40)) as store:
        wanted = store.advice(WEEK_AGO, TODAY, NOW)
    feed = feed_on(tmp_path / "r", said)
    feed.begin()
    try:
        feed.inquire("advice", lambda store, now: store.advice_apart(WEEK_AGO, TODAY, now))
        assert advice_in(said) == wanted
    finally:
        feed.end()


def test_the_feed_asks_again_what_broke_and_ends_at_once_while_it_waits(tmp_path: Path, said: Queue[Any]) -> None:
    with store_of(tmp_path / "r", many(40)) as store:
        wanted = store.advice(WEEK_AGO, TODAY, NOW)
    feed, begun = feed_on(tmp_path / "r", said), threading.Event()

    def broken(store: Store, now: datetime) -> Apart[Advice]:
        def answer(ask: Any) -> Advice:
            ask("SELECT * FROM no_such_table")
            raise AssertionError

        whole = store.advice_apart(WEEK_AGO, TODAY, now)
        return Apart(whole._cursor, answer, whole.again)

    def endless(store: Store, now: datetime) -> Apart[Advice]:
        def answer(ask: Any) -> Advice:
            begun.set()
            while True:
                ask("SELECT count(*) FROM range(100_000_000) WHERE range % 7 = 1")

        whole = store.advice_apart(WEEK_AGO, TODAY, now)
        return Apart(whole._cursor, answer, whole.again)

    feed.begin()
    try:
        feed.inquire("advice", broken)
        assert advice_in(said) == wanted
        feed.inquire("another", endless)
        assert begun.wait(20)
        feed.inquire("advice", lambda store, now: store.advice_apart(WEEK_AGO, TODAY, now))
        assert advice_in(said) == wanted  # beside it
    finally:
        feed.end()
