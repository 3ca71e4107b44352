"""The HTML pages of an Envoy with a display (gateway-api.md, 8.2 and 9.1)."""

from __future__ import annotations

from .view import View

_LABELS = {
    "en": ("System Energy Production", "Currently", "Today", "Past Week", "Since Installation"),
    "fr": (
        "Production d'énergie du système",
        "Actuellement",
        "Aujourd'hui",
        "La semaine dernière",
        "Depuis l'installation",
    ),
    "de": (
        "Energieproduktion des Systems",
        "Derzeit",
        "Heute",
        "Letzte Woche",
        "Seit der Installation",
    ),
}
_FIELD_WIDTH = 5


def production(view: View) -> str:
    """Return the table of production; three digits, and words of the unit's own language."""
    locale = "en" if view.asks("locale", "en") else view.firmware.html_locale
    title, *labels = _LABELS[locale]
    inverters = view.site.active_inverters
    texts = (
        _amount(sum(inverter.report.power_w for inverter in inverters), "W"),
        _amount(sum(inverter.reported_today_wh for inverter in inverters), "Wh"),
        _amount(sum(inverter.reported_seven_days_wh for inverter in inverters), "Wh"),
        _amount(sum(inverter.report.lifetime_wh for inverter in inverters), "Wh"),
    )
    between = "" if view.firmware.html_one_line else "\n      "
    rows = between.join(
        f"<tr><td>{label}</td>    <td>{text}</td></tr>"
        for label, text in zip(labels, texts, strict=True)
    )
    return f"""      <h1>{title}</h1>
      <div style="margin: auto"><table>
      <tr><td colspan="3">System has been live since
                             <div class=good>Mon Mar 02, 2015 10:15 AM</div></td></tr>
      {rows}
      </table><br></div>
"""


def home(view: View) -> str:
    """Return the table of the system's state."""
    return f"""      <h1>Envoy</h1>
      <table>
      <tr><td>Number of Microinverters</td><td>{len(view.site.active_inverters)}</td></tr>
      <tr><td>Number of Microinverters Online</td><td>{_online(view)}</td></tr>
      </table>
"""


def _online(view: View) -> int:
    return sum(inverter.alive for inverter in view.site.active_inverters)


def _amount(value: float, unit: str) -> str:
    """Write an amount with three significant digits and the unit that suits its size."""
    for prefix in ("", "k", "M"):
        if abs(value) < 999.5 or prefix == "M":
            break
        value /= 1000
    decimals = 0 if not prefix else max(0, 2 - len(str(int(abs(value)))) + 1)
    return f" {value:>{_FIELD_WIDTH - 1}.{decimals}f} {prefix}{unit}"
