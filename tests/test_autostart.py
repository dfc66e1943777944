"""Start at login: what each platform reads of what we write, and what it may have made of it meanwhile.

A newcomer would get this wrong: the rules of quoting in an Exec line are not those of a shell, so a reader of its own
reads it back.
"""

from __future__ import annotations

import os
import plistlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from tipmao_monitor import autostart

ODD = Path("/data/直播 '100%' $HOME `x` \"q\" back\\slash")


@pytest.fixture
def user(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "XDG_CONFIG_HOME": ""}


def desktop_file(user: dict[str, str]) -> Path:
    return Path(user["HOME"], ".config", "autostart", "tipmao-monitor.desktop")


def agent(user: dict[str, str]) -> Path:
    return Path(user["HOME"], "Library", "LaunchAgents", "com.tipmao.monitor.plist")


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_it_is_off_until_switched_on_and_off_again_after(user: dict[str, str], platform: str) -> None:
    entry = autostart.entry(platform, user)
    assert not entry.is_on()
    entry.set_on(False)
    entry.set_on(True)
    entry.set_on(True)
    assert entry.is_on()
    entry.set_on(False)
    assert not entry.is_on()
    assert not [path for path in Path(user["HOME"]).rglob("*") if path.is_file()]


def test_of_this_user_it_is_what_the_environment_says(user: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autostart.entry, "__defaults__", ("linux", user, ()))
    autostart.set_on(True)
    assert autostart.is_on() and desktop_file(user).exists()


@pytest.mark.parametrize(
    ("line", "is_on"),
    [
        ("Hidden=true", False),
        ("X-GNOME-Autostart-enabled=false", False),
        ("Hidden=false", True),
        ("# a note", True),
    ],
)
def test_desktop_that_switched_it_off_is_believed(user: dict[str, str], line: str, is_on: bool) -> None:
    entry = autostart.entry("linux", user)
    entry.set_on(True)
    text = desktop_file(user).read_text().replace("X-GNOME-Autostart-enabled=true", line)
    desktop_file(user).write_text(text)
    assert entry.is_on() is is_on


@pytest.mark.parametrize("content", [b"", b"\x00" * 50, b"\xff\xfe", b"<plist><dict>", b"Exec"])
@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_wreck_of_an_entry_is_off_and_can_be_switched_on(user: dict[str, str], platform: str, content: bytes) -> None:
    entry = autostart.entry(platform, user)
    path = desktop_file(user) if platform == "linux" else agent(user)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    assert not entry.is_on()
    entry.set_on(True)
    assert entry.is_on()


def test_place_that_cannot_be_written_is_an_error(user: dict[str, str]) -> None:
    Path(user["HOME"], ".config").write_text("no folder")
    entry = autostart.entry("linux", user)
    assert not entry.is_on()
    with pytest.raises(OSError):
        entry.set_on(True)


def arguments_by_the_rules(line: str) -> list[str]:
    """An Exec line as the Desktop Entry Specification reads it."""
    value = line.replace("\\\\", "\0").replace("\\n", "\n").replace("\\t", "\t").replace("\0", "\\")
    found, part, i, is_quoted = [], "", 0, False
    while i < len(value):
        c = value[i]
        if is_quoted and c == "\\":
            i += 1
            part += value[i]
        elif c == '"':
            is_quoted = not is_quoted
        elif c == " " and not is_quoted:
            found.append(part)
            part = ""
        elif c == "%":
            i += 1
            assert value[i] == "%", "a field code"
            part += "%"
        else:
            part += c
        i += 1
    return [*found, part]


def test_desktop_file_starts_this_program_with_its_folders_and_home(user: dict[str, str]) -> None:
    autostart.entry("linux", {**user, "TIPMAO_HOME": "/data/my home"}, [ODD]).set_on(True)
    line = next(x for x in desktop_file(user).read_text().splitlines() if x.startswith("Exec="))
    assert arguments_by_the_rules(line.removeprefix("Exec=")) == [
        *("env", "TIPMAO_HOME=/data/my home"),
        *(sys.executable, "-m", "tipmao_monitor"),
        *("--records", str(ODD)),
    ]


def test_what_is_written_starts_the_program(user: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "re cords"
    folder.mkdir()
    autostart.entry("linux", {**user, "TIPMAO_HOME": str(tmp_path / "home")}, [folder]).set_on(True)
    line = next(x for x in desktop_file(user).read_text().splitlines() if x.startswith("Exec="))
    command = [*arguments_by_the_rules(line.removeprefix("Exec=")), "stats", "--json"]
    root = Path(autostart.__file__).parent.parent
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=60)
    assert '"counted": 0' in ran.stdout or '"counted":0' in ran.stdout


def test_launch_agent_starts_this_program_with_its_folders_and_home(user: dict[str, str]) -> None:
    autostart.entry("darwin", {**user, "TIPMAO_HOME": "relative"}, [ODD]).set_on(True)
    values = plistlib.loads(agent(user).read_bytes())
    assert values["ProgramArguments"] == [sys.executable, "-m", "tipmao_monitor", "--records", str(ODD)]
    assert values["RunAtLoad"] is True
    assert values["EnvironmentVariables"] == {"TIPMAO_HOME": os.path.abspath("relative")}


class Registry:
    """Of Windows's registry what `winreg` does with it."""

    HKEY_CURRENT_USER, KEY_SET_VALUE, REG_SZ = "HKCU", 2, 1

    def __init__(self) -> None:
        self.keys: dict[str, dict[str, object]] = {autostart._RUN: {}}

    @contextmanager
    def OpenKey(self, root: str, path: str, *_: int) -> Iterator[dict[str, object]]:
        if root != "HKCU" or path not in self.keys:
            raise FileNotFoundError(path)
        yield self.keys[path]

    CreateKeyEx = OpenKey

    def SetValueEx(self, key: dict[str, object], name: str, _: int, kind: int, value: str) -> None:
        assert kind == self.REG_SZ
        key[name] = value

    def QueryValueEx(self, key: dict[str, object], name: str) -> tuple[object, int]:
        if name not in key:
            raise FileNotFoundError(name)
        return key[name], self.REG_SZ

    def DeleteValue(self, key: dict[str, object], name: str) -> None:
        if name not in key:
            raise FileNotFoundError(name)
        del key[name]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    found = Registry()
    names = [name for name in dir(found) if not name.startswith("_")]
    monkeypatch.setitem(sys.modules, "winreg", SimpleNamespace(**{name: getattr(found, name) for name in names}))
    return found


def test_run_key_starts_this_program_with_its_folders(registry: Registry) -> None:
    entry = autostart.entry("win32", {}, [Path("/data/my records")])
    assert not entry.is_on()
    entry.set_on(False)
    entry.set_on(True)
    assert entry.is_on()
    [command] = registry.keys[autostart._RUN].values()
    assert str(command).endswith('-m tipmao_monitor --records "/data/my records"')
    entry.set_on(False)
    assert not entry.is_on() and registry.keys == {autostart._RUN: {}}


def test_task_manager_that_switched_it_off_is_believed_until_it_is_switched_on_here(registry: Registry) -> None:
    entry = autostart.entry("win32", {})
    entry.set_on(True)
    registry.keys[autostart._APPROVED] = {autostart.TITLE: b"\x02" + bytes(11)}
    assert entry.is_on()
    registry.keys[autostart._APPROVED] = {autostart.TITLE: b"\x03" + bytes(11)}
    assert not entry.is_on()
    entry.set_on(True)
    assert entry.is_on()
