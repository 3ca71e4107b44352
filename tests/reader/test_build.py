"""What becomes of the latest pages."""

from __future__ import annotations

import pytest

from custom_components.enphase_envoy.envoy_reader.assemble.build import time_zone
from custom_components.enphase_envoy.envoy_reader.pages.endpoints import HOME
from custom_components.enphase_envoy.envoy_reader.pages.typed import Pages
from custom_components.enphase_envoy.envoy_reader.parsers.home import Home


def test_time_zone_is_the_one_that_the_gateway_tells():
    pages = Pages().put(HOME, Home(time_zone="Europe/Amsterdam"))

    assert str(time_zone(pages)) == "Europe/Amsterdam"


@pytest.mark.parametrize("told", [None, "", "Nowhere/City", "../etc/passwd"])
def test_time_zone_that_nobody_knows_is_none(told):
    assert time_zone(Pages().put(HOME, Home(time_zone=told))) is None


def test_time_zone_is_not_known_before_the_home_page_has_answered():
    assert time_zone(Pages()) is None
