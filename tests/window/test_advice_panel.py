"""The advice panel, fed with advice: what a card says and offers, what is said where there is none, how it fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import advices
import pytest
import snapshots
from conftest import Bracketed
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tipmao_monitor.usage.advice import Advice, Finding
from tipmao_monitor.usage.desk import Desk, Order, Wish
from tipmao_monitor.usage.switch_log import History, PutOff
from tipmao_monitor.usage.switching import Choice, GatewayState, GatewayTrouble, Outcome, Step
from tipmao_monitor.window.advice_panel import AdvicePanel, FindingCard, subject
from tipmao_monitor.window.theme import Colours

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def panel(qtbot: QtBot, colours: Colours) -> Iterator[AdvicePanel]:
    around = QWidget()
    column = QVBoxLayout(around)
    panel = AdvicePanel(colours, around)
    column.addWidget(panel)
    column.addStretch(1)
    around.resize(400, 900)
    qtbot.addWidget(around)
    panel.show_snapshot(snapshots.day())
    with qtbot.waitExposed(around):
        around.show()
    yield panel


def show(panel: AdvicePanel, advice: Advice, desk: Desk | None = None) -> None:
    panel.show_advice(advice)
    panel.show_desk(desk or advices.desk())
    for _ in range(5):
        QApplication.processEvents()


def cards(panel: AdvicePanel) -> list[FindingCard]:
    return [card for card in panel.findings if not card.isHidden()]


def words(card: FindingCard) -> tuple[str, str, str]:
    return tuple(  # type: ignore[return-value]
        label.text().replace("\u200b", "").replace("\xa0", " ") for label in (card.title, card.figure, card.basis)
    )


def offered(card: FindingCard) -> list[str]:
    return [button.objectName() for button in card.findChildren(QPushButton) if button.isVisible()]


# What a card says


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        (
            advices.SWITCH,
            (
                "Live analysis: qwen-max → qwen-plus",
                "save ¥1.90 a day",
                "1,260 calls of the last 7 days, priced again: ¥16.62 → ¥3.32. Your qwen-plus: p95 1.8 s · success "
                "99.1 % · 412 calls. Lower use: high quality → everyday.",
            ),
        ),
        (
            advices.FREE,
            (
                "Chat focus: qwen-turbo → glm-4-flash",
                "save ¥0.14 a day",
                "210 calls of the last 7 days, priced again: ¥0.98 → ¥0.00. No record of yours for glm-4-flash. Lower "
                "use: quick answers → free trial. Free as a trial; the provider may limit it any day.",
            ),
        ),
        (
            advices.BUDGET,
            (
                "Live analysis: qwen-max → qwen-plus",
                "save ¥1.90 a day",
                "Keeps a month (¥60): ¥81 expected, ¥58 with it. Your qwen-plus: p95 1.8 s · success 99.1 % · 412 "
                "calls. Lower use: high quality → everyday.",
            ),
        ),
        (
            advices.RULE,
            (
                "Past ¥5 a day: deepseek-chat",
                "save ¥0.35 a day",
                "On 3 of 7 days the cost went past it. Your deepseek-chat in other functions: p95 2.9 s · success "
                "98.5 % · 133 calls.",
            ),
        ),
        (
            advices.FAILED,
            (
                "Failed and paid: 429 rate limit",
                "¥0.64",
                "41 calls in the last 7 days failed and were paid all the same. Call less often, or ask the provider "
                "for a higher limit.",
            ),
        ),
        (
            advices.UNPRICED,
            (
                "doubao-pro has no price",
                "12 calls",
                "12 calls in the last 7 days count as ¥0 because the price book does not know it. Add its price to the "
                "price book.",
            ),
        ),
        (
            replace(advices.UNPRICED, cost=advices.money("0.75")),
            (
                "doubao-pro has no price",
                "12 calls",
                "12 calls in the last 7 days were recorded at ¥0.75, which nothing can be held against. Add its price "
                "to the price book.",
            ),
        ),
    ],
)
def test_card_says_its_sentence_its_number_and_its_evidence(
    panel: AdvicePanel, finding: Finding, said: tuple[str, str, str]
) -> None:
    show(panel, advices.advice(finding))
    if panel.more.isVisible():
        panel.more.click()
    (card,) = cards(panel)
    assert words(card) == said
    assert card.accessibleName().replace("\xa0", " ") == f"{said[0]}. {said[1]}. {said[2]}"


@pytest.mark.parametrize(
    ("finding", "buttons"),
    [
        (advices.SWITCH, ["apply", "why", "not_now"]),
        (advices.RULE, ["apply", "not_now"]),
        (advices.ZERO, ["show_calls", "not_now"]),
        (replace(advices.SWITCH, to_model="gpt-5-ultra"), ["why", "not_now"]),
        (replace(advices.SWITCH, to_model="gpt-4o"), ["why", "not_now"]),
        (replace(advices.SWITCH, function="qa"), ["why", "not_now"]),
        (replace(advices.SWITCH, to_model="qwen-max"), ["why", "not_now"]),
    ],
)
def test_card_offers_only_what_can_be_done(panel: AdvicePanel, finding: Finding, buttons: list[str]) -> None:
    show(panel, advices.advice(finding))
    (card,) = cards(panel)
    assert offered(card) == buttons
    if finding.kind == "switch" and "apply" not in buttons:
        assert card.note.isVisible() and card.note.text()


def test_another_model_is_shown_where_the_gateway_does_not_offer_the_best(panel: AdvicePanel) -> None:
    best = replace(advices.SWITCH, to_model="doubao-lite-32k", saving_per_day=advices.money("2.10"))
    show(panel, advices.advice(best, replace(advices.SWITCH, is_best=False)))
    assert words(cards(panel)[0])[0] == "Live analysis: qwen-max → qwen-plus"


def test_small_and_many_findings_wait_behind_a_link(panel: AdvicePanel, qtbot: QtBot) -> None:
    show(panel, advices.full())
    assert len(cards(panel)) == 4 and panel.badge.text().strip() == "7" and panel.more.text() == "3 more"
    qtbot.mouseClick(panel.more, Qt.MouseButton.LeftButton)
    assert len(cards(panel)) == 7 and not panel.more.isVisible()


def test_largest_saving_stands_first(panel: AdvicePanel) -> None:
    show(panel, advices.advice(advices.UNTRIED, advices.FREE, advices.SWITCH))
    savings = [card.finding.saving_per_day for card in cards(panel) if card.finding]
    assert savings == sorted(savings, reverse=True)  # type: ignore[type-var]


# What the user wants


@pytest.mark.parametrize("state", [advices.desk().state, None])
def test_calls_without_a_function_are_not_called_all_and_switch_nothing(
    panel: AdvicePanel, state: GatewayState | None
) -> None:
    show(panel, advices.advice(replace(advices.SWITCH, function="")), advices.desk(state=state))
    (card,) = cards(panel)
    assert words(card)[0] == "(not recorded): qwen-max → qwen-plus"
    assert offered(card) == ["why", "not_now"]
    assert card.note.text() == "These calls do not say for what function they were, so none can be switched."


def test_apply_wishes_the_function_on_its_model(panel: AdvicePanel, qtbot: QtBot) -> None:
    show(panel, advices.advice(advices.SWITCH))
    with qtbot.waitSignal(panel.switch_wanted) as wanted:
        qtbot.mouseClick(cards(panel)[0].apply, Qt.MouseButton.LeftButton)
    assert wanted.args == [Wish((("live_analysis", "qwen-plus"),), advices.SWITCH.saving_per_day, advices.SWITCH.key)]


def test_not_now_is_remembered_for_all_models_of_the_function(panel: AdvicePanel, qtbot: QtBot) -> None:
    show(panel, advices.advice(advices.SWITCH, advices.ZERO))
    with qtbot.waitSignal(panel.put_off) as put_off:
        qtbot.mouseClick(cards(panel)[0].later, Qt.MouseButton.LeftButton)
    key, again = put_off.args
    assert not again and key == subject(replace(advices.SWITCH, to_model="deepseek-chat"))
    history = History(put_off=(PutOff(snapshots.NOW - timedelta(days=1), key),))
    show(panel, advices.advice(advices.SWITCH, advices.ZERO), advices.desk(history=history))
    assert [card.finding for card in cards(panel)] == [advices.ZERO]


def test_rule_is_set_up_from_its_finding(panel: AdvicePanel, qtbot: QtBot) -> None:
    show(panel, advices.advice(advices.RULE))
    qtbot.mouseClick(cards(panel)[0].apply, Qt.MouseButton.LeftButton)
    yes = panel.window().findChild(QPushButton, "yes")
    with qtbot.waitSignal(panel.rule_changed) as wanted:
        qtbot.mouseClick(yes, Qt.MouseButton.LeftButton)
    (rule,) = wanted.args
    assert (rule.is_on, rule.amount, rule.cheap, rule.good) == (True, advices.money("5"), "deepseek-chat", "qwen-plus")


def test_rule_names_its_function_and_is_not_offered_where_the_gateway_cannot_follow_it(panel: AdvicePanel) -> None:
    rule = replace(advices.RULE, function="script_generation", to_model="4.0Ultra")
    show(panel, advices.advice(rule))
    (card,) = cards(panel)
    assert words(card)[0] == "Script writing, past ¥5 a day: 4.0Ultra"
    assert offered(card) == ["not_now"] and card.note.text() == "No provider of the gateway offers 4.0Ultra."


def test_number_and_its_unit_stay_on_one_line(panel: AdvicePanel) -> None:
    show(panel, advices.advice(advices.SWITCH))
    assert "success\xa099.1\xa0%" in cards(panel)[0].basis.text()


def test_waste_asks_for_its_calls(panel: AdvicePanel, qtbot: QtBot) -> None:
    show(panel, advices.advice(advices.ZERO))
    with qtbot.waitSignal(panel.calls_wanted) as wanted:
        qtbot.mouseClick(cards(panel)[0].calls, Qt.MouseButton.LeftButton)
    assert wanted.args == [advices.ZERO.show]


# What is said beside the cards


@pytest.mark.parametrize(
    ("advice", "said"),
    [
        (
            advices.nothing(),
            "Nothing to save: every function uses the cheapest model that fits, and nothing is wasted.",
        ),
        (advices.advice(), "Nothing to save: what is cheaper did worse in your own calls."),
        (
            advices.advice(refused=advices.REFUSED[4:], calls=7),
            "Too few calls for advice: 7 calls in the last 7 days, and a function needs 20.",
        ),
        (
            advices.advice(calls=0, refused=(), functions=()),
            "No calls in the last 7 days, so there is nothing to advise on.",
        ),
    ],
)
def test_empty_panel_says_why_nothing_is_advised(panel: AdvicePanel, advice: Advice, said: str) -> None:
    show(panel, advice)
    assert cards(panel) == [] and panel.quiet.isVisible() and panel.quiet.text() == said
    assert not panel.badge.isVisible()


@pytest.mark.parametrize(
    ("trouble", "said", "way_on"),
    [
        ("unreachable", "The gateway does not answer at 127.0.0.1:10090. Is the assistant running?", "Try again"),
        ("timeout", "The gateway at 127.0.0.1:10090 did not answer in time.", "Try again"),
        ("key_refused", "The gateway at 127.0.0.1:10090 wants another token.", "Enter the token…"),
        ("own_service", "127.0.0.1:10090 is this program's own service, not the assistant's gateway.", "Preferences…"),
        ("redirected", "127.0.0.1:10090 sends us somewhere else, which is not followed.", "Preferences…"),
        ("garbage", "What 127.0.0.1:10090 answered cannot be read.", "Try again"),
    ],
)
def test_gateway_that_is_down_is_said_in_plain_words(panel: AdvicePanel, trouble: str, said: str, way_on: str) -> None:
    show(panel, advices.full(), advices.desk(state=None, trouble=GatewayTrouble(trouble)))  # type: ignore[arg-type]
    assert panel.gateway.sentence.text().replace("\u200b", "") == f"{said} Until then nothing can be applied."
    assert panel.gateway.button.text() == way_on


def test_gateway_that_nobody_needs_is_not_spoken_of(panel: AdvicePanel) -> None:
    show(panel, advices.advice(advices.ZERO), advices.down())
    assert not panel.gateway.isVisible()


def test_budget_that_no_switch_keeps_is_said_first(panel: AdvicePanel) -> None:
    show(panel, advices.advice(advices.SWITCH, refused=(*advices.REFUSED, advices.MISSED)))
    assert words(cards(panel)[0]) == (
        "a month: no switch is enough", "¥12 too much",
        "¥81 expected of ¥60, ¥72 with every switch. Live analysis costs the most.",
    )  # fmt: skip
    assert offered(cards(panel)[0]) == ["why", "not_now"] and len(cards(panel)) == 2


def test_token_that_could_not_be_kept_is_said(panel: AdvicePanel, qtbot: QtBot) -> None:
    show(panel, advices.full(), advices.desk(token_trouble="No space left on device"))
    assert panel.gateway.sentence.text().endswith("It could not be kept: No space left on device")
    qtbot.mouseClick(panel.gateway.button, Qt.MouseButton.LeftButton)
    assert panel.window().findChild(QDialog, "gateway_token").isVisible()


def test_order_that_needs_a_token_asks_for_it(panel: AdvicePanel, qtbot: QtBot) -> None:
    refused = Outcome(advices.STEPS, advices.state(), GatewayTrouble("key_refused"))
    show(panel, advices.full(), replace(advices.differing(), outcome=refused))
    qtbot.mouseClick(panel.outcome.button, Qt.MouseButton.LeftButton)
    assert panel.window().findChild(QDialog, "gateway_token").isVisible()


def test_what_a_switch_saved_is_said_for_a_week(panel: AdvicePanel) -> None:
    show(panel, advices.full(), advices.applied())
    said = "Live analysis: qwen-max → qwen-plus · saved ¥1.71 a day, promised ¥1.90"
    assert panel.saved.isVisible() and panel.saved.sentence.text() == said
    panel.show_snapshot(replace(snapshots.day(), now=snapshots.NOW + timedelta(days=6)))
    show(panel, advices.nothing(), advices.applied())
    assert not panel.saved.isVisible()


def test_what_is_true_after_a_switch_is_said_with_a_way_back(panel: AdvicePanel, qtbot: QtBot) -> None:
    show(panel, advices.full(), advices.applied())
    assert panel.outcome.sentence.text() == "Done and checked: Live analysis uses qwen-plus now."
    with qtbot.waitSignal(panel.undo_wanted) as wanted:
        qtbot.mouseClick(panel.outcome.button, Qt.MouseButton.LeftButton)
    assert wanted.args == ["one"]


def test_undo_of_what_is_back_already_says_so(panel: AdvicePanel) -> None:
    steps = (Step("live_analysis", advices.MAX, advices.MAX),)
    done = advices.desk(order=Order(steps, undoes="one"), outcome=Outcome(steps, advices.state()))
    show(panel, advices.full(), done)
    assert panel.outcome.sentence.text() == "It was back already: Live analysis uses qwen-max now."
    assert not panel.outcome.button.isVisible()


def test_difference_between_asked_and_true_is_an_error(panel: AdvicePanel) -> None:
    show(panel, advices.full(), advices.differing())
    assert panel.outcome.sentence.text() == (
        "The gateway said yes but did something else. Asked for: qwen-plus. True: Live analysis uses qwen-max now."
    )
    assert panel.outcome.sentence.property("tone") == "bad" and not panel.outcome.button.isVisible()


def test_rule_that_is_on_is_always_said_and_stopped_by_one_click(panel: AdvicePanel, qtbot: QtBot) -> None:
    show(panel, advices.nothing(), advices.ruled())
    assert panel.rule.sentence.text() == "Switches by itself: past ¥5 a day deepseek-chat, else qwen-plus."
    with qtbot.waitSignal(panel.rule_stopped):
        qtbot.mouseClick(panel.rule.button, Qt.MouseButton.LeftButton)


# How it fits

STATES = [
    (advices.full, advices.desk),
    (advices.full, advices.down),
    (advices.full, advices.differing),
    (advices.nothing, advices.ruled),
]


@pytest.mark.parametrize(("advice", "desk"), STATES)
@pytest.mark.parametrize("width", [340, 400, 660])
def test_all_of_it_is_in_sight_where_the_page_scrolls(
    panel: AdvicePanel, advice: Callable[[], Advice], desk: Callable[[], Desk], width: int
) -> None:
    panel.window().resize(width, 1200)
    show(panel, advice(), desk())
    assert not panel.area.verticalScrollBar().isVisible()
    for label in panel.inner.findChildren(QLabel):
        if label.isVisible():
            assert label.height() >= label.heightForWidth(label.width()) if label.wordWrap() else True
            right = label.mapTo(panel, QPoint(label.width(), 0)).x()
            assert right <= panel.width()


def test_within_a_given_height_it_scrolls_and_no_card_moves(panel: AdvicePanel) -> None:
    show(panel, advices.full())
    before = [card.width() for card in cards(panel)]
    panel.fit(300)
    for _ in range(5):
        QApplication.processEvents()
    assert panel.height() == 300 and panel.area.verticalScrollBar().isVisible()
    assert [card.width() for card in cards(panel)] == before
    assert isinstance(panel.area, QScrollArea)


def test_recorded_text_is_never_read_as_html(panel: AdvicePanel) -> None:
    odd = replace(advices.SWITCH, function="<b>x</b>", from_model="<img src=x>", to_model="qwen-plus")
    known = advices.state(**{"<b>x</b>": Choice("qwen", "<img src=x>")})
    show(panel, advices.advice(odd), advices.desk(state=known))
    assert words(cards(panel)[0])[0] == "<b>x</b>: <img src=x> → qwen-plus"
    formats = {label.textFormat() for label in panel.findChildren(QLabel)}
    assert formats == {Qt.TextFormat.PlainText}


def test_another_language_is_spoken_everywhere(panel: AdvicePanel, brackets: Bracketed) -> None:
    show(panel, advices.full(), advices.applied())
    brackets.speak()
    for _ in range(3):
        QApplication.processEvents()
    for label in panel.findChildren(QLabel):
        if label.isVisible() and label is not panel.badge:
            assert "【" in label.text(), label.text()
    for button in panel.findChildren(QPushButton):
        if button.isVisible():
            assert button.text().startswith("【"), button.text()


def test_the_number_of_advice_stands_on_a_pill_as_high_as_its_line(panel: AdvicePanel) -> None:
    show(panel, advices.full())
    seen, box = panel.grab().toImage(), panel.badge.geometry()
    assert box.height() < panel.title_label.fontMetrics().height() + 6
    for x in (box.left() + 1, box.right() - 1):
        assert seen.pixelColor(x, box.top() + 1) != seen.pixelColor(x, box.center().y())
