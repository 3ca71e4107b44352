"""Measures how long the card takes to show the new figures of 300 inverters.

Run it by ``python -m tests.e2e.card_bench``; it exits with 1 if an update takes longer than a frame.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Final

from .card_page import CardPage, MadeUp, card_page

LIMIT_MS: Final = 16.0
"""A sixtieth of a second: what a browser has for a frame."""
_COUNT: Final = 300
_UPDATES: Final = 100
# From the new states until the frame is laid out; a forced layout stands for what follows it.
_MEASURE: Final = """async ([count, updates]) => {
  const element = document.querySelector("enphase-array-card");
  const ids = Object.keys(page.hass.states).filter((id) => id.endsWith("_power"));
  let sum = 0;
  for (let round = 0; round < updates; round += 1) {
    const states = { ...page.hass.states };
    ids.forEach((id, index) => {
      states[id] = { ...states[id], state: String((round * 37 + index * 13) % 350) };
    });
    const hass = { ...page.hass, states };
    const begun = performance.now();
    element.hass = hass;
    const handed = performance.now();
    const drawn = await new Promise((done) => requestAnimationFrame((begin) => {
      element.offsetHeight;
      done(performance.now() - begin);
    }));
    sum += handed - begun + drawn;
  }
  return sum / updates;
}"""


async def mean_update_ms(card: CardPage) -> float:
    """Return the mean time of an update in which each of 300 tiles changes, in milliseconds."""
    await card.show(MadeUp(count=_COUNT, figures=("power", "energy", "yield", "reported")))
    return float(await card.page.evaluate(_MEASURE, [_COUNT, _UPDATES]))


async def _main() -> int:
    async with card_page(viewport={"width": 1400, "height": 1000}) as card:
        mean = await mean_update_ms(card)
    sys.stdout.write(f"An update of {_COUNT} tiles takes {mean:.2f} ms on average\n")
    return 0 if mean < LIMIT_MS else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
