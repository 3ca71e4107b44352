from datetime import UTC, datetime

import pytest

from custom_components.enphase_envoy.envoy_reader.parsers.home import Home, parse

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
        interface="wlan0",
        grid_closed=True,
        reported_to_cloud_at=datetime(2025, 1, 1, tzinfo=UTC),
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

    assert parse(body).reported_to_cloud_at is None
