"""Files of the user's: what is no file is not opened, and what is there at any moment is whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tipmao_monitor.usage.wholefile import MIB, read_file, replace_file


@pytest.mark.parametrize("size", [0, 1, MIB])
def test_a_file_is_read_whole(tmp_path: Path, size: int) -> None:
    (tmp_path / "file").write_bytes(b"x" * size)
    assert read_file(tmp_path / "file", MIB) == b"x" * size


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * (2 * MIB + 1))
    with pytest.raises(OSError, match="larger than 2 MiB"):
        read_file(tmp_path / "file", 2 * MIB)


def test_nobody_is_waited_for_in_a_fifo(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    # Somebody who writes, so that opening it would not wait for ever here.
    writer = os.open(tmp_path / "fifo", os.O_RDWR)
    os.write(writer, b"x" * 100)
    try:
        with pytest.raises(OSError, match="is no file"):
            read_file(tmp_path / "fifo", 10)
        with pytest.raises(OSError, match="is no file"):
            replace_file(tmp_path / "fifo", b"new")
    finally:
        os.close(writer)
    assert (tmp_path / "fifo").is_fifo() and os.listdir(tmp_path) == ["fifo"]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError, match="is a folder"):
        read_file(tmp_path, 10)


def test_a_link_stays_and_what_was_there_before_is_kept(tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    replace_file(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "kept": b"new", "kept.bak": b"old", "link": b"new",
    }  # fmt: skip


def test_where_nothing_can_be_written_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    with pytest.raises(OSError):
        replace_file(tmp_path / "file" / "deeper", b"new")
    assert os.listdir(tmp_path) == ["file"]
