"""The preferences: every setting has a row with words, what is typed is judged in place, what is chosen is said.

A newcomer would get this wrong: the rows are made from the schema, so a test that names a row would not notice one that
is missing. What must hold of every row is asked of the schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tipmao_monitor.channels import KINDS, PARTS, Channel, ChannelStates, Result
from tipmao_monitor.language import Interpreter
from tipmao_monitor.settings import SCHEMA, Choice, Number, Settings, Switch
from tipmao_monitor.window.preferences import (
    HIDDEN,
    PAGES,
    STACKED_BELOW_PX,
    Figure,
    FolderList,
    Preferences,
    Row,
    StartState,
    limit_of,
    page_of,
    parts_of,
)
from tipmao_monitor.window.setting_words import choice_words, problem_words, setting_name

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
TODAY = date(2026, 1, 2)
SENT_AT = datetime(2026, 1, 2, 14, 2, 9)


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[Preferences]:
    panel = Preferences()
    qtbot.addWidget(panel)
    panel.show_settings(Settings())
    panel.show()
    yield panel


@pytest.fixture
def interpreter(qapp: QApplication) -> Iterator[Interpreter]:
    interpreter = Interpreter(qapp)
    yield interpreter
    interpreter.speak("en")


def control(panel: Preferences, field: str) -> QWidget:
    return panel.pages[page_of(field)].controls[field]


def row(panel: Preferences, field: str) -> Row:
    return panel.pages[page_of(field)].rows[field]


def edit(panel: Preferences, field: str) -> QLineEdit:
    found = control(panel, field)
    if isinstance(found, QComboBox):
        line = found.lineEdit()
        assert line is not None
        return line
    assert isinstance(found, Figure)
    return found.edit


def retype(qtbot: QtBot, line: QLineEdit, text: str) -> None:
    line.setFocus()
    line.selectAll()
    qtbot.keyClick(line, Qt.Key.Key_Delete)
    qtbot.keyClicks(line, text)


def test_name_without_help_stands_in_the_middle_of_its_control(panel: Preferences) -> None:
    beside = []
    for page in PAGES:
        panel.show_page(page)
        for each in panel.pages[page].rows.values() if page in panel.pages else ():
            control = each.control
            if control is not None and not isinstance(control, FolderList) and not each.help.text():
                middle = (each.switch or each.name).geometry().center().y()
                beside.append(abs(middle - control.geometry().center().y()))
    assert beside and max(beside) <= 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_setting_has_a_control_with_words(panel: Preferences, interpreter: Interpreter, language: str) -> None:
    interpreter.speak(language)
    panel.retranslate()
    for field in SCHEMA.keys() - HIDDEN:
        target = control(panel, field)
        name = setting_name(field)
        assert name != field, f"nobody has found words for {field}"
        assert name.isascii() == (language == "en")
        assert (target.focusProxy() or target).accessibleName() in (name, "") or isinstance(target, QCheckBox)
        if isinstance(target, QCheckBox):
            assert target.text() == name
        elif not isinstance(target, FolderList):
            assert (target.focusProxy() or target).accessibleName() == name
    for field, rule in SCHEMA.items():
        if isinstance(rule, Number):
            assert problem_words(rule) and setting_name(field)
        if isinstance(rule, Choice) and field not in HIDDEN and field in ("theme", "language"):
            assert all(choice_words(field, option) != option for option in rule.options)


def test_every_label_is_the_buddy_of_its_control(panel: Preferences) -> None:
    for page in panel.pages.values():
        for shown in page.rows.values():
            if shown.switch is None:
                target = shown.control
                assert target is not None and shown.name.buddy() is (target.focusProxy() or target)


def test_settings_are_shown_as_they_are(panel: Preferences) -> None:
    panel.show_settings(
        Settings(theme="dark", timezone="Asia/Shanghai", slow_ms=1234.5, alert_new_user=True, records=("/a", "/b"))
    )
    theme = control(panel, "theme")
    assert isinstance(theme, QComboBox) and theme.currentText() == "Dark"
    assert edit(panel, "timezone").text() == "Asia/Shanghai"
    assert edit(panel, "slow_ms").text() == "1234.5"
    new_user = control(panel, "alert_new_user")
    assert isinstance(new_user, QCheckBox) and new_user.isChecked()
    folders = control(panel, "records")
    assert isinstance(folders, FolderList) and folders.list.count() == 2


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("slow_ms", "0"),
        ("slow_ms", ""),
        ("slow_ms", "fast"),
        ("slow_ms", "nan"),
        ("slow_ms", "1e99"),
        ("alert_success_percent", "101"),
        ("gateway_port", "70000"),
        ("gateway_port", "1.5"),
        ("gateway_address", "two words"),
        ("timezone", "Mars/Olympus"),
        ("switch_above", "-1"),
    ],
)
def test_what_cannot_be_is_told_below_the_field_and_not_taken(
    qtbot: QtBot, panel: Preferences, field: str, text: str
) -> None:
    panel.show_page(page_of(field))
    panel.show_zones(["Asia/Shanghai"])
    told: list[str] = []
    panel.changed.connect(lambda name, _: told.append(name))
    retype(qtbot, edit(panel, field), text)
    qtbot.keyClick(edit(panel, field), Qt.Key.Key_Return)
    problem = row(panel, field).problem
    assert problem.isVisible() and problem_words(SCHEMA[field]) in problem.text()
    assert problem_words(SCHEMA[field]) in edit(panel, field).accessibleDescription()
    assert not told and panel.isVisible()
    # What others change meanwhile does not take away what is being typed.
    panel.show_settings(Settings(theme="dark"))
    assert edit(panel, field).text() == text


def test_problem_goes_when_it_is_put_right_and_the_value_is_taken(qtbot: QtBot, panel: Preferences) -> None:
    line = edit(panel, "slow_ms")
    retype(qtbot, line, "0")
    assert row(panel, "slow_ms").problem.isVisible()
    retype(qtbot, line, "2,500")
    assert not row(panel, "slow_ms").problem.isVisible()
    with qtbot.waitSignal(panel.changed) as told:
        qtbot.keyClick(line, Qt.Key.Key_Return)
    assert told.args == ["slow_ms", 2500.0]


def test_leaving_the_field_takes_it_and_what_is_the_same_changes_nothing(qtbot: QtBot, panel: Preferences) -> None:
    told: list[object] = []
    panel.changed.connect(lambda name, value: told.append((name, value)))
    retype(qtbot, edit(panel, "slow_ms"), "5000.0")
    qtbot.keyClick(edit(panel, "slow_ms"), Qt.Key.Key_Tab)
    assert not told and edit(panel, "slow_ms").text() == "5000"
    retype(qtbot, edit(panel, "slow_ms"), "7")
    qtbot.keyClick(edit(panel, "slow_ms"), Qt.Key.Key_Tab)
    assert told == [("slow_ms", 7.0)]


@pytest.mark.parametrize(("text", "value"), [("asia/shanghai", "Asia/Shanghai"), ("like the system", "system")])
def test_time_zone_may_be_typed_in_any_case(qtbot: QtBot, panel: Preferences, text: str, value: str) -> None:
    panel.show_settings(Settings(timezone="Europe/Paris"))
    panel.show_zones(["Asia/Shanghai", "Europe/Paris"])
    retype(qtbot, edit(panel, "timezone"), text)
    with qtbot.waitSignal(panel.changed) as told:
        qtbot.keyClick(edit(panel, "timezone"), Qt.Key.Key_Return)
    assert told.args == ["timezone", value]


def test_switch_and_choice_are_told_at_once(qtbot: QtBot, panel: Preferences) -> None:
    panel.show_page("alerts")
    with qtbot.waitSignal(panel.changed) as told:
        qtbot.keyClick(control(panel, "alert_new_user"), Qt.Key.Key_Space)
    assert told.args == ["alert_new_user", True]
    panel.show_page("general")
    with qtbot.waitSignal(panel.changed) as told:
        qtbot.keyClick(control(panel, "theme"), Qt.Key.Key_Down)
        combo = control(panel, "theme")
        assert isinstance(combo, QComboBox)
        combo.activated.emit(combo.currentIndex())
    assert told.args == ["theme", "light"]


def test_parts_of_a_switch_that_is_off_cannot_be_changed(panel: Preferences) -> None:
    switches = [field for field, rule in SCHEMA.items() if isinstance(rule, Switch) and field not in HIDDEN]
    panel.show_settings(replace(Settings(), **dict.fromkeys(switches, False)))
    for field in switches:
        for part in parts_of(field):
            assert not control(panel, part).isEnabled()
    assert {limit_of(field) for field in switches} >= {"alert_success_percent", "alert_silent_minutes", "api_port"}
    panel.show_settings(replace(Settings(), **dict.fromkeys(switches, True)))
    assert control(panel, "alert_quiet_from").isEnabled() and control(panel, "alert_quiet_to").isEnabled()


@pytest.mark.parametrize("width", [400, 900])
@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_wider_than_the_window(qtbot: QtBot, panel: Preferences, page: str, width: int) -> None:
    panel.show_settings(Settings(records=("/a/" + "very long " * 30,), channels=(Channel("名" * 40, "dingtalk"),)))
    panel.resize(width, 620)
    panel.show_page(page)
    kinds = QLabel | QLineEdit | QCheckBox | QComboBox | QPushButton

    def too_wide() -> list[str]:
        parts = [part for part in panel.findChildren(QWidget) if part.isVisible() and isinstance(part, kinds)]
        return [str(part) for part in parts if part.mapTo(panel, part.rect().topRight()).x() >= width]

    try:
        qtbot.waitUntil(lambda: not too_wide(), timeout=3000)
    except qtbot.TimeoutError:
        assert not too_wide()
    if page == "general":
        theme = control(panel, "theme")
        name = row(panel, "theme").name

        def is_below() -> bool:
            return theme.mapTo(panel, theme.rect().topLeft()).y() > name.mapTo(panel, name.rect().bottomLeft()).y()

        qtbot.waitUntil(lambda: is_below() == (row(panel, "theme").width() < STACKED_BELOW_PX))


def test_tab_goes_from_the_pages_through_the_rows_to_close(qtbot: QtBot, panel: Preferences) -> None:
    panel.show_settings(Settings(channels=(Channel("b", "bark"), Channel("a", "bark"))))
    panel.show_page("chats")
    panel.activateWindow()
    panel.choice.option("chats").setFocus()
    seen: list[str] = []
    for _ in range(40):
        focus = panel.focusWidget()
        assert focus is not None
        seen.append(
            focus.accessibleName() if focus.objectName() in ("on", "test", "address", "remove") else focus.objectName()
        )
        if focus is panel.close_button:
            break
        qtbot.keyClick(focus, Qt.Key.Key_Tab)
    rows = [f"{button}{name}" for name in ("b", "a") for button in ("", "New address, ", "Remove, ")]
    assert seen == ["option_chats", *rows, "kind", "name", "webhook", "sign", "keep", "close"]


def test_start_at_login_waits_for_what_holds(qtbot: QtBot, panel: Preferences) -> None:
    assert not panel.start.isEnabled()
    panel.show_start(StartState(True))
    assert panel.start.isChecked()
    with qtbot.waitSignal(panel.start_wanted) as told:
        panel.start.click()
    assert told.args == [False]
    panel.show_start(StartState(True, "No space left on device"))
    assert panel.start.isChecked() and "No space left on device" in panel.start_row.problem.text()


# Chats


def fill(qtbot: QtBot, panel: Preferences, kind: str, **texts: str) -> None:
    form = panel.chats.form
    form.kind.setCurrentIndex(KINDS.index(kind))  # type: ignore[arg-type]  # a kind
    for name, text in texts.items():
        assert form.edits[name].isVisible(), name
        retype(qtbot, form.edits[name], text)


@pytest.mark.parametrize("kind", KINDS)
def test_form_asks_for_the_parts_of_its_kind(panel: Preferences, kind: str) -> None:
    panel.show_page("chats")
    form = panel.chats.form
    form.kind.setCurrentIndex(KINDS.index(kind))  # type: ignore[arg-type]
    asked = {name for name, line in form.edits.items() if line.isVisible()}
    assert asked == {"name", *(part.name for part in PARTS[kind])}  # type: ignore[index]
    for part in PARTS[kind]:  # type: ignore[index]
        assert form.labels[part.name].buddy() is form.edits[part.name]
        if part.is_secret:
            assert form.edits[part.name].echoMode() != QLineEdit.EchoMode.Normal


def test_new_chat_is_told_and_the_form_is_empty_again(qtbot: QtBot, panel: Preferences) -> None:
    panel.show_page("chats")
    fill(qtbot, panel, "bark", name=" phone ", webhook="https://api.day.app/KeyKeyKey")
    with qtbot.waitSignal(panel.chats.kept) as told:
        qtbot.keyClick(panel.chats.form.edits["webhook"], Qt.Key.Key_Return)
    assert told.args == [Channel("phone", "bark"), {"webhook": "https://api.day.app/KeyKeyKey"}]
    assert not any(line.text() for line in panel.chats.form.edits.values())
    assert panel.isVisible()


def test_chat_that_cannot_be_is_told_field_by_field(qtbot: QtBot, panel: Preferences) -> None:
    panel.show_settings(Settings(channels=(Channel("taken", "bark"),)))
    panel.show_page("chats")
    form = panel.chats.form
    told: list[object] = []
    panel.chats.kept.connect(lambda *args: told.append(args))
    form.keep_button.click()
    assert form.problems["name"].isVisible() and form.problems["webhook"].isVisible()
    fill(qtbot, panel, "feishu", name="taken", webhook="https://evil.example/hook/aaaa")
    form.keep_button.click()
    assert "there is one" in form.problems["name"].text()
    assert "open.feishu.cn" in form.problems["webhook"].text()
    assert "evil" not in "".join(label.text() for label in panel.findChildren(QLabel))
    retype(qtbot, form.edits["name"], "fresh")
    assert not form.problems["name"].isVisible(), "it is right now"
    assert not told


def test_address_of_a_chat_is_asked_for_anew_and_never_shown(qtbot: QtBot, panel: Preferences) -> None:
    channel = Channel("phone", "bark", on=False)
    panel.show_settings(Settings(channels=(channel,)))
    panel.show_page("chats")
    panel.chats.rows["phone"].address_button.click()
    form = panel.chats.form
    assert not form.kind.isVisible() and not form.edits["name"].isVisible() and form.cancel_button.isVisible()
    assert form.edits["webhook"].text() == "" and "phone" in form.title.text()
    retype(qtbot, form.edits["webhook"], "http://host:8080/OtherKey")
    with qtbot.waitSignal(panel.chats.kept) as told:
        form.keep_button.click()
    assert told.args == [channel, {"webhook": "http://host:8080/OtherKey"}]
    panel.chats.rows["phone"].address_button.click()
    form.cancel_button.click()
    assert form.kind.isVisible()


@pytest.mark.parametrize(
    ("states", "words", "tone", "can_test"),
    [
        (ChannelStates(), "no address", "warning", False),
        (ChannelStates(addressed=frozenset({"a"})), "Nothing was sent yet.", "secondary", True),
        (ChannelStates(addressed=frozenset({"a"}), under_way=frozenset({"a"})), "Sending…", "secondary", False),
        (
            ChannelStates(addressed=frozenset({"a"}), results={"a": Result("a", SENT_AT, "sent")}),
            "✓ 14:02:09 sent",
            "good",
            True,
        ),
        (
            ChannelStates(
                addressed=frozenset({"a"}),
                results={"a": Result("a", SENT_AT, "refused", "keywords not in content (310000)")},
            ),
            "▲ 14:02:09 refused: keywords not in content (310000)",
            "bad",
            True,
        ),
        (
            ChannelStates(
                addressed=frozenset({"a"}),
                results={"a": Result("a", SENT_AT, "timeout", next_at=SENT_AT.replace(minute=3))},
            ),
            "▲ 14:02:09 does not answer · again at 14:03:09",
            "warning",
            True,
        ),
        (ChannelStates(is_installed=False, addressed=frozenset({"a"})), "Nothing was sent yet.", "secondary", False),
    ],
)
def test_last_result_stands_beside_its_chat(
    panel: Preferences, states: ChannelStates, words: str, tone: str, can_test: bool
) -> None:
    panel.show_settings(Settings(channels=(Channel("a", "dingtalk"),)))
    panel.show_channel_states(states, TODAY)
    shown = panel.chats.rows["a"]
    assert words in shown.result.text().replace("\u200b", "")
    assert shown.result.property("tone") == tone
    assert shown.test_button.isEnabled() == can_test


def test_where_addresses_are_kept_is_said(panel: Preferences) -> None:
    panel.show_page("chats")
    panel.show_channel_states(ChannelStates("keyring"), TODAY)
    assert "keyring of this system" in panel.chats.place.text() and not panel.chats.extra.isVisible()
    panel.show_channel_states(
        ChannelStates("file", "/home/me/keys.json", is_installed=False, problem="disk full"), TODAY
    )
    assert "/home/me/keys.json" in panel.chats.place.text().replace("\u200b", "")
    assert "tipmao-monitor[notify]" in panel.chats.extra.text() and panel.chats.extra.isVisible()
    assert "disk full" in panel.chats.problem.text() and panel.chats.problem.isVisible()


def test_chats_come_go_and_are_switched(qtbot: QtBot, panel: Preferences) -> None:
    panel.show_settings(Settings(channels=(Channel("a", "dingtalk"), Channel("b", "bark", on=False))))
    panel.show_page("chats")
    rows = panel.chats.rows
    with qtbot.waitSignal(panel.chats.toggled) as told:
        rows["b"].switch.click()
    assert told.args == [Channel("b", "bark", on=True)]
    with qtbot.waitSignal(panel.chats.removed) as told:
        rows["a"].remove_button.click()
    assert told.args == ["a"]
    panel.show_settings(Settings(channels=(Channel("b", "bark"),)))
    assert list(rows) == ["b"] and rows["b"].switch.isChecked()
