"""Compiles the translations when the package is built, if Qt's lrelease is at hand.

A newcomer would get this wrong: a build usually runs in an environment of its own, without Qt. It then ships the .qm
that lie there, and an installation from a checkout compiles them with the README's command.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def lrelease() -> str | None:
    """The compiler of PySide6 or of Qt; None without one."""
    places = (str(Path(sys.executable).parent), None)
    names = ("pyside6-lrelease", "lrelease6", "lrelease-qt6")
    return next((found for place in places for name in names if (found := shutil.which(name, path=place))), None)


def compile_translations(source: Path, target: Path) -> bool:
    """Whether there was a compiler that could."""
    compiler = lrelease()
    # An isolated build takes the libraries of the environment away, PySide6's own script needs them.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [compiler or "", "-silent", str(source), "-qm", str(target)]
    return bool(compiler) and subprocess.run(command, env=environment, stderr=subprocess.DEVNULL).returncode == 0


class TranslationsHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling is there only while building
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        for source in sorted(Path(self.root, "resources", "i18n").glob("*.ts")):
            compiled = source.with_suffix(".qm")
            if not compile_translations(source, compiled) and not compiled.exists():
                self.app.display_warning(f"{source.name} is not compiled (no lrelease): the program will be in English")
