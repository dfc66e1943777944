"""The advice beside the numbers: a card for each finding with its number, its evidence and what to do about it.

A newcomer would get this wrong: Apply does not switch. It says what is wanted; what the gateway would be asked for is
then confirmed by the user, and the panel says only what was read back afterwards.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from tipmao_monitor.usage.advice import Advice, Finding, WhatIf
from tipmao_monitor.usage.desk import Desk, Order, Wish
from tipmao_monitor.usage.snapshot import Page, Snapshot
from tipmao_monitor.usage.switch_log import Key
from tipmao_monitor.usage.switches import best
from tipmao_monitor.usage.switching import GatewayError, GatewayTrouble, steps_to
from tipmao_monitor.window import advice_words as words
from tipmao_monitor.window.card import Card, breakable, plain_label, set_tone
from tipmao_monitor.window.filter_bar import WrappingRow
from tipmao_monitor.window.numbers import count, reading, visible
from tipmao_monitor.window.tables import RowTable
from tipmao_monitor.window.theme import Colours, Theme, text_font

if TYPE_CHECKING:
    from tipmao_monitor.window.advice_dialogs import CallsPanel, SwitchesPanel, WhatIfPanel, WhyPanel

GUTTER = RowTable.GUTTER
LEAST_PX = 150
SHOWN_AT_FIRST = 4


def wish_of(finding: Finding) -> Wish:
    """What Apply asks for: the finding's function on its model."""
    models = ((finding.function or "", finding.to_model or ""),)
    return Wish(models, finding.saving_per_day, finding.key)


def subject(finding: Finding) -> Key:
    """What "not now" puts off: of a switch all models that the function could go to, not only the one that is shown."""
    return replace(finding, to_model=None).key if finding.kind == "switch" else finding.key


def hindrance(finding: Finding, desk: Desk) -> GatewayTrouble | None:
    """Why the gateway could not do this, as far as its state is known. Calls without a function are nobody's to switch:
    the gateway's current model is that of other functions.
    """
    if finding.function == "" and finding.to_model is not None:
        return GatewayTrouble("unknown_function")
    if desk.state is None or finding.to_model is None:
        return None
    try:
        steps_to(desk.state, dict(wish_of(finding).models))
    except GatewayError as error:
        return error.trouble
    return None


def is_done(finding: Finding, desk: Desk) -> bool:
    """Whether the gateway uses the model already and only the calls have yet to follow."""
    if desk.state is None or finding.to_model is None or hindrance(finding, desk) is not None:
        return False
    return not steps_to(desk.state, dict(wish_of(finding).models))


class FindingCard(QFrame):
    """One finding. It is given another finding rather than replaced, so that a pressed button stays where it is."""

    apply_wanted = Signal(object)
    rule_wanted = Signal(object)
    why_wanted = Signal(object)
    calls_wanted = Signal(object)
    put_off = Signal(object)
    """Each with the `Finding`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("finding")
        self._finding: Finding | None = None
        self._advice = Advice()
        self._desk = Desk()
        self.title = plain_label("title", parent=self)
        self.title.setWordWrap(True)
        self.figure = plain_label("body", "good", self)
        self.basis = plain_label("small", "secondary", self)
        self.basis.setWordWrap(True)
        self.note = plain_label("small", "warning", self)
        self.note.setWordWrap(True)
        self.apply = self._button("apply", self._apply)
        self.apply.setProperty("primary", True)
        self.calls = self._button("show_calls", self._show_calls)
        self.why = self._button("why", self._why)
        self.later = self._button("not_now", self._put_off)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.title, 1)
        head.addWidget(self.figure, 0, Qt.AlignmentFlag.AlignTop)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button in (self.apply, self.calls, self.why, self.later):
            buttons.addWidget(button)
        buttons.addStretch(1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 8, 12, 10)
        rows.setSpacing(4)
        rows.addLayout(head)
        rows.addWidget(self.basis)
        rows.addWidget(self.note)
        rows.addSpacing(2)
        rows.addLayout(buttons)

    def _button(self, name: str, does: object) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(name)
        button.setFont(text_font("small"))
        button.clicked.connect(does)
        return button

    @property
    def finding(self) -> Finding | None:
        return self._finding

    def show_finding(self, finding: Finding, advice: Advice, desk: Desk) -> None:
        self._finding, self._advice, self._desk = finding, advice, desk
        is_warning = finding.kind == "waste" or finding.why is not None
        if self.property("tone") != ("warning" if is_warning else ""):
            self.setProperty("tone", "warning" if is_warning else "")
            self.style().unpolish(self)
            self.style().polish(self)
        set_tone(self.figure, "warning" if is_warning else "good")
        title, figure, basis = words.title(finding), words.figure(finding), words.basis(finding, advice)
        _say(self.title, breakable(title))
        _say(self.figure, figure)
        _say(self.basis, breakable(basis))
        note, tone = self._note(finding, desk)
        _say(self.note, breakable(note))
        set_tone(self.note, tone)
        self.note.setVisible(bool(note))
        self._show_buttons(finding, desk)
        self.setAccessibleName(f"{title}. {figure}. {basis}")

    def _note(self, finding: Finding, desk: Desk) -> tuple[str, str]:
        if desk.key == finding.key and desk.phase != "idle":
            doing = self.tr("Asking the gateway…") if desk.phase == "checking" else self.tr("Switching…")
            return doing, "secondary"
        if desk.key == finding.key and desk.refusal is not None:
            return words.gateway_words(desk.refusal, desk.address), "warning"
        if finding.kind != "waste":
            if finding.kind != "rule" and is_done(finding, desk):
                return self.tr("The gateway uses it already; the next calls will show it."), "good"
            trouble = hindrance(finding, desk)
            if trouble is not None:
                return words.gateway_words(trouble, desk.address), "secondary"
        return "", "secondary"

    def _show_buttons(self, finding: Finding, desk: Desk) -> None:
        is_switch = finding.kind in ("switch", "budget") and finding.to_model is not None
        is_new = finding.kind == "rule" or (is_switch and not is_done(finding, desk))
        self.apply.setVisible(is_new and hindrance(finding, desk) is None)
        self.apply.setEnabled(desk.phase == "idle")
        self.apply.setText(self.tr("Set up…") if finding.kind == "rule" else self.tr("Apply"))
        self.calls.setVisible(finding.kind == "waste" and finding.show is not None)
        self.calls.setText(self.tr("Show these calls"))
        self.why.setVisible(is_switch or finding.why is not None)
        self.why.setText(self.tr("Why"))
        self.later.setText(self.tr("Not now"))
        self.later.setToolTip(self.tr("Comes back in 30 days"))

    def _apply(self) -> None:
        if self._finding is not None:
            (self.rule_wanted if self._finding.kind == "rule" else self.apply_wanted).emit(self._finding)

    def _show_calls(self) -> None:
        self.calls_wanted.emit(self._finding)

    def _why(self) -> None:
        self.why_wanted.emit(self._finding)

    def _put_off(self) -> None:
        self.put_off.emit(self._finding)


def _bring_up(dialog: QDialog) -> None:
    dialog.show()
    dialog.activateWindow()


def _say(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)


class Note(QFrame):
    """A line above the cards: what is true of the gateway or the rule, with one thing to do about it."""

    acted = Signal()

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.sentence = plain_label("small", "secondary", self)
        self.sentence.setWordWrap(True)
        self.button = QPushButton(self)
        self.button.setObjectName(f"{name}_button")
        self.button.setFont(text_font("small"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.sentence, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        self.button.clicked.connect(self.acted)
        self.hide()

    def say(self, text: str, tone: str = "secondary", action: str = "") -> None:
        """Nothing is shown for no text, and no button for no action."""
        _say(self.sentence, breakable(text))
        set_tone(self.sentence, tone)
        self.button.setText(action)
        self.button.setVisible(bool(action))
        self.setAccessibleName(text)
        self.setVisible(bool(text))


class AdvicePanel(Card):
    """Shows an `Advice` and a `Desk`; says what the user wants done about them."""

    switch_wanted = Signal(object)
    """A `Wish`."""
    order_confirmed = Signal(object)
    """The `Order` that the user has seen and wants."""
    undo_wanted = Signal(str)
    """The id of a switch."""
    put_off = Signal(object, bool)
    """The key of a finding, and whether it should come back after all."""
    rule_stopped = Signal()
    rule_changed = Signal(object)
    """The `SwitchRule` that the user wants."""
    gateway_wanted = Signal()
    """The user wants to know whether the gateway answers now."""
    token_entered = Signal(str)
    calls_wanted = Signal(object)
    """The `PageRequest` of the calls that a finding is of."""
    what_if_asked = Signal(object)
    """The tuple of `Change`s."""
    preferences_wanted = Signal()

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setObjectName("advice")
        self._colours = colours
        self._advice: Advice | None = None
        self._desk = Desk()
        self._now: datetime | None = None
        self._most: int | None = None
        self._shows_all = False
        self.badge = plain_label("small", "accent", self)
        self.badge.setObjectName("badge")
        self.header.insertWidget(1, self.badge, 0, Qt.AlignmentFlag.AlignVCenter)
        self.inner = QWidget()
        self.inner.setObjectName("sheet")
        self.column = QVBoxLayout(self.inner)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(8)
        self.outcome, self.gateway, self.rule, self.saved = (
            Note(name, self.inner) for name in ("note_outcome", "note_gateway", "note_rule", "note_saved")
        )
        self.quiet = plain_label("small", "secondary", self.inner)
        self.quiet.setWordWrap(True)
        self.more = self._link("more", self.inner)
        for part in (self.outcome, self.gateway, self.rule, self.saved, self.quiet):
            self.column.addWidget(part)
        self.column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self.column.addStretch(1)
        self.findings: list[FindingCard] = []
        self._why_panel: WhyPanel | None = None
        self._what_if_panel: WhatIfPanel | None = None
        self._switches_panel: SwitchesPanel | None = None
        self._calls_panel: CallsPanel | None = None
        self.area = QScrollArea(self)
        self.area.setObjectName("advice_area")
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.area.setWidget(self.inner)
        self.give_gutter(GUTTER)
        bar = self.area.verticalScrollBar()
        bar.installEventFilter(self)
        self._leave_gutter(False)
        self.body.addWidget(self.area, 1)
        self._foot = QWidget(self)
        self._links = WrappingRow(self._foot)
        self._links.setContentsMargins(0, 4, GUTTER, 0)
        self.why_not, self.what_if, self.history, self.switching = (
            self._link(name, self._foot) for name in ("why_not", "what_if", "history", "switching")
        )
        for link in (self.why_not, self.what_if, self.history, self.switching):
            self._links.addWidget(link)
        self.body.addWidget(self._foot)
        self.outcome.acted.connect(self._act_on_outcome)
        self.gateway.acted.connect(self._mend_gateway)
        self.rule.acted.connect(self.rule_stopped)
        self.saved.acted.connect(self._show_history)
        self.more.clicked.connect(self._show_more)
        self.why_not.clicked.connect(self._why_any)
        self.what_if.clicked.connect(self._show_what_if)
        self.history.clicked.connect(self._show_history)
        self.switching.clicked.connect(self.preferences_wanted)
        self.retranslate()

    def _link(self, name: str, parent: QWidget) -> QPushButton:
        button = QPushButton(parent)
        button.setObjectName(name)
        button.setProperty("link", True)
        button.setProperty("quiet", True)
        button.setFont(text_font("small"))
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        return button

    # What is shown

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Only the time, for what was put off; the advice itself is a question of its own."""
        self._now = snapshot.now

    def show_advice(self, advice: Advice) -> None:
        if advice != self._advice:
            self._advice = advice
            self._show()

    def show_desk(self, desk: Desk) -> None:
        if desk != self._desk:
            self._desk = desk
            self._show()

    @property
    def advice(self) -> Advice | None:
        return self._advice

    @property
    def desk(self) -> Desk:
        return self._desk

    def cards_to_show(self) -> list[Finding]:
        """What was not put off: budgets that nothing keeps, and then the largest first."""
        if self._advice is None:
            return []
        unwanted = self._desk.history.unwanted(self._now) if self._now else frozenset()
        broken = [finding for finding in self._advice.refused if finding.kind == "budget"]
        cards = (*broken, *map(self._that_can_be_had, self._advice.cards))
        wanted = {subject(finding): finding for finding in cards if subject(finding) not in unwanted}
        return sorted(wanted.values(), key=lambda finding: (finding.why is None, -finding.weight))

    def _that_can_be_had(self, finding: Finding) -> Finding:
        """Where the gateway does not offer the model, the best other one of the function that it does offer."""
        if finding.kind != "switch" or self._advice is None or hindrance(finding, self._desk) is None:
            return finding
        others = [
            other
            for other in self._advice.findings
            if other.kind == "switch" and other.function == finding.function and hindrance(other, self._desk) is None
        ]
        return best(others) if others else finding

    def _show(self) -> None:
        advice, desk = self._advice, self._desk
        wanted = self.cards_to_show()
        large = [finding for finding in wanted if not finding.is_small][:SHOWN_AT_FIRST]
        shown = wanted if self._shows_all else large
        while len(self.findings) < len(shown):
            self._add_card()
        for card, finding in zip(self.findings, shown, strict=False):
            card.show_finding(finding, advice or Advice(), desk)
            card.show()
        for card in self.findings[len(shown) :]:
            card.hide()
        left = len(wanted) - len(shown)
        self.more.setText(self.tr("1 more") if left == 1 else self.tr("{n} more").format(n=count(left)))
        self.more.setVisible(left > 0)
        _say(self.badge, f" {count(len(wanted))} ")
        self.badge.setVisible(bool(wanted))
        self._say_quiet(wanted, shown)
        self._say_notes()
        refused = len(advice.refused) if advice else 0
        self.why_not.setText(self.tr("Why not others ({n})").format(n=count(refused)))
        self.why_not.setVisible(bool(advice and advice.functions))
        self.what_if.setVisible(bool(advice and advice.functions))
        self.history.setVisible(bool(desk.history.switches or desk.history.put_off))
        names = [words.title(finding) for finding in wanted]
        self.setAccessibleName(f"{self.title_label.text()}: {'; '.join(names) if names else self.quiet.text()}")
        self._feed_dialogs()
        self._fit_height()

    def _add_card(self) -> None:
        card = FindingCard(self.inner)
        card.apply_wanted.connect(self._wish)
        card.rule_wanted.connect(self._show_rule)
        card.why_wanted.connect(self._why)
        card.calls_wanted.connect(self._show_calls)
        card.put_off.connect(self._put_off)
        self.column.insertWidget(self.column.indexOf(self.more), card)
        for part in (card, *card.findChildren(QWidget)):
            part.ensurePolished()  # or the style sheet would make it higher once it is painted
        self.findings.append(card)

    def _say_quiet(self, wanted: list[Finding], shown: list[Finding]) -> None:
        advice = self._advice
        text = ""
        if advice is None:
            text = reading()
        elif not wanted:
            text = words.nothing(advice)
            if advice.cards:
                text = self.tr("Nothing else: you put off what could be done.")
        elif not shown:
            text = self.tr("Nothing that would save more than ¥1 a month.")
        _say(self.quiet, text)
        self.quiet.setVisible(bool(text))

    def _say_notes(self) -> None:
        desk = self._desk
        outcome = words.outcome_words(desk) if desk.phase == "idle" else ""
        failed = desk.outcome is not None and desk.outcome.trouble is not None
        way_on = ""
        if outcome and self._lacks_token():
            way_on = self.tr("Enter the token…")
        elif outcome and self._last_undoable():
            way_on = self.tr("Undo")
        self.outcome.say(outcome, "bad" if failed else "good", way_on)
        is_needed = desk.rule.is_on or any(card.kind in ("switch", "budget") for card in self.cards_to_show())
        down = words.gateway_words(desk.trouble, desk.address) if desk.trouble is not None and is_needed else ""
        if down:
            down = words.sentences(down, self.tr("Until then nothing can be applied."))
        way_on = self.tr("Try again")
        if desk.trouble is None or desk.trouble.kind == "key_refused":
            way_on = self.tr("Enter the token…")
        elif desk.trouble.kind in ("not_a_gateway", "own_service", "redirected"):
            way_on = self.tr("Preferences…")
        if desk.token_trouble:
            lost = self.tr("The token is known until the program ends. It could not be kept: {reason}")
            down = words.sentences(down, lost.format(reason=visible(desk.token_trouble)))
        self.gateway.say(down, "warning", way_on if down and desk.phase == "idle" else "")
        rule = words.rule_words(desk) if desk.rule.is_on else ""
        self.rule.say(rule, "secondary", self.tr("Stop") if rule else "")
        saved = words.saved_words(desk, self._now) if self._now else ""
        self.saved.say(saved, "secondary", self.tr("Switches") if saved else "")

    def _lacks_token(self) -> bool:
        trouble = self._desk.outcome.trouble if self._desk.outcome else None
        return trouble is not None and trouble.kind == "key_refused"

    def _last_undoable(self) -> str:
        """The id of the switch that the last order made, "" if it is gone or was an undo."""
        order, outcome, undoable = self._desk.order, self._desk.outcome, self._desk.history.undoable
        if order is None or order.undoes or outcome is None or not undoable:
            return ""
        return undoable[0].id if undoable[0].steps and undoable[0].steps == outcome.changed else ""

    # What the user wants

    def _wish(self, finding: Finding) -> None:
        self.switch_wanted.emit(wish_of(finding))

    def _put_off(self, finding: Finding) -> None:
        self.put_off.emit(subject(finding), False)

    def _bring_back(self) -> None:
        for key in self._desk.history.unwanted(self._now) if self._now else ():
            self.put_off.emit(key, True)

    def _why(self, finding: Finding) -> None:
        self._show_why(finding.function)

    def _why_any(self) -> None:
        self._show_why(None)

    def _act_on_outcome(self) -> None:
        if self._lacks_token():
            self.enter_token()
        elif switch := self._last_undoable():
            self.undo_wanted.emit(switch)

    def _mend_gateway(self) -> None:
        kind = self._desk.trouble.kind if self._desk.trouble else ""
        if kind in ("", "key_refused"):
            self.enter_token()
        elif kind in ("not_a_gateway", "own_service", "redirected"):
            self.preferences_wanted.emit()
        else:
            self.gateway_wanted.emit()

    def _show_more(self) -> None:
        self._shows_all = True
        self._show()

    # What opens from it

    # Their module is imported with the first of them: a start does without.

    def confirm(self, order: Order) -> None:
        """Ask the user; `order_confirmed` says yes."""
        from tipmao_monitor.window.advice_dialogs import ConfirmSwitch

        dialog = ConfirmSwitch(order, self.window())
        dialog.confirmed.connect(self.order_confirmed)
        dialog.open()

    def _show_rule(self, finding: Finding) -> None:
        from tipmao_monitor.window.advice_dialogs import ConfirmRule, rule_of

        dialog = ConfirmRule(rule_of(finding, self._desk.rule), self.window())
        dialog.confirmed.connect(self.rule_changed)
        dialog.open()

    def enter_token(self) -> None:
        """Ask for the gateway's token; `token_entered` has it."""
        from tipmao_monitor.window.advice_dialogs import TokenDialog

        dialog = TokenDialog(self.window())
        dialog.entered.connect(self.token_entered)
        dialog.open()

    def _show_why(self, function: str | None) -> None:
        from tipmao_monitor.window.advice_dialogs import WhyPanel

        if self._why_panel is None:
            self._why_panel = WhyPanel(self._colours.theme, self.window())
            self._why_panel.finished.connect(self._forget_dialog)
        self._why_panel.show_advice(self._advice or Advice(), function)
        _bring_up(self._why_panel)

    def _show_what_if(self) -> None:
        from tipmao_monitor.window.advice_dialogs import WhatIfPanel

        if self._what_if_panel is None:
            self._what_if_panel = WhatIfPanel(self.window())
            self._what_if_panel.asked.connect(self.what_if_asked)
            self._what_if_panel.finished.connect(self._forget_dialog)
        self._what_if_panel.show_advice(self._advice or Advice())
        _bring_up(self._what_if_panel)

    def _show_history(self) -> None:
        from tipmao_monitor.window.advice_dialogs import SwitchesPanel

        if self._switches_panel is None:
            self._switches_panel = SwitchesPanel(self.window())
            self._switches_panel.undo_wanted.connect(self.undo_wanted)
            self._switches_panel.again_wanted.connect(self._bring_back)
            self._switches_panel.finished.connect(self._forget_dialog)
        self._switches_panel.show_desk(self._desk, self._now)
        _bring_up(self._switches_panel)

    def _show_calls(self, finding: Finding) -> None:
        from tipmao_monitor.window.advice_dialogs import CallsPanel

        if self._calls_panel is None:
            self._calls_panel = CallsPanel(self.window())
            self._calls_panel.more_wanted.connect(self.calls_wanted)
            self._calls_panel.finished.connect(self._forget_dialog)
        self._calls_panel.show_finding(finding)
        _bring_up(self._calls_panel)
        self.calls_wanted.emit(finding.show)

    def show_what_if(self, answer: WhatIf) -> None:
        if self._what_if_panel is not None:
            self._what_if_panel.show_answer(answer)

    def show_calls(self, page: Page) -> None:
        if self._calls_panel is not None:
            self._calls_panel.show_calls(page)

    def _forget_dialog(self) -> None:
        gone = self.sender()
        for name in ("_why_panel", "_what_if_panel", "_switches_panel", "_calls_panel"):
            if getattr(self, name) is gone:
                setattr(self, name, None)

    def _feed_dialogs(self) -> None:
        if self._why_panel is not None and self._advice is not None:
            self._why_panel.show_advice(self._advice)
        if self._what_if_panel is not None and self._advice is not None:
            self._what_if_panel.show_advice(self._advice)
        if self._switches_panel is not None:
            self._switches_panel.show_desk(self._desk, self._now)

    # Its size

    def fit(self, most: int | None) -> None:
        """At most so high, scrolling within; None = as high as it needs, where the page scrolls."""
        if most != self._most:
            self._most = most
            self._fit_height()

    def _fit_height(self) -> None:
        rows = self.layout()
        if rows is None:
            return
        margins = rows.contentsMargins()
        width = self.width() - margins.left() - margins.right() - 2 * self.frameWidth()
        foot = self._links.heightForWidth(width)
        rest = margins.top() + margins.bottom() + self.header.sizeHint().height() + rows.spacing()
        rest += self.body.spacing() + foot + 2 * self.frameWidth()
        height = rest + self.column.heightForWidth(width)
        if self._most is not None:
            height = min(height, max(LEAST_PX, self._most))
        self._foot.setFixedHeight(foot)
        self.setFixedHeight(height)

    def hasHeightForWidth(self) -> bool:
        """Its height is fixed; a page with one such part would give every other the height it would like to have."""
        return False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self._leave_gutter(event.type() == QEvent.Type.Show)
        return False

    def _leave_gutter(self, scrolls: bool) -> None:
        """The scroll bar stands beside the cards: none of them moves when it comes."""
        self.column.setContentsMargins(0, 0, 0 if scrolls else GUTTER, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_height()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit_height()

    def set_theme(self, theme: Theme) -> None:
        """All its colours are those of the style sheet."""

    def retranslate(self) -> None:
        self.set_title(self.tr("Advice"))
        self.what_if.setText(self.tr("What if…"))
        self.history.setText(self.tr("Switches"))
        self.switching.setText(self.tr("Automatic switching"))
        self._show()
