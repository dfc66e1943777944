"""`python -m tipmao_monitor` is the command `tipmao-monitor`."""

from __future__ import annotations

import sys

from tipmao_monitor.cli import main

if __name__ == "__main__":
    sys.exit(main())
