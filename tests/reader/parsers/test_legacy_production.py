import pytest

from custom_components.enphase_envoy.envoy_reader.errors import (
    EnvoyAbsentError,
    EnvoyResponseError,
)
from custom_components.enphase_envoy.envoy_reader.models import EnergyFigures
from custom_components.enphase_envoy.envoy_reader.parsers.legacy_production import parse

from .documents import LEGACY_PRODUCTION

AS_SHOWN = EnergyFigures(power_w=1130, today_wh=405, seven_days_wh=60_200, lifetime_wh=21_700_000)


def table(*rows: tuple[str, str]) -> bytes:
    cells = "".join(f"<tr><td>{label}</td><td>{value}</td></tr>" for label, value in rows)
    return f"<html><table>{cells}</table> 17 kWh</html>".encode()


def test_every_value():
    assert parse(LEGACY_PRODUCTION.encode()) == AS_SHOWN


@pytest.mark.parametrize(
    "page",
    [
        LEGACY_PRODUCTION.replace("\n", ""),
        LEGACY_PRODUCTION.replace(">", ">\n").replace(" kW", "\n   kW"),
        LEGACY_PRODUCTION.replace(" kW", "&nbsp;kW"),
        LEGACY_PRODUCTION.upper(),
        LEGACY_PRODUCTION.replace("Wh", "WH").replace("kW", "KW").replace("MW", "mW"),
        LEGACY_PRODUCTION.replace("</td>", "").replace("</tr>", ""),
        LEGACY_PRODUCTION.replace("<td>", '<td class="a"><b>').replace("</td>", "</b></td>"),
        LEGACY_PRODUCTION.replace("</td> <td>", ":</td><td>"),
        LEGACY_PRODUCTION.replace(".", ","),
        LEGACY_PRODUCTION.replace("<tr>", "<tr><!-- row -->"),
    ],
    ids=[
        "one line",
        "many lines",
        "hard spaces",
        "upper case",
        "units",
        "open cells",
        "markup",
        "colons",
        "commas",
        "comments",
    ],
)
def test_form_of_the_page_does_not_matter(page):
    assert parse(page.encode()) == AS_SHOWN


def test_order_of_the_rows_does_not_matter():
    body = table(
        ("Since Installation", "21.7 MWh"),
        ("Past Week", "60.2 kWh"),
        ("Today", "405 Wh"),
        ("Currently", "1.13 kW"),
    )

    assert parse(body) == AS_SHOWN


@pytest.mark.parametrize(
    "labels",
    [
        ("Derzeit", "Heute", "Letzte Woche", "Seit Installation"),
        ("Actuellement", "Aujourd\u2019hui", "Semaine derni&egrave;re", "Depuis l'installation"),
        ("Attualmente", "Oggi", "Settimana scorsa", "Dall&#39;installazione"),
        ("Actualmente", "Hoy", "Semana pasada", "Desde la instalación"),
        ("Momenteel", "Vandaag", "Afgelopen week", "Sinds installatie"),
    ],
)
def test_labels_of_known_languages(labels):
    power, today, week, lifetime = labels

    figures = parse(
        table((lifetime, "21,7 MWh"), (week, "60,2 kWh"), (today, "405 Wh"), (power, "1,13 kW"))
    )

    assert figures == AS_SHOWN


def test_unknown_language_is_read_by_the_shape_of_the_table():
    body = table(
        ("Nyt", "1,13 kW"), ("Tänään", "405 Wh"), ("Viikko", "60,2 kWh"), ("Yhteensä", "21,7 MWh")
    )

    assert parse(body) == AS_SHOWN


def test_unknown_language_in_another_shape_is_refused():
    body = table(("Nyt", "1,13 kW"), ("Viikko", "60,2 kWh"), ("Yhteensä", "21,7 MWh"))

    with pytest.raises(EnvoyResponseError):
        parse(body)


def test_known_labels_in_another_shape_are_read():
    body = table(("Today", "405 Wh"), ("Something", "7 Wh"))

    assert parse(body) == EnergyFigures(today_wh=405)


@pytest.mark.parametrize(
    "value", ["--", "", "kWh", "5 kW", "1.2.3 kWh", "5", "5 J", "1e3 Wh", "9999999 GWh"]
)
def test_bad_value_costs_itself_only(value):
    body = table(
        ("Currently", "1.13 kW"),
        ("Today", value),
        ("Past Week", "60.2 kWh"),
        ("Since Installation", "21.7 MWh"),
    )

    assert parse(body) == EnergyFigures(power_w=1130, seven_days_wh=60_200, lifetime_wh=21_700_000)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0 Wh", 0),
        ("1.13 GWh", 1_130_000_000),
        ("0.123 kWh", 123),
        ("0,123 kWh", 123),
        ("1.234 kWh", 1_234),
        ("12,345 Wh", 12_345),
        ("1,234,567 Wh", 1_234_567),
        ("1.234.567 Wh", 1_234_567),
        ("1,234.5 kWh", 1_234_500),
        ("1.234,5 kWh", 1_234_500),
        ("1 234,5 kWh", 1_234_500),
        ("1'234.5kWh", 1_234_500),
        ("-12.5 Wh", -12.5),
    ],
)
def test_energies(value, expected):
    assert parse(table(("Today", value))).today_wh == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("0 W", 0), ("-4 W", -4), ("6.63 kW", 6630), ("1.2 MW", 1_200_000)]
)
def test_powers(value, expected):
    assert parse(table(("Currently", value))).power_w == expected


@pytest.mark.parametrize(
    "body",
    [
        b"<html><h2>Page Not Found</h2></html>",
        b"<html><body><h2>401 Unauthorized</h2></body></html>",
        b"<html><title>401 Authorization Required</title></html>",
        b"<html><h1>Error</h1></html>",
        b'{ "error" : "404 - Not Found" }',
        b"Error: 401",
    ],
)
def test_refusal_is_absence(body):
    with pytest.raises(EnvoyAbsentError):
        parse(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\x00",
        b'{"production": []}',
        b"<html><table><tr><td>Number of Microinverters</td><td>12</td></tr></table></html>",
        b"<tr><td>Today</td><td>&#" + b"9" * 5000 + b"; Wh</td></tr>",
        b"<tr><td>" * 100_000,
    ],
    ids=lambda body: repr(body[:30]),
)
def test_other_body_is_no_page_and_no_absence(body):
    with pytest.raises(EnvoyResponseError) as caught:
        parse(body)

    assert not isinstance(caught.value, EnvoyAbsentError)
