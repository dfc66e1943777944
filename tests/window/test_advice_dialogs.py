"""What opens from the advice: the switch is confirmed with before and after, why not has its reasons, what if asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import advices
import pytest
import snapshots
from conftest import Bracketed
from PySide6.QtCore import QRectF, Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from tipmao_monitor.usage.advice import Change, FunctionUse, Replayed, WhatIf
from tipmao_monitor.usage.alerts import Alert, SwitchedFacts
from tipmao_monitor.usage.desk import Order, Result
from tipmao_monitor.usage.snapshot import Page, PageRequest
from tipmao_monitor.usage.switch_log import History, PutOff
from tipmao_monitor.usage.switching import ALL, Step
from tipmao_monitor.window.advice_dialogs import (
    CallsPanel,
    ConfirmRule,
    ConfirmSwitch,
    ParetoPlot,
    SwitchesPanel,
    TokenDialog,
    WhatIfPanel,
    WhyPanel,
    rule_of,
)
from tipmao_monitor.window.budget_words import alert_words
from tipmao_monitor.window.dialogs import LinesTable, Panel
from tipmao_monitor.window.theme import Theme

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def shown(qtbot: QtBot, panel: Panel) -> None:
    qtbot.addWidget(panel)
    panel.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    with qtbot.waitExposed(panel):
        panel.show()
    QApplication.processEvents()


def texts(panel: Panel) -> list[str]:
    return [label.text().replace("\u200b", "") for label in panel.findChildren(QLabel) if label.isVisible()]


def rows(table: LinesTable) -> list[list[str]]:
    model = table.model()
    return [
        [str(model.index(row, column).data()) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_switch_is_confirmed_with_before_and_after_of_each_function(qtbot: QtBot) -> None:
    steps = (*advices.STEPS, Step(ALL, advices.PLUS, advices.CHAT))
    dialog = ConfirmSwitch(Order(steps, advices.money("1.90")))
    shown(qtbot, dialog)
    said = texts(dialog)
    for word in ("Live analysis", "qwen-max", "qwen-plus", "All others", "deepseek-chat"):
        assert word in said
    assert any("It should save ¥1.90 a day." in text for text in said)
    with qtbot.waitSignal(dialog.confirmed) as confirmed:
        qtbot.mouseClick(dialog.yes, Qt.MouseButton.LeftButton)
    assert confirmed.args == [dialog.order]


def test_cancelled_switch_is_not_confirmed(qtbot: QtBot) -> None:
    dialog = ConfirmSwitch(Order(advices.STEPS))
    shown(qtbot, dialog)
    with qtbot.assertNotEmitted(dialog.confirmed):
        qtbot.mouseClick(dialog.close_button, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()


def test_rule_is_said_in_words_before_it_is_on(qtbot: QtBot) -> None:
    rule = rule_of(advices.RULE, advices.ruled().rule)
    dialog = ConfirmRule(rule)
    shown(qtbot, dialog)
    assert "Past ¥5 on a day: All functions on deepseek-chat. The next day: qwen-plus again." in texts(dialog)


def test_token_is_hidden_and_leaves_the_field(qtbot: QtBot) -> None:
    dialog = TokenDialog()
    shown(qtbot, dialog)
    assert dialog.field.echoMode() == QLineEdit.EchoMode.Password
    dialog.field.setText("  se cret\u00e9")
    with qtbot.waitSignal(dialog.entered) as entered:
        qtbot.mouseClick(dialog.yes, Qt.MouseButton.LeftButton)
    assert entered.args == ["se cret"] and dialog.field.text() == ""


# Why and why not


def test_every_model_of_the_function_has_its_verdict(qtbot: QtBot, light: Theme) -> None:
    panel = WhyPanel(light)
    panel.show_advice(advices.full(), "live_analysis")
    shown(qtbot, panel)
    verdicts = {row[0]: row[-1] for row in rows(panel.table)}
    assert verdicts["qwen-plus"] == "advised · Lower use: high quality → everyday"
    assert verdicts["qwen-max"] == "in use now"
    assert verdicts["glm-3-turbo"] == "no: too slow: p95\xa09.4\xa0s · success\xa098.4\xa0% · 64\xa0calls"
    assert verdicts["doubao-lite-32k"] == "no: fails too often: p95\xa04.1\xa0s · success\xa081.8\xa0% · 44\xa0calls"
    assert verdicts["gpt-4o"] == "no: would not be cheaper"
    assert "Without a call of yours, so not in the picture: qwen-turbo." in panel.sentence.text()


def test_other_function_is_chosen_and_stays_while_advice_comes(qtbot: QtBot, light: Theme) -> None:
    panel = WhyPanel(light)
    panel.show_advice(advices.full())
    shown(qtbot, panel)
    panel.choice.setCurrentIndex(panel.choice.findData("script_generation"))
    panel.show_advice(advices.advice(advices.UNTRIED))
    assert panel.choice.currentData() == "script_generation"
    assert rows(panel.table)[0][0] == "qwen-plus"
    panel.choice.setCurrentIndex(panel.choice.findData("qa"))
    assert rows(panel.table)[0][-1] == "no: too few calls to say: 7 calls" and not panel.plot.isVisible()


def test_picture_has_one_dot_a_model_cheap_below_and_quick_to_the_left(qtbot: QtBot, light: Theme) -> None:
    plot = ParetoPlot(light)
    qtbot.addWidget(plot)
    plot.resize(600, 260)
    plot.show_dots(advices.USES[0].dots)
    places = {dot.model: at for dot, at in plot.places()}
    assert set(places) == {dot.model for dot in advices.USES[0].dots} - {"qwen-turbo"}
    assert places["deepseek-chat"].y() > places["qwen-plus"].y() > places["qwen-max"].y() > places["gpt-4o"].y()
    assert places["gpt-4o"].x() < places["qwen-plus"].x() < places["glm-3-turbo"].x()
    assert all(QRectF(plot.rect()).contains(at) for at in places.values())
    image = plot.grab().toImage()
    at = places["qwen-plus"].toPoint()
    assert image.pixelColor(at).name() == light.accent.lower()


# What if


def test_what_if_asks_for_what_was_chosen_and_shows_the_answer(qtbot: QtBot) -> None:
    panel = WhatIfPanel()
    panel.show_advice(advices.full())
    shown(qtbot, panel)
    line = panel.rows[0]
    with qtbot.waitSignal(panel.asked) as asked:
        line.model.setCurrentIndex(line.model.findData("qwen-plus"))
    assert asked.args == [(Change("live_analysis", "qwen-plus"),)]
    line.every.setValue(80)
    changes = (Change("live_analysis", "qwen-plus", 80.0, 40.0),)
    assert panel.changes() == changes
    replayed = (
        Replayed("live_analysis", 1260, advices.money("16.62"), advices.money("630"), advices.money("1.66")),
        Replayed("script_generation", 410, advices.money("5.10"), advices.money("410"), advices.money("5.10")),
    )
    full = advices.full()
    assert full.first and full.last
    panel.show_answer(WhatIf(full.filter, full.first, full.last, (), replayed, 7))
    assert panel.total.text() == "- → -"  # the answer to another question
    panel.show_answer(WhatIf(full.filter, full.first, full.last, changes, replayed, 7))
    assert panel.total.text() == "¥21.72 → ¥6.76" and panel.apart.text() == "saves ¥2.14 a day"
    assert (line.was.text(), line.would.text()) == ("¥16.62", "¥1.66")


def test_interval_is_asked_only_of_functions_that_have_one(qtbot: QtBot) -> None:
    panel = WhatIfPanel()
    panel.show_advice(advices.full())
    shown(qtbot, panel)
    assert [line.every.isEnabled() for line in panel.rows] == [True, False]


def test_what_if_names_a_function_as_it_is_written_and_says_what_is_not_known(qtbot: QtBot) -> None:
    panel = WhatIfPanel()
    advice = advices.advice(functions=(FunctionUse("qa", ("doubao-pro",), 0, 7, advices.money("0")),))
    panel.show_advice(advice)
    shown(qtbot, panel)
    (line,) = panel.rows
    # A label with a buddy shows a & only where it is written twice.
    assert line.name.text() == "Q&&A" and line.model.accessibleName() == "Model of Q&A"
    replayed = (Replayed("qa", 0, advices.money("0"), advices.money("0"), advices.money("0"), left_out=70),)
    assert advice.first and advice.last
    panel.show_answer(WhatIf(advice.filter, advice.first, advice.last, (), replayed, 7))
    assert (line.was.text(), line.would.text()) == ("-", "-")
    assert panel.sentence.text().endswith("70 calls of unknown cost or tokens left out.")


def test_endless_names_make_no_endless_window(qtbot: QtBot, light: Theme) -> None:
    name = "x" * 1024
    advice = advices.advice(functions=(FunctionUse(name, (name, name + "y"), 40, 7, advices.money("1")),))
    what_if, why = WhatIfPanel(), WhyPanel(light)
    what_if.show_advice(advice)
    why.show_advice(advice)
    for panel in (what_if, why):
        shown(qtbot, panel)
        assert panel.width() <= 1000


# The log


def test_log_tells_who_what_and_what_it_saved(qtbot: QtBot) -> None:
    panel = SwitchesPanel()
    panel.show_desk(advices.applied(), snapshots.NOW)
    shown(qtbot, panel)
    assert rows(panel.table) == [
        ["11-21 14:02", "by you", "Live analysis: qwen-max → qwen-plus", "saved ¥1.71 a day, promised ¥1.90"]
    ]
    with qtbot.waitSignal(panel.undo_wanted) as wanted:
        qtbot.mouseClick(panel.undo, Qt.MouseButton.LeftButton)
    assert wanted.args == ["one"]


def test_what_was_undone_cannot_be_undone(qtbot: QtBot) -> None:
    back = replace(advices.SWITCHED, at=snapshots.NOW, undoes="one", id="two", promised=None)
    desk = advices.desk(history=History((advices.SWITCHED, back)))
    panel = SwitchesPanel()
    panel.show_desk(desk, snapshots.NOW)
    shown(qtbot, panel)
    assert [row[1] for row in rows(panel.table)] == ["by you", "by you"]
    assert [row[3] for row in rows(panel.table)] == ["undo", "taken back · promised ¥1.90 a day"]
    for row in (0, 1):
        panel.table.selectRow(row)
        assert not panel.undo.isEnabled()


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (None, "promised ¥1.90 a day"),
        (Result("one", 0, advices.money("0"), advices.money("0")), "no calls on it yet"),
        (Result("one", 9, advices.money("2"), None), "not known"),
        (Result("one", 9, advices.money("2"), advices.money("-0.5")), "cost ¥0.25 more a day, promised to save ¥1.90"),
        (Result("one", 9, advices.money("0.1"), advices.money("-0.5")), "cost ¥0.50 more while it held"),
        (Result("one", 9, advices.money("0.1"), advices.money("0.5")), "saved ¥0.50 while it held"),
    ],
)
def test_saving_that_came_stands_against_the_one_promised(qtbot: QtBot, result: Result | None, said: str) -> None:
    panel = SwitchesPanel()
    results = (result,) if result else ()
    panel.show_desk(advices.desk(history=History((advices.SWITCHED,)), results=results), snapshots.NOW)
    shown(qtbot, panel)
    assert rows(panel.table)[0][3] == said


def test_what_was_put_off_can_be_brought_back(qtbot: QtBot) -> None:
    history = History(put_off=(PutOff(snapshots.NOW - timedelta(days=2), ("switch",)),))
    panel = SwitchesPanel()
    panel.show_desk(advices.desk(history=history), snapshots.NOW)
    shown(qtbot, panel)
    assert panel.again.text() == "Show what was put off (1)"
    with qtbot.waitSignal(panel.again_wanted):
        qtbot.mouseClick(panel.again, Qt.MouseButton.LeftButton)


def test_log_that_cannot_be_written_is_said(qtbot: QtBot) -> None:
    panel = SwitchesPanel()
    panel.show_desk(advices.desk(history=History(trouble="No space left on device")), snapshots.NOW)
    shown(qtbot, panel)
    assert panel.sentence.text() == "The log cannot be written: No space left on device"


# The calls


def test_calls_behind_a_finding_are_listed(qtbot: QtBot) -> None:
    panel = CallsPanel()
    panel.show_finding(advices.ZERO)
    shown(qtbot, panel)
    assert panel.sentence.text() == "Reading…" and panel.windowTitle() == "4.0Ultra is recorded at ¥0"
    call = snapshots.call(model="4.0Ultra", cost=advices.money("0"), error_msg="<b>x</b>")
    panel.show_calls(Page(PageRequest(advices.WEEK), 3, (call,)))  # of the finding before
    assert panel.model.rowCount() == 0
    assert advices.ZERO.show is not None
    panel.show_calls(Page(advices.ZERO.show, 372, (call,)))
    assert panel.sentence.text() == "1 of 372 calls"
    assert rows(panel.table)[0][1:] == ["Live analysis", "4.0Ultra", "1.5K", "800", "¥0.00", "1.2 s", "<b>x</b>"]


def test_all_calls_behind_a_finding_can_be_reached(qtbot: QtBot) -> None:
    panel, show = CallsPanel(), advices.ZERO.show
    assert show is not None
    panel.show_finding(advices.ZERO)
    shown(qtbot, panel)
    panel.show_calls(Page(show, 300, tuple(snapshots.call(input_tokens=n) for n in range(200))))
    panel.table.selectRow(150)
    with qtbot.waitSignal(panel.more_wanted) as wanted:
        qtbot.mouseClick(panel.more, Qt.MouseButton.LeftButton)
    assert wanted.args == [replace(show, offset=200)] and not panel.more.isEnabled()
    panel.show_calls(Page(replace(show, offset=200), 300, tuple(snapshots.call(input_tokens=n) for n in range(100))))
    assert panel.model.rowCount() == 300 and panel.sentence.text() == "300 calls" and not panel.more.isVisible()
    assert panel.table.currentIndex().row() == 150  # what was looked at stays


def test_calls_that_came_in_between_two_pages_begin_the_list_anew(qtbot: QtBot) -> None:
    panel, show = CallsPanel(), advices.ZERO.show
    assert show is not None
    panel.show_finding(advices.ZERO)
    shown(qtbot, panel)
    panel.show_calls(Page(show, 300, (snapshots.call(),) * 200))
    with qtbot.waitSignal(panel.more_wanted) as wanted:
        panel.show_calls(Page(replace(show, offset=200), 301, (snapshots.call(),) * 101))
    assert wanted.args == [show] and panel.model.rowCount() == 200


def test_dialogs_speak_another_language(qtbot: QtBot, brackets: Bracketed, light: Theme) -> None:
    why = WhyPanel(light)
    why.show_advice(advices.full())
    what_if, switches = WhatIfPanel(), SwitchesPanel()
    what_if.show_advice(advices.full())
    switches.show_desk(advices.applied(), snapshots.NOW)
    dialogs = (ConfirmSwitch(Order(advices.STEPS)), TokenDialog(), why, what_if, switches)
    for dialog in dialogs:
        shown(qtbot, dialog)
    brackets.speak()
    QApplication.processEvents()
    for dialog in dialogs:
        assert dialog.windowTitle().startswith("【")
        assert dialog.close_button.text().startswith("【")
    assert "【" in rows(switches.table)[0][1] and "【" in rows(why.table)[0][0] + rows(why.table)[-1][-1]


@pytest.mark.parametrize(
    ("to_cheap", "said"),
    [
        (True, "today cost ¥5.20, more than ¥5.00; before: qwen-plus"),
        (False, "today cost ¥5.20, not more than ¥5.00; before: qwen-plus"),
    ],
)
def test_what_the_rule_did_is_a_message_in_words(qapp: QApplication, to_cheap: bool, said: str) -> None:
    facts = SwitchedFacts(
        ("",), ("qwen-plus",), "deepseek-chat", advices.money("5"), advices.money("5.20"), to_cheap=to_cheap
    )
    words = alert_words(Alert("one", snapshots.NOW, "switched", facts), snapshots.NOW)
    assert (words.title, words.cause) == ("Switched to deepseek-chat automatically", said)
