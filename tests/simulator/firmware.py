"""What a firmware shows of a site: which pages, in which form, and with which mistakes.

All of it is data. A page asks ``quirk in firmware.quirks``; nothing compares versions.
Source: gateway-api.md, sections 1, 3, 7 and 17.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum, auto
from typing import Literal


class Group(StrEnum):
    """Pages that come and go together."""

    HTML = auto()
    V1 = auto()
    INVERTERS = auto()
    PRODUCTION = auto()
    PRODUCTION_SHORT = auto()
    """``/production`` as JSON, beside ``/production.json``."""
    METERS = auto()
    GRID_READING = auto()
    HOME = auto()
    INVENTORY = auto()
    TARIFF = auto()
    AC_BATTERY_CONFIG = auto()
    ENSEMBLE = auto()
    LIVE = auto()
    PDM_ENERGY = auto()
    DEVICE_DATA = auto()
    GENERATOR_MODE = auto()
    INSTALLER = auto()


class Quirk(StrEnum):
    """A known way a page misleads; the numbers are those of gateway-api.md."""

    INVERTER_SUM_WRAPS = auto()
    """17.2a: the sum of the inverters' lifetimes wraps at 2^32 joules."""
    EACH_INVERTER_WRAPS = auto()
    """17.2b: each inverter's part of that sum wraps."""
    V1_ZERO_ENERGY = auto()
    """17.1: the three energies of ``/api/v1/production`` are zero, the power is right."""
    V1_ALL_ZERO = auto()
    """17.3: and the power is zero too."""
    V1_STALLED = auto()
    """17.1 from 8.2.4264: figures that mean nothing and never change."""
    V1_OF_IDLE_METER = auto()
    """9.2: ``/api/v1/production`` goes on showing the register of a clamp that is switched off; see
    ``Firmware.left_over``."""
    TODAY_IS_LIFETIME = auto()
    """15.3: today and seven days both show the lifetime."""
    WEEK_IS_LIFETIME_LESS_TODAY = auto()
    """15.3: the archive is younger than a week."""
    CONSUMPTION_TODAY_ZERO = auto()
    """17.4: today and seven days of consumption are 0.0."""
    PHASE_TODAY_ZERO = auto()
    """17.4: consumption today is zero on each line alone."""
    CONSUMPTION_WEEK_TINY = auto()
    """15.3: seven days of consumption are smaller than today."""
    CONSUMPTION_TODAY_PHANTOM = auto()
    """15.3: an unconfigured channel is counted into today's consumption."""
    TODAY_RESETS_LATE = auto()
    """15.3: the new day begins eleven minutes after midnight."""
    TODAY_UNDERFLOWS = auto()
    """15.3: today is a small negative number, written unsigned."""
    PHANTOM_METER = auto()
    """17.14: readings list a meter that is not configured."""
    TOTAL_IS_NET = auto()
    """17.5: the total row carries the figures of the net row."""
    ACTIVE_COUNT_FLIPS = auto()
    """17.6: every other minute the clamp is said to be inactive."""
    STORAGE_PHASE_DROPS = auto()
    """17.7: every other minute one storage phase is all zeros."""
    INVERTERS_VANISH_AT_NIGHT = auto()
    """17.9: every four hours of the night the inverter list is empty for a minute."""
    NO_END_DATE_AT_NIGHT = auto()
    """17.7: device data lack the date of the last report until sunrise."""
    THREE_LINES = auto()
    """9.3: three lines whatever is configured."""
    POWER_FACTOR_SUMS = auto()
    """9.3: the power factor of the whole is the sum of the phases."""
    ZERO_METERS = auto()
    """10.2: a gateway without meters lists readings of zero."""
    ENSEMBLE_DENIED = auto()
    """3.3: without a battery most battery pages answer 401 to a good token."""


class Absence(StrEnum):
    """How a page that does not exist answers (gateway-api.md, 3.3)."""

    ERROR = auto()
    """404 with ``{"error": …}``."""
    ERR = auto()
    """404 with ``{"err": …}`` and no content type."""
    HTML = auto()
    """200 with a page for people."""
    CHALLENGE = auto()
    """401 that asks for digest, whatever the credentials."""
    UNAUTHORIZED = auto()
    """401 with the short HTML of firmware 4 and 5."""
    ERROR_200 = auto()
    """200 with ``{"error": …}``."""
    MOVED = auto()
    """301 to a page for people."""
    BAD_REQUEST = auto()
    """400."""
    GONE = auto()
    """410."""
    BROKEN = auto()
    """500, always."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Firmware:
    """A firmware version and how it behaves."""

    version: str
    """Letter and dotted numbers, as ``/info`` shows it."""
    groups: frozenset[Group]
    quirks: frozenset[Quirk] = frozenset()
    absences: tuple[tuple[str, Absence], ...] = (("/", Absence.ERR),)
    """Path prefix to form; the first that fits counts."""
    tokens: bool = True
    """Tokens and https; else digest and http."""
    port_80: Literal["serve", "redirect", "redirect-localhost", "closed"] = "redirect"
    keep_alive: bool = True
    close_after_challenge: bool = False
    """17.10: hangs up after asking for digest, without saying so."""
    garbage_challenge: bool = False
    """17.11: the challenge after a bad password is not text."""
    installer_for_inverters: bool = False
    """4: the user ``envoy`` does not see the inverters."""
    login_page: str = "/home"
    """Where the 401 page sends people."""
    cookie_required: bool = False
    """5.5: a token without the cookie of ``/auth/check_jwt`` is refused (early 7.0)."""
    info: Literal["xml", "html"] = "xml"
    info_type: str | None = "text/xml"
    """Content type of ``/info``."""
    info_says_imeter: bool = True
    interval_s: int = 300
    html_locale: str = "en"
    html_one_line: bool = True
    device_type_listed: bool = True
    measurement_type_listed: bool = True
    status_flags_listed: bool = True
    readings_of_disabled: bool = True
    pdm_energy_for_owner: bool = False
    tariff_type: str | None = "application/json"
    storage_settings: bool = True
    netting_reports: bool = True
    """9.5: the net report shows import minus export; before 7.6 import and export."""
    left_over: tuple[float, float] = (0.641, 0.0)
    """17.1: power and lifetime that a disabled clamp is said to have."""
    old_inventory: bool = False
    """12.1: the battery inventory as firmware 7 writes it."""
    home_shows_enpower: bool = False
    """8.2: ``/home.json`` tells the state of the grid (firmware 5 to 7)."""
    device_data_limit: int = 50
    live_needs_stream: bool = False
    """13.1: the live data stand still until their stream is switched on."""
    stream_level: int | None = 3
    """13.3: level of access of ``/stream/meter``; ``None``: there is none."""

    def has(self, group: Group) -> bool:
        """Whether the pages of a group exist."""
        return group in self.groups

    def absence(self, path: str) -> Absence:
        """How a missing page answers."""
        fitting = (form for prefix, form in self.absences if path.startswith(prefix))
        return next(fitting, Absence.ERR)


_FIRMWARE_3 = frozenset({Group.HTML})
_FIRMWARE_39 = _FIRMWARE_3 | {Group.V1, Group.INVERTERS}
_FIRMWARE_5 = frozenset(
    {
        Group.V1,
        Group.INVERTERS,
        Group.PRODUCTION,
        Group.METERS,
        Group.HOME,
        Group.INVENTORY,
        Group.TARIFF,
    }
)
_FIRMWARE_7 = _FIRMWARE_5 | {
    Group.PRODUCTION_SHORT,
    Group.AC_BATTERY_CONFIG,
    Group.ENSEMBLE,
    Group.LIVE,
    Group.PDM_ENERGY,
    Group.INSTALLER,
}
_FIRMWARE_83 = _FIRMWARE_7 | {Group.DEVICE_DATA, Group.GRID_READING, Group.GENERATOR_MODE}

_OLD_ABSENCES = (
    ("/production.json", Absence.HTML),
    ("/admin/", Absence.HTML),
    ("/", Absence.ERROR),
)

R37 = Firmware(
    version="R3.7.28",
    groups=_FIRMWARE_3,
    absences=_OLD_ABSENCES,
    tokens=False,
    port_80="serve",
    info="html",
    info_type="application/json",
)
D37 = Firmware(
    version="D3.7.0",
    groups=_FIRMWARE_3,
    absences=_OLD_ABSENCES,
    tokens=False,
    port_80="serve",
    info_type="application/json",
    info_says_imeter=False,
    html_locale="fr",
    html_one_line=False,
)
R39 = Firmware(
    version="R3.9.36",
    groups=_FIRMWARE_39,
    absences=_OLD_ABSENCES,
    tokens=False,
    port_80="serve",
    garbage_challenge=True,
    installer_for_inverters=True,
    info_says_imeter=False,
    device_type_listed=False,
)
D318 = Firmware(
    version="D3.18.10",
    groups=_FIRMWARE_39,
    absences=(("/ivp/meters", Absence.CHALLENGE), *_OLD_ABSENCES),
    tokens=False,
    port_80="serve",
    close_after_challenge=True,
    installer_for_inverters=True,
    info_type="application/json",
    info_says_imeter=False,
    device_type_listed=False,
)
D5 = Firmware(
    version="D5.0.62",
    groups=_FIRMWARE_5,
    absences=(
        ("/production", Absence.UNAUTHORIZED),
        ("/ivp/ss/", Absence.ERR),
        ("/ivp/sc/", Absence.ERR),
        ("/", Absence.ERROR),
    ),
    tokens=False,
    port_80="serve",
    keep_alive=False,
    storage_settings=False,
    stream_level=6,
)
D42 = replace(
    D5,
    version="D4.2.27",
    info_says_imeter=False,
    device_type_listed=False,
    measurement_type_listed=False,
    status_flags_listed=False,
    readings_of_disabled=False,
    left_over=(5814.2, 0.0),
)
D7 = Firmware(
    version="D7.6.175",
    groups=_FIRMWARE_7,
    quirks=frozenset({Quirk.INVERTER_SUM_WRAPS}),
    home_shows_enpower=True,
    old_inventory=True,
    live_needs_stream=True,
)
D70 = replace(
    D7,
    version="D7.0.88",
    quirks=frozenset({Quirk.INVERTER_SUM_WRAPS, Quirk.ENSEMBLE_DENIED}),
    cookie_required=True,
    absences=(("/ivp/pdm/", Absence.ERROR_200), ("/", Absence.ERR)),
    port_80="redirect-localhost",
    netting_reports=False,
    stream_level=2,
)
D8 = Firmware(
    version="D8.2.4286",
    groups=_FIRMWARE_7,
    quirks=frozenset({Quirk.EACH_INVERTER_WRAPS}),
    interval_s=900,
    tariff_type=None,
)
D8_DEVICE_DATA = replace(D8, version="D8.2.4345", groups=_FIRMWARE_7 | {Group.DEVICE_DATA})
D83 = Firmware(
    version="D8.3.5169",
    groups=_FIRMWARE_83,
    quirks=frozenset({Quirk.EACH_INVERTER_WRAPS}),
    keep_alive=False,
    info_type=None,
    interval_s=900,
    tariff_type=None,
    pdm_energy_for_owner=True,
)
D83_NEW = Firmware(
    version="D8.3.5289",
    groups=_FIRMWARE_83,
    quirks=frozenset({Quirk.EACH_INVERTER_WRAPS, Quirk.PHANTOM_METER}),
    port_80="closed",
    login_page="/login.html",
    info_type=None,
    interval_s=900,
    tariff_type=None,
    pdm_energy_for_owner=True,
)
