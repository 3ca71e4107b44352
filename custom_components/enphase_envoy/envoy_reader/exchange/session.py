"""Requests to one gateway with the right to make them: transport plus authorisation.

A 401 has many reasons: a page that is not for us, a gateway that has just started, a session that
has ended, a token that is no good. They are distinguished here, as gateway-api.md, 5.7 and 5.8
describe, so that the cloud is only asked when the token is at fault.
"""

import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from http import HTTPStatus
from typing import Final

import httpx

from ..errors import (
    EnlightenAuthenticationError,
    EnlightenUnavailableError,
    EnvoyAuthenticationError,
    EnvoyConnectionError,
    EnvoyError,
    Problem,
)
from ..memory import Memory, section
from .auth import Credentials, LoginLimiter, TokenAuth, local_logins
from .enlighten import SecondFactorError, fetch_token
from .tokens import Token, check_token, parse_token, renewal_due
from .transport import Answer, Transport, phrase

_LOGGER = logging.getLogger(__name__)

_REFUSALS_BELIEVED: Final = 2
"""Collections in a row in which the token is refused before it is believed to be no good."""
_RESTART_S: Final = 5 * 60
"""How long a token that has worked must be refused before the cloud is asked for another one,
however short the time between two collections: most restarts are over by then."""
_CONFIRMED: Final = b"Valid token"
"""What a gateway answers to a good token; the status alone proves nothing (section 5.5)."""
_CHECK_S: Final = 10
"""Seconds for the gateway to confirm a token before a command is sent again."""
_PATIENCE_S: Final = 20 * 60
"""How long a token that has worked must be refused before the user is asked for another one: a
gateway that restarts at night refuses everything for minutes (gateway-api.md, 3.5)."""


class Mode(StrEnum):
    """How a gateway wants to be talked to."""

    OPEN = "open"
    """Without any proof, as long as it is not known what it wants."""
    DIGEST = "digest"
    """With a local user, on pages that ask for one (firmware before 7)."""
    TOKEN = "token"  # noqa: S105 -- a name
    """With a token (firmware 7 and later)."""


class Session:
    """Reads pages of one gateway; keeps token, session cookie and local user."""

    def __init__(
        self,
        transport: Transport,
        credentials: Credentials,
        memory: Memory,
        cloud: httpx.AsyncClient,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Use ``transport`` for the gateway and ``cloud``, which verifies, for Enlighten.

        ``clock`` gives epoch seconds.
        """
        self.transport = transport
        self.mode = Mode.OPEN
        self.serial = ""
        self.token: Token | None = None
        self.local_login_refused = False
        """Whether every local user and password that we know of was refused."""
        self.cloud_problem: EnvoyError | None = None
        """Why the last attempt to get a token failed; ``None`` when it worked."""
        self.asks_code = credentials.asks_code
        """Whether the account asks for a code: then the cloud is never asked without a person."""
        self.attended = False
        """Whether a person is there, to whom a sign-in that waits for a code is left."""
        self.limiter = LoginLimiter(memory)
        self._credentials = credentials
        self._memory = memory
        self._cloud = cloud
        self._clock = clock
        self._session_id: str | None = None
        self._login: tuple[str, str] | None = None
        self._digest: httpx.DigestAuth | None = None
        self._denied: set[str] = set()
        self._searched = False
        self._checked = False
        self._trouble: EnvoyError | None = None
        self._refusals = 0
        self._refused_since = 0.0
        transport.redactor.hide(credentials.password)

    @property
    def renews(self) -> bool:
        """Whether the cloud may be asked for another token, with nobody there."""
        return self._credentials.use_enlighten and not self.asks_code

    def use(self, mode: Mode, serial: str) -> None:
        """Say how the gateway wants to be talked to, and which one it is (from its ``/info``)."""
        self.mode = mode
        self.serial = serial

    def begin(self) -> None:
        """Start a collection: what may be done once in each may be done again."""
        if self._trouble is None:
            self._refusals = 0
        self._trouble = None
        self._checked = False
        self._searched = False

    async def get(self, path: str, *, timeout_s: float | None = None) -> Answer:
        """Return the gateway's answer; 401 and 403 then mean that this page is not for us.

        Raises what ``Transport.get`` raises, EnvoyConnectionError (``TOKEN_REFUSED``) while it is
        not certain that the token is no good, and EnvoyAuthenticationError when it is and no other
        can be had.
        """
        if self.mode is Mode.TOKEN:
            return await self._get_with_token(path, timeout_s)
        if self.mode is Mode.DIGEST:
            return await self._get_with_digest(path, timeout_s)
        return await self.transport.get(path, timeout_s=timeout_s)

    async def send(
        self, method: str, path: str, body: bytes, *, timeout_s: float | None = None
    ) -> Answer:
        """Send something that changes the gateway; 401 and 403 then mean that it is not for us.

        A 401 has surely done nothing: where the gateway still confirms our token, a new session
        begins and it is sent again, once. Raises what ``Transport.send`` raises, and
        EnvoyConnectionError (``TOKEN_REFUSED``) when the token is not confirmed: the next
        collection decides what follows.
        """
        if self.mode is not Mode.TOKEN:
            return await self.transport.send(
                method, path, body, auth=self._digest, timeout_s=timeout_s
            )
        answer = await self._send_with_token(method, path, body, timeout_s)
        if answer.status != HTTPStatus.UNAUTHORIZED:
            return answer
        if not await self.is_confirmed(timeout_s or _CHECK_S):
            raise EnvoyConnectionError(
                "The gateway does not confirm the token", Problem.TOKEN_REFUSED, status=401
            )
        return await self._send_with_token(method, path, body, timeout_s)

    async def _send_with_token(
        self, method: str, path: str, body: bytes, timeout_s: float | None
    ) -> Answer:
        token = await self.ensure_token()
        auth = TokenAuth(token.raw, self._session_id)
        answer = await self.transport.send(method, path, body, auth=auth, timeout_s=timeout_s)
        self._session_id = answer.session_id or self._session_id
        return answer

    @asynccontextmanager
    async def stream(
        self, path: str, *, silence_s: float
    ) -> AsyncGenerator[tuple[int, AsyncIterator[bytes]]]:
        """Open an answer without end; raises what ``Transport.stream`` raises.

        A refusal is final for this attempt: no token is proven or renewed for it.
        """
        auth: httpx.Auth | None = self._digest
        if self.mode is Mode.TOKEN:
            auth = TokenAuth((await self.ensure_token()).raw, self._session_id)
        async with self.transport.stream(path, auth=auth, silence_s=silence_s) as opened:
            yield opened

    async def ensure_token(self) -> Token:
        """Return the token in use: the one remembered while it lasts, else one from the cloud.

        Raises EnvoyAuthenticationError (``TOKENS_NEEDED``, ``CLOUD_SECOND_FACTOR`` or what is wrong
        with the one remembered) when the cloud may not be asked, and what ``fetch_token`` raises.
        """
        try:
            return self._token_at_hand()
        except EnvoyAuthenticationError:
            if self.renews:
                return await self._fetch_token()
            if self._memory.token:
                raise
            if self.asks_code:
                raise EnlightenAuthenticationError(
                    "There is no token, and the account asks for a second factor",
                    Problem.CLOUD_SECOND_FACTOR,
                ) from None
            raise EnvoyAuthenticationError(
                "The gateway wants a token, and there is none", Problem.TOKENS_NEEDED
            ) from None

    async def is_confirmed(self, timeout_s: float) -> bool:
        """Tell whether the gateway confirms the token that we have; the cloud is not asked.

        As a token is made for one gateway, this shows that it is the right one that answers.
        Raises what ``Transport.get`` raises.
        """
        try:
            token = self._token_at_hand()
        except EnvoyAuthenticationError:
            return False
        answer = await self._ask_about(token, timeout_s)
        return answer.status == HTTPStatus.OK and _CONFIRMED in answer.body

    async def renew_if_due(self) -> None:
        """Get the next token ahead of time, meant for the background; the old one serves on.

        A cloud that cannot help is no trouble yet, only noted in ``cloud_problem``. Raises
        EnlightenAuthenticationError when the user has to act before the old token ends.
        """
        if self.token is None or not self.renews:
            return
        if not renewal_due(self.token, self._clock()):
            return
        try:
            await self._fetch_token()
        except EnlightenUnavailableError as err:
            _LOGGER.debug("The token could not be renewed yet: %s", err)

    async def _get_with_digest(self, path: str, timeout_s: float | None) -> Answer:
        answer = await self.transport.get(path, auth=self._digest, timeout_s=timeout_s)
        if not answer.asks_for_digest:
            return answer
        if self._login is not None:
            # A challenge that makes no sense would stay in the old one and spoil every later page.
            self._digest = httpx.DigestAuth(*self._login)
        if self._searched or path in self._denied:
            return answer
        self._searched = True
        return await self._search_login(path, timeout_s) or answer

    async def _search_login(self, path: str, timeout_s: float | None) -> Answer | None:
        """Try the users not tried yet on a page; return its answer to the first that it lets in."""
        for login in local_logins(self._credentials, self.serial):
            if login == self._login:
                continue
            digest = httpx.DigestAuth(*login)
            answer = await self.transport.get(path, auth=digest, timeout_s=timeout_s)
            if answer.status == HTTPStatus.UNAUTHORIZED:
                continue
            if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                self._login, self._digest = login, digest
                self.local_login_refused = False
            return answer
        if self._login is None:
            self.local_login_refused = True
        else:
            self._denied.add(path)
        return None

    async def _get_with_token(self, path: str, timeout_s: float | None) -> Answer:
        answer = await self._send(path, timeout_s)
        if answer.status == HTTPStatus.OK:
            self._note_success()
        if answer.status != HTTPStatus.UNAUTHORIZED:
            return answer
        if self._checked:
            if self._trouble is not None:
                raise self._trouble.with_traceback(None)
            return answer
        self._checked = True
        try:
            await self._prove_token()
        except EnvoyError as err:
            self._trouble = err
            raise
        return await self._send(path, timeout_s)

    async def _send(self, path: str, timeout_s: float | None) -> Answer:
        token = await self.ensure_token()
        auth = TokenAuth(token.raw, self._session_id)
        answer = await self.transport.get(path, auth=auth, timeout_s=timeout_s)
        self._session_id = answer.session_id or self._session_id
        return answer

    async def _prove_token(self) -> None:
        """Ask the gateway whether the token is good; if not, get another one or raise."""
        token = await self.ensure_token()
        answer = await self._ask_about(token)
        if answer.status == HTTPStatus.OK:
            self._refusals = 0
            return
        outcome = f"The gateway does not confirm the token: {phrase(answer.status)}"
        if answer.status != HTTPStatus.UNAUTHORIZED:
            raise EnvoyConnectionError(outcome, Problem.BAD_RESPONSE, status=answer.status)
        if not self._refusals:
            self._refused_since = self._clock()
        self._refusals += 1
        expired = token.expires_at <= self._clock()
        restart_is_over = expired or self._is_refused_for(_RESTART_S, token)
        believed = self._refusals >= _REFUSALS_BELIEVED and restart_is_over
        if self.renews and (believed or expired):
            await self._fetch_token()
        elif believed and (expired or self._is_refused_for(_PATIENCE_S, token)):
            problem = Problem.TOKEN_EXPIRED if expired else Problem.TOKEN_REFUSED
            raise EnvoyAuthenticationError(outcome, problem, status=401)
        else:
            raise EnvoyConnectionError(outcome, Problem.TOKEN_REFUSED, status=401)

    async def _ask_about(self, token: Token, timeout_s: float | None = None) -> Answer:
        """Ask the gateway about a token; if it is good, a new session begins."""
        auth = TokenAuth(token.raw, None)
        self._session_id = None
        answer = await self.transport.get("/auth/check_jwt", auth=auth, timeout_s=timeout_s)
        self._session_id = answer.session_id
        return answer

    def _token_at_hand(self) -> Token:
        if self.token is None:
            token = parse_token(str(self._memory.token or ""))
            check_token(token, self.serial, self._clock())
            self.token = token
        return self.token

    def _note_success(self) -> None:
        """Remember that the token works; its end stands for it, which is no secret."""
        if self.token is not None and not self._has_worked(self.token):
            section(self._memory, "token")["worked_until"] = self.token.expires_at
            self._memory.changed()

    def _has_worked(self, token: Token) -> bool:
        return section(self._memory, "token").get("worked_until") == token.expires_at

    def _is_refused_for(self, seconds: float, token: Token) -> bool:
        """Return whether a token has been refused for so long; one that never worked, always."""
        return self._clock() - self._refused_since >= seconds or not self._has_worked(token)

    async def _fetch_token(self) -> Token:
        self.limiter.check(self._clock())
        self.limiter.record(self._clock())
        try:
            token = await fetch_token(
                self._cloud,
                username=self._credentials.username,
                password=self._credentials.password,
                serial=self.serial,
                clock=self._clock,
            )
        except (EnlightenAuthenticationError, EnlightenUnavailableError) as err:
            if isinstance(err, EnlightenAuthenticationError):
                self.limiter.refused()
            elif err.problem is Problem.CLOUD_BUSY:
                self.limiter.busy()
            elif isinstance(err.__cause__, httpx.ConnectError | httpx.ConnectTimeout):
                self.limiter.unreached()
            if isinstance(err, SecondFactorError):
                self.asks_code = True
                if not self.attended:
                    err.sign_in.forget()
            self.cloud_problem = err
            raise
        self.limiter.reset()
        self.cloud_problem = None
        self.token = token
        self._session_id = None
        self._refusals = 0
        self._memory.token = token.raw
        self._memory.changed(now=True)
        return token
