"""Parse the web page ``/production`` of old firmware: production in words and three digits.

The only source of figures before R3.9. Labels come in the language of the gateway, and rows may
stand on one line or on many.
Source: gateway-api.md, section 9.1; seen on 3.7 and 3.9.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from ..errors import EnvoyAbsentError, EnvoyResponseError
from ..models import EnergyFigures
from ._html import shown

_ROW = re.compile(r"<tr\b", re.IGNORECASE)
_CELL = re.compile(r"<t[dh]\b[^<>]*>(.*?)(?=</?t[dhr]\b|</table\b|\Z)", re.IGNORECASE | re.DOTALL)
_QUANTITY = re.compile(r"([+-]?[0-9][0-9.,' ]{0,30}?) ?([kmg]?)(wh?)", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?([1-9][0-9]{0,2}(,[0-9]{3})+|[0-9]{1,3}(\.[0-9]{3}){2,})")
_REFUSAL = re.compile(r"not found|unauthorized|authorization required|\berror\b", re.IGNORECASE)

_SCALES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}
_LARGEST = 10**15
_ORDER = ("power", "today", "seven_days", "lifetime")
_USUAL_UNITS = ["w", "wh", "wh", "wh"]
_LABELS = {
    "currently": "power",
    "derzeit": "power",
    "actuellement": "power",
    "attualmente": "power",
    "actualmente": "power",
    "momenteel": "power",
    "today": "today",
    "heute": "today",
    "aujourd'hui": "today",
    "oggi": "today",
    "hoy": "today",
    "vandaag": "today",
    "past week": "seven_days",
    "letzte woche": "seven_days",
    "semaine dernière": "seven_days",
    "settimana scorsa": "seven_days",
    "semana pasada": "seven_days",
    "afgelopen week": "seven_days",
    "since installation": "lifetime",
    "seit installation": "lifetime",
    "depuis l'installation": "lifetime",
    "dall'installazione": "lifetime",
    "desde la instalación": "lifetime",
    "sinds installatie": "lifetime",
}
"""Only words that leave no doubt; the shape of the table serves for all others."""


class _Figure(NamedTuple):
    label: str
    amount: float
    """In watts or watt-hours."""
    unit: str
    """``w`` or ``wh``."""


def parse(body: bytes) -> EnergyFigures:
    """Return production in watts and watt-hours, to three significant digits.

    A row is recognised by its label. Labels that we do not know do no harm where the table has its
    usual shape: power, then the energy of today, of seven days and since installation.

    Raises EnvoyAbsentError for a page that says it is not there, and EnvoyResponseError for any
    other without production.
    """
    content = body.decode("utf-8", "replace")
    figures = _figures(content)
    usual = [figure.unit for figure in figures] == _USUAL_UNITS
    places = _ORDER if usual else ("",) * len(figures)
    found: dict[str, float] = {}
    for figure, place in zip(figures, places, strict=True):
        name = _LABELS.get(figure.label, place)
        if name and figure.unit == ("w" if name == "power" else "wh"):
            found.setdefault(name, figure.amount)
    if not found:
        raise _refusal(content)
    return EnergyFigures(
        power_w=found.get("power"),
        today_wh=found.get("today"),
        seven_days_wh=found.get("seven_days"),
        lifetime_wh=found.get("lifetime"),
    )


def _refusal(content: str) -> EnvoyResponseError:
    if _REFUSAL.search(shown(content)):
        return EnvoyAbsentError("an error page instead of production")
    return EnvoyResponseError("the body is not the production page")


def _figures(content: str) -> list[_Figure]:
    """Return the rows whose second cell is a quantity."""
    rows = (_CELL.findall(row) for row in _ROW.split(content))
    return [figure for cells in rows if (figure := _figure(cells))]


def _figure(cells: list[str]) -> _Figure | None:
    label, quantity = (shown(cell) for cell in [*cells, "", ""][:2])
    match = _QUANTITY.fullmatch(quantity)
    amount = _number(match[1]) if match else None
    if match is None or amount is None:
        return None
    amount *= _SCALES[match[2].lower()]
    if abs(amount) > _LARGEST:
        return None
    return _Figure(label.rstrip(": ").casefold(), float(amount), match[3].lower())


def _number(digits: str) -> Decimal | None:
    """Read a number with a decimal comma or point, and with thousands set apart or not.

    A single comma before three digits sets thousands apart ("12,345 Wh"), since the page itself
    shows three digits at most. A single point is always the decimal one.
    """
    digits = digits.replace(" ", "").replace("'", "")
    if _THOUSANDS.fullmatch(digits):
        digits = digits.replace(",", "").replace(".", "")
    elif digits.rfind(",") > digits.rfind("."):
        digits = digits.replace(".", "").replace(",", ".")
    try:
        return Decimal(digits.replace(",", ""))
    except InvalidOperation:
        return None
