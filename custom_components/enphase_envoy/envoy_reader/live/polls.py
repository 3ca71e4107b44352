"""Live polls: the few fast pages that powers come from, asked at a pace that the gateway bears.

The readings of the meters come first. Where no current transformer is on the batteries, live status
tells their power; while that page stands still or repeats itself, the batteries' own page does
(gateway-api.md, sections 10.2, 12.2 and 13). Slow pages are never among them.
"""

from __future__ import annotations

import logging
import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from ..errors import EnvoyError, EnvoyResponseError
from ..pages.endpoints import ENSEMBLE_POWER, LIVE_STATUS, READINGS
from ..profile import MeterKind
from .frozen import Sameness
from .pace import Pace
from .stand_in import readings_with
from .stream import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from ..exchange.session import Session
    from ..exchange.transport import Answer
    from ..known.knowledge import Knowledge
    from ..pages.typed import Endpoint
    from ..parsers.live_status import LiveStatus
    from ..parsers.readings import MeterReading
    from ..profile import GatewayProfile

_LOGGER = logging.getLogger(__name__)

_STREAM: Final = "/ivp/livedata/stream"
_LONGEST_S: Final = 10.0
"""Seconds for one page; a gateway that needs longer is busy with something else."""
_OFTEN_ENOUGH_S: Final = 60.0
"""Between two requests to switch the stream on (section 13.2)."""
_STANDS_STILL_S: Final = 2.0
"""A page that is renewed each second has another time after so long."""
_BESIDE_STREAM_S: Final = 15.0
"""Between two polls while a stream brings the powers."""
_MEMORY_S: Final = 60.0
"""Time constant with which requests that are not ours are averaged."""


class LivePolls:
    """Asks the live pages of one gateway, and puts them on record."""

    def __init__(self, session: Session, known: Knowledge) -> None:
        """Ask over ``session`` and write into ``known``; off until ``begin``."""
        self._session = session
        self._known = known
        self._pace: Pace | None = None
        self._wait_s = 0.0
        self._same: dict[str, Sameness] = {}
        self._polled_at = 0.0
        self._busy_s = 0.0
        self._asked_for_stream_at = -math.inf
        self._switched_on = False
        self._status: LiveStatus | None = None
        self._status_came_at = 0.0
        self.has_stream = False
        """Whether powers come from a stream, too."""
        known.doubted.add(LIVE_STATUS.path)

    @property
    def frozen(self) -> tuple[str, ...]:
        """Paths of pages whose figures are held while their time advances."""
        return tuple(path for path, same in self._same.items() if same.frozen)

    @property
    def wait_s(self) -> float:
        """Seconds to wait after a poll until the next one; with a stream, registers can wait."""
        return max(self._wait_s, _BESIDE_STREAM_S) if self.has_stream else self._wait_s

    def begin(self, wanted_s: float) -> None:
        """Poll every ``wanted_s`` seconds from now on, or as often as the gateway bears."""
        self._pace = Pace(wanted_s=wanted_s)
        self._wait_s = 0.0
        self._busy_s, self._polled_at = self._session.transport.busy_s, self._known.now

    async def end(self) -> None:
        """Leave the gateway as it was: a stream that we have switched on is switched off."""
        self._pace = None
        self._same.clear()
        self._status = None
        self._known.doubted.add(LIVE_STATUS.path)
        if self._switched_on:
            self._switched_on = False
            self._asked_for_stream_at = -math.inf
            await self._switch_stream(on=False)

    def has_source(self, profile: GatewayProfile) -> bool:
        """Return whether the gateway has a page that shows powers of now."""
        return next(iter(self._pages(profile)), None) is not None

    async def poll(self, profile: GatewayProfile) -> set[str]:
        """Ask the pages, and return the paths of those that have answered.

        What fails is not held against the page: the next collection finds out about it.
        """
        if self._pace is None:
            return set()
        transport = self._session.transport
        self._note_others()
        before_s = transport.busy_s
        answered: set[str] = set()
        failed = False
        try:
            for endpoint in self._pages(profile):
                await self._ask(endpoint, answered)
            await self._fall_back(profile, answered)
        except EnvoyError as err:
            failed = True
            self._known.doubted.add(LIVE_STATUS.path)
            _LOGGER.debug("A live poll failed: %s", err)
        took_s = transport.busy_s - before_s
        if self._pace is not None:  # it may have been switched off meanwhile
            self._pace = self._pace.failed(took_s) if failed else self._pace.after(took_s)
            self._wait_s = max(self._pace.period_s - took_s, took_s)
        self._busy_s = transport.busy_s
        return answered

    async def join(self, profile: GatewayProfile) -> set[str]:
        """Poll once more at the end of a collection, if live status tells the batteries' power.

        The collection does not ask that page, and its power would be of another moment than all
        else. Returns the paths of the pages that have answered.
        """
        return set() if LIVE_STATUS.path in self._known.doubted else await self.poll(profile)

    def describe(self) -> dict[str, Any]:
        """Return pace and reason for diagnostics, JSON-able."""
        if self._pace is None:
            return {"on": False}
        return {
            "on": True,
            "wanted_s": self._pace.wanted_s,
            "period_s": round(self._pace.period_s, 2),
            "reason": str(self._pace.reason),
            "poll_takes_s": round(self._pace.duration_s, 3),
            "others_pct": round(100 * self._pace.others, 1),
            "failures": self._pace.failures,
            "frozen": list(self.frozen),
            "stream_switched_on": self._switched_on,
            "meter_stream": self.has_stream,
        }

    def _pages(self, profile: GatewayProfile) -> tuple[Endpoint[Any], ...]:
        """Return the pages of a poll, the best first; the last resort for batteries not counted."""
        pages = self._known.pages()
        found: list[Endpoint[Any]] = []
        if profile.meters and not pages.lacks(READINGS):
            found.append(READINGS)
        unmetered = _has_unmetered_batteries(profile)
        # Without any current transformer its powers are zero (section 13.1).
        says_all = profile.uses_tokens and profile.meters and not pages.lacks(LIVE_STATUS)
        if says_all and (unmetered or READINGS.path in self.frozen):
            found.append(LIVE_STATUS)
        elif unmetered and not pages.lacks(ENSEMBLE_POWER):
            found.append(ENSEMBLE_POWER)
        return tuple(found)

    async def _fall_back(self, profile: GatewayProfile, answered: set[str]) -> None:
        """Let another page stand in for one that is frozen."""
        trusted = LIVE_STATUS.path in answered and LIVE_STATUS.path not in self._known.doubted
        asked = ENSEMBLE_POWER.path in answered or self._known.pages().lacks(ENSEMBLE_POWER)
        if _has_unmetered_batteries(profile) and not (trusted or asked):
            await self._ask(ENSEMBLE_POWER, answered)
        page, frozen = self._known.pages().get(READINGS), READINGS.path in self.frozen
        if frozen and trusted and page is not None and self._status is not None:
            patched = readings_with(page, profile, self._status)
            self._known.accept(READINGS, patched, self._known.record(READINGS).body)

    async def _ask(self, endpoint: Endpoint[Any], answered: set[str]) -> None:
        """Ask for a page and put it on record; raises EnvoyError when it does not answer."""
        answer = await self._session.get(endpoint.path, timeout_s=_LONGEST_S)
        record = self._known.record(endpoint)
        record.note(answer)
        if answer.status != HTTPStatus.OK:
            self._judge(endpoint, answer)
            return
        page = endpoint.parse(answer.body)
        if record.is_blank(page, now=self._known.now):
            return
        self._known.accept(endpoint, page, answer.body)
        answered.add(endpoint.path)
        if endpoint is LIVE_STATUS:
            await self._note_status(page)
        elif endpoint is READINGS:
            self._compare(endpoint, *_figures_of_readings(page), moves=_moves(page))

    def _judge(self, endpoint: Endpoint[Any], answer: Answer) -> None:
        """Do without live status where it is refused; any other page is there, or was."""
        message = f"The page answers {answer.status}"
        if endpoint is not LIVE_STATUS or answer.status not in REFUSALS:
            raise EnvoyResponseError(message, status=answer.status)
        self._known.doubted.add(LIVE_STATUS.path)
        self._known.refuse(LIVE_STATUS, message)

    async def _note_status(self, page: LiveStatus) -> None:
        """See whether the page is of now, and ask the gateway to renew it where it does not."""
        now = self._known.now
        first = self._status is None
        renewed = self._status is None or page.updated_at != self._status.updated_at
        if renewed:
            self._status, self._status_came_at = page, now
        figures = (page.production, page.grid, page.storage, page.load)
        powers = [it.total_w for it in figures]
        empty = not any(powers)
        self._compare(LIVE_STATUS, figures, page.updated_at or now, moves=not empty)
        stands_still = not renewed and now - self._status_came_at >= _STANDS_STILL_S
        doubted = self._known.doubted
        if stands_still or empty or LIVE_STATUS.path in self.frozen:
            doubted.add(LIVE_STATUS.path)
        elif renewed and not (first and page.streaming is False):
            doubted.discard(LIVE_STATUS.path)
        if stands_still and page.streaming is False:
            await self._switch_stream(on=True)

    def _compare(
        self, endpoint: Endpoint[Any], figures: Hashable, at: float, *, moves: bool
    ) -> None:
        """Compare figures with those of the polls before; ``moves``: a power is not zero."""
        before = self._same.get(endpoint.path, Sameness())
        after = before.after(figures, at, quiet=not moves)
        self._same[endpoint.path] = after
        if after.frozen and not before.frozen:
            _LOGGER.debug("%s repeats its figures while its time advances", endpoint.path)

    async def _switch_stream(self, *, on: bool) -> None:
        now = self._known.now
        if on and 0 <= now - self._asked_for_stream_at < _OFTEN_ENOUGH_S:
            return
        self._asked_for_stream_at = now
        body = b'{"enable": 1}' if on else b'{"enable": 0}'
        try:
            answer = await self._session.send("POST", _STREAM, body, timeout_s=_LONGEST_S)
        except EnvoyError as err:
            _LOGGER.debug("The stream cannot be switched: %s", err)
            return
        self._switched_on = on and answer.status == HTTPStatus.OK

    def _note_others(self) -> None:
        """Average the share of the time that collections and commands take beside the polls."""
        now, busy_s = self._known.now, self._session.transport.busy_s
        passed_s = now - self._polled_at
        self._polled_at = now
        if self._pace is None or passed_s <= 0:
            return
        share = min(1.0, (busy_s - self._busy_s) / passed_s)
        self._pace = self._pace.beside(share, 1 - math.exp(-passed_s / _MEMORY_S))


def _has_unmetered_batteries(profile: GatewayProfile) -> bool:
    """Say whether no current transformer tells the power of the batteries."""
    return profile.has_batteries and profile.meter(MeterKind.STORAGE) is None


def _figures_of_readings(page: Mapping[int, MeterReading]) -> tuple[Hashable, float]:
    """Return the powers and registers of all meters, and the time of the latest."""
    figures = tuple(
        (eid, it.total.power_w, it.total.delivered_wh, it.total.received_wh)
        for eid, it in page.items()
    )
    return figures, max((it.measured_at or 0.0 for it in page.values()), default=0.0)


def _moves(page: Mapping[int, MeterReading]) -> bool:
    """Return whether any power is other than zero; a site without sun and load may rest."""
    return any(it.total.power_w for it in page.values())
