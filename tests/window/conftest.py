"""What every test of the window has: the sample snapshots on its path, a theme, and a language that can be seen.

A newcomer would get this wrong: the language here is not Chinese. It puts every text that went through `tr` in
brackets, so a text that was forgotten, or not said again, stands out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from PySide6.QtCore import QObject, QTranslator
from PySide6.QtWidgets import QApplication

from tipmao_monitor.window.theme import Colours, Theme, apply_theme, load_theme


@pytest.fixture
def light(qapp: QApplication) -> Theme:
    theme = load_theme("light")
    apply_theme(qapp, theme)
    return theme


@pytest.fixture
def colours(light: Theme) -> Colours:
    return Colours(light)


class Bracketed(QTranslator):
    """Says everything in 【brackets】."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app

    def translate(self, context: str, text: str, comment: str | None = None, n: int = -1) -> str:
        # Qt also asks for the words of its own dialogs.
        return f"【{text}】" if text else text

    def isEmpty(self) -> bool:
        return False

    def speak(self) -> None:
        self._app.installTranslator(self)

    def fall_silent(self) -> None:
        self._app.removeTranslator(self)


@pytest.fixture
def brackets(qapp: QApplication) -> Iterator[Bracketed]:
    language = Bracketed(qapp)
    yield language
    language.fall_silent()
    QObject.deleteLater(language)
