"""Which files count, and which of their bytes are new: whatever happens to a file, its bytes add up."""

from __future__ import annotations

import errno
import gzip
import os
import random
import zlib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipmao_monitor.usage import dayfile
from tipmao_monitor.usage.dayfile import Block, DayFile, Position, Signature, checksum, day_of_name, scan
from tipmao_monitor.usage.snapshot import Trouble

DAY = date(2025, 10, 26)
ANY = settings(deadline=None, max_examples=60)


def look(file: DayFile) -> tuple[bool, list[Block]]:
    with file.look() as (continues, blocks):
        return continues, list(blocks)


def lines(blocks: list[Block]) -> bytes:
    return b"".join(block.data for block in blocks)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "2025-10-26.jsonl"


@pytest.fixture
def file(path: Path) -> DayFile:
    return DayFile(str(path), DAY, gz=False)


def append(path: Path, data: bytes) -> None:
    with open(path, "ab") as end:
        end.write(data)


# Names


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("2025-10-26.jsonl", (DAY, False)),
        ("usage_2025-10-26.jsonl", (DAY, False)),
        ("2025-10-26.jsonl.1", (DAY, False)),
        ("usage_2025-10-26.jsonl.12", (DAY, False)),
        ("2025-10-26.jsonl.gz", (DAY, True)),
        ("usage_2025-10-26.jsonl.3.gz", (DAY, True)),
        ("2024-02-29.jsonl", (date(2024, 2, 29), False)),
        ("2025-02-29.jsonl", None),
        ("2025-13-01.jsonl", None),
        ("0000-01-01.jsonl", None),
        ("0001-01-01.jsonl", (date(1, 1, 1), False)),
        ("9998-12-31.jsonl", (date(9998, 12, 31), False)),
        ("9999-01-01.jsonl", None),
        ("2025-10-26.json", None),
        ("2025-10-26.jsonl.bak", None),
        ("2025-10-26.jsonl.gz.1", None),
        ("2025-10-26.jsonl.zst", None),
        ("Usage_2025-10-26.jsonl", None),
        ("x2025-10-26.jsonl", None),
        ("2025-10-26.jsonl\n", None),
        ("２０２５-10-26.jsonl", None),
        ("usage_report_20251026_143022.json", None),
    ],
)
def test_day_file_is_known_by_its_name(name: str, what: object) -> None:
    assert day_of_name(name) == what


# Folders


def test_what_is_no_day_file_is_ignored_and_said_so(tmp_path: Path) -> None:
    (tmp_path / "2025-10-26.jsonl").write_bytes(b"")
    (tmp_path / ".2025-10-26.jsonl").write_bytes(b"")
    (tmp_path / "report.json").write_bytes(b"")
    (tmp_path / "2025-10-25.jsonl").mkdir()
    os.mkfifo(tmp_path / "2025-10-24.jsonl")
    (tmp_path / "2025-10-23.jsonl").symlink_to(tmp_path / "gone")
    (tmp_path / "2025-10-22.jsonl").symlink_to(tmp_path / "2025-10-24.jsonl")
    found = scan([tmp_path])
    assert list(found.files) == [str(tmp_path / "2025-10-26.jsonl")]
    ignored = ("2025-10-22.jsonl", "2025-10-23.jsonl", "2025-10-24.jsonl", "2025-10-25.jsonl", "report.json")
    assert found.ignored == tuple(str(tmp_path / name) for name in ignored)
    assert found.troubles == ()


def test_a_file_is_taken_once_by_whatever_names_it_is_reached(tmp_path: Path) -> None:
    folder, other = tmp_path / "folder", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    (folder / "2025-10-26.jsonl").write_bytes(b"")
    os.link(folder / "2025-10-26.jsonl", folder / "usage_2025-10-26.jsonl")
    (other / "2025-10-26.jsonl").symlink_to(folder / "2025-10-26.jsonl")
    (tmp_path / "same").symlink_to(folder)
    found = scan([folder, tmp_path / "same", other, f"{folder}/../folder"])
    assert list(found.files) == [str(folder / "2025-10-26.jsonl")]
    assert set(found.ignored) == {str(folder / "usage_2025-10-26.jsonl"), str(other / "2025-10-26.jsonl")}


def test_day_file_that_cannot_be_looked_at_is_said_unless_it_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    targets = {"2025-10-24.jsonl": "nowhere", "2025-10-25.jsonl": "file/of", "2025-10-26.jsonl": "2025-10-26.jsonl"}
    for name, target in {**targets, "2025-10-27.jsonl": "x" * 300, "notes.txt": "y" * 300}.items():
        (tmp_path / name).symlink_to(target)
    found = scan([tmp_path])
    assert found.troubles == (
        Trouble("unreadable_file", str(tmp_path / "2025-10-27.jsonl"), os.strerror(errno.ENAMETOOLONG)),
    )
    assert len(found.ignored) == 6


def test_folders_that_cannot_be_used_are_named_and_the_others_read(tmp_path: Path) -> None:
    good, plain, loop = tmp_path / "good", tmp_path / "plain", tmp_path / "loop"
    good.mkdir()
    (good / "2025-10-26.jsonl").write_bytes(b"")
    plain.write_bytes(b"")
    loop.symlink_to(loop)
    found = scan([tmp_path / "gone", plain, good, loop])
    assert list(found.files) == [str(good / "2025-10-26.jsonl")]
    assert [(trouble.kind, trouble.path) for trouble in found.troubles] == [
        ("missing", str(tmp_path / "gone")),
        ("not_a_folder", str(plain)),
        ("unreadable", str(loop)),
    ]
    assert found.troubles[2].detail


# A file that grows


def test_half_written_line_waits_for_its_newline(path: Path, file: DayFile) -> None:
    path.write_bytes(b"one\ntw")
    assert look(file) == (True, [Block(0, 1, 1, b"one\n", 4)])
    assert (file.position.offset, file.position.pending, file.last_line, file.size) == (4, 2, b"tw", 6)
    append(path, b"o")
    assert look(file) == (True, [])
    append(path, b"\nthree\n")
    assert look(file) == (True, [Block(4, 2, 2, b"two\nthree\n", 10)])
    assert (file.position.lines, file.position.pending, file.size) == (3, 0, 14)


def test_lines_end_at_a_newline_byte_only(path: Path, file: DayFile) -> None:
    path.write_bytes("a\u2028b\u0085c\rd\x0be\n\r\n".encode())
    look(file)
    assert file.position.lines == 2


def test_signature_is_that_of_the_file_after_the_last_block_only(path: Path, file: DayFile) -> None:
    path.write_bytes(b"one\n")
    with file.look() as (_, blocks):
        assert file.signature is None
        assert len(list(blocks)) == 1
    assert file.signature == Signature.of(path.stat())


def test_missing_file_says_so(file: DayFile) -> None:
    with pytest.raises(FileNotFoundError):
        look(file)


def replaced(path: Path, data: bytes) -> None:
    draft = path.with_name("draft")
    draft.write_bytes(data)
    os.replace(draft, path)


def rewritten(path: Path, data: bytes) -> None:
    with open(path, "r+b") as whole:
        whole.truncate(0)
        whole.write(data)


OLD = b"".join(b"%04d old\n" % number for number in range(40))
NEW = OLD.replace(b"0001 old", b"0001 new")


@pytest.mark.parametrize("write", [replaced, rewritten])
@pytest.mark.parametrize(
    ("then", "continues"),
    [
        pytest.param(b"", False, id="emptied"),
        pytest.param(OLD[:100], False, id="truncated"),
        pytest.param(b"x" * 100 + b"\n", False, id="smaller, of other content"),
        pytest.param(NEW, False, id="of the same size"),
        pytest.param(b"first\n" + OLD, False, id="grown at its start"),
        pytest.param(b"y\n" * len(OLD), False, id="grown past, of other content"),
        pytest.param(OLD, True, id="the same"),
        pytest.param(OLD + b"more\n", True, id="the same and more"),
    ],
)
def test_reading_goes_on_only_where_the_known_bytes_still_stand(
    path: Path, file: DayFile, write, then: bytes, continues: bool
) -> None:
    path.write_bytes(OLD)
    look(file)
    write(path, then)
    known, blocks = look(file)
    assert known is continues
    assert lines(blocks) == (then[len(OLD) :] if continues else then[: then.rfind(b"\n") + 1])
    assert file.size == len(then)


@pytest.mark.parametrize("write", [replaced, rewritten])
def test_middle_edited_while_the_file_grew_is_found_by_the_slow_proof(
    path: Path, file: DayFile, write, monkeypatch
) -> None:
    monkeypatch.setattr(dayfile, "EDGE", 8)
    path.write_bytes(OLD)
    look(file)
    assert not file.is_edited()
    write(path, OLD.replace(b"0020 old", b"0020 new") + b"more\n")
    continues, _ = look(file)
    assert continues is (write is rewritten), "another inode is doubt enough to compare all"
    assert file.is_edited() is (write is rewritten)
    assert not file.is_edited(), "said once"


@pytest.mark.parametrize("edited", [b"0000 old", b"0039 old"])
def test_head_and_the_bytes_before_the_offset_are_compared_at_once(
    path: Path, file: DayFile, edited: bytes, monkeypatch
) -> None:
    monkeypatch.setattr(dayfile, "EDGE", 8)
    path.write_bytes(OLD)
    look(file)
    rewritten(path, OLD.replace(edited, edited.replace(b"d", b"D")) + b"more\n")
    assert not look(file)[0]


def test_middle_edited_without_growth_is_found_at_once(path: Path, file: DayFile, monkeypatch) -> None:
    monkeypatch.setattr(dayfile, "EDGE", 8)
    path.write_bytes(OLD)
    look(file)
    rewritten(path, OLD.replace(b"0020 old", b"0020 new"))
    assert not look(file)[0]


def test_file_that_only_grew_passes_the_slow_proof(path: Path, file: DayFile) -> None:
    path.write_bytes(OLD)
    look(file)
    append(path, OLD)
    assert look(file) == (True, [Block(len(OLD), 41, 40, OLD, len(OLD))])
    assert not file.is_edited()


def test_deleted_and_recreated_file_is_read_from_its_start(path: Path, file: DayFile) -> None:
    path.write_bytes(OLD)
    look(file)
    path.unlink()
    path.write_bytes(NEW + NEW)
    continues, blocks = look(file)
    assert (continues, lines(blocks)) == (False, NEW + NEW)


def test_known_bytes_are_proved_before_a_resumed_file_goes_on(path: Path, file: DayFile) -> None:
    path.write_bytes(OLD)
    look(file)
    for then, continues in ((OLD + b"more\n", True), (NEW + b"more\n", False)):
        path.write_bytes(then)
        resumed = DayFile(str(path), DAY, gz=False)
        resumed.resume(file.position, None)
        new = Block(len(OLD), 41, 1, b"more\n", 5) if continues else Block(0, 1, then.count(b"\n"), then, len(then))
        assert look(resumed) == (continues, [new])


def test_counted_last_line_without_newline_makes_growth_a_reason_to_begin_again(path: Path, file: DayFile) -> None:
    path.write_bytes(b"one\ntwo")
    look(file)
    assert file.account_last_line(counted=True) == 3
    assert (file.size, file.position.pending) == (7, 0)
    append(path, b" and a half\n")
    assert look(file) == (False, [Block(0, 1, 2, b"one\ntwo and a half\n", 19)])


# Long lines


@pytest.fixture
def short_lines(monkeypatch) -> None:
    """Lines up to 100 bytes, read in blocks of 160."""
    monkeypatch.setattr(dayfile, "MAX_LINE", 100)
    monkeypatch.setattr(dayfile, "BLOCK", 160)
    monkeypatch.setattr(dayfile, "EDGE", 16)


@pytest.mark.usefixtures("short_lines")
@pytest.mark.parametrize("length", [99, 100, 101, 159, 160, 161, 320, 1000])
def test_line_over_the_limit_is_one_block_that_says_so(path: Path, file: DayFile, length: int) -> None:
    path.write_bytes(b"before\n" + b"x" * length + b"\nafter\n")
    _, blocks = look(file)
    long = [block for block in blocks if block.is_long]
    assert [(block.start, block.line, block.length) for block in long] == ([(7, 2, length + 1)] if length > 100 else [])
    assert sum(block.length for block in blocks) == file.size == length + 14
    assert all(block.data == b"x" * 16 for block in long), "no more than the start is kept"


@pytest.mark.usefixtures("short_lines")
def test_line_over_the_limit_that_still_grows_is_pending_and_not_in_memory(path: Path, file: DayFile) -> None:
    path.write_bytes(b"one\n")
    for size in range(50, 1000, 50):
        append(path, b"x" * 50)
        assert look(file)[0]
        assert (file.position.offset, file.position.pending) == (4, size)
        assert len(file.last_line) <= 100
    append(path, b"\ntwo\n")
    _, blocks = look(file)
    assert [(block.start, block.line, block.length, block.is_long) for block in blocks] == [
        (4, 2, 951, True),
        (955, 3, 4, False),
    ]
    assert file.position.pending == 0


PIECES = [b"\n", b"a\n", b"line\n", *(b"x" * size + b"\n" for size in (99, 100, 101)), b"x" * 400, b"half"]
CONTENT = st.lists(st.sampled_from(PIECES), max_size=25).map(b"".join)


@pytest.mark.usefixtures("short_lines")
@given(content=CONTENT, cuts=st.lists(st.integers(0, 2000), max_size=6))
@ANY
def test_however_a_file_grows_its_blocks_are_the_same_lines(tmp_path_factory, content: bytes, cuts: list[int]) -> None:
    path = tmp_path_factory.mktemp("grow") / "2025-10-26.jsonl"
    file = DayFile(str(path), DAY, gz=False)
    blocks: list[Block] = []
    for end in sorted({min(cut, len(content)) for cut in cuts} | {len(content)}):
        path.write_bytes(content[:end])
        continues, found = look(file)
        assert continues
        blocks += found
        assert file.position.offset == sum(block.length for block in blocks)
        assert file.size == end
    at, number = 0, 1
    for block in blocks:
        assert (block.start, block.line) == (at, number)
        raw = content[at : at + block.length]
        assert raw.endswith(b"\n")
        if block.is_long:
            assert raw.count(b"\n") == 1 and len(raw) > 101 and raw.startswith(block.data)
        else:
            assert raw == block.data
            assert max(map(len, raw.split(b"\n"))) <= 100
        at += block.length
        number += raw.count(b"\n")
    assert at == content.rfind(b"\n") + 1
    assert (file.position.lines, file.position.pending) == (content.count(b"\n"), len(content) - at)
    assert file.position.crc == checksum(str(path), file.position.scanned)[0]
    once = DayFile(str(path), DAY, gz=False)
    once.resume(file.position, None)
    assert look(once)[0], "the marks of the position are those of the file"


# Compressed files


def zipped(*members: bytes) -> bytes:
    return b"".join(gzip.compress(member, mtime=0) for member in members)


def read_gz(path: Path, raw: bytes) -> tuple[bytes, DayFile]:
    path.write_bytes(raw)
    file = DayFile(str(path), DAY, gz=True)
    return lines(look(file)[1]), file


def test_compressed_file_is_the_lines_of_all_its_members(path: Path) -> None:
    found, file = read_gz(path, zipped(OLD, b"", NEW[:50], NEW[50:]))
    assert found == OLD + NEW
    assert (file.truncated, file.size) == (False, len(OLD + NEW))


def test_compressed_file_that_ends_early_gives_what_can_be_had(path: Path) -> None:
    whole = random.Random(1).randbytes(3000).hex().encode().replace(b"0", b"\n") + b"end"
    raw = zipped(whole)
    known = b""
    for size in (0, 1, 9, 20, 1500, len(raw) - 9, len(raw) - 8, len(raw) - 1):
        found, file = read_gz(path, raw[:size])
        assert file.truncated
        assert whole.startswith(found + file.last_line)
        assert len(found) >= len(known)
        known = found
        assert file.account_last_line(counted=False) == file.size - len(found)
    assert known == whole[: whole.rfind(b"\n") + 1]


def test_compressed_file_that_is_damaged_gives_what_comes_before_the_damage(path: Path) -> None:
    whole = b"".join(random.Random(1).randbytes(30).hex().encode() + b"\n" for _ in range(200))
    raw = bytearray(zipped(whole))
    raw[-5] ^= 1
    assert read_gz(path, bytes(raw))[0] == whole, "only the checksum is wrong"
    found, file = read_gz(path, zipped(OLD) + b"garbage behind it")
    assert (found, file.truncated) == (OLD, True)
    assert read_gz(path, b"no gzip at all")[0] == b""


@pytest.mark.parametrize("before", [b"", zipped(OLD)[:30], zipped(OLD)[:-1], zipped(OLD), zipped(b"half")[:-8]])
def test_compressed_file_that_changed_is_read_from_its_start(path: Path, before: bytes) -> None:
    _, file = read_gz(path, before)
    if file.truncated:
        file.account_last_line(counted=False)
    path.write_bytes(zipped(NEW, NEW))
    continues, blocks = look(file)
    assert not continues
    assert lines(blocks) == NEW + NEW
    assert (file.truncated, file.position.offset) == (False, len(NEW + NEW))


def test_checksum_is_of_the_bytes_that_are_read(path: Path) -> None:
    path.write_bytes(OLD)
    assert checksum(str(path)) == (zlib.crc32(OLD), len(OLD))
    assert checksum(str(path), 100) == (zlib.crc32(OLD[:100]), 100)
    assert checksum(str(path), 0) == (0, 0)
    path.write_bytes(zipped(OLD, NEW))
    assert checksum(str(path), gz=True) == (zlib.crc32(OLD + NEW), len(OLD + NEW))


def test_position_of_a_new_file_is_its_start(file: DayFile) -> None:
    assert file.position == Position()
    assert file.size == 0
