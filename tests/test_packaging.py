"""What a wheel and the built folder have to bring along. Building them takes minutes; what they are told is checked."""

from __future__ import annotations

import configparser
import re
import tomllib
from pathlib import Path

from tipmao_monitor import crash_log

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SPEC = (ROOT / "resources" / "tipmao-monitor.spec").read_text("utf-8")
ENTRY = ROOT / "resources" / "tipmao-monitor.desktop"
BUILT_WITH = {"build.py", "tipmao-monitor.spec", "tipmao-monitor.desktop"}


def test_every_resource_is_in_the_wheel_and_in_the_built_folder() -> None:
    mapped = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    for path in (ROOT / "resources").iterdir():
        if path.name not in BUILT_WITH and not path.name.startswith((".", "__")):
            assert mapped[f"resources/{path.name}"] == f"tipmao_monitor/resources/{path.name}"
            assert f'"{path.name}"' in SPEC


def test_every_folder_that_the_program_asks_for_is_there() -> None:
    asked = set()
    for path in (ROOT / "tipmao_monitor").rglob("*.py"):
        asked |= set(re.findall(r'\bresource\(f?"([a-z0-9_]+)', path.read_text("utf-8")))
    assert {"prices", "icons", "i18n", "report", "web"} <= asked
    for name in asked:
        assert list((ROOT / "resources").glob(f"{name}*"))


def test_what_is_imported_by_name_only_is_named_for_the_build() -> None:
    api = (ROOT / "tipmao_monitor" / "api.py").read_text("utf-8")
    for kind, module in (("loop", "loops.asyncio"), ("http", "protocols.http.h11_impl"), ("lifespan", "lifespan.off")):
        [chosen] = re.findall(rf'{kind}="(\w+)"', api)
        assert chosen in module and f'"uvicorn.{module}"' in SPEC
    assert 'collect_submodules("tipmao_monitor")' in SPEC


def test_the_desktop_entry_starts_the_command_under_the_name_of_its_windows() -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(ENTRY, "utf-8")
    entry = parser["Desktop Entry"]
    [command] = PROJECT["project"]["scripts"]
    assert entry["Exec"] == entry["Icon"] == entry["StartupWMClass"] == command
    assert f'setDesktopFileName("{command}")' in (ROOT / "tipmao_monitor" / "desktop.py").read_text("utf-8")
    shared = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert shared[f"resources/{ENTRY.name}"] == f"share/applications/{command}.desktop"
    assert shared["resources/icons/app.svg"].endswith(f"/scalable/apps/{command}.svg")
    for key in ("Name", "Comment", "GenericName"):
        assert entry[key] and entry[f"{key}[zh_CN]"] != entry[key]


def test_the_log_lies_in_a_folder_of_the_user(home: Path) -> None:
    assert crash_log.folder() == home / "logs"
