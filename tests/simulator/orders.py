"""The commands of a gateway: what a write asks for, and what happens when it is obeyed.

Each function reads one write and returns an :class:`Order`; nothing happens before it is carried
out. Times are those of gateway-api.md, 20.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeGuard

from . import literals, storage
from .hardware import DynamicLimit, Relay
from .site import Site
from .wire import Message, Reply

type Do = Callable[[], None]
type Json = dict[str, object]

RELAY_OPENS_S, RELAY_SYNCHRONISED_S, RELAY_CLOSES_S = 28.0, 44.0, 12.0
SUN_WAITS_S = 45.0
CONTACT_S = 4.0
TARIFF_S = 20.0
GENERATOR_MODE_S, GENERATOR_RUNS_S = 2.0, 30.0
AC_BATTERY_S = 900.0
PRODUCTION_S, PRODUCTION_GROUPS = 240.0, 6
LIMIT_S = 15.0
STREAM_LASTS_S = 900.0
_EDITABLE = {
    "type": "kind",
    "grid_action": "grid_action",
    "micro_grid_action": "microgrid_action",
    "gen_action": "generator_action",
    "load_name": "load_name",
    "mode": "mode",
    "soc_low": "soc_low",
    "soc_high": "soc_high",
}
"""Settings of a dry contact, and what they are called in :class:`Relay`."""
_CONTACT_KEYS = frozenset({"id", *_EDITABLE, "override", "pv_serial_nb"})
_RECEIPT = Reply.of_json({"message": "success"})


class RefusedError(Exception):
    """The gateway does not take the write."""


class CrashedError(Exception):
    """The write upsets the gateway: it breaks the connection and does nothing."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of what happens, and how long after the write."""

    after_s: float
    do: Do


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a write asks for."""

    key: str
    """What it concerns; a later order for the same thing takes the place of this one."""
    stages: tuple[Stage, ...]
    """What happens when it is obeyed."""
    steps: tuple[Stage, ...] = ()
    """The same with the states in between; empty: there are none."""
    wish: Do = _nothing
    """What some page shows at once, whatever happens."""
    undo: Do
    """Restore what was before."""
    ends_optimising: bool = False
    """It sends optimised schedules off."""
    reply: Reply = _RECEIPT


def relay(site: Site, message: Message) -> Order:
    """Connect the house to the grid, or take it off."""
    wanted = _document(message).get("mains_admin_state")
    if wanted not in {"open", "closed"} or not (site.enpower or site.plan.collar):
        raise RefusedError
    before, was_ordered, had_word = site.grid_connected, site.mains.ordered, site.mains.open_word
    closes = wanted == "closed"

    def wish() -> None:
        site.mains.ordered = str(wanted)

    def speak(word: str) -> Do:
        def do() -> None:
            site.mains.open_word = word

        return do

    def undo() -> None:
        site.mains.ordered, site.mains.open_word = was_ordered, had_word
        _connect(site, connected=before)

    def switch() -> None:
        site.mains.open_word = "open"
        _connect(site, connected=closes)

    stages: tuple[Stage, ...]
    steps: tuple[Stage, ...]
    if closes:
        stages = (Stage(RELAY_CLOSES_S, switch),)
        steps = (Stage(RELAY_CLOSES_S / 3, speak("open synchronizing")), *stages)
    else:
        stages = (Stage(RELAY_OPENS_S, switch),)
        steps = (
            *stages,
            Stage(RELAY_OPENS_S, speak("open synchronizing")),
            Stage(RELAY_SYNCHRONISED_S, speak("open synchronized")),
        )
    return Order(key="relay", wish=wish, stages=stages, steps=steps, undo=undo)


def dry_contact(site: Site, message: Message) -> Order:
    """Open or close a dry contact."""
    wanted = _part(_document(message), "dry_contacts")
    unit = _relay_of(site, wanted)
    status, before = wanted.get("status"), unit.status
    if status not in {"open", "closed"}:
        raise RefusedError

    def put(word: str) -> Do:
        def do() -> None:
            unit.status = word

        return do

    stages = (Stage(CONTACT_S, put(str(status))),)
    return Order(key=f"contact {unit.id}", stages=stages, undo=put(before))


def dry_contact_settings(site: Site, message: Message) -> Order:
    """Set what a dry contact is for; a partial document upsets the gateway (12.5)."""
    wanted = _part(_document(message), "dry_contacts")
    unit = _relay_of(site, wanted)
    if not wanted.keys() >= _CONTACT_KEYS | unit.row.keys():
        raise CrashedError
    low, high = wanted["soc_low"], wanted["soc_high"]
    if not _is_number(low) or not _is_number(high) or not 0 <= low < high <= 100:
        raise RefusedError
    before = copy.deepcopy(unit)

    def take(keys: frozenset[str]) -> Do:
        def do() -> None:
            unit.row = unit.row | {key: wanted[key] for key in wanted if key in keys}
            for key in keys & _EDITABLE.keys():
                setattr(unit, _EDITABLE[key], wanted[key])

        return do

    def undo() -> None:
        unit.row = before.row
        for name in _EDITABLE.values():
            setattr(unit, name, getattr(before, name))

    whole = frozenset(wanted)
    stages = (Stage(CONTACT_S, take(whole)),)
    steps = (Stage(CONTACT_S / 2, take(frozenset({"mode", "soc_low"}))), *stages)
    return Order(key=f"contact settings {unit.id}", stages=stages, steps=steps, undo=undo)


def tariff(site: Site, message: Message) -> Order:
    """Set storage mode, reserve and charging from the grid, with the whole tariff file."""
    file = _part(_document(message), "tariff")
    control = site.storage_control
    before, old_file = control.schedule, control.file
    try:
        asked = storage.read(file, before)
    except ValueError as err:
        raise RefusedError from err
    kept = before.mode if before.optimised and asked.optimised else asked.mode
    settings = control.with_profile(replace(asked, mode=kept))

    def wish() -> None:
        control.file = file

    def finish() -> None:
        control.file = file if settings == asked else storage.write(file, settings)
        control.force(settings)

    def undo() -> None:
        control.file = old_file
        control.force(before)

    def schedule() -> None:
        control.schedule = settings

    def configured() -> None:
        control.configured_pct = settings.reserve_pct

    steps = (
        Stage(TARIFF_S / 2, schedule),
        Stage(TARIFF_S, configured),
        Stage(TARIFF_S * 2, finish),
    )
    return Order(
        key="tariff",
        wish=wish,
        stages=(Stage(TARIFF_S, finish),),
        steps=steps,
        undo=undo,
        ends_optimising=not asked.optimised,
    )


def generator_mode(site: Site, message: Message) -> Order:
    """Switch the generator off or on, or leave it to itself."""
    unit, wanted = site.generator, _document(message).get("gen_cmd")
    if unit is None or wanted not in {"off", "on", "auto"}:
        raise RefusedError
    before = unit.mode, unit.running

    def set_mode() -> None:
        unit.mode = str(wanted)

    def run() -> None:
        unit.running = wanted == "on"

    def undo() -> None:
        unit.mode, unit.running = before

    stages = (Stage(GENERATOR_MODE_S, set_mode), Stage(GENERATOR_RUNS_S, run))
    reply = Reply.of_json({"gen_cmd": wanted, "last_updated_by": "ITK"})
    return Order(key="generator", stages=stages, undo=undo, reply=reply)


def sleep(site: Site, message: Message) -> Order:
    """Send AC Batteries to sleep, each within a band of charge."""
    rows = _sleepers(site, message)
    for row in rows:
        low, high = row.get("sleep_min_soc"), row.get("sleep_max_soc")
        if type(low) is not int or type(high) is not int or not 0 <= low < high <= 100:
            raise RefusedError
    serials = {row["serial_num"] for row in rows}
    kept = [row for row in sleeping(site) if row["serial_num"] not in serials]
    return _sleep_order(site, rows, [*kept, *rows], asleep=True)


def wake(site: Site, message: Message) -> Order:
    """Wake AC Batteries."""
    rows = _sleepers(site, message)
    serials = {row["serial_num"] for row in rows}
    kept = [row for row in sleeping(site) if row["serial_num"] not in serials]
    return _sleep_order(site, rows, kept, asleep=False)


def sleeping(site: Site) -> list[Json]:
    """Return which AC Batteries are to sleep, as ``/admin/lib/acb_config`` lists them."""
    if site.acb_sleep is not None:
        return site.acb_sleep
    return [
        {
            "serial_num": battery.serial,
            "sleep_min_soc": battery.sleep_band[0],
            "sleep_max_soc": battery.sleep_band[1],
        }
        for battery in site.ac_batteries.values()
        if battery.sleep_ordered
    ]


def production(site: Site, message: Message) -> Order:
    """Switch the production off or on; the inverters follow in groups."""
    document = _document(message)
    if document.get("length") != 1 or document.get("arr") not in ([0], [1]):
        raise RefusedError
    off = document["arr"] == [1]
    limits, units = site.limits, list(site.inverters.values())
    before = limits.production_off, [unit.stopped for unit in units]

    def wish() -> None:
        limits.production_off = off

    def switch(group: int) -> Do:
        def do() -> None:
            for unit in units[group::PRODUCTION_GROUPS]:
                unit.stopped = off

        return do

    def undo() -> None:
        limits.production_off, stopped = before
        for unit, was in zip(units, stopped, strict=True):
            unit.stopped = was

    stages = tuple(
        Stage(PRODUCTION_S * (group + 1) / PRODUCTION_GROUPS, switch(group))
        for group in range(PRODUCTION_GROUPS)
    )
    return Order(key="production", wish=wish, stages=stages, undo=undo)


def dynamic_limit(site: Site, message: Message) -> Order:
    """Limit what is fed in or produced."""
    row = _part(_document(message), "dynamic_pel_settings")
    limits = site.limits
    enabled, watts = row.get("enable"), row.get("limit_value_W", limits.dynamic_set_w)
    is_export = row.get("export_limit", limits.dynamic_export)
    if not isinstance(enabled, bool) or not isinstance(is_export, bool) or not _is_number(watts):
        raise RefusedError
    set_w = float(watts)
    if set_w < 0:
        raise RefusedError
    before, goal = copy.deepcopy(limits), DynamicLimit(watts=set_w, is_export=is_export)

    def wish() -> None:
        limits.dynamic_row = limits.dynamic_row | row
        limits.dynamic_w = set_w if enabled else None
        limits.dynamic_set_w, limits.dynamic_export = set_w, is_export

    def obey() -> None:
        limits.in_force = goal if enabled else None

    def half() -> None:
        limits.in_force = replace(goal, watts=goal.watts * 2)

    def undo() -> None:
        limits.dynamic_row, limits.in_force = before.dynamic_row, before.in_force
        limits.dynamic_w, limits.dynamic_set_w = before.dynamic_w, before.dynamic_set_w
        limits.dynamic_export = before.dynamic_export

    steps = (Stage(LIMIT_S * 2 / 3, half), Stage(LIMIT_S * 4 / 3, obey)) if enabled else ()
    return Order(key="limit", wish=wish, stages=(Stage(LIMIT_S, obey),), steps=steps, undo=undo)


def live_stream(site: Site, message: Message) -> Order:
    """Switch the stream of live data on or off."""
    wanted = _document(message).get("enable")
    if type(wanted) is not int or wanted not in {0, 1} or (wanted and site.live):
        raise RefusedError
    before = site.live_until

    def switch() -> None:
        site.live_until = site.now + STREAM_LASTS_S if wanted else 0.0

    def undo() -> None:
        site.live_until = before

    reply = Reply.of_json({"sc_stream": "enabled" if wanted else "disabled"})
    return Order(key="stream", stages=(Stage(0.0, switch),), undo=undo, reply=reply)


def _document(message: Message) -> Json:
    try:
        document = literals.read(message.body)
    except ValueError as err:
        raise RefusedError from err
    if not isinstance(document, dict):
        raise RefusedError
    return document


def _part(document: Json, key: str) -> Json:
    part = document.get(key)
    if not isinstance(part, dict):
        raise RefusedError
    return part


def _relay_of(site: Site, wanted: Json) -> Relay:
    fitting = (unit for unit in site.relays if unit.id == wanted.get("id"))
    unit = next(fitting, None)
    if unit is None or site.enpower is None:
        raise RefusedError
    return unit


def _sleepers(site: Site, message: Message) -> list[Json]:
    rows = _document(message).get("acb_sleep")
    if not isinstance(rows, list) or not rows:
        raise RefusedError
    for row in rows:
        if not isinstance(row, dict) or row.get("serial_num") not in site.ac_batteries:
            raise RefusedError
    return rows


def _sleep_order(site: Site, rows: list[Json], config: list[Json], *, asleep: bool) -> Order:
    old_config = site.acb_sleep
    units = [site.ac_batteries[str(row["serial_num"])] for row in rows]
    before = [(unit.sleep_ordered, unit.asleep, unit.sleep_band) for unit in units]

    def wish() -> None:
        site.acb_sleep = config

    def put(index: int) -> Do:
        def do() -> None:
            unit, row = units[index], rows[index]
            unit.sleep_ordered = unit.asleep = asleep
            if asleep:
                low, high = row["sleep_min_soc"], row["sleep_max_soc"]
                unit.sleep_band = (low, high)  # type: ignore[assignment] # both were checked

        return do

    def undo() -> None:
        site.acb_sleep = old_config
        for unit, was in zip(units, before, strict=True):
            unit.sleep_ordered, unit.asleep, unit.sleep_band = was

    count = len(units)
    stages = tuple(Stage(AC_BATTERY_S, put(index)) for index in range(count))
    steps = tuple(Stage(AC_BATTERY_S * (at + 1) / count, put(at)) for at in range(count))
    return Order(key="sleep", wish=wish, stages=stages, steps=steps, undo=undo)


def _connect(site: Site, *, connected: bool) -> None:
    """Move the relay; the inverters need a while to trust the grid that they then see."""
    if site.grid_connected == connected:
        return
    site.grid_connected = connected
    site.mains.blocks_sun = True

    def trust() -> None:
        site.mains.blocks_sun = False

    site.agenda.cancel("sun")
    site.agenda.add(site.now + SUN_WAITS_S, trust, "sun")


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
