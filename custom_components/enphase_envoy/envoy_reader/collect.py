"""One collection: every page that is due is asked, and its answer or failure put on record."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from .endpoints import INFO
from .errors import (
    EnlightenUnavailableError,
    EnvoyAbsentError,
    EnvoyConnectionError,
    EnvoyDeniedError,
    EnvoyError,
    EnvoyResponseError,
    EnvoyTimeoutError,
    EnvoyUnsupportedError,
    Problem,
)
from .parsers.info import Info

if TYPE_CHECKING:
    from .contact import Contact
    from .knowledge import Knowledge
    from .pages import Endpoint
    from .session import Session
    from .transport import Timing

_LOGGER = logging.getLogger(__name__)

_MOST_SHARE: Final = 2 / 3
"""Of the time of a collection one page may take so much, with all its attempts."""

type Failure = EnvoyConnectionError | EnvoyUnsupportedError
"""What ends a collection early."""


class Collector:
    """Asks the pages of one gateway, as they are due."""

    def __init__(
        self, known: Knowledge, contact: Contact, session: Session, timing: Timing
    ) -> None:
        """Write into ``known`` what comes over ``contact`` and ``session``."""
        self._known = known
        self._contact = contact
        self._session = session
        self._timing = timing
        self.trouble: EnvoyError | None = None
        """What went wrong last in the latest collection."""
        self._asking: Endpoint[Any] | None = None

    async def collect(self, fresh: set[str], *, late: bool) -> Failure | None:
        """Ask what is due, at another address if the gateway is gone from the one in use.

        The paths of pages that have answered are added to ``fresh``; ``late`` says whether it is
        the time of pages that are left to a later collection than the first. Returns what has ended
        the collection early, if anything has.
        """
        self._session.begin()
        self.trouble = None
        was_there = self._contact.identified
        failure = await self._try(fresh, late=late)
        if failure and was_there and not fresh and await self._contact.look_elsewhere():
            failure = await self._try(fresh, late=late)
        self.trouble = failure or self.trouble
        return failure

    async def _try(self, fresh: set[str], *, late: bool) -> Failure | None:
        try:
            if not self._contact.identified:
                await self._contact.identify(fresh)
            async with asyncio.timeout(self._timing.collection_s):
                await self._ask_all(fresh, late=late)
        except TimeoutError:
            _LOGGER.debug("The collection took more than %.0f sec", self._timing.collection_s)
            failure = EnvoyTimeoutError("The gateway needs more time than it is given")
            self._contact.identified = bool(fresh)
            if fresh and self._asking is not None:
                self._miss(self._asking, failure)  # so that it is asked after the others
            return failure
        except (EnvoyConnectionError, EnvoyUnsupportedError) as err:
            _LOGGER.debug("The collection ended early: %s", err)
            self._contact.identified = False
            return err
        return None

    async def _ask_all(self, fresh: set[str], *, late: bool) -> None:
        """Ask page after page; each answer may show that another one is needed."""
        asked = set(fresh)
        while (profile := self._known.profile) and (
            endpoint := self._known.next_due(profile, asked, late=late)
        ):
            asked.add(endpoint.path)
            self._asking = endpoint
            try:
                # With another address at hand, nobody waits for a second attempt at this one.
                hurry = self._contact.has_other_hosts and not fresh
                await self._fetch(endpoint, self._timing.page_s if hurry else None)
            except EnvoyConnectionError as err:
                await self._fail(endpoint, err, alive=bool(fresh))
            except (EnvoyResponseError, EnvoyUnsupportedError) as err:
                self._miss(endpoint, err)
            else:
                if not self._known.record(endpoint).lacking:
                    fresh.add(endpoint.path)
            self._known.detect()

    async def _fetch(self, endpoint: Endpoint[Any], timeout_s: float | None) -> None:
        record = self._known.record(endpoint)
        longest_s = max(self._timing.page_s, self._timing.collection_s * _MOST_SHARE)
        try:
            async with asyncio.timeout(longest_s):
                answer = await self._session.get(endpoint.path, timeout_s=timeout_s)
        except TimeoutError:
            raise EnvoyTimeoutError("The page takes the time of all others") from None
        record.note(answer)
        try:
            page = self._contact.read_page(endpoint, answer)
        except (EnvoyAbsentError, EnvoyDeniedError) as err:
            if record.has_answered:
                raise  # it was there before, so it will be there again
            self._known.lack(endpoint, str(err))
            return
        if record.is_blank(page):
            raise EnvoyResponseError("The page is empty, which it was not before")
        if isinstance(page, Info):
            self._contact.accept_info(page)
        self._known.accept(endpoint, page, answer.body)

    async def _fail(
        self, endpoint: Endpoint[Any], err: EnvoyConnectionError, *, alive: bool
    ) -> None:
        """Put a failure to the page's account, if the gateway is still there; else raise."""
        if err.problem is Problem.TOKEN_REFUSED or isinstance(err, EnlightenUnavailableError):
            raise err  # without a token no other page will do better
        # Where it cannot be asked, the page after this one shows whether the gateway is gone.
        askable = endpoint is not INFO and not self._known.record(INFO).failures
        if askable and (not alive or not isinstance(err, EnvoyTimeoutError)):
            await self._contact.check()
        self._miss(endpoint, err)

    def _miss(self, endpoint: Endpoint[Any], err: EnvoyError) -> None:
        self.trouble = err
        self._known.miss(endpoint, err)
        if self._known.record(endpoint).failures == 1:
            _LOGGER.debug("%s failed: %s", endpoint.path, err)
