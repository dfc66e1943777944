"""On-air mode: while the stream shows this screen, no name and no amount is said anywhere, and nothing pops up.

A newcomer would get this wrong: no widget knows of it. What is said changes in `numbers`, and everything is said again
as after a change of the language; so a widget that is added tomorrow hides as well.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Signal

from tipmao_monitor.window.numbers import hide_names_and_amounts


class OnAir(QObject):
    """Whether names and amounts are hidden now. Owns what `numbers` says of it, and gives it back at its end."""

    changed = Signal(bool)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._is_on = False

    @property
    def is_on(self) -> bool:
        return self._is_on

    def set_on(self, on: bool) -> None:
        if on == self._is_on:
            return
        self._is_on = on
        hide_names_and_amounts(on)
        app = QCoreApplication.instance()
        if app is not None:
            # As if another language was installed: it reaches every window.
            QCoreApplication.sendEvent(app, QEvent(QEvent.Type.LanguageChange))
        self.changed.emit(on)

    def toggle(self) -> None:
        self.set_on(not self._is_on)

    def end(self) -> None:
        """The next window says everything again."""
        hide_names_and_amounts(False)
        self._is_on = False
