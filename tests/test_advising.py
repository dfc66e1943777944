"""Advice in the running program, against the stand-in of the gateway: applied, undone, measured, and by itself.

A newcomer would get this wrong: what is asserted of a switch is what the assistant would really call
(`Standin.model_of`), never only what the window says of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import advised
import pytest
from gateway_standin import FUNCTIONS, SECRET, Manner, Standin, standing_in
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QPushButton
from pytestqt.qtbot import QtBot
from running import ENGLISH, now, record, running

from tipmao_monitor import advising as advising_module
from tipmao_monitor import gateway as client
from tipmao_monitor import keys
from tipmao_monitor import settings as settings_file
from tipmao_monitor.advising import Advising
from tipmao_monitor.monitor import Monitor
from tipmao_monitor.settings import Settings
from tipmao_monitor.usage.alerts import SwitchedFacts
from tipmao_monitor.usage.ledger import Ledger
from tipmao_monitor.usage.switch_log import Switch, SwitchLog
from tipmao_monitor.usage.switching import Choice, Step, SwitchRule, verdict
from tipmao_monitor.window.advice_dialogs import CallsPanel, WhatIfPanel
from tipmao_monitor.window.advice_panel import AdvicePanel, FindingCard

PATIENCE_MS = 20_000
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def there() -> Iterator[Standin]:
    with standing_in() as mind:
        yield mind


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A day on which qwen-max does what qwen-plus could, and qwen-plus has shown it."""
    folder = tmp_path / "records" / "ai_usage"
    for _ in range(40):
        record(folder, model="qwen-max", duration_ms=1500.0)
    for _ in range(25):
        record(folder, model="qwen-plus", function="chat_focus", duration_ms=900.0)
    return folder


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PATIENCE_MS", 1500)


def chosen(there: Standin, **fields: object) -> Settings:
    return replace(ENGLISH, gateway_port=there.port, **fields)  # type: ignore[arg-type]


def card_of(qtbot: QtBot, panel: AdvicePanel, function: str) -> FindingCard:
    def find() -> FindingCard | None:
        return next(
            (
                card
                for card in panel.findings
                if not card.isHidden() and card.finding and card.finding.function == function and card.finding.to_model
            ),
            None,
        )

    qtbot.waitUntil(lambda: find() is not None, timeout=PATIENCE_MS)
    card = find()
    assert card is not None
    return card


def wait(qtbot: QtBot, condition: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)


def looking(panel: AdvicePanel, condition: Callable[[], object]) -> Callable[[], object]:
    """The condition, while the gateway is looked at again and again."""

    def look() -> object:
        panel.gateway_wanted.emit()
        return condition()

    return look


def dialog_of(monitor: Monitor, name: str) -> QDialog | None:
    return next((d for d in monitor.window.findChildren(QDialog, name) if d.isVisible()), None)


def press(qtbot: QtBot, button: QPushButton) -> None:
    assert button.isVisible() and button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def agree(qtbot: QtBot, monitor: Monitor, name: str = "confirm_switch") -> None:
    wait(qtbot, lambda: dialog_of(monitor, name))
    dialog = dialog_of(monitor, name)
    assert dialog is not None
    press(qtbot, dialog.findChild(QPushButton, "yes"))


def log(home: Path) -> tuple[Switch, ...]:
    return SwitchLog(home / "switches.jsonl").read().switches


def test_switch_is_applied_read_back_and_undone_from_the_window(
    qtbot: QtBot, qapp: QApplication, records: Path, home: Path, there: Standin
) -> None:
    with running(qapp, records, settings=chosen(there)) as monitor:
        panel = monitor.window.advice
        wait(qtbot, lambda: panel.desk.state)
        card = card_of(qtbot, panel, "live_analysis")
        assert card.finding is not None
        model = card.finding.to_model
        press(qtbot, card.apply)
        wait(qtbot, lambda: dialog_of(monitor, "confirm_switch"))
        assert there.orders == []
        agree(qtbot, monitor)
        wait(qtbot, lambda: panel.outcome.isVisible() and panel.desk.history.switches)
        assert there.model_of("live_analysis") == model
        assert panel.outcome.sentence.text() == f"Done and checked: Live analysis uses {model} now."
        assert (log(home)[0].who, log(home)[0].promised) == ("user", card.finding.saving_per_day)
        press(qtbot, panel.outcome.button)
        agree(qtbot, monitor)
        wait(qtbot, lambda: len(panel.desk.history.switches) == 2)
        assert there.model_of("live_analysis") == "qwen-max"
    assert log(home)[1].undoes == log(home)[0].id
    assert all(SECRET not in file.read_text(errors="replace") for file in home.rglob("*") if file.is_file())


def test_switch_that_the_assistant_has_forgotten_is_back_without_asking(
    qtbot: QtBot, qapp: QApplication, records: Path, home: Path, there: Standin
) -> None:
    with running(qapp, records, settings=chosen(there)) as monitor:
        panel = monitor.window.advice
        wait(qtbot, lambda: panel.desk.state)
        press(qtbot, card_of(qtbot, panel, "live_analysis").apply)
        agree(qtbot, monitor)
        wait(qtbot, lambda: panel.outcome.isVisible() and panel.desk.history.switches)
        there.restart()
        orders = len(there.orders)
        press(qtbot, panel.outcome.button)
        wait(qtbot, lambda: len(panel.desk.history.switches) == 2)
        assert panel.outcome.sentence.text() == "It was back already: Live analysis uses qwen-max now."
        assert len(there.orders) == orders
    assert (log(home)[1].undoes, log(home)[1].steps) == (log(home)[0].id, ())


@pytest.mark.parametrize("manner", ["forgets", "other_model"])
def test_difference_between_asked_and_true_is_an_error_in_plain_words(
    qtbot: QtBot, qapp: QApplication, records: Path, home: Path, there: Standin, manner: Manner
) -> None:
    with running(qapp, records, settings=chosen(there)) as monitor:
        panel = monitor.window.advice
        wait(qtbot, lambda: panel.desk.state)
        card = card_of(qtbot, panel, "live_analysis")
        there.manner = manner
        press(qtbot, card.apply)
        agree(qtbot, monitor)
        wait(qtbot, panel.outcome.isVisible)
        said = panel.outcome.sentence.text()
        assert said.startswith("The gateway said yes but did something else. Asked for: ")
        assert said.endswith(f"True: Live analysis uses {there.model_of('live_analysis')} now.")
        assert panel.outcome.sentence.property("tone") == "bad"
        if manner == "forgets":
            assert not panel.outcome.button.isVisible() and log(home) == ()
            return
        # It did something all the same, and that can be taken back.
        there.manner = "well"
        wait(qtbot, lambda: panel.desk.history.switches)
        press(qtbot, panel.outcome.button)
        agree(qtbot, monitor)
        wait(qtbot, lambda: len(panel.desk.history.switches) == 2)
        assert there.model_of("live_analysis") == "qwen-max"
    strayed, back = log(home)
    step = Step("live_analysis", Choice("qwen", "qwen-max"), Choice("qwen", "qwen-turbo"))
    assert (strayed.steps, strayed.promised, back.undoes) == ((step,), None, strayed.id)


def test_switch_of_which_nothing_was_known_is_logged_and_undone_once_the_gateway_says_that_it_holds(
    qtbot: QtBot, qapp: QApplication, records: Path, home: Path, there: Standin
) -> None:
    there.manner = "mute_after_orders"
    with running(qapp, records, settings=chosen(there)) as monitor:
        panel = monitor.window.advice
        wait(qtbot, lambda: panel.desk.state)
        press(qtbot, card_of(qtbot, panel, "live_analysis").apply)
        agree(qtbot, monitor)
        wait(qtbot, panel.outcome.isVisible)
        assert panel.outcome.sentence.text().endswith("Whether it was switched is not known.")
        model = there.model_of("live_analysis")
        assert model != "qwen-max" and log(home) == ()
        there.manner = "well"
        wait(qtbot, looking(panel, lambda: panel.desk.history.switches))
        assert panel.outcome.sentence.text() == f"Done and checked: Live analysis uses {model} now."
        # The same of what takes it back.
        there.asked, there.manner = [], "mute_after_orders"
        press(qtbot, panel.outcome.button)
        agree(qtbot, monitor)
        wait(qtbot, lambda: "not known" in panel.outcome.sentence.text())
        assert panel.desk.history.undoable
        there.manner = "well"
        wait(qtbot, looking(panel, lambda: len(panel.desk.history.switches) == 2))
        assert panel.outcome.sentence.text() == "Done and checked: Live analysis uses qwen-max now."
        assert there.model_of("live_analysis") == "qwen-max" and not panel.desk.history.undoable
    switch, back = log(home)
    assert (switch.steps[0].after.model, switch.trouble, back.undoes) == (model, None, switch.id)
    assert switch.promised


def test_switch_of_which_nothing_was_known_at_the_end_of_the_program_can_be_undone_after_the_next_start(
    qtbot: QtBot, qapp: QApplication, records: Path, home: Path, there: Standin
) -> None:
    there.manner = "mute_after_orders"
    with running(qapp, records, settings=chosen(there)) as monitor:
        panel = monitor.window.advice
        wait(qtbot, lambda: panel.desk.state)
        press(qtbot, card_of(qtbot, panel, "live_analysis").apply)
        agree(qtbot, monitor)
        wait(qtbot, lambda: "not known" in panel.outcome.sentence.text())
    (switch,) = log(home)
    assert switch.trouble and switch.steps[0].before == Choice("qwen", "qwen-max") and switch.promised is None
    there.manner = "well"
    with running(qapp, records, settings=chosen(there)) as monitor:
        panel = monitor.window.advice
        wait(qtbot, lambda: panel.desk.history.undoable)
        panel.history.click()
        press(qtbot, monitor.window.findChild(QPushButton, "undo"))
        agree(qtbot, monitor)
        wait(qtbot, lambda: len(panel.desk.history.switches) == 2)
        assert there.model_of("live_analysis") == "qwen-max"


def test_order_that_the_gateway_refused_is_no_switch_at_the_end_of_the_program(
    qtbot: QtBot, qapp: QApplication, records: Path, home: Path, there: Standin
) -> None:
    with running(qapp, records, settings=chosen(there)) as monitor:
        panel = monitor.window.advice
        wait(qtbot, lambda: panel.desk.state)
        press(qtbot, card_of(qtbot, panel, "live_analysis").apply)
        wait(qtbot, lambda: dialog_of(monitor, "confirm_switch"))
        there.token, there.manner = "another", "wants_token"
        agree(qtbot, monitor)
        wait(qtbot, lambda: panel.desk.outcome and panel.desk.outcome.trouble)
    assert log(home) == () and there.model_of("live_analysis") == "qwen-max"


def test_switch_of_which_nothing_was_known_and_that_came_to_nothing_is_said_and_not_logged(
    qtbot: QtBot, qapp: QApplication, records: Path, home: Path, there: Standin
) -> None:
    there.manner = "mute_after_orders"
    with running(qapp, records, settings=chosen(there)) as monitor:
        panel = monitor.window.advice
        wait(qtbot, lambda: panel.desk.state)
        press(qtbot, card_of(qtbot, panel, "live_analysis").apply)
        agree(qtbot, monitor)
        wait(qtbot, lambda: "not known" in panel.outcome.sentence.text())
        there.restart()
        there.manner = "well"
        known = "True: Live analysis uses qwen-max now."
        wait(qtbot, looking(panel, lambda: known in panel.outcome.sentence.text()))
        assert not panel.outcome.button.isVisible()
    assert log(home) == ()


def test_no_is_no(qtbot: QtBot, qapp: QApplication, records: Path, there: Standin) -> None:
    with running(qapp, records, settings=chosen(there)) as monitor:
        wait(qtbot, lambda: monitor.window.advice.desk.state)
        press(qtbot, card_of(qtbot, monitor.window.advice, "live_analysis").apply)
        wait(qtbot, lambda: dialog_of(monitor, "confirm_switch"))
        dialog = dialog_of(monitor, "confirm_switch")
        assert dialog is not None
        press(qtbot, dialog.findChild(QPushButton, "close"))
        assert monitor.window.advice.desk.phase == "idle" and there.orders == []


def test_what_is_no_gateway_is_said_and_nothing_is_asked_of_it(
    qtbot: QtBot, qapp: QApplication, records: Path, there: Standin
) -> None:
    manners: dict[Manner, str] = {
        "not_found": "is not the assistant's gateway",
        "redirect": "sends us somewhere else",
        "garbage": "cannot be read",
    }
    there.manner = "not_found"
    with running(qapp, records, settings=chosen(there)) as monitor:
        panel = monitor.window.advice
        card = card_of(qtbot, panel, "live_analysis")
        for there.manner, words in manners.items():
            panel.gateway_wanted.emit()
            wait(qtbot, lambda words=words: words in panel.gateway.sentence.text())
            assert "nothing can be applied" in panel.gateway.sentence.text()
            press(qtbot, card.apply)
            wait(qtbot, lambda words=words: panel.desk.phase == "idle" and words in card.note.text())
    assert there.orders == []


def test_gateway_that_is_down_is_said_and_found_again(qtbot: QtBot, qapp: QApplication, records: Path) -> None:
    with standing_in() as there:
        pass
    with running(qapp, records, settings=chosen(there)) as monitor:
        panel = monitor.window.advice
        wait(qtbot, panel.gateway.isVisible)
        assert panel.gateway.sentence.text().startswith(f"The gateway does not answer at 127.0.0.1:{there.port}.")
        with standing_in(there):
            press(qtbot, panel.gateway.button)
            wait(qtbot, lambda: panel.desk.state)
            assert not panel.gateway.isVisible()


def test_hanging_gateway_holds_nobody(
    qtbot: QtBot, qapp: QApplication, records: Path, there: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The heartbeat fails it where the GUI thread was held for more than 50 ms."""
    monkeypatch.setattr(client, "PATIENCE_MS", 600)
    there.manner = "hang"
    with running(qapp, records, settings=chosen(there)) as monitor:
        panel = monitor.window.advice
        press(qtbot, card_of(qtbot, panel, "live_analysis").apply)
        record(records, model="gpt-4o")
        wait(qtbot, lambda: monitor.window.kpis.calls.number.text() == "66")
        wait(qtbot, lambda: panel.desk.refusal)
        assert panel.desk.refusal is not None and panel.desk.refusal.kind == "timeout"


def test_token_is_kept_with_the_secrets_and_used(
    qtbot: QtBot, qapp: QApplication, records: Path, home: Path, there: Standin
) -> None:
    there.token, there.manner = "open-sesame", "wants_token"
    with running(qapp, records, settings=chosen(there)) as monitor:
        panel = monitor.window.advice
        wait(qtbot, panel.gateway.isVisible)
        press(qtbot, panel.gateway.button)
        wait(qtbot, lambda: dialog_of(monitor, "gateway_token"))
        dialog = dialog_of(monitor, "gateway_token")
        dialog.field.setText("open-sesame")  # type: ignore[union-attr]
        agree(qtbot, monitor, "gateway_token")
        wait(qtbot, lambda: panel.desk.state)
    assert not (home / settings_file.FILE).exists() or "sesame" not in (home / settings_file.FILE).read_text()
    with running(qapp, records, settings=chosen(there)) as monitor:
        panel = monitor.window.advice
        wait(qtbot, lambda: panel.desk.state)
        (home / keys.FILE).unlink()
        (home / keys.FILE).mkdir()
        panel.token_entered.emit("open-sesame")
        wait(qtbot, lambda: panel.desk.token_trouble)
        wait(qtbot, lambda: panel.desk.state)  # it is used all the same


def test_calls_that_come_soon_after_an_answer_are_advised_on_without_waiting_for_more(
    qtbot: QtBot, qapp: QApplication, records: Path, there: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advising_module, "ASK_S", 0.5)
    monkeypatch.setattr(advising_module, "SHARE", 0)
    with running(qapp, records, settings=chosen(there)) as monitor:
        panel = monitor.window.advice
        wait(qtbot, lambda: panel.advice and panel.advice.calls == 65)
        record(records)
        wait(qtbot, lambda: panel.advice and panel.advice.calls == 66)
        # One of them is written anew: there are as many as before.
        [file] = records.glob("*.jsonl")
        before = panel.advice
        file.write_bytes(file.read_bytes().replace(b'"cost": 0.078', b'"cost": 0.178', 1))
        wait(qtbot, lambda: panel.advice != before)


def test_that_there_are_no_calls_is_not_said_beside_the_first_one(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, there: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advising_module, "ASK_S", 3600.0)
    monkeypatch.setattr(advising_module, "SHARE", 0)
    folder = tmp_path / "records" / "ai_usage"
    folder.mkdir(parents=True)
    with running(qapp, folder, settings=chosen(there)) as monitor:
        panel = monitor.window.advice
        wait(qtbot, lambda: panel.advice and panel.advice.calls == 0)
        record(folder)
        wait(qtbot, lambda: panel.advice and panel.advice.calls == 1)


def test_advice_that_was_put_off_stays_away_and_comes_back(
    qtbot: QtBot, qapp: QApplication, records: Path, there: Standin
) -> None:
    with running(qapp, records, settings=chosen(there)) as monitor:
        press(qtbot, card_of(qtbot, monitor.window.advice, "live_analysis").later)
        wait(qtbot, lambda: monitor.window.advice.desk.history.put_off)
    with running(qapp, records, settings=chosen(there)) as monitor:
        panel = monitor.window.advice
        wait(qtbot, lambda: panel.advice and panel.desk.history.put_off)
        wait(qtbot, lambda: panel.desk.state)
        assert "live_analysis" not in [finding.function for finding in panel.cards_to_show()]
        panel.history.click()
        again = monitor.window.findChild(QPushButton, "again")
        press(qtbot, again)
        wait(qtbot, lambda: "live_analysis" in [finding.function for finding in panel.cards_to_show()])


def test_demonstration_never_speaks_to_the_gateway(
    qtbot: QtBot, qapp: QApplication, records: Path, there: Standin
) -> None:
    with running(qapp, records, settings=chosen(there, switch_automatically=True), may_switch=False) as monitor:
        panel = monitor.window.advice
        press(qtbot, card_of(qtbot, panel, "live_analysis").apply)
        wait(qtbot, lambda: panel.desk.refusal)
    assert there.asked == []


def test_calls_behind_a_waste_are_shown(qtbot: QtBot, qapp: QApplication, tmp_path: Path, there: Standin) -> None:
    folder = tmp_path / "failing"
    for number in range(30):
        record(folder, success=number % 10 != 0, error_msg="" if number % 10 else "RateLimitError: 429 slow down")
    with running(qapp, folder, settings=chosen(there)) as monitor:
        panel = monitor.window.advice

        def card() -> FindingCard | None:
            shown = [card for card in panel.findings if not card.isHidden() and card.finding]
            return next((card for card in shown if card.finding and card.finding.reason == "failed"), None)

        wait(qtbot, card)
        press(qtbot, card().calls)  # type: ignore[union-attr]
        wait(qtbot, lambda: dialog_of(monitor, "calls_behind"))
        dialog = dialog_of(monitor, "calls_behind")
        assert isinstance(dialog, CallsPanel)
        wait(qtbot, lambda: dialog.model.rowCount() == 3)
        assert dialog.model.index(0, 7).data() == "RateLimitError: 429 slow down"


def test_what_if_is_answered_from_the_real_calls(
    qtbot: QtBot, qapp: QApplication, records: Path, there: Standin
) -> None:
    with running(qapp, records, settings=chosen(there)) as monitor:
        panel = monitor.window.advice
        wait(qtbot, panel.what_if.isVisible)
        panel.what_if.click()
        dialog = dialog_of(monitor, "what_if")
        assert isinstance(dialog, WhatIfPanel)
        line = next(line for line in dialog.rows if line.use.function == "live_analysis")
        line.model.setCurrentIndex(line.model.findData("qwen-plus"))
        # 40 calls with 1,500 and 800 tokens: ¥0.0780 each on qwen-max, ¥0.0156 on qwen-plus.
        wait(qtbot, lambda: (line.was.text(), line.would.text()) == ("¥3.12", "¥0.62"))
        assert dialog.apart.text() == "saves ¥2.50 a day"


# After a day


def test_after_a_day_it_is_told_what_a_switch_really_saved(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, home: Path, there: Standin
) -> None:
    folder = tmp_path / "records" / "ai_usage"
    for _ in range(30):
        record(folder, model="qwen-plus", input_tokens=1000, output_tokens=1000)
    step = Step("live_analysis", Choice("qwen", "qwen-max"), Choice("qwen", "qwen-plus"))
    SwitchLog(home / "switches.jsonl").add(Switch(now() - timedelta(days=1, minutes=5), "user", (step,), Decimal("2")))
    with running(qapp, folder, settings=chosen(there)) as monitor:
        panel = monitor.window.advice
        wait(qtbot, lambda: panel.desk.results)
        (result,) = panel.desk.results
        # ¥0.02 and 0.06 per 1,000 tokens were paid before, ¥0.004 and 0.012 are now.
        assert (result.calls, result.saved) == (30, Decimal("0.064") * 30) and 1 < result.days < Decimal("1.01")
        assert panel.saved.sentence.text().endswith("saved ¥1.91 a day, promised ¥2.00")


# The rule

AMOUNT = Decimal("0.50")


def ruled(there: Standin, **fields: object) -> Settings:
    return chosen(there, switch_automatically=True, switch_above=AMOUNT, **fields)


@pytest.fixture
def dear(tmp_path: Path) -> Path:
    """A day that cost more than the amount, in many calls."""
    folder = tmp_path / "dear"
    for _ in range(40):
        record(folder, model="qwen-plus")
    return folder


def advising(monitor: Monitor) -> Advising:
    found = monitor.findChild(Advising)
    assert isinstance(found, Advising)
    return found


def test_rule_switches_all_functions_tells_it_and_is_stopped_by_one_click(
    qtbot: QtBot, qapp: QApplication, dear: Path, home: Path, there: Standin
) -> None:
    with running(qapp, dear, settings=ruled(there)) as monitor:
        told: list[SwitchedFacts] = []
        advising(monitor).switched.connect(lambda at, facts: told.append(facts))
        panel = monitor.window.advice
        wait(qtbot, lambda: panel.desk.history.switches)
        assert {there.model_of(function) for function in (*FUNCTIONS, "other")} == {"deepseek-chat"}
        (switch,) = log(home)
        assert (switch.who, switch.to_cheap) == ("rule", True)
        wait(qtbot, lambda: Ledger(home).newest_of("switched"))
        assert Ledger(home).newest_of("switched").facts == told[0]  # type: ignore[union-attr]
        assert told[0].to_cheap and told[0].after == "deepseek-chat" and told[0].spent > AMOUNT
        wait(qtbot, panel.rule.isVisible)
        press(qtbot, panel.rule.button)
        wait(qtbot, lambda: not settings_file.load(home)[0].switch_automatically)
        assert not panel.rule.isVisible()


def test_rule_that_switched_without_knowing_it_tells_so_once_the_gateway_does(
    qtbot: QtBot, qapp: QApplication, dear: Path, home: Path, there: Standin
) -> None:
    there.manner = "mute_after_orders"
    with running(qapp, dear, settings=ruled(there, switch_functions=("chat_focus",))) as monitor:
        told: list[SwitchedFacts] = []
        advising(monitor).switched.connect(lambda at, facts: told.append(facts))
        panel = monitor.window.advice
        wait(qtbot, lambda: panel.desk.rule_trouble)
        assert there.model_of("chat_focus") == "deepseek-chat" and log(home) == ()
        there.manner = "well"
        wait(qtbot, looking(panel, lambda: panel.desk.history.undoable))
        assert [facts.functions for facts in told] == [("chat_focus",)] and panel.desk.rule_trouble is None
    (switch,) = log(home)
    assert (switch.who, switch.to_cheap, switch.trouble) == ("rule", True, None)


def test_what_the_rule_had_ordered_when_the_program_ended_goes_back_later(
    qtbot: QtBot, qapp: QApplication, dear: Path, home: Path, there: Standin
) -> None:
    there.manner = "hang_on_orders"
    with running(qapp, dear, settings=ruled(there)):
        wait(qtbot, lambda: there.orders)
    there.released.set()
    (switch,) = log(home)
    assert switch.who == "rule" and switch.to_cheap and switch.steps and switch.trouble


def test_rule_does_not_switch_again_while_it_holds(
    qtbot: QtBot, qapp: QApplication, dear: Path, home: Path, there: Standin
) -> None:
    with running(qapp, dear, settings=ruled(there)) as monitor:
        wait(qtbot, lambda: monitor.window.advice.desk.history.switches)
        orders = len(there.orders)
        record(dear)
        wait(qtbot, lambda: monitor.window.kpis.calls.number.text() == "41")
    with running(qapp, dear, settings=ruled(there)) as monitor:
        wait(qtbot, lambda: monitor.window.kpis.calls.number.text() == "41")
        wait(qtbot, lambda: monitor.window.advice.desk.state)
    assert len(there.orders) == orders and len(log(home)) == 1


def test_rule_that_finds_it_done_does_nothing_and_says_nothing(
    qtbot: QtBot, qapp: QApplication, dear: Path, home: Path, there: Standin
) -> None:
    there.functions["chat_focus"] = {"provider": "deepseek", "model": "deepseek-chat"}
    with running(qapp, dear, settings=ruled(there, switch_functions=("chat_focus",))) as monitor:
        wait(qtbot, lambda: monitor.window.advice.desk.verdict == "to_cheap")
        wait(qtbot, lambda: monitor.window.advice.desk.state)
    assert there.orders == [] and log(home) == () and Ledger(home).newest_of("switched") is None


def test_rule_takes_only_its_functions(qtbot: QtBot, qapp: QApplication, dear: Path, there: Standin) -> None:
    with running(qapp, dear, settings=ruled(there, switch_functions=("chat_focus",))) as monitor:
        wait(qtbot, lambda: monitor.window.advice.desk.history.switches)
    assert there.model_of("chat_focus") == "deepseek-chat" and there.model_of("live_review") == "qwen-plus"


def test_rule_goes_back_the_next_day(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, home: Path, there: Standin
) -> None:
    folder = tmp_path / "cheap"
    record(folder)
    there.functions["chat_focus"] = {"provider": "deepseek", "model": "deepseek-chat"}
    there.functions["live_review"] = {"provider": "qwen", "model": "qwen-turbo"}  # as somebody wanted it since
    step = Step("chat_focus", Choice("qwen", "qwen-plus"), Choice("deepseek", "deepseek-chat"))
    steps = step, replace(step, function="live_review")
    SwitchLog(home / "switches.jsonl").add(Switch(now() - timedelta(days=1), "rule", steps, to_cheap=True))
    with running(qapp, folder, settings=ruled(there)) as monitor:
        wait(qtbot, lambda: len(monitor.window.advice.desk.history.switches) == 2)
    assert there.model_of("chat_focus") == "qwen-plus" and log(home)[1].to_cheap is False
    assert there.model_of("live_review") == "qwen-turbo"


def test_rule_does_not_act_on_one_outlier(qtbot: QtBot, qapp: QApplication, tmp_path: Path, there: Standin) -> None:
    folder = tmp_path / "outlier"
    record(folder)
    record(folder, model="qwen-max", input_tokens=1_000_000, output_tokens=100_000)
    with running(qapp, folder, settings=ruled(there)) as monitor:
        panel = monitor.window.advice
        wait(qtbot, lambda: panel.desk.verdict == "one_call")
        wait(qtbot, lambda: "a single call made the sum" in panel.rule.sentence.text())
    assert there.orders == []


def test_rule_does_not_go_to_a_model_with_a_bad_record(
    qtbot: QtBot, qapp: QApplication, dear: Path, there: Standin
) -> None:
    for number in range(20):
        record(dear, model="deepseek-chat", success=number > 3, error_msg="" if number > 3 else "APITimeoutError: x")
    with running(qapp, dear, settings=ruled(there)) as monitor:
        wait(qtbot, lambda: monitor.window.advice.desk.verdict == "bad_record")
    assert there.orders == []


@pytest.mark.parametrize(
    ("functions", "says"), [((), "to_cheap"), (("chat_focus",), "to_cheap"), (("chat_focus", "qa"), "bad_record")]
)
def test_rule_judges_a_model_in_its_own_functions_and_under_all_its_names(
    tmp_path: Path, functions: tuple[str, ...], says: str
) -> None:
    """Where few of its calls fail in all, but many in one function: under another name of the same model."""
    rule = SwitchRule(True, Decimal("0.10"), "qwen-turbo", "qwen-plus", functions)
    calls = [advised.Call()] * 40 + [advised.Call("qwen-turbo", "chat_focus")] * 500
    calls += [advised.Call("qwen-turbo-longcontext", "qa", ok=number % 2 > 0) for number in range(20)]
    with advised.store_of(tmp_path / "r", calls) as store:
        day = advising_module._day_so_far(rule, store, advised.NOW).run()
    assert day is not None and verdict(rule, day, False, None, None) == says


def test_user_who_undoes_the_rule_is_obeyed_for_the_day(
    qtbot: QtBot, qapp: QApplication, dear: Path, there: Standin
) -> None:
    with running(qapp, dear, settings=ruled(there)) as monitor:
        panel = monitor.window.advice
        wait(qtbot, lambda: panel.desk.history.switches)
        panel.history.click()
        press(qtbot, monitor.window.findChild(QPushButton, "undo"))
        agree(qtbot, monitor)
        wait(qtbot, lambda: len(panel.desk.history.switches) == 2)
        record(dear)
        wait(qtbot, lambda: panel.desk.verdict == "overruled")
        assert there.model_of("chat_focus") == "qwen-plus"


def test_rule_that_cannot_reach_the_gateway_says_so(qtbot: QtBot, qapp: QApplication, dear: Path) -> None:
    with standing_in() as gone:
        pass
    with running(qapp, dear, settings=ruled(gone)) as monitor:
        panel = monitor.window.advice
        wait(qtbot, lambda: panel.desk.rule_trouble)
        assert "does not answer" in panel.rule.sentence.text()
