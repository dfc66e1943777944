"""Where secrets are kept: a keyring that works, one that refuses, none at all, and what may have become of the file."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from tipmao_monitor.keys import FILE, SERVICE, Keys, KeysError

SECRET = "dingtalk://secret-token/"


class Ring(KeyringBackend):
    """A keyring in memory. `mood` is what it raises instead of answering."""

    priority = 5  # type: ignore[assignment]  # keyring declares it as a property of the class

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.mood: Exception | None = None

    def get_password(self, service: str, username: str) -> str | None:
        self._answer()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._answer()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._answer()
        del self.kept[service, username]

    def _answer(self) -> None:
        if self.mood is not None:
            raise self.mood


@pytest.fixture
def ring() -> Iterator[Ring]:
    before = keyring.get_keyring()
    found = Ring()
    keyring.set_keyring(found)
    yield found
    keyring.set_keyring(before)


@pytest.fixture
def no_ring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    yield
    keyring.set_keyring(before)


def test_secret_goes_to_the_keyring_and_to_no_file(ring: Ring, home: Path) -> None:
    keys = Keys(home)
    assert keys.place == "keyring" and keys.put("group", SECRET) == "keyring"
    assert Keys(home).get("group") == SECRET
    assert [service for service, _ in ring.kept] == [SERVICE]
    assert not list(home.iterdir())
    keys.delete("group")
    keys.delete("group")
    assert keys.get("group") is None and not ring.kept


def test_homes_do_not_share_a_secret(ring: Ring, home: Path, tmp_path: Path) -> None:
    Keys(home).put("group", SECRET)
    assert Keys(tmp_path).get("group") is None


@pytest.mark.usefixtures("no_ring")
def test_without_a_keyring_it_is_a_file_that_only_the_user_reads(home: Path) -> None:
    keys = Keys(home)
    assert keys.place == "file" and keys.put("group", SECRET) == "file"
    keys.put("群", "b")
    assert (Keys(home).get("group"), Keys(home).get("群"), Keys(home).get("other")) == (SECRET, "b", None)
    assert stat.S_IMODE((home / FILE).stat().st_mode) == 0o600
    keys.delete("group")
    assert SECRET not in (home / FILE).read_text()
    keys.delete("群")
    assert not list(home.iterdir()), "something is left"


@pytest.mark.usefixtures("no_ring")
def test_secrets_kept_in_several_threads_at_once_are_all_kept(home: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: Keys(home).put(f"k{n}", str(n)), range(40)))
    assert [Keys(home).get(f"k{n}") for n in range(40)] == [str(n) for n in range(40)]


@pytest.mark.usefixtures("no_ring")
def test_file_that_others_could_read_is_closed_to_them(home: Path) -> None:
    Keys(home).put("group", SECRET)
    (home / FILE).chmod(0o644)
    assert Keys(home).get("group") == SECRET
    assert stat.S_IMODE((home / FILE).stat().st_mode) == 0o600


@pytest.mark.usefixtures("no_ring")
def test_umask_does_not_open_it(home: Path) -> None:
    before = os.umask(0)
    try:
        Keys(home).put("group", SECRET)
    finally:
        os.umask(before)
    assert stat.S_IMODE((home / FILE).stat().st_mode) == 0o600


@pytest.mark.usefixtures("no_ring")
@pytest.mark.parametrize("wreck", [b"", b"\0" * 40, b'{"group": "ding', b"[1]", b'{"group": 3}', b"\xff\xfe"])
def test_wreck_of_the_file_has_no_secrets_and_takes_new_ones(home: Path, wreck: bytes) -> None:
    (home / FILE).write_bytes(wreck)
    keys = Keys(home)
    assert keys.get("group") is None
    keys.put("group", SECRET)
    assert keys.get("group") == SECRET
    for path in home.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.usefixtures("no_ring")
def test_file_that_cannot_be_read_or_written_is_an_error_without_the_secret(home: Path) -> None:
    (home / FILE).mkdir()
    keys = Keys(home)
    with pytest.raises(KeysError) as error:
        keys.get("group")
    with pytest.raises(KeysError) as other:
        keys.put("group", SECRET)
    assert SECRET not in f"{error.value!r}{other.value!r}"


def test_keyring_that_refuses_is_not_asked_again_and_the_file_is_used(ring: Ring, home: Path) -> None:
    keys = Keys(home)
    ring.mood = RuntimeError(f"cannot keep {SECRET}")
    assert keys.put("group", SECRET) == "file"
    assert keys.place == "file" and keys.get("group") == SECRET


def test_keyring_that_does_not_answer_is_an_error_without_what_it_says(ring: Ring, home: Path) -> None:
    keys = Keys(home)
    keys.put("group", SECRET)
    ring.mood = RuntimeError(f"locked: {SECRET}")
    with pytest.raises(KeysError) as error:
        keys.get("group")
    assert str(error.value) == "the keyring does not answer (RuntimeError)"
    assert error.value.__cause__ is None and error.value.__suppress_context__


def test_secret_that_was_in_the_file_is_found_and_moves_when_it_is_kept_anew(ring: Ring, home: Path) -> None:
    (home / FILE).write_text('{"group": "old"}')
    keys = Keys(home)
    assert keys.get("group") == "old"
    keys.put("group", SECRET)
    assert keys.get("group") == SECRET and not (home / FILE).exists()


def test_without_the_package_it_is_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert Keys(home).place == "file"
