"""Start at login: an entry in the place where each platform looks for one, for this user only.

A newcomer would get this wrong: whether it is on is not a setting. The desktop may have switched the entry off, or the
user deleted it, so the platform's own place is asked each time. Asking and writing wait for the disk.
"""

from __future__ import annotations

import contextlib
import os
import plistlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol
from xml.parsers.expat import ExpatError

from tipmao_monitor.usage.wholefile import MIB, read_file, write_whole

NAME = "tipmao-monitor"
TITLE = "TipMao Monitor"
_AGENT = "com.tipmao.monitor"
_RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
_APPROVED = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"


class Entry(Protocol):
    """This program's entry among what is started at login."""

    def is_on(self) -> bool: ...

    def set_on(self, on: bool) -> None:
        """OSError where the entry cannot be written."""


def is_on() -> bool:
    """Whether the window opens at login."""
    return entry().is_on()


def set_on(on: bool, folders: Sequence[Path] = ()) -> None:
    """Whether the window is to open at login, watching these folders; none = those of the settings. OSError where the
    place for it cannot be written.
    """
    entry(folders=folders).set_on(on)


def entry(
    platform: str = sys.platform,
    environment: Mapping[str, str] = os.environ,
    folders: Sequence[Path] = (),
) -> Entry:
    """The entry as this platform has it. The home that `TIPMAO_HOME` names is named in it, too."""
    home = environment.get("TIPMAO_HOME")
    variables = {"TIPMAO_HOME": os.path.abspath(home)} if home else {}
    command = [*own_command(), *(part for folder in folders for part in ("--records", str(folder.absolute())))]
    if platform == "win32":
        return RunKey(command)
    user = Path(environment.get("HOME") or Path.home())
    if platform == "darwin":
        return LaunchAgent(user / "Library" / "LaunchAgents" / f"{_AGENT}.plist", command, variables)
    place = environment.get("XDG_CONFIG_HOME") or ""
    config = Path(place) if os.path.isabs(place) else user / ".config"
    return DesktopFile(config / "autostart" / f"{NAME}.desktop", command, variables)


def own_command() -> list[str]:
    """How this program is started: as it is, or by the Python that runs it."""
    if getattr(sys, "frozen", False):
        return [sys.executable]
    python = Path(sys.executable)
    # The one without a console window.
    silent = python.with_name("pythonw.exe")
    if sys.platform == "win32" and silent.exists():
        python = silent
    return [str(python), "-m", "tipmao_monitor"]


class DesktopFile:
    """A file of the XDG autostart folder, for Linux and the BSDs."""

    def __init__(self, path: Path, command: Sequence[str], variables: Mapping[str, str]) -> None:
        self._path = path
        set_by = ["env", *(f"{name}={value}" for name, value in variables.items())] if variables else []
        self._command = [*set_by, *command]

    def is_on(self) -> bool:
        try:
            lines = read_file(self._path, MIB).decode(errors="replace").splitlines()
        except OSError:
            return False
        fields = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
        values = {name.strip(): value.strip() for name, value in fields.items()}
        return (
            bool(values.get("Exec"))
            and values.get("Hidden", "false") != "true"
            and values.get("X-GNOME-Autostart-enabled", "true") != "false"
        )

    def set_on(self, on: bool) -> None:
        if not on:
            self._path.unlink(missing_ok=True)
            return
        text = (
            "[Desktop Entry]\n"
            "Type=Application\n"
            f"Name={TITLE}\n"
            "Name[zh_CN]=提猫监控\n"
            f"Exec={' '.join(map(_exec_argument, self._command))}\n"
            "Terminal=false\n"
            "X-GNOME-Autostart-enabled=true\n"
        )
        write_whole(self._path, text.encode())


def _exec_argument(text: str) -> str:
    """One argument of an Exec line: quoted, with % doubled, and with the backslashes of a string value doubled."""
    quoted = "".join(f"\\{c}" if c in '"`$\\' else c for c in text)
    return f'"{quoted}"'.replace("%", "%%").replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


class LaunchAgent:
    """A property list in the user's LaunchAgents, for macOS."""

    def __init__(self, path: Path, command: Sequence[str], variables: Mapping[str, str]) -> None:
        self._path = path
        self._values: dict[str, object] = {
            "Label": _AGENT,
            "ProgramArguments": list(command),
            "RunAtLoad": True,
            "ProcessType": "Interactive",
        }
        if variables:
            self._values["EnvironmentVariables"] = dict(variables)

    def is_on(self) -> bool:
        try:
            values = plistlib.loads(read_file(self._path, MIB))
        except (OSError, ValueError, plistlib.InvalidFileException, ExpatError):
            return False
        return isinstance(values, dict) and values.get("RunAtLoad") is True and values.get("Disabled") is not True

    def set_on(self, on: bool) -> None:
        if on:
            write_whole(self._path, plistlib.dumps(self._values))
        else:
            self._path.unlink(missing_ok=True)


class RunKey:
    """A value of the user's Run key in the registry, for Windows. It cannot say a `TIPMAO_HOME`."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = subprocess.list2cmdline(command)
        # Only Windows has it.
        self._registry = import_module("winreg")

    def is_on(self) -> bool:
        if not self._value(_RUN):
            return False
        # What the Task Manager keeps of it: an odd first byte means that it was switched off there.
        approved = self._value(_APPROVED)
        return not (isinstance(approved, bytes) and approved[:1] and approved[0] % 2)

    def set_on(self, on: bool) -> None:
        registry = self._registry
        with registry.CreateKeyEx(registry.HKEY_CURRENT_USER, _RUN, 0, registry.KEY_SET_VALUE) as key:
            if on:
                registry.SetValueEx(key, TITLE, 0, registry.REG_SZ, self._command)
            else:
                with contextlib.suppress(FileNotFoundError):
                    registry.DeleteValue(key, TITLE)
        with (
            contextlib.suppress(FileNotFoundError),
            registry.OpenKey(registry.HKEY_CURRENT_USER, _APPROVED, 0, registry.KEY_SET_VALUE) as key,
        ):
            registry.DeleteValue(key, TITLE)

    def _value(self, path: str) -> object:
        registry = self._registry
        try:
            with registry.OpenKey(registry.HKEY_CURRENT_USER, path) as key:
                return registry.QueryValueEx(key, TITLE)[0]
        except OSError:
            return None
