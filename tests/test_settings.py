"""The settings file: what a person, another program or a crash may have left in it, and what we write into it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tipmao_monitor import settings
from tipmao_monitor.settings import FILE, Settings, load, save

CHOSEN = Settings(records=("/data/直播", "b"), timezone="Asia/Shanghai", language="zh", theme="dark", slow_ms=2500.0)


def test_no_file_means_the_defaults_and_no_trouble(home: Path) -> None:
    assert load(home) == (Settings(), ())


def test_what_was_saved_is_loaded(home: Path) -> None:
    save(CHOSEN, home)
    assert load(home) == (CHOSEN, ())


def test_home_and_cache_follow_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (settings.home(), settings.cache_folder()) == (home, home / "cache")
    monkeypatch.delenv("TIPMAO_HOME")
    assert settings.home().name == settings.cache_folder().name == "tipmao-monitor"
    assert settings.home() != settings.cache_folder()


@pytest.mark.parametrize(
    ("text", "detail", "kept"),
    [
        ('theme = "pink"\nslow_ms = 100', "theme: must be one of system, light, dark, contrast", {"slow_ms": 100.0}),
        ('language = 3\ntheme = "dark"', "language: must be one of system, zh, en", {"theme": "dark"}),
        ("language = ['zh']", "language: must be one of system, zh, en", {}),
        ('timezone = "Mars/Olympus"', "timezone: 'Mars/Olympus' is not a time zone", {}),
        ('timezone = "Asia"', "timezone: 'Asia' is not a time zone", {}),
        ('timezone = "../../etc/passwd"', "timezone: '../../etc/passwd' is not a time zone", {}),
        ("timezone = 8", "timezone: must be text", {}),
        ("slow_ms = true", "slow_ms: must be a number", {}),
        ("slow_ms = -1", "slow_ms: must be a number", {}),
        ("slow_ms = nan", "slow_ms: must be a number", {}),
        ("slow_ms = inf", "slow_ms: must be a number", {}),
        ('records = "a"', "records: must be a list of folders", {}),
        ('records = ["a", 1]', "records: must be a list of folders", {}),
        ('colour = "red"\nslow_ms = 100.0', "colour: there is no such setting", {"slow_ms": 100.0}),
        ("theme = \n", "line 1", {}),
        ('theme = "dark"\n\ntheme = "light"\n', "line 3", {}),
        ("a = " + "[" * 100_000, "", {}),
    ],
)
def test_a_field_that_cannot_be_used_is_named_and_the_others_hold(
    home: Path, text: str, detail: str, kept: dict[str, object]
) -> None:
    (home / FILE).write_text(text)
    loaded, troubles = load(home)
    assert loaded == Settings(**kept)  # type: ignore[arg-type]
    assert [trouble.kind for trouble in troubles] == ["settings_unusable"]
    assert detail in troubles[0].detail
    assert troubles[0].path == str(home / FILE)


def test_every_problem_is_named(home: Path) -> None:
    (home / FILE).write_text('theme = "pink"\nlanguage = "fr"\nslow_ms = 0\nx = 1\n')
    assert len(load(home)[1]) == 4


@pytest.mark.parametrize(
    "content", [b"\x00" * 100, b'theme = "dark"\n\xff\xfe', b"\x89PNG\r\n\x1a\n", b"#" * 2_000_000]
)
def test_garbage_is_a_trouble_and_no_error(home: Path, content: bytes) -> None:
    (home / FILE).write_bytes(content)
    loaded, troubles = load(home)
    assert loaded == Settings()
    assert len(troubles) == 1


def test_text_that_is_not_utf8_is_named_by_its_line(home: Path) -> None:
    (home / FILE).write_bytes(b'# ok\ntheme = "dark"\n# \xff\n')
    assert load(home)[1][0].detail == "line 3 is not UTF-8 text"


def test_a_folder_in_the_place_of_the_file_is_a_trouble(home: Path) -> None:
    (home / FILE).mkdir()
    assert load(home)[1][0].kind == "settings_unusable"


def test_a_byte_order_mark_of_an_editor_is_no_trouble(home: Path) -> None:
    (home / FILE).write_bytes(b'\xef\xbb\xbftheme = "dark"\r\n')
    assert load(home) == (Settings(theme="dark"), ())


def test_saving_keeps_comments_and_what_it_does_not_know(home: Path) -> None:
    (home / FILE).write_text('# mine\ntheme = "dark"  # at night\nfuture = 1\n')
    save(Settings(theme="light"), home)
    text = (home / FILE).read_text()
    assert "# mine" in text and 'theme = "light"  # at night' in text and "future = 1" in text
    assert load(home)[0] == Settings(theme="light")


def test_saving_keeps_what_was_there_beside_it(home: Path) -> None:
    (home / FILE).write_text("theme = oops")
    save(CHOSEN, home)
    assert (home / f"{FILE}.bak").read_text() == "theme = oops"
    assert load(home) == (CHOSEN, ())
    assert sorted(path.name for path in home.iterdir()) == [FILE, f"{FILE}.bak"]


def test_saving_makes_the_folder_and_a_file_that_explains_itself(home: Path) -> None:
    save(Settings(), home / "new" / "folder")
    text = (home / "new" / "folder" / FILE).read_text()
    assert load(home / "new" / "folder") == (Settings(), ())
    assert text.count("#") >= 5


def test_a_link_to_settings_elsewhere_stays_a_link(home: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('theme = "dark"\n')
    (home / FILE).symlink_to(tmp_path / "mine.toml")
    save(Settings(theme="light"), home)
    assert (home / FILE).is_symlink()
    assert 'theme = "light"' in (tmp_path / "mine.toml").read_text()


def test_a_failed_save_leaves_the_old_file(home: Path, tmp_path: Path) -> None:
    save(CHOSEN, home)
    (home / f".{FILE}.{os.getpid()}").mkdir()
    with pytest.raises(OSError):
        save(Settings(), home)
    assert load(home) == (CHOSEN, ())
