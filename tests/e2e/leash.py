"""Run a command for as long as the one who started it lives: ``-m tests.e2e.leash COMMAND...``.

The command is told to stop when standard input closes. That happens by itself when the starter
ends, even if it is killed, so no Home Assistant is left behind on a port.
"""

from __future__ import annotations

import subprocess
import sys
import threading

PATIENCE_S = 30
"""Home Assistant writes its files when it stops; that takes seconds."""


def stop_at_end_of_input(child: subprocess.Popen[bytes]) -> None:
    """Wait until nobody holds the other end of standard input, then end the command."""
    sys.stdin.buffer.read()
    child.terminate()
    try:
        child.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        child.kill()


def main() -> int:
    """Run the command and return its exit code."""
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)  # noqa: S603  our own words
    threading.Thread(target=stop_at_end_of_input, args=(child,), daemon=True).start()
    return child.wait()


if __name__ == "__main__":
    sys.exit(main())
