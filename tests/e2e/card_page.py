"""A page with nothing on it but the card, or its editor, and a Home Assistant that is made up.

For what would take long in a real one: hundreds of inverters, a day of history, a click for each
case. The story of ``test_card_story`` is told in a real one.
"""

from __future__ import annotations

import contextlib
import mimetypes
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from playwright.async_api import Locator, Page, Route, async_playwright

from .browser import find_browser
from .process import ROOT

FRONTEND: Final = ROOT / "custom_components" / "enphase_envoy" / "frontend"
TYPE: Final = "enphase-array-card"
NOW: Final = datetime(2026, 6, 17, 12, 30, tzinfo=UTC)
"""What the clock of the page shows."""
_SITE: Final = "http://card.test"
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><style>
:root {
  --primary-color: #009ac7; --error-color: #db4437; --card-background-color: #ffffff;
  --primary-text-color: #141414; --secondary-text-color: #5e5e5e; --divider-color: #e0e0e0;
  --page: #f5f5f5;
}
:root.dark {
  --card-background-color: #1c1c1c; --primary-text-color: #e1e1e1; --page: #111111;
  --secondary-text-color: #9b9b9b; --divider-color: #303030;
}
body { margin: 16px; background: var(--page); font: 14px Roboto, "Noto Sans", sans-serif; }
ha-card { border-radius: 12px; background: var(--card-background-color); }
</style></head><body><home-assistant></home-assistant>
<script type="module">
import "/enphase-array-card.js";
let element, events = [], asked = [], days = {};
const home = document.querySelector("home-assistant");
const page = window.page = {
  events, asked,
  hass: null,
  take(hass) {
    // As Home Assistant does: what has not changed stays the same object.
    for (const part of ["devices", "entities"]) {
      if (JSON.stringify(page.hass?.[part]) === JSON.stringify(hass[part])) {
        hass[part] = page.hass[part];
      }
    }
    page.hass = { ...hass, callWS };
    home.hass = page.hass;
    if (element) element.hass = page.hass;
  },
  history(rows) { days = rows; },
  async card(config) { await put("enphase-array-card", config); },
  async editor(config) { await put("enphase-array-card-editor", config); },
  config() { return events.filter((it) => it.type === "config-changed").at(-1)?.detail.config; },
};
async function put(tag, config) {
  const made = document.createElement(tag);
  made.setConfig(config);
  made.hass = page.hass;
  element?.remove();
  element = made;
  home.after(element);
}
async function callWS(message) {
  asked.push(message);
  const from = Date.parse(message.start_time) / 1000;
  const until = Date.parse(message.end_time) / 1000;
  const found = {};
  for (const id of message.entity_ids) {
    const rows = (days[id] ?? []).filter((row) => row.lu >= from && row.lu < until);
    if (rows.length) found[id] = rows;
  }
  return found;
}
for (const type of ["config-changed", "hass-more-info"]) {
  window.addEventListener(type, (event) => events.push({ type, detail: event.detail }));
}
window.addEventListener("location-changed", () => {
  events.push({ type: "path", detail: location.pathname });
});
window.ready = true;
</script></body></html>
"""


@dataclass
class MadeUp:
    """A Home Assistant as the card sees it: states, registries, and how the user reads."""

    count: int = 12
    gateways: int = 1
    figures: Sequence[str] = ("power",)
    """Of "power", "energy", "yield", "reported"."""
    language: str = "en"
    components: Sequence[str] = ("history",)
    watched: bool = True
    """Whether the gateways tell which inverters are in trouble."""
    states: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Let each inverter show something else."""
        for index, serial in enumerate(self.serials):
            for figure in self.figures:
                self.say(serial, figure, _FIGURES[figure].first(index))
        for number in range(self.gateways) if self.watched else ():
            self.states[f"sensor.trouble_{number}"] = _state("0", inverters=[], yields={})

    @property
    def serials(self) -> list[str]:
        """The serial numbers of the inverters."""
        return [f"4820000{index:05}" for index in range(1, self.count + 1)]

    def say(self, serial: str, figure: str, state: object) -> None:
        """Let an entity of an inverter have a state."""
        unit = _FIGURES[figure].unit
        self.states[f"sensor.{serial}_{figure}"] = _state(str(state), unit_of_measurement=unit)

    def trouble(self, *serials: str) -> None:
        """Let the first gateway say that these inverters are in trouble."""
        self.states["sensor.trouble_0"] = _state(
            str(len(serials)),
            inverters=[{"serial": serial, "why": "silent", "yield": 0} for serial in serials],
            yields=self.states["sensor.trouble_0"]["attributes"]["yields"],
        )

    def learn(self, **yields: int) -> None:
        """Let the first gateway know how these inverters do compared to usual, in percent."""
        attributes = {"inverters": [], "yields": yields}
        self.states["sensor.trouble_0"] = _state("0", **attributes)

    def content(self) -> dict[str, Any]:
        """Return what becomes the ``hass`` object of the page."""
        devices, entities = {}, {}
        for number in range(self.gateways):
            gateway = f"gateway_{number}"
            devices[gateway] = _device(gateway, f"12200000000{number}", "IQ Gateway metered", None)
            if self.watched:
                entities[f"sensor.trouble_{number}"] = _entity(
                    f"sensor.trouble_{number}", gateway, "inverters_in_trouble"
                )
        for index, serial in enumerate(self.serials):
            above = f"gateway_{index * self.gateways // self.count}"
            devices[f"d{serial}"] = _device(f"d{serial}", serial, "Inverter", above)
            for figure in self.figures:
                ident = f"sensor.{serial}_{figure}"
                entities[ident] = _entity(ident, f"d{serial}", _FIGURES[figure].key)
        return {
            "states": {key: {"entity_id": key, **state} for key, state in self.states.items()},
            "devices": devices,
            "entities": entities,
            "language": self.language,
            "locale": {
                "language": self.language,
                "number_format": "language",
                "time_format": "24",
                "time_zone": "server",
            },
            "config": {"components": list(self.components), "time_zone": "Europe/Amsterdam"},
        }


@dataclass(frozen=True)
class _Figure:
    key: str | None
    unit: str | None
    start: int
    step: int

    def first(self, index: int) -> object:
        if self.unit is None:
            return (NOW - timedelta(minutes=2)).isoformat()
        return self.start + index * self.step


_FIGURES: Final = {
    "power": _Figure(None, "W", 180, 10),
    "energy": _Figure("inverter_todays_energy_production", "Wh", 800, 25),
    "yield": _Figure("yield_vs_usual", "%", 92, 1),
    "reported": _Figure("last_reported", None, 0, 0),
}


def _state(state: str, **attributes: object) -> dict[str, Any]:
    return {"state": state, "attributes": attributes, "last_updated": NOW.isoformat()}


def _device(ident: str, serial: str, model: str, above: str | None) -> dict[str, Any]:
    return {
        "id": ident,
        "identifiers": [["enphase_envoy", serial]],
        "serial_number": serial,
        "model": model,
        "name": f"Envoy {serial}" if above is None else f"Envoy 122 Inverter {serial}",
        "name_by_user": None,
        "via_device_id": above,
        "disabled_by": None,
    }


def _entity(ident: str, device: str, key: str | None) -> dict[str, Any]:
    return {
        "entity_id": ident,
        "device_id": device,
        "platform": "enphase_envoy",
        **({"translation_key": key} if key else {}),
    }


def day_of(serials: Sequence[str], begin: datetime) -> dict[str, list[dict[str, Any]]]:
    """Return a history in which the n-th inverter makes n watts more each hour, from 6 to 20."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for index, serial in enumerate(serials):
        rows[f"sensor.{serial}_power"] = [
            {
                "s": str((index + 1) * (hour - 5) if 6 <= hour < 20 else 0),
                "lu": (begin + timedelta(hours=hour)).timestamp(),
            }
            for hour in range(24)
        ]
    return rows


@dataclass
class CardPage:
    """The page in a browser, and what can be seen on it."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    """What the browser's console says, and what nobody has caught."""

    async def take(self, home: MadeUp) -> None:
        """Let this be the present state of Home Assistant."""
        await self.page.evaluate("content => page.take(content)", home.content())
        await self.settle()

    async def show(self, home: MadeUp, **config: object) -> None:
        """Put the card on the page."""
        await self.take(home)
        await self.page.evaluate(
            "config => page.card(config)", {"type": f"custom:{TYPE}", **config}
        )
        await self.settle()

    async def edit(self, home: MadeUp, **config: object) -> None:
        """Put the editor on the page."""
        await self.take(home)
        await self.page.evaluate(
            "config => page.editor(config)", {"type": f"custom:{TYPE}", **config}
        )
        await self.settle()

    async def settle(self) -> None:
        """Wait until what is planned for the next frames is drawn."""
        await self.page.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def tile(self, serial: str) -> Locator:
        """Return the tile of an inverter."""
        return self.page.locator(f".tile[data-serial='{serial}']")

    async def colour(self, serial: str) -> tuple[int, ...]:
        """Return the colour of a tile as red, green and blue."""
        shown = await self.tile(serial).locator(".fill").evaluate("it => it.style.backgroundColor")
        return tuple(int(part) for part in shown[4:-1].split(","))

    async def events(self, kind: str) -> list[Any]:
        """Return the details of the events of a kind that have left the card."""
        found: list[Any] = await self.page.evaluate(
            "kind => page.events.filter(it => it.type === kind).map(it => it.detail)", kind
        )
        return found

    async def rows(self) -> list[list[str]]:
        """Return the rows of each array in the configuration that the editor has sent last."""
        config = await self.page.evaluate("() => page.config()")
        return [array["rows"] for array in config["arrays"]]


@contextlib.asynccontextmanager
async def card_page(*, stopped: bool = True, **context: Any) -> AsyncGenerator[CardPage]:  # noqa: ANN401 -- as playwright
    """Open the page; arguments go to the browser's context. Its clock stands at ``NOW`` or runs."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=find_browser())
        opened = await chromium.new_context(timezone_id="Europe/Amsterdam", **context)
        await opened.route("**/*", _serve)
        page = await opened.new_page()
        found = CardPage(page)
        page.on("console", lambda it: found.complaints.append(f"{it.type}: {it.text}"))
        page.on("pageerror", lambda error: found.complaints.append(str(error)))
        if stopped:
            await page.clock.set_fixed_time(NOW)
        await page.goto(f"{_SITE}/")
        await page.wait_for_function("() => window.ready")
        yield found
        await chromium.close()


async def _serve(route: Route) -> None:
    name = route.request.url.removeprefix(f"{_SITE}/")
    path = FRONTEND / name
    if not name:
        await route.fulfill(body=_PAGE, content_type="text/html")
    elif path.is_file():
        kind = mimetypes.guess_type(path.name)[0]
        await route.fulfill(body=path.read_bytes(), content_type=kind)
    else:
        await route.fulfill(status=204 if name == "favicon.ico" else 404)
