"""`python -m tipmao_monitor` is the command `tipmao-monitor`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import NoReturn


def run() -> NoReturn:
    """The process of one command. What it holds is given back by its end: to take it apart first takes longer than to
    start the interpreter. A window is taken apart, Qt insists.
    """
    # While the command is only being imported, Ctrl+C has nothing to tidy up: it ends the process without a word.
    is_heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_heard:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from tipmao_monitor.cli import main

    if is_heard:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    code = main()
    if "PySide6" in sys.modules or threading.active_count() > 1:
        sys.exit(code)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    run()
