"""Carry out commands: send once, read back what the device does, and watch it for ten minutes.

Other reading goes on meanwhile. Only the pages that prove a command are read more often, and only
while it is pending (gateway-api.md, section 20).
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import defaultdict
from dataclasses import dataclass, replace
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ..control import Command, CommandState, Confirmation, Control
from ..errors import (
    EnvoyCommandError,
    EnvoyError,
    EnvoyResponseError,
    EnvoyUncertainError,
    Problem,
)
from ..exchange.transport import phrase
from ..parsers import tariff
from .doubt import Doubt
from .edit import decoded, encoded
from .record import Record
from .rules import RULES, Rule, effect_pages, method_of, same

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from ..control import PutBack, Wish
    from ..equipment import DryContact
    from ..exchange.session import Session
    from ..known.knowledge import Knowledge
    from ..memory import Memory
    from ..models import Snapshot

_LOGGER = logging.getLogger(__name__)

_WRITE_S: Final = 15.0
"""Seconds to wait for the answer to a command; without one, the pages of the device decide."""
_READ_S: Final = 10.0
"""Seconds for a page that proves a command."""
_WATCH_S: Final = 10 * 60.0
"""How long a command is watched: the cloud may undo it within minutes."""
_LOOK_S: Final = 30.0
"""Seconds between two checks meanwhile."""
_ERROR_S: Final = 5.0
"""Seconds to wait for the device although the gateway has answered with a 5xx status."""


@dataclass(slots=True, kw_only=True)
class _Watch:
    """A command that is watched; times are epoch seconds."""

    command: Command
    confirmed: bool
    before: Snapshot
    """What was known when the command was sent."""
    until: float
    next_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Receipt:
    """What is known of a command that was sent."""

    certain: bool = True
    """Whether the gateway has accepted the command."""
    refused: EnvoyCommandError | None = None
    """The error for a 5xx status; the gateway may have obeyed all the same."""
    readable: bool = True
    """Whether the answer was not an HTML page, which may come from something else."""


class Commander:
    """Sends the commands of one gateway; those for the same document one after the other."""

    def __init__(  # noqa: PLR0913 -- all that it works with
        self,
        session: Session,
        known: Knowledge,
        memory: Memory,
        *,
        look: Callable[[], Snapshot | None],
        page_s: float = _WRITE_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Send over ``session``; what is read back goes into ``known``, and ``look`` returns it.

        ``page_s`` is the longest time that an answer may take.
        """
        self._write_s = min(page_s, _WRITE_S)
        self._read_s = min(page_s, _READ_S)
        self._session = session
        self._known = known
        self._look = look
        self._sleep = sleep
        self._record = Record(memory)
        self._doubt = Doubt(lambda: known.now)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._states: dict[str, CommandState] = {}
        self._watches: dict[str, _Watch] = {}

    @property
    def put_back(self) -> Mapping[str, PutBack]:
        """What somebody else has undone, by command key, until a later command holds."""
        return self._record.put_back()

    def states(self) -> Mapping[str, CommandState]:
        """Return how the controls stand that were used, or are known to be ignored."""
        ignored = self._record.ignored(self._firmware)
        keys = dict.fromkeys((*self._states, *ignored))
        return MappingProxyType(
            {
                key: replace(self._states.get(key, CommandState()), ignored=key in ignored)
                for key in keys
            }
        )

    def believed(self, contacts: Mapping[str, DryContact]) -> Mapping[str, DryContact]:
        """Return the dry contacts, corrected while their page is not believed."""
        return self._doubt.believed(contacts)

    async def run(self, command: Command, changed: Callable[[], None]) -> None:
        """Carry out a command; return when the device does what was asked.

        ``changed`` is called whenever there is something new to show. A command waits while
        another one changes the same document. Raises EnvoyCommandError when the command was not
        sent, was refused, or was not followed in time.
        """
        rule = RULES[command.control]
        self._check(rule, command)
        async with self._turns[rule.path]:
            now = self._check(rule, command)
            self._forget_watches(command)
            self._states[command.key] = CommandState(
                confirmation=Confirmation.PENDING, shown=command.value
            )
            changed()
            try:
                restored = await self._carry_out(rule, command, now, changed)
            except EnvoyCommandError as err:
                await self._read(rule.pages + rule.shown_by)
                self._finish(command, now, Confirmation.FAILED, shown=err.held)
                _LOGGER.debug("%s was not carried out: %s", command, err)
                raise
            except BaseException:
                self._states.pop(command.key, None)
                raise
            else:
                await self._read(rule.shown_by)
                self._finish(command, now, Confirmation.CONFIRMED, shown=command.value)
                state = self._states[command.key]
                self._states[command.key] = replace(state, charging_restored=restored)
                self._record.note_followed(command.key)
            finally:
                changed()

    async def look_after(self) -> None:
        """Check whether the commands of the last minutes still hold; part of a collection."""
        for key, watch in list(self._watches.items()):
            now = self._known.now
            if now < watch.next_at or self._watches.get(key) is not watch:
                continue
            watch.next_at = now + _LOOK_S
            rule = RULES[watch.command.control]
            bodies = await self._read(rule.pages)
            if self._watches.get(key) is watch:  # no other command has come meanwhile
                await self._judge(rule, watch, bodies, ended=now >= watch.until)

    async def _judge(
        self, rule: Rule, watch: _Watch, bodies: Mapping[str, bytes], *, ended: bool
    ) -> None:
        command, key = watch.command, watch.command.key
        held = self._held(rule.kept or rule.held if watch.confirmed else rule.held, command, bodies)
        follows = same(held, command.value)
        if follows and not watch.confirmed and not self._has_effect(rule, command, watch.before):
            follows, held = False, _opposite(command.value)
        if watch.confirmed and held is not None and not follows:
            _LOGGER.debug("%s was put back to %s", command, held)
            await self._read(rule.shown_by)
            del self._watches[key]
            self._states[key] = CommandState(confirmation=Confirmation.PUT_BACK)
            self._record.note_put_back(key, command.value, held, self._known.now)
            return
        if follows and not watch.confirmed:  # the device has followed after all
            await self._read(rule.shown_by)
            self._finish(command, watch.before, Confirmation.CONFIRMED, shown=command.value)
            self._record.note_followed(key)
        elif ended:
            del self._watches[key]
            self._states[key] = replace(self._states[key], shown=None)
            if watch.confirmed:
                self._record.note_held(key)
        elif not watch.confirmed and held is not None:
            self._states[key] = replace(self._states[key], shown=held)

    def _finish(
        self, command: Command, before: Snapshot, confirmation: Confirmation, shown: Wish | None
    ) -> None:
        now = self._known.now
        self._states[command.key] = CommandState(confirmation=confirmation, shown=shown)
        self._watches[command.key] = _Watch(
            command=command,
            confirmed=confirmation is Confirmation.CONFIRMED,
            before=before,
            until=now + _WATCH_S,
            next_at=now + _LOOK_S,
        )

    def _forget_watches(self, command: Command) -> None:
        """End the watch of everything that a command is about to change."""
        keys = [command.key]
        if command.control is Control.STORAGE_MODE:  # each mode has its own values (section 20)
            keys += [Control.RESERVE, Control.CHARGE_FROM_GRID]
        for key in keys:
            if self._watches.pop(key, None):
                self._states.pop(key, None)

    def _check(self, rule: Rule, command: Command) -> Snapshot:
        """Return what is known now; raises EnvoyCommandError if a command cannot succeed."""
        now = self._look()
        if now is None or not now.reachable:
            raise EnvoyCommandError("The gateway does not answer", Problem.COMMAND_AWAY)
        if not rule.there(now, command.target):
            raise EnvoyCommandError("There is no such device", Problem.COMMAND_GONE)
        if rule.highest is not None:
            value = command.value
            if isinstance(value, str) or not math.isfinite(value) or not 0 <= value <= rule.highest:
                raise EnvoyCommandError("The value is out of range", Problem.COMMAND_OUT_OF_RANGE)
        return now

    async def _carry_out(
        self, rule: Rule, command: Command, before: Snapshot, changed: Callable[[], None]
    ) -> bool:
        """Send and prove; return whether charging from the grid had to be switched off again."""
        text = await self._document(rule) if rule.needs_document else ""
        try:
            body = rule.write(command, text, before)
        except (LookupError, ValueError) as err:
            raise EnvoyCommandError(
                "The gateway's document has no such setting", Problem.COMMAND_UNSUPPORTED
            ) from err
        if rule.path.endswith("dry_contact_settings"):
            self._doubt.begin(before.dry_contacts)
        if command.control is Control.CONTACT:
            self._doubt.note(command.target, closed=bool(command.value))
        receipt = await self._send(rule, command, body)
        await self._prove(rule, command, receipt, before, changed)
        if command.control is not Control.STORAGE_MODE:
            return False
        return await self._keep_charging_off(text, changed)

    async def _document(self, rule: Rule) -> str:
        try:
            answer = await self._session.get(rule.path, timeout_s=self._write_s)
        except EnvoyError as err:
            raise EnvoyCommandError(str(err), Problem.COMMAND_AWAY) from err
        if answer.status != HTTPStatus.OK:
            raise _refusal(answer.status)
        return decoded(answer.body)

    async def _send(self, rule: Rule, command: Command, body: bytes) -> _Receipt:
        try:
            answer = await self._session.send(
                method_of(rule, command), rule.path, body, timeout_s=self._write_s
            )
        except EnvoyUncertainError as err:
            _LOGGER.debug("Whether %s was taken shows in the device: %s", command, err)
            return _Receipt(certain=False)
        except EnvoyError as err:
            raise EnvoyCommandError(str(err), Problem.COMMAND_AWAY) from err
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return _Receipt(refused=_refusal(answer.status))
        if answer.status // 100 != 2:  # noqa: PLR2004 -- 2xx means accepted
            raise _refusal(answer.status)
        return _Receipt(readable=not answer.body.lstrip().startswith(b"<"))

    async def _prove(
        self,
        rule: Rule,
        command: Command,
        receipt: _Receipt,
        before: Snapshot,
        changed: Callable[[], None],
    ) -> None:
        """Read until the device does what was asked; raises EnvoyCommandError when it does not."""
        sent = self._known.now
        held: Wish | None = None
        follows = False
        while not follows or (rule.effect and not self._has_effect(rule, command, before)):
            patience_s = self._patience_s(rule, command, receipt, sent, follows=follows)
            if self._known.now - sent >= patience_s:
                does = _opposite(command.value) if follows else held
                raise self._failure(command, receipt, does, self._known.now - sent)
            await self._sleep(rule.every_s)
            pages = rule.pages
            if rule.effect and follows:
                pages += effect_pages(before)
            bodies = await self._read(pages)
            held = self._held(rule.held, command, bodies)
            follows = same(held, command.value)
            changed()

    def _patience_s(
        self, rule: Rule, command: Command, receipt: _Receipt, sent: float, *, follows: bool
    ) -> float:
        if receipt.refused:
            return _ERROR_S
        if follows:
            return rule.effect_s
        doubt_s = self._doubt.until - sent if command.control is Control.CONTACT else 0
        return rule.deadline_s + max(0, doubt_s)

    def _has_effect(self, rule: Rule, command: Command, before: Snapshot) -> bool:
        now = self._look()
        return rule.effect is None or now is None or rule.effect(command.value, before, now)

    def _failure(
        self, command: Command, receipt: _Receipt, held: Wish | None, seconds: float
    ) -> EnvoyCommandError:
        if receipt.refused:
            receipt.refused.held = held
            return receipt.refused
        if not receipt.certain or held is None:
            return EnvoyCommandError(
                "It is not known whether the gateway has taken the command",
                Problem.COMMAND_UNPROVEN,
                held=held,
                seconds=seconds,
            )
        if receipt.readable:
            self._record.note_ignored(command.key, self._firmware)
        return EnvoyCommandError("The device has not followed", held=held, seconds=seconds)

    async def _keep_charging_off(self, text: str, changed: Callable[[], None]) -> bool:
        """Switch charging from the grid off again if a change of the mode has switched it on."""
        try:
            former = tariff.parse(encoded(text))
        except EnvoyResponseError:
            former = None
        if former is None or former.active.charge_from_grid is not False:
            return False
        command = Command(control=Control.CHARGE_FROM_GRID, value=False)
        rule = RULES[command.control]
        await self._sleep(rule.every_s)
        if self._held(rule.held, command, await self._read(rule.pages)) is not True:
            return False
        now = self._check(rule, command)
        try:
            await self._carry_out(rule, command, now, changed)
        except EnvoyCommandError as err:
            raise EnvoyCommandError(
                f"Charging from the grid stays on: {err}", Problem.COMMAND_CHARGING_ON
            ) from err
        return True

    def _held(
        self,
        held_fn: Callable[[Mapping[str, bytes], str], Wish | None],
        command: Command,
        bodies: Mapping[str, bytes],
    ) -> Wish | None:
        held = held_fn(bodies, command.target)
        if command.control is Control.CONTACT and held is False and self._doubt.active:
            return None
        return held

    async def _read(self, paths: tuple[str, ...]) -> Mapping[str, bytes]:
        """Read pages and record what they say; return the bodies of those that answer."""
        bodies = {}
        for path in paths:
            try:
                answer = await self._session.get(path, timeout_s=self._read_s)
            except EnvoyError as err:
                _LOGGER.debug("%s cannot be read back: %s", path, err)
                continue
            if answer.status == HTTPStatus.OK:
                bodies[path] = answer.body
                self._keep(path, answer.body)
        return bodies

    def _keep(self, path: str, body: bytes) -> None:
        record = self._known.records.get(path)
        if record is None:
            return
        try:
            page = record.endpoint.parse(body)
        except EnvoyError:
            return
        if not record.is_blank(page, now=self._known.now):
            self._known.accept(record.endpoint, page, body)

    @property
    def _firmware(self) -> str | None:
        return self._known.profile.firmware if self._known.profile else None


def _opposite(wish: Wish) -> Wish | None:
    """Return what a device does that reports to follow while the powers show that it does not."""
    return not wish if isinstance(wish, bool) else None


def _refusal(status: int) -> EnvoyCommandError:
    denied = status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
    return EnvoyCommandError(
        f"The gateway answers {phrase(status)}",
        Problem.COMMAND_DENIED if denied else Problem.COMMAND_REFUSED,
        status=status,
    )
