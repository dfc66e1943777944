"""Files of the user's that are read and replaced whole: after a crash at any moment the old one is there or the new.

A newcomer would get these wrong: a link to a file that is kept elsewhere stays a link; what it points to is replaced.
And opening a FIFO waits for somebody who writes into it, for ever, so only what is a regular file is opened.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path

MIB = 1 << 20
LARGEST = 16 * MIB


def read_file(path: Path, most: int) -> bytes:
    """The content of a regular file of up to that many bytes; OSError for anything else."""
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode):
        is_folder = stat.S_ISDIR(mode)
        raise OSError(errno.EISDIR if is_folder else errno.EINVAL, "is a folder" if is_folder else "is no file")
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"larger than {most // MIB} MiB")
    return content


def replace_file(path: Path, content: bytes, backup: bytes | None = None) -> None:
    """Write the file; what was there before, or `backup` in its place, stays beside it as `.bak`.

    OSError where the folder cannot be written, or where something else than a file is in its place.
    """
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        before = read_file(path, LARGEST)
    except FileNotFoundError:
        before = b""
    if backup is not None:
        before = backup
    if before:
        write_whole(path.with_name(path.name + ".bak"), before)
    write_whole(path, content)


def write_whole(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a file beside, then rename it, without a backup. `mode` is who may use it from its first byte on, less the
    umask. OSError where that cannot be done.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(beside, flags, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Return once the names in it are on the disk."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
