"""Processes that end with us."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
"""The repository."""


class TroubleError(Exception):
    """Something did not go as it should; the text is one line for the person who started us."""


async def until[T](
    ask: Callable[[], Awaitable[T | None]], what: str, seconds: float, pause: float = 0.2
) -> T:
    """Ask again and again until there is an answer; TroubleError when that takes too long."""
    end = time.monotonic() + seconds
    while True:
        answer = await ask()
        if answer is not None:
            return answer
        if time.monotonic() > end:
            raise TroubleError(f"{what} took longer than {seconds:.0f} seconds")
        await asyncio.sleep(pause)


class Process:
    """A command on a leash, with its output in a file."""

    def __init__(self, name: str, command: list[str], log: Path, env: Mapping[str, str]) -> None:
        """Prepare to run ``command`` with ``env`` added to the environment."""
        self.name = name
        self.log = log
        self._command = command
        self._env = {**os.environ, **env}
        self._leash: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        """Start it."""
        with self.log.open("wb") as log:
            self._leash = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.e2e.leash", *self._command),
                cwd=ROOT,
                env=self._env,
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                # Ctrl-C in the terminal is for us: we stop our processes in their order.
                start_new_session=True,
            )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop it and wait for its end."""
        if self._leash and self._leash.stdin:
            self._leash.stdin.close()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                await self._leash.stdin.wait_closed()
            await self._leash.wait()

    def check(self) -> None:
        """Raise TroubleError if it has ended by itself."""
        if self._leash and self._leash.returncode is not None:
            raise TroubleError(f"{self.name} ended by itself; its last words are in {self.log}")
