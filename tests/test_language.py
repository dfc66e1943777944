"""The window speaks Chinese whole: every sentence of the sources is translated, and so are Qt's own words."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import PySide6
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLocale, QTranslator
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from tipmao_monitor.language import Interpreter
from tipmao_monitor.window.numbers import labelled, listed

ROOT = Path(__file__).resolve().parent.parent
TS = ROOT / "resources" / "i18n" / "zh_CN.ts"
QT_TOOLS = Path(PySide6.__file__).parent


def messages(path: Path) -> dict[tuple[str, str], ET.Element]:
    """The translation of each (context, source)."""
    return {
        (context.findtext("name", ""), message.findtext("source", "")): translation
        for context in ET.parse(path).getroot().iter("context")
        for message in context.iter("message")
        if (translation := message.find("translation")) is not None
    }


@pytest.fixture
def interpreter(qapp: QApplication) -> Iterator[Interpreter]:
    locale = QLocale()
    interpreter = Interpreter(qapp)
    yield interpreter
    interpreter.speak("en")
    QLocale.setDefault(locale)


def test_texts_stay_as_long_as_they_are_spoken_and_go_at_the_end(qapp: QApplication) -> None:
    """Qt reads in them without asking anyone."""
    interpreter = Interpreter(qapp)
    interpreter.speak("zh")
    texts = [getattr(one, "_texts", None) for one in qapp.findChildren(QTranslator)]
    assert any(texts)
    assert qapp.translate("SharesCard", "Models") == "模型分布"
    interpreter.end()
    interpreter.end()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert (interpreter.language, qapp.translate("SharesCard", "Models")) == ("en", "Models")
    assert not qapp.findChildren(QTranslator)


def test_every_sentence_of_the_sources_is_in_the_translation_and_no_other(tmp_path: Path) -> None:
    found = tmp_path / "zh_CN.ts"
    sources = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tipmao_monitor").rglob("*.py"))
    command = [QT_TOOLS / "lupdate", "-silent", "-locations", "none", *sources, "-ts", found]
    subprocess.run(command, cwd=ROOT, check=True)
    assert set(messages(TS)) == set(messages(found)), "run pyside6-lupdate, translate, and run pyside6-lrelease"


def test_every_sentence_is_translated_with_the_same_blanks_to_fill() -> None:
    for (context, source), translation in messages(TS).items():
        assert translation.get("type") is None and translation.text, f"{context}: {source!r} is not translated"
        blanks = re.compile(r"\{\w*\}")
        assert sorted(blanks.findall(source)) == sorted(blanks.findall(translation.text)), f"{context}: {source!r}"
        assert not re.search("[!！]", translation.text.removeprefix("! ")), f"{context}: {translation.text!r}"


def test_every_context_is_one_that_a_look_up_can_have() -> None:
    named = re.compile(r'(?:^class |translate\(\s*")(\w+)', re.MULTILINE)
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "tipmao_monitor").rglob("*.py")]
    assert {context for context, _ in messages(TS)} <= {name for source in sources for name in named.findall(source)}


def test_the_compiled_translation_is_that_of_the_source(tmp_path: Path) -> None:
    subprocess.run([QT_TOOLS / "lrelease", "-silent", TS, "-qm", tmp_path / "zh_CN.qm"], check=True)
    compiled = TS.with_suffix(".qm")
    assert compiled.exists() and compiled.read_bytes() == (tmp_path / "zh_CN.qm").read_bytes(), "run pyside6-lrelease"


def test_chinese_speaks_our_words_and_those_of_qt_and_english_takes_them_back(interpreter: Interpreter) -> None:
    interpreter.speak("zh")
    assert QCoreApplication.translate("numbers", "free") == "免费"
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "取消"
    assert QLocale().language() == QLocale.Language.Chinese
    interpreter.speak("en")
    assert QCoreApplication.translate("numbers", "free") == "free"
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "Cancel"
    assert QLocale().language() == QLocale.Language.English


def test_lists_and_names_are_written_with_the_signs_of_the_language(interpreter: Interpreter) -> None:
    said = {}
    for language in ("en", "zh"):
        interpreter.speak(language)
        said[language] = listed(["qwen-plus", "lite"]), labelled("qwen-plus", listed(iter(())))
    assert said == {"en": ("qwen-plus, lite", "qwen-plus: "), "zh": ("qwen-plus、lite", "qwen-plus：")}


def test_the_same_switch_has_the_same_name_everywhere() -> None:
    names = {translation.text for (_, source), translation in messages(TS).items() if source == "Start at login"}
    assert names == {"开机启动"}


def test_a_window_hears_that_the_language_changed(qtbot: QtBot, interpreter: Interpreter) -> None:
    class Listener(QLabel):
        heard = 0

        def changeEvent(self, event: QEvent) -> None:
            self.heard += event.type() == QEvent.Type.LanguageChange
            super().changeEvent(event)

    label = Listener()
    qtbot.addWidget(label)
    interpreter.speak("zh")
    qtbot.waitUntil(lambda: label.heard >= 1)
    before = label.heard
    interpreter.speak("en")
    qtbot.waitUntil(lambda: label.heard > before)


@pytest.mark.parametrize(
    ("choice", "language", "spoken"),
    [
        ("zh", "en_US", "zh"),
        ("en", "zh_CN", "en"),
        ("system", "zh_CN", "zh"),
        ("system", "zh_TW", "zh"),
        ("system", "en_GB", "en"),
        ("system", "de_DE", "en"),
        ("system", "C", "en"),
    ],
)
def test_the_language_follows_the_choice_and_then_the_system(choice: str, language: str, spoken: str) -> None:
    code = f"from tipmao_monitor.language import spoken; print(spoken({choice!r}))"
    env = {k: v for k, v in os.environ.items() if not k.startswith("LC_") and k != "LANGUAGE"}
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, cwd=ROOT, env=env | {"LANG": f"{language}.UTF-8"}, capture_output=True, text=True)
    assert ran.stdout.strip() == spoken


def test_without_the_compiled_file_it_says_so_once_and_goes_on_in_english(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tipmao_monitor", tmp_path / "tipmao_monitor", ignore=shutil.ignore_patterns("__pycache__"))
    code = (
        "from PySide6.QtCore import QCoreApplication as App; from tipmao_monitor.language import Interpreter;"
        "app = App([]); i = Interpreter(app); i.speak('zh'); i.speak('zh'); print(i.language, app.tr('free'))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout == "en free\n"
    assert ran.stderr.count("\n") == 1
    assert "zh_CN.qm" in ran.stderr


def test_texts_that_are_compiled_anew_while_they_are_spoken_end_nothing(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tipmao_monitor", tmp_path / "tipmao_monitor", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "resources/i18n", tmp_path / "resources/i18n")
    code = (
        "import os; from PySide6.QtCore import QCoreApplication as A; from tipmao_monitor.language import Interpreter;"
        "app = A([]); i = Interpreter(app); i.speak('zh'); os.truncate('resources/i18n/zh_CN.qm', 0);"
        "print(app.translate('numbers', 'free')); i.speak('en'); i.speak('zh'); print(app.translate('numbers', 'free'))"
    )
    env = os.environ | {"PYTHONIOENCODING": "utf-8"}
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "免费\n免费\n"
