"""How hard the properties try: once while one works; set TIPMAO_EFFORT=50 for a night of it."""

from __future__ import annotations

import os

EFFORT = int(os.environ.get("TIPMAO_EFFORT", "1"))
