"""The language of the window: which one, and the translators that make Qt speak it, changeable while it runs.

A newcomer would get this wrong: Qt's own words (the buttons of a dialog, the menu of a text field) come from a second
file, qtbase; with only ours installed, half of a dialog stays English.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Literal

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from tipmao_monitor.usage.resources import resource

Spoken = Literal["zh", "en"]

MISSING = (
    "tipmao-monitor: the Chinese texts (zh_CN.qm) are missing, so the window is in English; "
    "to make them, run: pyside6-lrelease resources/i18n/zh_CN.ts"
)


def spoken(choice: str) -> Spoken:
    """ "zh" or "en"; for "system" what the system prefers, English where that is neither."""
    names = QLocale.system().uiLanguages() if choice == "system" else [choice]
    first = next((name for name in names if name.startswith(("zh", "en"))), "en")
    return "zh" if first.startswith("zh") else "en"


class _Ours(QTranslator):
    """Holds the texts that Qt reads in for as long as they are spoken. In the file, it would be ended when that is made
    anew.
    """

    def __init__(self, texts: bytes, app: QCoreApplication) -> None:
        super().__init__(app)
        self._texts = texts
        self.is_usable = bool(texts) and self.load(texts)


class Interpreter:
    """Holds the translators of one application. English is what the source says, so it needs none."""

    def __init__(self, app: QCoreApplication) -> None:
        self._app = app
        self._translators: list[QTranslator] = []
        self._texts = b""
        self._said_missing = False
        self.language: Spoken = "en"

    def speak(self, choice: str) -> None:
        """Change the language; every widget gets a LanguageChange event. Without our file it stays English, and
        says so on stderr.
        """
        self.end()
        self.language = spoken(choice)
        if self.language == "zh":
            self._install_chinese()
        QLocale.setDefault(QLocale("zh_CN" if self.language == "zh" else "en_US"))

    def end(self) -> None:
        """English from now on. Can be called twice."""
        for translator in self._translators:
            self._app.removeTranslator(translator)
            translator.deleteLater()
        self._translators.clear()
        self.language = "en"

    def _install_chinese(self) -> None:
        if not self._texts:
            with contextlib.suppress(OSError):
                self._texts = resource("i18n/zh_CN.qm").read_bytes()
        ours = _Ours(self._texts, self._app)
        if not ours.is_usable:
            ours.deleteLater()
            self._texts = b""
            self.language = "en"
            if not self._said_missing:
                self._said_missing = True
                print(MISSING, file=sys.stderr)
            return
        of_qt = QTranslator(self._app)
        of_qt.load("qtbase_zh_CN", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
        for translator in (of_qt, ours):
            self._app.installTranslator(translator)
            self._translators.append(translator)
