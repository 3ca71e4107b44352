"""The pages that we read: one row for each, in the order in which they are asked.

Nothing is probed separately: a row says what evidence makes a site need its page, so the first
collection finds out what the gateway has, one answer at a time. Rhythms follow how often the data
change at their source and how slow the page is (gateway-api.md, section 16).

A page with one figure needs its parser, its row here, its place in ``status.py`` and the rows of
its entities; a section and a field named in the row connect them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from ..parsers import (
    device_data,
    devstatus,
    dpel,
    dry_contacts,
    ensemble_inventory,
    ensemble_power,
    generator,
    grid_profile,
    home,
    info,
    inventory,
    inverters,
    legacy_home,
    legacy_production,
    live_status,
    meters,
    newscan,
    pdm_energy,
    pel_settings,
    production_json,
    production_switch,
    pv_limit,
    readings,
    secctrl,
    tariff,
    v1_production,
)
from ..profile import (
    FIRST_WITH_ENSEMBLE,
    FIRST_WITH_LIMITS,
    FIRST_WITH_METERS,
    ConsumptionSource,
    InverterSource,
    ProductionSource,
)
from ..status import Section
from .typed import Endpoint, Pages

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..profile import GatewayProfile

_MINUTE: Final = 60.0
_HOUR: Final = 60 * _MINUTE


def _always(_: GatewayProfile, __: Pages) -> bool:
    return True


def _every(seconds: float) -> Callable[[GatewayProfile], float]:
    return lambda _: seconds


_LIVE: Final = _every(5)
"""Pages that cost the gateway little: in each collection, however short the interval."""


def _generation(version: tuple[int, ...]) -> Callable[[GatewayProfile, Pages], bool]:
    """Return a test for a generation; a gateway that names no firmware is of the oldest."""
    return lambda profile, _: profile.version >= version


def _v1_wanted(profile: GatewayProfile, pages: Pages) -> bool:
    """Wanted without a production meter, or when the meter page has no usable day."""
    if not profile.production_metered:
        return True
    page = meter_page(pages)
    if page is None or page.production is None:
        return not meter_page_silent(pages)
    figures = page.production.figures
    # Today equals lifetime: the midnight baseline is lost. Above it: unsigned underflow (15.3).
    return figures.today_wh is None or figures.today_wh >= (figures.lifetime_wh or 0)


def _v1_pace(profile: GatewayProfile) -> float:
    feeds_power = profile.production_from in (None, ProductionSource.V1)
    return _MINUTE if feeds_power else 15 * _MINUTE


def _meter_page_wanted(profile: GatewayProfile, pages: Pages) -> bool:
    """Wanted for the day of meters, for AC Batteries, or where no other page lists the meters."""
    if profile.version < FIRST_WITH_METERS:
        return False
    page = pages.get(INFO)
    metered_hardware = page is not None and page.metered is True
    return (
        bool(profile.meters)
        or profile.has_ac_batteries
        or metered_hardware
        or pages.lacks(METERS)
        or profile.v1_credible is False
    )


def _meter_page_pace(profile: GatewayProfile) -> float:
    feeds_power = (
        profile.production_from in (ProductionSource.METER_PAGE, ProductionSource.INVERTER_SUM)
        or profile.consumption_from is ConsumptionSource.METER_PAGE
    )
    if feeds_power:
        return _MINUTE
    # Beside the inverters' own registers it gives their power.
    from_inverters = profile.production_from is ProductionSource.DEVICE_DATA
    return 5 * _MINUTE if from_inverters else 15 * _MINUTE


def _inverters_must_help(profile: GatewayProfile) -> bool:
    """Wanted where neither a meter nor the v1 page has believable energy."""
    return profile.uses_tokens and not profile.production_metered and profile.v1_credible is False


def _details_must_help(profile: GatewayProfile) -> bool:
    return _inverters_must_help(profile) or profile.inverters_from is InverterSource.DEVICE_DATA


def _details_pace(profile: GatewayProfile) -> float:
    """Return the rhythm of a large page; inverters of firmware that has it report every 15 minutes.

    Where more than details is made of it, it is asked as often as other pages of inverters.
    """
    return 5 * _MINUTE if _details_must_help(profile) else 7.5 * _MINUTE


def _inventory_pace(profile: GatewayProfile) -> float:
    if profile.switches_grid:
        return _MINUTE
    return 5 * _MINUTE if profile.has_batteries else 30 * _MINUTE


def _has_controller(profile: GatewayProfile, pages: Pages) -> bool:
    """Say yes with a controller, and where there was one when it cannot be seen in its list."""
    return profile.has_controller or pages.get(DRY_CONTACTS) is not None


def _has_generator(profile: GatewayProfile, _: Pages) -> bool:
    return profile.has_generator


def _generator_present(pages: Pages) -> bool:
    page = pages.get(GENERATOR)
    return page is not None and page.present is True


def _tariff_wanted(profile: GatewayProfile, pages: Pages) -> bool:
    """Say yes with batteries, and where there were some when they cannot be seen in their list."""
    return profile.has_batteries or profile.has_ac_batteries or pages.get(TARIFF) is not None


def _installed_pace(profile: GatewayProfile) -> float:
    """Return the rhythm of a slow page; AC Batteries report every 10 to 15 minutes."""
    return 15 * _MINUTE if profile.has_ac_batteries else _HOUR


_INSTALLED: Final = frozenset({Section.AC_BATTERIES, Section.INVERTER_STATES, Section.RELAYS})
"""Sections about devices on the power line that an inventory page feeds."""


INFO: Final = Endpoint(
    path="/info",
    parse=info.parse,
    wanted=_always,
    every_s=_every(4 * _HOUR),  # the gateway updates itself at night; outages also lead here
)
METERS: Final = Endpoint(
    path="/ivp/meters",
    parse=meters.parse,
    wanted=_generation(FIRST_WITH_METERS),
    every_s=_every(10 * _MINUTE),  # an installer's visit changes it, nothing else
    blank=lambda page: not page,
    blanks_believed=math.inf,  # a meter that is switched off stays in the list
)
READINGS: Final = Endpoint(
    path="/ivp/meters/readings",
    parse=readings.parse,
    wanted=lambda profile, _: bool(profile.meters),
    every_s=_LIVE,
)
V1_PRODUCTION: Final = Endpoint(
    path="/api/v1/production",
    parse=v1_production.parse,
    wanted=_v1_wanted,
    every_s=_v1_pace,
)
ENSEMBLE_INVENTORY: Final = Endpoint(
    path="/ivp/ensemble/inventory",
    parse=ensemble_inventory.parse,
    wanted=_generation(FIRST_WITH_ENSEMBLE),
    every_s=_inventory_pace,
    blank=lambda page: sum(
        not kind for kind in (page.batteries, page.controllers, page.collars, page.combiners)
    ),
)
ENSEMBLE_POWER: Final = Endpoint(
    path="/ivp/ensemble/power",
    parse=ensemble_power.parse,
    wanted=lambda profile, _: profile.has_batteries,
    every_s=_LIVE,
    blank=lambda page: not page,
)
LIVE_STATUS: Final = Endpoint(
    path="/ivp/livedata/status",
    parse=live_status.parse,
    wanted=lambda _, __: False,  # live polls ask it, collections do not
    every_s=_LIVE,
)
SECCTRL: Final = Endpoint(
    path="/ivp/ensemble/secctrl",
    parse=secctrl.parse,
    wanted=lambda profile, _: profile.has_batteries or profile.has_ac_batteries,
    every_s=_every(3 * _MINUTE),  # whole per cents and watt-hours: it moves once in minutes
)
DRY_CONTACTS: Final = Endpoint(
    path="/ivp/ensemble/dry_contacts",
    parse=dry_contacts.parse_states,
    wanted=_has_controller,
    every_s=_every(2 * _MINUTE),  # switched by the controller within seconds, but seldom
    serves=frozenset({Section.DRY_CONTACTS}),
    blank=lambda page: not page,
)
DRY_CONTACT_SETTINGS: Final = Endpoint(
    path="/ivp/ss/dry_contact_settings",
    parse=dry_contacts.parse_settings,
    wanted=_has_controller,
    every_s=_every(15 * _MINUTE),  # people change it, and seldom
    serves=frozenset({Section.DRY_CONTACTS}),
    blank=lambda page: not page,
)
GENERATOR: Final = Endpoint(
    path="/ivp/ensemble/generator",
    parse=generator.parse_state,
    wanted=_has_controller,
    every_s=lambda profile: _MINUTE if profile.has_generator else 24 * _HOUR,
    serves=frozenset({Section.GENERATOR, Section.GRID}),
)
GENERATOR_CONFIG: Final = Endpoint(
    path="/ivp/ss/gen_config",
    parse=generator.parse_config,
    wanted=lambda profile, pages: _has_controller(profile, pages) and _generator_present(pages),
    every_s=_every(6 * _HOUR),  # what stands on its plate, and how it was set up
    serves=frozenset({Section.GENERATOR}),
    blank=lambda page: page is None,
)
GENERATOR_SCHEDULE: Final = Endpoint(
    path="/ivp/ss/gen_schedule",
    parse=generator.parse_schedule,
    wanted=_has_generator,
    every_s=_every(_HOUR),
    serves=frozenset({Section.GENERATOR}),
)
GENERATOR_MODE: Final = Endpoint(
    path="/ivp/ss/gen_mode",
    parse=generator.parse_mode,
    wanted=_has_generator,
    every_s=_every(5 * _MINUTE),
    serves=frozenset({Section.GENERATOR}),
)
INVERTERS: Final = Endpoint(
    path="/api/v1/production/inverters",
    parse=inverters.parse,
    wanted=lambda profile, pages: (
        pages.get(V1_PRODUCTION) is not None or profile.version >= FIRST_WITH_METERS
    ),
    every_s=_every(5 * _MINUTE),  # an inverter reports every 5 to 15 minutes
    blank=lambda page: not page,
)
PRODUCTION_JSON: Final = Endpoint(
    path="/production.json?details=1",
    parse=production_json.parse,
    wanted=_meter_page_wanted,
    every_s=_meter_page_pace,  # the slow user interface of the gateway renders it
    slow=True,
)
PRODUCTION_PAGE: Final = Endpoint(
    path="/production",
    parse=production_json.parse,
    # Some 7.x refuse one of the twins (section 5.7).
    wanted=lambda profile, pages: (
        pages.lacks(PRODUCTION_JSON) and _meter_page_wanted(profile, pages)
    ),
    every_s=_meter_page_pace,
    slow=True,
)
DEVICE_DATA: Final = Endpoint(
    path="/ivp/pdm/device_data",
    parse=device_data.parse,
    wanted=lambda profile, _: profile.uses_tokens,
    every_s=_details_pace,
    serves=frozenset({Section.INVERTER_DETAILS, Section.RELAYS}),
    needed=_details_must_help,
    blank=lambda page: not page.inverters,
)
DEVICE_STATUS: Final = Endpoint(
    path="/ivp/peb/devstatus",
    parse=devstatus.parse,
    wanted=lambda _, pages: pages.installer and pages.lacks(DEVICE_DATA),
    every_s=_every(5 * _MINUTE),
    serves=frozenset({Section.INVERTER_DETAILS, Section.INVERTER_STATES, Section.RELAYS}),
    needed=lambda profile: profile.inverters_from is InverterSource.STATUS,
    blank=lambda page: not page.inverters,
)
PDM_ENERGY: Final = Endpoint(
    path="/ivp/pdm/energy",
    parse=pdm_energy.parse,
    wanted=lambda profile, _: _inverters_must_help(profile),
    every_s=_every(5 * _MINUTE),
)
INVENTORY: Final = Endpoint(
    path="/inventory.json?deleted=1",
    parse=inventory.parse,
    wanted=_generation(FIRST_WITH_METERS),
    every_s=_installed_pace,
    serves=_INSTALLED,
    after_first=True,
    blank=lambda page: sum(not kind for kind in (page.inverters, page.ac_batteries, page.relays)),
    slow=True,
)
PLAIN_INVENTORY: Final = Endpoint(
    path="/inventory.json",
    parse=inventory.parse,
    wanted=lambda _, pages: pages.lacks(INVENTORY),
    every_s=_installed_pace,
    serves=_INSTALLED,
    after_first=True,
    slow=True,
)
HTML_PRODUCTION: Final = Endpoint(
    path="/production?locale=en",
    parse=legacy_production.parse,
    wanted=lambda profile, pages: pages.lacks(V1_PRODUCTION) and not profile.uses_tokens,
    every_s=_every(_MINUTE),
)
HOME: Final = Endpoint(
    path="/home",
    parse=home.parse,
    wanted=_generation(FIRST_WITH_METERS),
    # Up to ten seconds of work for the gateway. Time zone and MAC, which we need ourselves, stay
    # what they are: for them, once a day will do.
    every_s=_every(_HOUR),
    section=Section.NETWORK,
    shows="surroundings",
    figure=lambda page: page.surroundings,
    needed=lambda profile: profile.grid_from_home,
    after_first=True,
    slow=True,
)
HOME_JSON: Final = Endpoint(
    path="/home.json",
    parse=home.parse,
    wanted=lambda _, pages: pages.lacks(HOME),
    every_s=_every(_HOUR),
    section=Section.NETWORK,
    shows="surroundings",
    figure=lambda page: page.surroundings,
    needed=lambda profile: profile.grid_from_home,
    after_first=True,
    slow=True,
)
LEGACY_HOME: Final = Endpoint(
    path="/home?locale=en",
    parse=legacy_home.parse,
    wanted=lambda profile, _: profile.version < FIRST_WITH_METERS and not profile.uses_tokens,
    every_s=_every(5 * _MINUTE),
    section=Section.ACTIVE_COUNT,
    shows="active_inverters",
    after_first=True,
)
TARIFF: Final = Endpoint(
    path="/admin/lib/tariff",
    parse=tariff.parse,
    wanted=_tariff_wanted,
    every_s=_every(10 * _MINUTE),  # changed by people, and by the cloud without their knowledge
    section=Section.STORAGE_SETTINGS,
    after_first=True,
)
PRODUCTION_LIMIT: Final = Endpoint(
    path="/ivp/sc/pvlimit",
    parse=pv_limit.parse,
    wanted=_generation(FIRST_WITH_LIMITS),
    every_s=_every(15 * _MINUTE),
    section=Section.PRODUCTION_LIMIT,
    shows="production_limit",
    after_first=True,
)
EXPORT_LIMIT: Final = Endpoint(
    path="/ivp/ss/pel_settings",
    parse=pel_settings.parse,
    wanted=_generation(FIRST_WITH_LIMITS),
    every_s=_every(15 * _MINUTE),
    section=Section.EXPORT_LIMIT,
    shows="export_limit",
    after_first=True,
)
DYNAMIC_LIMIT: Final = Endpoint(
    path="/ivp/ss/dpel",
    parse=dpel.parse,
    wanted=lambda _, pages: pages.installer,
    every_s=_every(15 * _MINUTE),
    section=Section.DYNAMIC_LIMIT,
    shows="dynamic_limit",
    after_first=True,
)
PRODUCTION_SWITCH: Final = Endpoint(
    path="/ivp/mod/603980032/mode/power",
    parse=production_switch.parse,
    wanted=lambda _, pages: pages.installer,
    every_s=_every(15 * _MINUTE),
    section=Section.PRODUCTION_SWITCH,
    shows="production_allowed",
    after_first=True,
)
GRID_PROFILE: Final = Endpoint(
    path="/installer/agf/index.json",
    parse=grid_profile.parse,
    wanted=lambda _, pages: pages.installer,
    every_s=_every(6 * _HOUR),  # slow, and only changed by an installer
    section=Section.GRID_PROFILE,
    shows="grid_profile",
    after_first=True,
    slow=True,
)
POLLING: Final = Endpoint(
    path="/ivp/peb/newscan",
    parse=newscan.parse,
    wanted=lambda _, pages: pages.installer,
    every_s=_every(_HOUR),
    section=Section.POLLING,
    shows="polling_interval_s",
    after_first=True,
)

ENDPOINTS: Final[tuple[Endpoint[Any], ...]] = (
    INFO,
    METERS,
    READINGS,
    V1_PRODUCTION,
    ENSEMBLE_INVENTORY,
    ENSEMBLE_POWER,
    LIVE_STATUS,
    SECCTRL,
    DRY_CONTACTS,
    DRY_CONTACT_SETTINGS,
    GENERATOR,
    GENERATOR_CONFIG,
    GENERATOR_SCHEDULE,
    GENERATOR_MODE,
    INVERTERS,
    PRODUCTION_JSON,
    PRODUCTION_PAGE,
    DEVICE_DATA,
    DEVICE_STATUS,
    PDM_ENERGY,
    HTML_PRODUCTION,
    HOME,  # before other slow pages: its time zone says when a day begins
    HOME_JSON,
    INVENTORY,
    PLAIN_INVENTORY,
    LEGACY_HOME,
    TARIFF,
    PRODUCTION_LIMIT,
    EXPORT_LIMIT,
    DYNAMIC_LIMIT,
    PRODUCTION_SWITCH,
    GRID_PROFILE,
    POLLING,
)


METER_PAGES: Final = (PRODUCTION_JSON, PRODUCTION_PAGE)
HOME_PAGES: Final = (HOME, HOME_JSON)
INVENTORIES: Final = (INVENTORY, PLAIN_INVENTORY)
"""Twins: pages that say the same, the better one first. The other is asked where the first one does
not exist."""


def meter_page(pages: Pages) -> production_json.ProductionJson | None:
    """Return what the gateway sums up of its meters and inverters."""
    return pages.first(*METER_PAGES).page


def meter_page_silent(pages: Pages) -> bool:
    """Return whether neither of the twins has answered yet, not even that it is missing."""
    return pages.silent(pages.first(*METER_PAGES).endpoint)
