"""Where the files that come with the program lie.

A newcomer would get this wrong: in a checkout `resources/` lies beside the package, in an installed wheel inside it.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def resource(name: str) -> Path:
    """Path of a file or folder of `resources/`, such as "prices.toml" or "themes". FileNotFoundError if absent."""
    for place in (_PACKAGE, _PACKAGE.parent):
        path = place / "resources" / name
        if path.exists():
            return path
    raise FileNotFoundError(f"{name} is missing from the program's resources: install it again")
