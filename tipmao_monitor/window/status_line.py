"""The line at the bottom: what was read, from where, and when."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import (
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from tipmao_monitor.usage.audit import Audit
from tipmao_monitor.usage.snapshot import Snapshot
from tipmao_monitor.window.audit_panel import findings_words
from tipmao_monitor.window.card import SteadyLabel
from tipmao_monitor.window.cards import Line, Variant
from tipmao_monitor.window.numbers import calls, clock, count, is_hiding, visible
from tipmao_monitor.window.theme import PADDING, SPACING, Theme, text_font

AUDIT_LINK_FROM_PX = 560


class StatusLine(QFrame):
    """What was read, from where, and when."""

    skipped_wanted = Signal()
    audit_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self._snapshot: Snapshot | None = None
        self.counted = SteadyLabel("small", "secondary", theme, self)
        self.skipped = QPushButton(self)
        self.skipped.setObjectName("skipped")
        self.skipped.setProperty("link", True)
        self.skipped.setFont(text_font("small"))
        self.skipped.setCursor(Qt.CursorShape.PointingHandCursor)
        self.audit = QPushButton(self)
        self.audit.setObjectName("audit_link")
        self.audit.setProperty("link", True)
        self.audit.setFont(text_font("small"))
        self.audit.setCursor(Qt.CursorShape.PointingHandCursor)
        self._audit: Audit | None = None
        self.folders = Line("small", theme, self)
        self.folders.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.updated = SteadyLabel("small", "secondary", theme, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACING, 5, SPACING, 5)
        row.setSpacing(PADDING)
        row.addWidget(self.counted)
        row.addWidget(self.skipped)
        row.addWidget(self.audit)
        row.addWidget(self.folders, 1)
        row.addWidget(self.updated)
        self.skipped.clicked.connect(self.skipped_wanted)
        self.audit.clicked.connect(self.audit_wanted)
        self.show_audit(None)

    def show_audit(self, audit: Audit | None) -> None:
        self._audit = audit
        self.audit.setText(findings_words(audit))
        self.audit.setToolTip(self.tr("Recorded and recomputed, side by side"))
        self._fit()

    def show_on_air(self, on: bool) -> None:
        """What would open shows records as they were written."""
        for link in (self.skipped, self.audit):
            link.setEnabled(not on)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """In a narrow window the way to the audit is the cost card."""
        self.audit.setVisible(self.width() >= AUDIT_LINK_FROM_PX)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        seen = snapshot.coverage
        self.counted.set_text(self.tr("{calls} counted").format(calls=calls(seen.counted)))
        skipped = (
            self.tr("1 line skipped")
            if seen.quarantined == 1
            else self.tr("{n} lines skipped").format(n=count(seen.quarantined))
        )
        if self.skipped.text() != skipped:
            self.skipped.setText(skipped)
        if self.skipped.isHidden() == bool(seen.quarantined):
            self.skipped.setVisible(bool(seen.quarantined))
        self.folders.set_variants(_folder_names(snapshot.folders))
        updated = self.tr("updated {time}").format(time=clock(snapshot.now))
        if snapshot.stale_since is not None:
            updated = self.tr("as of {time}").format(time=clock(snapshot.stale_since))
        self.updated.set_text(updated, "warning" if snapshot.stale_since is not None else "secondary")

    def set_theme(self, theme: Theme) -> None:
        for part in (self.counted, self.folders, self.updated):
            part.set_theme(theme)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.show_audit(self._audit)
            if self._snapshot is not None:
                self.show_snapshot(self._snapshot)
        super().changeEvent(event)


def _folder_names(folders: Sequence[str]) -> tuple[Variant, ...]:
    """Whole paths, their last two parts, their names, or nothing rather than a piece of one."""
    if is_hiding():
        return ()
    forms: tuple[Sequence[str], ...] = (
        folders,
        [os.path.join("…", *Path(folder).parts[-2:]) for folder in folders],
        [os.path.basename(folder.rstrip("/\\")) for folder in folders],
        [],
    )
    return tuple(((" · ".join(map(visible, form)), "secondary"),) for form in forms)
