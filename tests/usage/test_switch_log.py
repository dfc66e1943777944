"""The log of switches on disk: it outlives a restart, a bad line and a full disk, and knows what was undone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tipmao_monitor.usage.switch_log import History, PutOff, Switch, SwitchLog
from tipmao_monitor.usage.switching import Choice, GatewayTrouble, Step

NOW = datetime(2025, 11, 23, 14, 2, 11, 123456, tzinfo=UTC)
MAX, PLUS, CHAT = Choice("qwen", "qwen-max"), Choice("qwen", "qwen-plus"), Choice("deepseek", "deepseek-chat")
STEP = Step("live_analysis", MAX, PLUS)


@pytest.fixture
def log(tmp_path: Path) -> SwitchLog:
    return SwitchLog(tmp_path / "home" / "switches.jsonl")


def switched(hours: float = 0, *steps: Step, **fields: object) -> Switch:
    return Switch(NOW + timedelta(hours=hours), fields.pop("who", "user"), steps or (STEP,), **fields)  # type: ignore[arg-type]


def test_log_without_a_file_is_empty(log: SwitchLog) -> None:
    assert log.read() == History()


def test_what_was_switched_is_told_again_after_a_restart(log: SwitchLog) -> None:
    log.add(switched(promised=Decimal("1.903000001")))
    log.add(switched(1, Step("", None, CHAT), who="rule", to_cheap=True, trouble=GatewayTrouble("differs", "x")))
    first, second = SwitchLog(log.path).read().switches
    assert first == switched(promised=Decimal("1.903000001"), id=first.id) and first.id
    assert (second.who, second.to_cheap, second.steps[0].before) == ("rule", True, None)
    assert second.trouble == GatewayTrouble("differs", "x")


def test_undone_switch_can_not_be_undone_again(log: SwitchLog) -> None:
    for hours in (0, 1):
        history = log.add(switched(hours))
    older, newer = history.switches
    assert history.undoable == (newer, older)
    history = log.add(switched(2, Step("live_analysis", PLUS, MAX), undoes=older.id))
    assert history.undoable == (newer,)
    assert history.undone == {older.id: NOW + timedelta(hours=2)}


def test_switch_ends_with_the_next_one_of_its_function(log: SwitchLog) -> None:
    log.add(switched())
    log.add(switched(1, Step("chat_focus", PLUS, CHAT)))
    history = log.add(switched(2, Step("live_analysis", PLUS, CHAT)))
    first, second, third = history.switches
    assert [history.ended_at(switch) for switch in (first, second, third)] == [NOW + timedelta(hours=2), None, None]


def test_user_who_takes_back_what_the_rule_did_overrules_it(log: SwitchLog) -> None:
    history = log.add(switched(who="rule", to_cheap=True))
    assert history.overruled_at is None and history.last_of_rule == history.switches[0]
    history = log.add(switched(3, undoes=history.switches[0].id))
    assert history.overruled_at == NOW + timedelta(hours=3)


def test_what_the_rule_holds_is_what_it_has_not_taken_back(log: SwitchLog) -> None:
    one, two = Step("live_analysis", PLUS, CHAT), Step("chat_focus", PLUS, CHAT)
    half = GatewayTrouble("timeout")
    assert log.add(switched(0, one, who="rule", to_cheap=True, trouble=half)).held_by_rule == (one,)
    assert log.add(switched(1, two, who="rule", to_cheap=True)).held_by_rule == (one, two)
    back = Step("live_analysis", CHAT, PLUS)
    assert log.add(switched(9, back, who="rule", to_cheap=False, trouble=half)).held_by_rule == (two,)
    assert log.add(Switch(NOW + timedelta(hours=10), "rule", (), to_cheap=False)).held_by_rule == ()
    undone = log.add(switched(11, one, who="rule", to_cheap=True)).switches[-1]
    assert log.add(switched(12, back, undoes=undone.id)).held_by_rule == ()


def test_advice_that_was_put_off_comes_back_after_a_month_or_when_it_is_wanted(log: SwitchLog) -> None:
    key = ("switch", "cheaper", "live_analysis")
    history = log.add(PutOff(NOW, key))
    assert history.unwanted(NOW + timedelta(days=29)) == {key}
    assert history.unwanted(NOW + timedelta(days=31)) == frozenset()
    assert log.add(PutOff(NOW, key, again=True)).unwanted(NOW) == frozenset()


@pytest.mark.parametrize(
    "bad",
    [b"{", b"\x00\xff", b'{"switch": 3}', b'{"switch": {"at": "2025-11-23T14:00:00", "who": "user"}}', b"[" * 9999],
)
def test_bad_line_costs_nothing_but_itself(log: SwitchLog, bad: bytes) -> None:
    log.add(switched())
    with log.path.open("ab") as file:
        file.write(bad)
    assert len(log.read().switches) == 1
    assert len(log.add(switched(1)).switches) == 2


def test_what_the_disk_did_not_take_is_told_still_known_and_written_later(log: SwitchLog) -> None:
    log.path.mkdir(parents=True)
    for hours in (1, 2):
        history = log.add(switched(hours))
        assert history.trouble
    assert [switch.at for switch in history.switches] == [NOW + timedelta(hours=1), NOW + timedelta(hours=2)]
    log.path.rmdir()
    assert not log.add(switched(3)).trouble
    assert [switch.at.hour for switch in SwitchLog(log.path).read().switches] == [15, 16, 17]
