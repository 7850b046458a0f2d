"""The entry of the command ``planner``: hears Ctrl-C from the first moment on.

Loading the libraries takes a second or two. Nothing is under way then, so an interrupt ends at once;
from then on each command says what it means.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

INTERRUPTED = 130


def main() -> None:
    """Load the command line and run it."""
    before = signal.signal(signal.SIGINT, _leave)
    from planner.cli import app

    signal.signal(signal.SIGINT, before)
    try:
        app(prog_name="planner")
    except KeyboardInterrupt:
        _leave()


def _leave(*_: Any) -> None:
    """End without a traceback; an exception could be swallowed by whatever is being imported."""
    sys.stdout.flush()
    os.write(2, b"Interrupted.\n")
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
