from datetime import UTC, datetime

import pytest

from custom_components.enphase_envoy.envoy_reader.parsers.home import Home, parse
from custom_components.enphase_envoy.envoy_reader.status import (
    Link,
    Reach,
    Surroundings,
    TariffKind,
)

from .documents import HOME, encoded

CELLULAR = {"type": "cellular", "interface": "ppp0", "ip": "192.0.2.1"}
WIRED = {"type": "ethernet", "interface": "eth0", "mac": "02:00:00:00:00:01", "ip": "192.0.2.3"}
UNPLUGGED = WIRED | {"mac": "02:00:00:00:00:03", "ip": None}
WIRELESS = {"type": "wifi", "interface": "wlan0", "mac": "02:00:00:00:00:02", "ip": "192.0.2.2"}


def network(primary: object, *interfaces: object) -> Home:
    """Return what the parser makes of a gateway with these interfaces."""
    return parse(encoded({"network": {"primary_interface": primary, "interfaces": interfaces}}))


def test_every_value():
    assert parse(encoded(HOME)) == Home(
        time_zone="Europe/Amsterdam",
        mac="02:00:00:00:00:02",
        grid_closed=True,
        surroundings=Surroundings(
            link=Link.WIFI,
            dhcp=False,
            signal_pct=60,
            cloud_connected=True,
            reported_to_cloud_at=datetime(2025, 1, 1, tzinfo=UTC),
            all_devices=Reach(count=14, level=4),
            inverters=Reach(count=12, level=5),
            battery_level_2_4_ghz=3,
            battery_level_sub_ghz=2,
            tariff=TariffKind.TIME_OF_USE,
            up_to_date=True,
        ),
    )


@pytest.mark.parametrize(
    ("primary", "interfaces", "mac"),
    [
        ("eth0", (WIRELESS, WIRED), WIRED["mac"]),
        ("eth0", (WIRELESS, UNPLUGGED), UNPLUGGED["mac"]),
        ("wlan0", (WIRED, WIRELESS), WIRELESS["mac"]),
        ("ppp0", (CELLULAR, WIRELESS, WIRED), WIRED["mac"]),
        (None, (WIRELESS, WIRED), WIRED["mac"]),
        (None, (UNPLUGGED, WIRELESS, WIRED), WIRED["mac"]),
        (None, (CELLULAR, WIRELESS, UNPLUGGED), WIRELESS["mac"]),
        (None, ({"mac": "02:00:00:00:00:09"}, WIRELESS), "02:00:00:00:00:09"),
        (7, (None, 5, WIRELESS), WIRELESS["mac"]),
        ("eth0", (WIRED | {"mac": None}, WIRELESS), WIRELESS["mac"]),
        ("eth0", (WIRED | {"mac": "unknown"}, WIRELESS), WIRELESS["mac"]),
        ("eth0", (WIRED | {"mac": "00:00:00:00:00:00"}, WIRELESS), WIRELESS["mac"]),
        ("ppp0", (CELLULAR,), None),
        ("eth0", (), None),
    ],
)
def test_hardware_address(primary, interfaces, mac):
    assert network(primary, *interfaces).mac == mac


@pytest.mark.parametrize(
    ("enpower", "closed"),
    [
        ({"grid_status": "open"}, False),
        ({"grid_status": "unsure"}, None),
        ({}, None),
        (None, None),
        (["closed"], None),
    ],
)
def test_grid(enpower, closed):
    assert parse(encoded(HOME | {"enpower": enpower})).grid_closed is closed


@pytest.mark.parametrize("value", [None, 5, [], "none"])
def test_broken_network_costs_itself_only(value):
    assert parse(encoded({"timezone": "US/Central", "network": value})) == Home(
        time_zone="US/Central"
    )


def test_gateway_that_never_reported_to_the_cloud():
    body = encoded({"network": {"last_enlighten_report_time": 0}})

    assert parse(body).surroundings.reported_to_cloud_at is None


@pytest.mark.parametrize(
    ("interface", "signal_pct"),
    [
        ({"signal_strength": 24, "signal_strength_max": 32}, 75),
        ({"signal_strength": 0, "signal_strength_max": 5}, 0),
        ({"signal_strength": 0, "signal_strength_max": 0}, None),
        ({"signal_strength": 6, "signal_strength_max": 5}, None),
        ({"signal_strength": -1, "signal_strength_max": 5}, None),
        ({"signal_strength": 3}, None),
        ({"signal_strength_max": 5}, None),
    ],
)
def test_signal(interface, signal_pct):
    surroundings = network("wlan0", WIRELESS | interface).surroundings

    assert surroundings.signal_pct == signal_pct


@pytest.mark.parametrize("primary", [None, "eth1", 7])
def test_nothing_is_known_of_a_connection_that_is_not_listed(primary):
    assert network(primary, WIRED, WIRELESS).surroundings == Surroundings()


def test_connection_of_an_unknown_type_is_none():
    assert network("eth0", WIRED | {"type": "satellite"}).surroundings.link is None


@pytest.mark.parametrize("level", [-1, 6, 2.5, "good", None])
def test_level_out_of_range_costs_itself_only(level):
    body = encoded(HOME | {"comm": {"num": 3, "level": level}})

    assert parse(body).surroundings.all_devices == Reach(count=3)


def test_negative_count_is_none():
    body = encoded(HOME | {"comm": {"num": -3, "level": 4}})

    assert parse(body).surroundings.all_devices == Reach(level=4)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("single_rate", TariffKind.SINGLE_RATE),
        ("time_of_use", TariffKind.TIME_OF_USE),
        ("time_to_use", TariffKind.TIME_OF_USE),
        ("tiered", TariffKind.TIERED),
        ("none", TariffKind.NONE),
        ("by the moon", None),
        (None, None),
    ],
)
def test_tariff(word, kind):
    assert parse(encoded(HOME | {"tariff": word})).surroundings.tariff is kind


@pytest.mark.parametrize(
    ("word", "up_to_date"), [("satisfied", True), ("not-satisfied", False), ("maybe", None)]
)
def test_update(word, up_to_date):
    page = parse(encoded(HOME | {"update_status": word}))

    assert page.surroundings.up_to_date is up_to_date
