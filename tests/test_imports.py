"""The direction of imports: what records mean knows no screen, the screen knows no store, a start knows no more than it
needs.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "tipmao_monitor"
HEAVY = ("PySide6", "pyqtgraph", "numpy", "duckdb", "_duckdb", "pydantic", "tomlkit", "psutil", "superqt", "qtawesome")
HEAVY += ("fastapi", "uvicorn", "prometheus_client")


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in PACKAGE.rglob("*.py")
    }


def imported(name: str, path: Path) -> Iterator[str]:
    """Dotted names that a module imports anywhere in it, also inside functions and under TYPE_CHECKING."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def offending(of: str, allowed: tuple[str, ...]) -> list[str]:
    """Imports of the package's own modules and of other libraries' that are not allowed, as "who: what"."""
    return [
        f"{name}: {what}"
        for name, path in modules().items()
        if within(name, of)
        for what in imported(name, path)
        if what.split(".")[0] not in sys.stdlib_module_names and not within(what, *allowed)
    ]


USED_BY_USAGE = ("tipmao_monitor.usage", "duckdb", "_duckdb", "msgspec", "numpy", "psutil", "tomlkit")
ENGINE = tuple(
    f"tipmao_monitor.usage.{name}" for name in ("database", "holdings", "intake", "queries", "reading", "store", "view")
)


def test_usage_knows_neither_qt_nor_the_screen_nor_who_feeds_it() -> None:
    assert offending("tipmao_monitor.usage", USED_BY_USAGE) == []


def test_the_window_knows_messages_and_settings_and_no_store() -> None:
    names = ("usage", "channels", "window", "settings", "__version__")
    allowed = tuple(f"tipmao_monitor.{name}" for name in names)
    assert offending("tipmao_monitor.window", (*allowed, "PySide6", "pyqtgraph", "psutil")) == []
    of_window = [path for name, path in modules().items() if within(name, "tipmao_monitor.window")]
    found = {what for path in of_window for what in imported("", path) if within(what, *ENGINE)}
    assert not found


def test_the_feed_is_a_plain_thread_without_qt() -> None:
    allowed = ("tipmao_monitor.usage", "tipmao_monitor.settings", "duckdb", "msgspec")
    assert offending("tipmao_monitor.feed", allowed) == []


@pytest.mark.parametrize("name", ["tipmao_monitor", "tipmao_monitor.settings", "tipmao_monitor.cli"])
def test_what_every_start_imports_is_light(name: str) -> None:
    code = f"import sys, {name}; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [loaded for loaded in ran.stdout.split() if within(loaded, *HEAVY)] == []


def test_the_walk_sees_every_module() -> None:
    assert {"tipmao_monitor", "tipmao_monitor.cli", "tipmao_monitor.usage.records"} <= set(modules())
    assert "tipmao_monitor.usage.snapshot.Stats" in set(imported("cli", PACKAGE / "cli.py"))
