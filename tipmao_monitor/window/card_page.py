"""The page of the cards below the key figures, and how they take turns where most of what they show is new.

A newcomer would get this wrong: to fill and paint all cards in one turn of the event loop holds it for too long. So
each is filled in a turn of its own, and then, since what one shows may move the others, each is painted in one.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QWidget

from tipmao_monitor.usage.snapshot import Snapshot
from tipmao_monitor.window.advice_panel import AdvicePanel
from tipmao_monitor.window.calls import CallsCard
from tipmao_monitor.window.charts import HoursCard, TrendCard
from tipmao_monitor.window.tables import SharesCard, TopCard
from tipmao_monitor.window.theme import RADIUS

FEW_CALLS = 100

PageCard = TrendCard | HoursCard | SharesCard | AdvicePanel | TopCard | CallsCard


class CardPage(QWidget):
    """Whoever makes it puts the cards into its layout."""

    filled = Signal()
    """Every card shows the last snapshot, after some did not."""

    def __init__(self, cards: Sequence[PageCard], parent: QWidget) -> None:
        super().__init__(parent)
        self._cards = tuple(cards)
        self._snapshot: Snapshot | None = None
        self._unfilled: list[PageCard] = []
        self._unpainted: dict[PageCard, QRect] = {}
        """With the place where its box was painted."""
        self._is_behind = False

    @property
    def is_filled(self) -> bool:
        """Whether every card shows the last snapshot."""
        return not self._unpainted and not self._is_behind

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """At once, or by turns where most of it is new."""
        shown, self._snapshot = self._snapshot, snapshot
        if _is_all_new(shown, snapshot):
            if self.is_filled:
                QTimer.singleShot(0, self, self._take_turn)
            # An import can bring them faster than a slow machine takes its turns: those that have begun come to an end.
            self._is_behind = bool(self._unpainted and shown and shown.filter == snapshot.filter)
            if not self._is_behind:
                self._begin_turns()
        for card in self._cards:
            if card not in self._unfilled and not self._is_behind:
                card.show_snapshot(snapshot)

    def _begin_turns(self) -> None:
        self._is_behind = False
        self._unfilled = list(self._cards)
        self._unpainted = {card: card.geometry() for card in self._cards}
        for card in self._cards:
            card.setUpdatesEnabled(False)

    def _take_turn(self) -> None:
        is_last = not self._unfilled and not self._is_behind and len(self._unpainted) == 1
        if not is_last:
            QTimer.singleShot(0, self, self._take_turn)  # first: whatever a card makes of it, the others go on
        if not self._unpainted:
            self._begin_turns()
        elif self._unfilled:
            assert self._snapshot is not None
            self._unfilled.pop(0).show_snapshot(self._snapshot)
        else:
            card = next(iter(self._unpainted))
            del self._unpainted[card]
            card.setUpdatesEnabled(True)
            card.repaint()  # now: a paint that is only asked for may come after the next round has begun
        for card, seen in self._unpainted.items():
            if card.geometry() != seen:
                self._unpainted[card] = card.geometry()
                self.update(card.geometry())
        if is_last:
            self.filled.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Where a card waits for its turn and may not paint, its box is seen and not a hole."""
        waiting = [card for card in self._unpainted if card.isVisible()]
        if not waiting:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.palette().color(QPalette.ColorRole.Mid))
        painter.setBrush(self.palette().color(QPalette.ColorRole.Base))
        for card in waiting:
            painter.drawRoundedRect(QRectF(card.geometry()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)


def _is_all_new(shown: Snapshot | None, snapshot: Snapshot) -> bool:
    """Whether most of what is shown changes, and not only what a few calls change."""
    if shown is None or shown.filter != snapshot.filter:
        return True
    if abs(snapshot.coverage.counted - shown.coverage.counted) > FEW_CALLS:
        return True
    return any(one.progress.done < one.progress.total for one in (shown, snapshot))
