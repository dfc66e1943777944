"""Where addresses of channels are kept, since they hold tokens and passwords: the system's keyring, or a file that only
the user can read where there is none.

A newcomer would get this wrong: a keyring may ask the user to unlock it, and waits as long as that takes, so it is
never asked in the GUI thread. And nothing here puts a secret into the text of an error.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tipmao_monitor.channels import Place
from tipmao_monitor.usage.wholefile import MIB, read_file, write_whole

FILE = "keys.json"
SERVICE = "tipmao-monitor"
LEAST_PRIORITY = 1
"""What the library recommends: below it are those that keep nothing, or keep it in the open."""

_changing = threading.Lock()
"""The file is read and written anew by each change, and chats and gateway change it in threads of their own."""


_PRIVATE = 0o600


class KeysError(OSError):
    """A secret could not be kept or read; one line that says why, without it."""


class Keys:
    """Secrets by name. Names begin with the path of the home, so that two homes do not share one."""

    def __init__(self, home: Path) -> None:
        self.path = home / FILE
        self._prefix = str(home.absolute())
        self._keyring = _system_keyring()

    @property
    def place(self) -> Place:
        """Where the next secret is kept."""
        return "keyring" if self._keyring is not None else "file"

    def get(self, name: str) -> str | None:
        """The secret, from wherever it was kept. KeysError where the place does not answer."""
        if self._keyring is not None:
            found = self._ask("get_password", name)
            if found is not None:
                return str(found)
        return self._read().get(name)

    def put(self, name: str, secret: str) -> Place:
        """Keep a secret; returns where. A keyring that refuses is not asked again."""
        if self._keyring is not None:
            try:
                self._ask("set_password", name, secret)
            except KeysError:
                self._keyring = None
            else:
                self._forget_in_file(name)
                return "keyring"
        with _changing:
            self._write({**self._read(), name: secret})
        return "file"

    def delete(self, name: str) -> None:
        """Forget it, wherever it is."""
        if self._keyring is not None and self._ask("get_password", name) is not None:
            self._ask("delete_password", name)
        self._forget_in_file(name)

    def _ask(self, what: str, name: str, *more: str) -> Any:
        try:
            return getattr(self._keyring, what)(SERVICE, f"{self._prefix}: {name}", *more)
        # Backends raise what their libraries raise: of D-Bus, of Windows, of a plugin.
        except Exception as error:
            raise KeysError(f"the keyring does not answer ({type(error).__name__})") from None

    def _forget_in_file(self, name: str) -> None:
        with _changing:
            kept = self._read()
            if name in kept:
                self._write({other: secret for other, secret in kept.items() if other != name})

    def _read(self) -> dict[str, str]:
        try:
            raw = read_file(self.path, MIB)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise KeysError(error.strerror or "cannot be read") from None
        with contextlib.suppress(OSError):
            # Whoever copied it here may have left it open to others.
            if os.name == "posix" and stat.S_IMODE(self.path.stat().st_mode) & 0o077:
                self.path.chmod(0o600)
        try:
            found = json.loads(raw)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            if raw.strip(b"\0 \r\n\t"):
                # It may be put right by hand.
                with contextlib.suppress(OSError):
                    write_whole(self.path.with_name(f"{FILE}.unusable"), raw, _PRIVATE)
            return {}
        return {str(name): secret for name, secret in found.items() if isinstance(secret, str)}

    def _write(self, kept: Mapping[str, str]) -> None:
        try:
            if kept:
                # No backup: a deleted secret is gone.
                write_whole(self.path, json.dumps(kept, ensure_ascii=False, indent=1).encode(), _PRIVATE)
            else:
                self.path.unlink(missing_ok=True)
        except OSError as error:
            raise KeysError(error.strerror or "cannot be written") from None


def _system_keyring() -> Any:
    """The keyring that this system offers, None where it has none or the package for it is not installed."""
    try:
        import keyring
    except ImportError:
        return None
    try:
        found = keyring.get_keyring()
        return found if found.priority >= LEAST_PRIORITY else None
    # Looking for backends runs the code of all that are installed.
    except Exception:
        return None
