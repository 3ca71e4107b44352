"""Notices that only the user can answer: what is raised, when, and when it goes again.

Nothing is remembered here. At each look the notices that have a cause are raised, and all others
of the entry are withdrawn; what has been dismissed stays dismissed for as long as its cause lasts,
also across restarts, since Home Assistant remembers that by the notice's id.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from .const import CONF_TOKEN, CONF_USE_MANUAL_TOKEN, DOMAIN
from .envoy_reader import (
    METERING_STATUSES,
    EnvoyAuthenticationError,
    EnvoyReader,
    Health,
    MeterKind,
    Section,
    Snapshot,
    Token,
    TokenKind,
    Wish,
    counter_of_phase,
    parse_token,
)
from .left_over import LeftOver
from .statistics import damage_found

LEFT_OVER: Final = "left_over"
"""The notice about entities of another integration, which its repair removes."""
EVENT: Final = "event"
ENTRY_ID: Final = "entry_id"
"""Keys of what a notice hands to its repair."""

_DAY_S: Final = 86400
_SHORT_S: Final = 2 * _DAY_S
"""Installers' tokens last 12 hours, owners' tokens a year; nothing lies between."""
_STAGES: Final = (1, 7, 14, 30)
"""Days before the end of a pasted token; each number is a reminder of its own."""
_PATIENCE_S: Final = 900
"""How long a clamp has to be at fault: its page is read every ten minutes, so two answers say
so."""
_LONGEST_LIST: Final = 30
_LEAST_STEP_WH: Final = 1000.0
"""A smaller step than this shows in no dashboard."""
_MOST_NAMES: Final = 3
"""Number of counters that a notice names; a replaced gateway has dozens."""
_FOLDER: Final = "enphase_envoy_custom"
"""Folder of the former integration; of two folders with one domain either may be loaded."""
_BUILT_IN_PREFIX: Final = "enphase_envoy_token_expiry_"
"""Notices of Home Assistant's own integration, which outlive it: nobody else takes them away."""


class Shown(Protocol):
    """A control as it is shown to the user."""

    @property
    def title(self) -> str:
        """What it is called."""

    def word(self, value: Wish | None) -> str:
        """Return what a value of it is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    """What the causes of notices are looked for in."""

    hass: HomeAssistant
    entry: ConfigEntry[Any]
    reader: EnvoyReader
    shown_counters: Mapping[str, str]
    """Which enabled entity shows a counter of the reader."""
    controls: Mapping[str, Shown]
    """The controls that are in use, by the key of their commands."""
    left_over: LeftOver
    snapshot: Snapshot | None
    """From the last successful collection; ``None`` before the first one."""
    clamps: Mapping[MeterKind, str]
    """Which clamps do not measure as they should for some minutes, with their status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cause:
    """A reason to raise a notice, and the words that its text needs."""

    about: str = ""
    """Tells apart what may be raised several times for one entry."""
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A row of the table: raised as long as ``causes`` finds something, then it goes by itself."""

    id: str
    text: str
    """Translation key; several rows may share one."""
    causes: Callable[[_Site], Iterator[_Cause]]
    severity: ir.IssueSeverity = ir.IssueSeverity.WARNING
    fixable: bool = True
    """Whether it has a dialog that does something (``repairs.py``)."""


def token_of(entry: ConfigEntry[Any]) -> Token | None:
    """Return the token that an entry holds; it may have ended."""
    try:
        return parse_token(str(entry.data.get(CONF_TOKEN) or ""))
    except EnvoyAuthenticationError:
        return None


def days_left(token: Token) -> int:
    """Return for how many days more a token serves, begun ones counted; 0 when it has ended."""
    return max(0, math.ceil((token.expires_at - time.time()) / _DAY_S))


def _token_ends(stage: int, site: _Site) -> Iterator[_Cause]:
    """Find a pasted token that is in a stage: so many days before its end, not yet in the next."""
    token = _pasted(site.entry)
    if token and not _is_short(token):
        days = days_left(token)
        if days and stage == next((known for known in _STAGES if days <= known), None):
            yield _Cause(words=_words_of(token, days=str(days)))


def _token_short(site: _Site) -> Iterator[_Cause]:
    """Find a pasted token that would have to be replaced twice a day."""
    token = _pasted(site.entry)
    if token and _is_short(token) and days_left(token):
        yield _Cause(words=_words_of(token))


def _rebased(site: _Site) -> Iterator[_Cause]:
    """Find events after which counters go on from another level, to be answered by the user.

    Counters that nobody looks at are left out: of a replaced gateway there may be dozens.
    """
    for event in site.reader.rebases:
        steps = _steps_on_show(site, event.by_wh)
        if steps:
            named = dict(list(steps.items())[:_MOST_NAMES])
            more = ["…"] if len(steps) > len(named) else []
            words = {
                "counter": ", ".join([*named, *more]),
                "since": _local(event.at),
                "step": ", ".join([*(f"{wh / 1000:+.1f}" for wh in named.values()), *more]),
            }
            yield _Cause(about=event.id, words=words)


def _steps_on_show(site: _Site, by_wh: Mapping[str, float]) -> dict[str, float]:
    """Return the steps that show in a dashboard, by name; phases go without saying."""
    phases = {
        phase
        for counter in by_wh
        for number in (1, 2, 3)
        if (phase := counter_of_phase(counter, number)) != counter
    }
    return {
        name: wh
        for counter, wh in by_wh.items()
        if counter not in phases
        and abs(wh) >= _LEAST_STEP_WH
        and (name := _shown_as(site, counter))
    }


def _put_back(site: _Site) -> Iterator[_Cause]:
    """Find commands that held at first and that somebody has undone since."""
    for key, found in site.reader.put_back.items():
        if control := site.controls.get(key):
            words = {
                "control": control.title,
                "wish": control.word(found.wish),
                "held": control.word(found.held),
                "at": _local(found.at.timestamp()),
            }
            yield _Cause(about=key, words=words)


def _ignored(site: _Site) -> Iterator[_Cause]:
    """Find controls that the gateway with its present firmware has not followed."""
    snapshot = site.reader.current()
    for key, state in snapshot.commands.items() if snapshot else ():
        if state.ignored and (control := site.controls.get(key)):
            yield _Cause(about=key, words={"control": control.title})


def _damaged(site: _Site) -> Iterator[_Cause]:
    """Find that a look through the statistics has shown damage which is not repaired yet."""
    if found := damage_found(site.hass, site.entry):
        yield _Cause(words={"count": str(found)})


def _left_over(site: _Site) -> Iterator[_Cause]:
    """Find enabled entities of another integration that ours does not go on with."""
    if rows := site.left_over.entities:
        names = sorted(f"{_name_of(row)} ({row.entity_id})" for row in rows)
        shown = [f"- {name}" for name in names[:_LONGEST_LIST]]
        if len(names) > len(shown):
            shown.append(f"- + {len(names) - len(shown)}")
        yield _Cause(words={"entities": "\n".join(shown), "count": str(len(names))})


def _clamp(status: str, site: _Site) -> Iterator[_Cause]:
    """Find clamps that the gateway finds fault with, each a notice of its own."""
    for kind, found in site.clamps.items():
        meter = site.snapshot and site.snapshot.profile.meter(kind)
        key = f"{kind.value.replace('-', '_')}_ct_metering_status"
        name = _shown_name(site, f"{site.entry.unique_id}_{key}")
        if meter and found == status:
            phases = ", ".join(f"L{phase}" for phase in range(1, meter.phases + 1))
            yield _Cause(about=str(kind), words={"figure": name or str(kind), "phases": phases})


def _contradicted(site: _Site) -> Iterator[_Cause]:
    """Find clamps that the reader does not believe, as the inverters say otherwise."""
    for kind in site.snapshot.contradictions if site.snapshot else ():
        yield _Cause(about=str(kind))


def _token_row(stage: int, severity: ir.IssueSeverity) -> Notice:
    # An id for each stage: to dismiss a notice is not to dismiss the next, more urgent one.
    return Notice(
        id=f"token_ends_{stage}",
        text="token_ends",
        causes=partial(_token_ends, stage),
        severity=severity,
    )


NOTICES: Final = (
    _token_row(30, ir.IssueSeverity.WARNING),
    _token_row(14, ir.IssueSeverity.WARNING),
    _token_row(7, ir.IssueSeverity.ERROR),
    _token_row(1, ir.IssueSeverity.ERROR),  # never "critical": nobody is in danger
    Notice(id="token_short", text="token_short", causes=_token_short),
    Notice(id="counter_rebased", text="counter_rebased", causes=_rebased),
    Notice(id="control_put_back", text="control_put_back", causes=_put_back, fixable=False),
    Notice(id="control_ignored", text="control_ignored", causes=_ignored, fixable=False),
    Notice(id="statistics_damaged", text="statistics_damaged", causes=_damaged, fixable=False),
    Notice(id=LEFT_OVER, text="left_over", causes=_left_over),
    Notice(
        id="clamp_check_wiring",
        text="clamp_check_wiring",
        causes=partial(_clamp, "check-wiring"),
        fixable=False,
    ),
    Notice(
        id="clamp_not_metering",
        text="clamp_not_metering",
        causes=partial(_clamp, "not-metering"),
        fixable=False,
    ),
    Notice(
        id="clamp_contradicts_inverters",
        text="clamp_contradicts_inverters",
        causes=_contradicted,
        fixable=False,
    ),
)
"""Every notice of an entry."""

OLD_FOLDER: Final = "old_folder"
"""The one notice that is of no entry: the user has to remove a folder, which we do not."""


class _ClampWatch:
    """Keeps since when each clamp is not as it should be."""

    def __init__(self) -> None:
        """Have seen nothing yet."""
        self._since: dict[tuple[MeterKind, str], float] = {}

    def look(self, snapshot: Snapshot) -> None:
        """Note the gateway's status of each clamp, if its page is fresh."""
        if snapshot.healthy(Section.METERS) is not Health.FRESH or not snapshot.reachable:
            return
        now = time.time()
        self._since = {
            (kind, meter.status): self._since.get((kind, meter.status), now)
            for kind, meter in snapshot.meters.items()
            if meter.status not in (None, METERING_STATUSES[0])
        }

    @property
    def at_fault(self) -> dict[MeterKind, str]:
        """The status of each clamp that has lasted for some minutes."""
        now = time.time()
        return {
            kind: status
            for (kind, status), since in self._since.items()
            if now - since >= _PATIENCE_S
        }


class Notices:
    """Keeps Home Assistant's list of notices as the state of one entry asks for."""

    def __init__(  # noqa: PLR0913, PLR0917 -- what the causes look at
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        reader: EnvoyReader,
        left_over: LeftOver,
        shown_counters: Mapping[str, str],
        controls: Mapping[str, Shown],
    ) -> None:
        """Raise nothing yet; both mappings change as entities come and go."""
        self._hass = hass
        self._entry = entry
        self._reader = reader
        self._left_over = left_over
        self._shown_counters = shown_counters
        self._controls = controls
        self._snapshot: Snapshot | None = None
        self._clamps = _ClampWatch()

    @callback
    def sync(self, snapshot: Snapshot | None = None) -> None:
        """Raise what has a cause now, and withdraw what has none any more.

        Without a snapshot, as after a collection that failed, the one before counts.
        """
        if snapshot is not None:
            self._snapshot = snapshot
            self._clamps.look(snapshot)
        hass, entry = self._hass, self._entry
        site = _Site(
            hass=hass,
            entry=entry,
            reader=self._reader,
            left_over=self._left_over,
            shown_counters=self._shown_counters,
            controls=self._controls,
            snapshot=self._snapshot,
            clamps=self._clamps.at_fault,
        )
        wanted = set()
        for notice in NOTICES:
            for cause in notice.causes(site):
                issue_id = _issue_id(entry, notice.id, cause.about)
                wanted.add(issue_id)
                ir.async_create_issue(
                    hass,
                    DOMAIN,
                    issue_id,
                    data={ENTRY_ID: entry.entry_id, EVENT: cause.about},
                    is_fixable=notice.fixable,
                    severity=notice.severity,
                    translation_key=notice.text,
                    translation_placeholders={"name": entry.title, **cause.words},
                )
        _withdraw(hass, lambda issue_id: entry.entry_id in issue_id and issue_id not in wanted)


async def async_begin(hass: HomeAssistant) -> None:
    """Look for what another integration of this domain has left behind."""
    _withdraw(hass, lambda issue_id: issue_id.startswith(_BUILT_IN_PREFIX))
    folder = Path(hass.config.path("custom_components", _FOLDER))
    if await hass.async_add_executor_job(folder.is_dir):
        ir.async_create_issue(
            hass,
            DOMAIN,
            OLD_FOLDER,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key="old_folder",
            translation_placeholders={"folder": str(folder)},
        )
    else:
        ir.async_delete_issue(hass, DOMAIN, OLD_FOLDER)


@callback
def forget(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Withdraw every notice of an entry that is removed, and with the last entry all others."""
    last = not [other for other in hass.config_entries.async_entries(DOMAIN) if other is not entry]
    _withdraw(hass, lambda issue_id: last or entry.entry_id in issue_id)


def _withdraw(hass: HomeAssistant, chosen: Callable[[str], bool]) -> None:
    for domain, issue_id in list(ir.async_get(hass).issues):
        if domain == DOMAIN and chosen(issue_id):
            ir.async_delete_issue(hass, DOMAIN, issue_id)


def _issue_id(entry: ConfigEntry[Any], *parts: str) -> str:
    return "_".join(filter(None, (*parts, entry.entry_id)))


def _pasted(entry: ConfigEntry[Any]) -> Token | None:
    """Return the token in use if nobody but the user can replace it."""
    return token_of(entry) if entry.data.get(CONF_USE_MANUAL_TOKEN) else None


def _is_short(token: Token) -> bool:
    if token.issued_at is None:
        return token.kind is TokenKind.INSTALLER
    return token.expires_at - token.issued_at <= _SHORT_S


def _words_of(token: Token, **more: str) -> dict[str, str]:
    return {"until": _local(token.expires_at), **more}


def _local(epoch_s: float) -> str:
    try:
        return f"{dt_util.as_local(dt_util.utc_from_timestamp(epoch_s)):%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError, OSError):  # a damaged memory must not end the poll
        return "-"


def _shown_as(site: _Site, counter: str) -> str | None:
    """Return the name under which a counter is shown; ``None`` if no enabled entity shows it."""
    entity_id = site.shown_counters.get(counter)
    row = er.async_get(site.hass).async_get(entity_id) if entity_id else None
    return _name_of(row) if row else None


def _shown_name(site: _Site, unique_id: str) -> str | None:
    """Return the name of a sensor, enabled or not."""
    row = _sensor(site, unique_id)
    return _name_of(row) if row else None


def _sensor(site: _Site, unique_id: str) -> er.RegistryEntry | None:
    entities = er.async_get(site.hass)
    entity_id = entities.async_get_entity_id("sensor", DOMAIN, unique_id)
    return entities.async_get(entity_id) if entity_id else None


def _name_of(row: er.RegistryEntry) -> str:
    return row.name or row.original_name or row.entity_id
