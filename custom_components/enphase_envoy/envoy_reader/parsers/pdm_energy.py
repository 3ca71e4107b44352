"""Parse ``/ivp/pdm/energy``: what each kind of meter counted.

Firmware 7 and early 8 give it to installers only.
Source: gateway-api.md, section 9.4; seen on 7.6 and 8.3.
"""

from dataclasses import dataclass

from ..models import EnergyFigures
from ._json import Row, json_object, part
from .v1_production import energy_figures


@dataclass(frozen=True, slots=True, kw_only=True)
class PdmEnergy:
    """Energy by meter that we ask for; ``None`` for one that the page does not mention.

    Meters that are not installed are mentioned, with zeros.
    """

    inverters: EnergyFigures | None = None
    """Sum of the microinverters (``pcu``)."""
    production_meter: EnergyFigures | None = None
    """Production clamps (``eim``)."""


def parse(body: bytes) -> PdmEnergy:
    """Return energy by meter, in watts and watt-hours.

    Raises EnvoyResponseError when the body is not this page.
    """
    page = json_object(body, "production", "consumption")
    production = part(page, "production")
    return PdmEnergy(
        inverters=_meter(production, "pcu"),
        production_meter=_meter(production, "eim"),
    )


def _meter(row: Row, key: str) -> EnergyFigures | None:
    figures = part(row, key)
    return energy_figures(figures) if figures else None
