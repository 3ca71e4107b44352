"""One collection: every page that is due is asked, and its answer or failure is recorded."""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

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
from .exchange.transport import phrase
from .pages.endpoints import INFO

if TYPE_CHECKING:
    from .access import Access
    from .exchange.session import Session
    from .exchange.transport import Answer, Timing
    from .known.knowledge import Knowledge
    from .pages.typed import Endpoint

_LOGGER = logging.getLogger(__name__)

_MOST_SHARE: Final = 2 / 3
"""Share of the time of a collection that one page may take, with all its attempts."""

_REDIRECT: Final = 3
"""3xx: a redirect, which is never followed (section 17.18)."""
_REFUSALS: Final = 4
"""4xx: the gateway says that it has no such page."""
_DENIALS: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_PASSING: Final = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
"""Those of them that only mean that it is busy."""

type Failure = EnvoyConnectionError | EnvoyUnsupportedError
"""What ends a collection early."""


class Collector:
    """Asks the pages of one gateway, as they are due."""

    def __init__(self, known: Knowledge, access: Access, session: Session, timing: Timing) -> None:
        """Write into ``known`` what comes over ``access`` and ``session``."""
        self._known = known
        self._access = access
        self._session = session
        self._timing = timing
        self.trouble: EnvoyError | None = None
        """What went wrong last in the latest collection."""
        self._refused: EnvoyError | None = None
        self._asking: Endpoint[Any] | None = None

    async def collect(self, answered: set[str], *, after_first: bool) -> Failure | None:
        """Ask what is due, at another address if the gateway is gone from the one in use.

        The paths of pages that answer are added to ``answered``. ``after_first`` is false in the
        first collection, which leaves out slow pages. Returns what has ended the collection early,
        if anything has.
        """
        self._session.begin()
        self._known.begin()
        self.trouble = self._refused = None
        was_there = self._access.identified
        failure = await self._try(answered, after_first=after_first)
        if failure and was_there and not answered and await self._access.look_elsewhere():
            failure = await self._try(answered, after_first=after_first)
        self._known.end(answered)
        # A page that refuses is trouble only if nothing else answers, either.
        nothing_else = self._refused if self._known.is_starting else None
        trouble: EnvoyError | None = self.trouble
        self.trouble = failure or trouble or nothing_else
        return failure

    async def _try(self, answered: set[str], *, after_first: bool) -> Failure | None:
        try:
            if not self._access.identified:
                await self._access.identify(answered)
            async with asyncio.timeout(self._timing.collection_s):
                await self._ask_all(answered, after_first=after_first)
        except TimeoutError:
            _LOGGER.debug("The collection took more than %.0f sec", self._timing.collection_s)
            failure = EnvoyTimeoutError("The gateway needs more time than it is given")
            self._access.identified = bool(answered)
            if answered and self._asking is not None:
                self._miss(self._asking, failure)  # so that it is asked after the others
            return failure
        except (EnvoyConnectionError, EnvoyUnsupportedError) as err:
            _LOGGER.debug("The collection ended early: %s", err)
            self._access.identified = False
            return err
        return None

    async def _ask_all(self, answered: set[str], *, after_first: bool) -> None:
        """Ask page after page; an answer may show that other ones are needed.

        What the answers show is detected at once where a page is new or fails, and otherwise when
        all that are due have answered: that takes as long as a request.
        """
        asked = set(answered)
        while (profile := self._known.profile) and (
            due := self._known.due(profile, asked, after_first=after_first)
        ):
            for endpoint in due:
                asked.add(endpoint.path)
                expected = self._known.record(endpoint).is_current
                await self._try_page(endpoint, answered)
                if not (expected and endpoint.path in answered):
                    break
            self._known.detect()

    async def _try_page(self, endpoint: Endpoint[Any], answered: set[str]) -> None:
        """Ask for a page; a failure of this page alone is recorded with it."""
        self._asking = endpoint
        try:
            # With another address at hand, nobody waits for a second attempt at this one.
            hurry = self._access.has_other_hosts and not answered
            await self._ask(endpoint, self._timing.page_s if hurry else None, answered)
        except EnvoyConnectionError as err:
            await self._fail(endpoint, err, alive=bool(answered))
        except (EnvoyResponseError, EnvoyUnsupportedError) as err:
            self._miss(endpoint, err)

    async def _ask(
        self, endpoint: Endpoint[Any], timeout_s: float | None, answered: set[str]
    ) -> None:
        """Ask for a page; its path is added to ``answered`` when it answers."""
        if endpoint is INFO:
            await self._access.ask_info(timeout_s)
            answered.add(INFO.path)
            return
        record = self._known.record(endpoint)
        answer = await self._get(endpoint, timeout_s)
        record.note(answer)
        try:
            if answer.status // 100 == _REDIRECT:
                await self._judge_redirect(endpoint, answer, answered)
            page = record.same_page(answer) or read_page(endpoint, answer)
        except (EnvoyAbsentError, EnvoyDeniedError) as err:
            if self._known.refuse(endpoint, str(err)):
                self._refused = self._refused or err
                return
            raise  # it was there before, so it will be there again
        if record.is_blank(page, now=self._known.now):
            raise EnvoyResponseError("The page is empty, which it was not before")
        self._known.accept(endpoint, page, answer.body)
        answered.add(endpoint.path)

    async def _get(self, endpoint: Endpoint[Any], timeout_s: float | None) -> Answer:
        longest_s = max(self._timing.page_s, self._timing.collection_s * _MOST_SHARE)
        try:
            async with asyncio.timeout(longest_s):
                return await self._session.get(endpoint.path, timeout_s=timeout_s)
        except TimeoutError:
            raise EnvoyTimeoutError("The page takes the time of all others") from None

    async def _judge_redirect(
        self, endpoint: Endpoint[Any], answer: Answer, answered: set[str]
    ) -> None:
        """Raise EnvoyAbsentError if a redirect stands for a page that does not exist.

        Old gateways send people to another page then. For a page that has answered before, it means
        that the gateway wants to be talked to in another way, which ``/info`` shows.
        """
        record = self._known.record(endpoint)
        if record.has_answered and not record.outdated:
            self._access.identified = False
            return
        if INFO.path not in answered:
            self._access.identified = False
            await self._access.ask_info()
            self._access.identified = True
            answered.add(INFO.path)
        raise EnvoyAbsentError(f"The page answers {phrase(answer.status)}", status=answer.status)

    async def _fail(
        self, endpoint: Endpoint[Any], err: EnvoyConnectionError, *, alive: bool
    ) -> None:
        """Record a failure of the page if the gateway is still there; otherwise raise."""
        if err.problem is Problem.TOKEN_REFUSED or isinstance(err, EnlightenUnavailableError):
            raise err  # without a token no other page will answer, either
        # Where it cannot be asked, the page after this one shows whether the gateway is gone.
        askable = endpoint is not INFO and not self._known.record(INFO).failures
        if askable and (not alive or not isinstance(err, EnvoyTimeoutError)):
            await self._access.ask_info()
        self._miss(endpoint, err)

    def _miss(self, endpoint: Endpoint[Any], err: EnvoyError) -> None:
        self.trouble = err
        self._known.miss(endpoint, err)
        if self._known.record(endpoint).failures == 1:
            _LOGGER.debug("%s failed: %s", endpoint.path, err)


def read_page[PageT](endpoint: Endpoint[PageT], answer: Answer) -> PageT:
    """Return the page that an answer brings.

    Raises EnvoyDeniedError when it is not for us, EnvoyAbsentError when there is none, and
    EnvoyResponseError when the answer is something else (gateway-api.md, section 3.3).
    """
    status = answer.status
    message = f"The page answers {phrase(status)}"
    if status in _DENIALS:
        raise EnvoyDeniedError(message, status=status)
    if status // 100 == _REFUSALS and status not in _PASSING:
        raise EnvoyAbsentError(message, status=status)
    if status != HTTPStatus.OK:
        raise EnvoyResponseError(message, status=status)
    return endpoint.parse(answer.body)
