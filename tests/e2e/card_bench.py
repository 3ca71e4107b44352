"""Measures how long the card takes to show the new figures of 300 inverters (scripts/bench --card).

It exits with 1 if that is longer than a frame. The figure is the best of several runs: what others
do on the machine can only make a run slower.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import Final

from playwright.async_api import CDPSession, ViewportSize

from .card_page import CardPage, MadeUp, card_page

_LIMIT_MS: Final = 16.0
"""A sixtieth of a second: what a browser has for a frame."""
_COUNT: Final = 300
_WARM_UP: Final = 20
_UPDATES: Final = 40
_RUNS: Final = 5
_PARTS: Final = ("ScriptDuration", "RecalcStyleDuration", "LayoutDuration")
# Each update waits for its frame to be laid out; states are made before, as Home Assistant does.
_UPDATE: Final = """async (updates) => {
  const element = document.querySelector("enphase-array-card");
  const ids = Object.keys(page.hass.states).filter((id) => id.endsWith("_power"));
  for (let round = 0; round < updates; round += 1) {
    const states = { ...page.hass.states };
    ids.forEach((id, index) => {
      states[id] = { ...states[id], state: String((round * 37 + index * 13) % 350) };
    });
    element.hass = { ...page.hass, states };
    await new Promise((done) => requestAnimationFrame(() => {
      element.getBoundingClientRect();
      done();
    }));
  }
}"""


class Stopwatch:
    """Lets each of 300 tiles change, again and again, and asks the browser what that took."""

    def __init__(self, card: CardPage, session: CDPSession) -> None:
        """Go by this card and by this connection to its browser."""
        self._card = card
        self._session = session

    @classmethod
    async def at(cls, card: CardPage) -> Stopwatch:
        """Show the tiles, and let the browser get used to them."""
        await card.show(MadeUp(count=_COUNT, figures=("power", "energy", "yield", "reported")))
        session = await card.page.context.new_cdp_session(card.page)
        # What the main thread works: the time in which others have the processor does not count.
        await session.send("Performance.enable", {"timeDomain": "threadTicks"})
        await card.page.evaluate(_UPDATE, _WARM_UP)
        return cls(card, session)

    async def update(self, updates: int) -> Mapping[str, float]:
        """Let all tiles change this often; return what that added to the browser's figures."""
        before = await self._figures()
        await self._card.page.evaluate(_UPDATE, updates)
        return {name: value - before[name] for name, value in (await self._figures()).items()}

    async def _figures(self) -> Mapping[str, float]:
        answer = await self._session.send("Performance.getMetrics")
        return {row["name"]: row["value"] for row in answer["metrics"]}


async def _best_update_ms() -> float:
    """Return the mean of a run's updates, in the best of several runs."""
    async with card_page(stopped=False, viewport=ViewportSize(width=1400, height=1000)) as card:
        stopwatch = await Stopwatch.at(card)
        runs = [await stopwatch.update(_UPDATES) for _ in range(_RUNS)]
    return min(1000 * sum(run[part] for part in _PARTS) / _UPDATES for run in runs)


async def _main() -> int:
    best = await _best_update_ms()
    sys.stdout.write(
        f"An update of {_COUNT} tiles takes {best:.2f} ms, in the best of {_RUNS} runs\n"
    )
    return 0 if best < _LIMIT_MS else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
