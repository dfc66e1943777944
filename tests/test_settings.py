"""The settings file: what a person, another program or a crash may have left in it, and what we write into it."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path

import pytest

from tipmao_monitor import settings
from tipmao_monitor.channels import Channel
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
        ("slow_ms = true", "slow_ms: must be a number of milliseconds from 1 to 3600000", {}),
        ('alert_quiet_to = "8:15"', "alert_quiet_to: must be one of 00:00, 00:30 ... 23:30", {}),
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


def test_every_problem_is_named_with_its_line(home: Path) -> None:
    (home / FILE).write_text(
        'theme = "pink"\n# mine\nx = 1\n\n[[budget]]\namount = 5\n\n[[budget]]  # of the show\nname = "show"\n'
        'amount = nan\nperiod = "year"\n\n[[channel]]\nname = "group"\nkind = "fax"\n\n[[budget]]\nname = "b"\n'
    )
    assert [trouble.detail.partition(": ")[::2] for trouble in load(home)[1]] == [
        ("line 3", "x: there is no such setting"),
        ("line 1", "theme: must be one of system, light, dark, contrast"),
        ("line 11", "budget 2 (show), period: must be one of stream, day, week, month"),
        ("line 10", "budget 2 (show), amount: nan is not an amount above ¥0 and up to ¥1,000,000,000"),
        ("line 17", "budget 3 (b), amount: is missing"),
        ("line 15", "channel 1: kind: must be one of dingtalk, feishu, wecom, bark, email, other"),
    ]


def test_problem_of_budgets_in_one_list_has_the_line_of_the_list(home: Path) -> None:
    (home / FILE).write_text('theme = "dark"\nbudget = [{ amount = -5 }]\n')
    assert load(home)[1][0].detail.startswith("line 2: budget 1, amount: -5 is not an amount")


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
    (home / FILE).write_text('theme = "dark"\n')
    save(CHOSEN, home)
    assert (home / f"{FILE}.bak").read_text() == 'theme = "dark"\n'
    assert load(home) == (CHOSEN, ())
    assert sorted(path.name for path in home.iterdir()) == [FILE, f"{FILE}.bak"]


# What a crash, a full disk or another version leaves


@pytest.mark.parametrize("wreck", [b"", b"\x00" * 300, b'theme = "da', b"\xff\xfe\x00"])
def test_backup_is_used_where_the_file_is_a_wreck(home: Path, wreck: bytes) -> None:
    save(CHOSEN, home)
    save(replace(CHOSEN, theme="light"), home)
    (home / FILE).write_bytes(wreck)
    chosen, troubles = load(home)
    assert chosen == CHOSEN  # of the save before the last one
    assert [(trouble.kind, trouble.path) for trouble in troubles] == [("settings_restored", str(home / FILE))]


@pytest.mark.parametrize("wreck", [b"", b"\x00" * 300, b'theme = "da'])
def test_saving_over_a_wreck_loses_neither_it_nor_the_backup(home: Path, wreck: bytes) -> None:
    (home / FILE).write_text('# mine\ntheme = "dark"\n')
    save(Settings(theme="dark", slow_ms=100.0), home)
    (home / FILE).write_bytes(wreck)
    save(Settings(theme="light"), home, {"theme"})
    assert load(home) == (Settings(theme="light"), ())
    assert "# mine" in (home / FILE).read_text()
    assert "# mine" in (home / f"{FILE}.bak").read_text()
    if wreck:
        assert (home / f"{FILE}.unusable").read_bytes() == wreck


def test_wreck_without_a_backup_means_the_defaults_and_is_kept(home: Path) -> None:
    (home / FILE).write_bytes(b"theme = oops")
    assert load(home)[0] == Settings() and load(home)[1][0].kind == "settings_unusable"
    save(CHOSEN, home)
    assert load(home) == (CHOSEN, ())
    assert (home / f"{FILE}.unusable").read_bytes() == b"theme = oops"


def test_newer_version_is_said_once_and_what_is_not_known_is_left_as_it_is(home: Path) -> None:
    newer = 'version = 2\ntheme = "dark"\nhologram = true\nsound = "loud"\n[[budget]]\nname = "a"\namount = 5\n'
    (home / FILE).write_text(newer)
    chosen, troubles = load(home)
    assert chosen.theme == "dark" and [budget.name for budget in chosen.budgets] == ["a"]
    assert [trouble.kind for trouble in troubles] == ["settings_newer"]
    save(replace(chosen, theme="light"), home, {"theme"})
    assert (home / FILE).read_text() == newer.replace("dark", "light")


def test_fifo_in_the_place_of_the_file_is_a_trouble_and_does_not_wait(home: Path) -> None:
    os.mkfifo(home / FILE)
    assert load(home)[1][0].kind == "settings_unusable"
    with pytest.raises(OSError):
        save(CHOSEN, home)


def test_full_disk_is_an_error_and_loses_nothing(home: Path) -> None:
    save(CHOSEN, home)
    program = (
        "import resource, signal, sys; from pathlib import Path; from tipmao_monitor import settings\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))\n"
        "try:\n    settings.save(settings.Settings(), Path(sys.argv[1]))\n"
        "except OSError as error:\n    sys.exit(error.errno)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program, str(home)], check=False)
    assert ran.returncode == errno.EFBIG
    assert load(home) == (CHOSEN, ())


def test_only_what_was_changed_is_written(home: Path) -> None:
    (home / FILE).write_text('theme = "dark"\n')
    chosen, _ = load(home)
    (home / FILE).write_text('theme = "dark"\nslow_ms = 900.0  # by hand, meanwhile\n')
    save(replace(chosen, theme="light"), home, {"theme"})
    assert (home / FILE).read_text() == 'theme = "light"\nslow_ms = 900.0  # by hand, meanwhile\n'


# Channels

GROUP, MAIL = Channel("运营群", "dingtalk"), Channel("mail", "email", on=False)


def test_channels_written_by_hand_are_read(home: Path) -> None:
    (home / FILE).write_text(
        '[[channel]]\nname = "运营群"\nkind = "dingtalk"\n[[channel]]\nname = "mail"\nkind = "email"\non = false\n'
    )
    assert load(home) == (Settings(channels=(GROUP, MAIL)), ())


def test_channels_are_changed_added_and_removed_beside_their_comments(home: Path) -> None:
    (home / FILE).write_text(
        '[[channel]]\n# of the team\nname = "运营群"\nkind = "dingtalk"\n\n[[channel]]\nname = "odd"\nkind = "pigeon"\n'
    )
    save(Settings(channels=(replace(GROUP, on=False), MAIL)), home, {"channels"})
    text = (home / FILE).read_text()
    assert "# of the team" in text and "pigeon" in text
    assert load(home)[0].channels == (replace(GROUP, on=False), MAIL)
    save(Settings(theme="dark", channels=(MAIL,)), home)
    chosen, troubles = load(home)
    assert (chosen.theme, chosen.channels) == ("dark", (MAIL,))
    assert [trouble.detail.partition(": ")[2] for trouble in troubles] == [
        "channel 2: kind: must be one of dingtalk, feishu, wecom, bark, email, other"
    ]


@pytest.mark.parametrize(
    ("table", "detail"),
    [
        ('name = ""\nkind = "bark"', "channel 2: name: must be text of 1 to 40 characters"),
        ('name = "a\\u0000b"\nkind = "bark"', "channel 2: name: must be text of 1 to 40 characters"),
        ('name = "运营群"\nkind = "bark"', "channel 2: name: there is another channel '运营群'"),
        ('name = "b"\nkind = "bark"\non = 1', "channel 2: on: must be true or false"),
        ('name = "b"\nkind = ["bark"]', "channel 2: kind: must be one of dingtalk,"),
        ('name = "b"\nkind = "bark"\nurl = "https://x/secret"', "channel 2: url: there is no such field"),
    ],
)
def test_channel_that_cannot_be_used_is_named_and_the_others_hold(home: Path, table: str, detail: str) -> None:
    (home / FILE).write_text(f'[[channel]]\nname = "运营群"\nkind = "dingtalk"\n[[channel]]\n{table}\n')
    chosen, [trouble] = load(home)
    assert chosen.channels == (GROUP,)
    line, _, said = trouble.detail.partition(": ")
    assert said.startswith(detail) and "secret" not in said
    assert int(line.removeprefix("line ")) in range(4, 9)


@pytest.mark.parametrize("written", ["channel = 3", 'channel = "x"', "[channel]\nname = 1", "channel = [1, 2]"])
def test_channels_that_are_no_tables_are_a_trouble(home: Path, written: str) -> None:
    (home / FILE).write_text(written)
    assert load(home)[0] == Settings() and load(home)[1]
    save(Settings(channels=(GROUP,)), home, {"channels"})
    assert load(home)[0].channels == (GROUP,)


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


# The gateway and the rule that switches by itself


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('gateway_address = "http://x/y"', "gateway_address"),
        ('gateway_address = "a b"', "gateway_address"),
        ("gateway_port = 0", "gateway_port"),
        ("gateway_port = true", "gateway_port"),
        ("switch_above = -1", "switch_above"),
        ("switch_above = nan", "switch_above"),
        ('switch_above = "a lot"', "switch_above"),
        ('switch_to = ""', "switch_to"),
        ("switch_functions = [1]", "switch_functions"),
    ],
)
def test_gateway_setting_that_cannot_be_keeps_its_default(home: Path, text: str, problem: str) -> None:
    (home / settings.FILE).write_text(text + "\n")
    found, troubles = settings.load(home)
    assert found == Settings()
    assert [trouble.detail.split(": ")[:2] for trouble in troubles] == [["line 1", problem]]


@pytest.mark.parametrize("amount", ["7.5", '"7.5"'])
def test_amount_of_the_switch_rule_is_exact_however_it_is_written(home: Path, amount: str) -> None:
    (home / settings.FILE).write_text(f"switch_above = {amount}\nswitch_automatically = true\n")
    found, _ = settings.load(home)
    assert str(found.switch_rule.amount) == "7.5" and found.switch_rule.is_on
    settings.save(replace(found, switch_functions=("live_analysis",)), home)
    assert settings.load(home) == (replace(found, switch_functions=("live_analysis",)), ())


# All of them

OTHERS: dict[type, object] = {
    settings.Folders: ("/data/直播",),
    settings.TimeZone: "Asia/Shanghai",
    settings.Address: "gateway.lan",
    settings.Port: 12345,
    settings.Amount: Decimal("7.25"),
    settings.Name: "名字",
    settings.Names: ("a", "b"),
}


def another(name: str) -> object:
    """A value of the setting that is not its default."""
    default = getattr(Settings(), name)
    match settings.SCHEMA[name]:
        case settings.Switch():
            return not default
        case settings.Choice(options):
            return next(option for option in options if option != default)
        case settings.Number(least, most):
            return (least + most) / 2
        case rule:
            return OTHERS[type(rule)]


def test_every_setting_is_written_and_read_back(home: Path) -> None:
    chosen = Settings(**{name: another(name) for name in settings.SCHEMA})  # type: ignore[arg-type]
    for name in settings.SCHEMA:
        save(replace(Settings(), **{name: getattr(chosen, name)}), home, {name})  # type: ignore[arg-type]
    assert load(home) == (chosen, ())


def test_every_field_has_a_rule_or_a_table() -> None:
    assert {field.name for field in fields(Settings)} == {*settings.SCHEMA, "budgets", "channels"}


def test_readme_names_every_setting_with_its_default_and_its_tables_can_be_used(home: Path) -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in readme.splitlines() if line.startswith("| `")]
    said = {
        name: default.strip()
        for row in rows
        if len(row) == 5
        for name, default in zip(re.findall(r"`(\w+)`", row[1]), re.split(r",\s*(?=`)", row[3]), strict=False)
    }
    for name in settings.SCHEMA:
        value = getattr(Settings(), name)
        written = json.dumps([*value] if isinstance(value, tuple) else value, default=str).replace('"5"', "5")
        assert said[name].startswith(f"`{written}`"), name
    table = next(block for block in re.findall(r"```toml\n(.*?)```", readme, re.DOTALL) if "[[channel]]" in block)
    (home / FILE).write_text(table)
    chosen, troubles = load(home)
    assert not troubles and len(chosen.budgets) == len(chosen.channels) == 1


def test_new_file_explains_budgets_and_chats_that_can_be_used(home: Path) -> None:
    save(Settings(theme="dark"), home, {"theme"})
    save(Settings(theme="dark", alert_silent=True), home, {"alert_silent"})
    text = (home / FILE).read_text()
    (home / FILE).write_text(re.sub(r"(?m)^# (budget|channel) =", r"\1 =", text))
    chosen, troubles = load(home)
    assert not troubles and (len(chosen.budgets), len(chosen.channels), chosen.alert_silent) == (1, 1, True)
    # What stands in brackets is written as tables when it is changed, and nothing else is moved.
    channels = (replace(chosen.channels[0], on=False), MAIL)
    save(replace(chosen, channels=channels), home, {"channels"})
    assert load(home) == (replace(chosen, channels=channels), ())
