"""A page that refuses may not exist, or the gateway may just have started: minutes decide nothing.

Asked without sockets, so that days take moments.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from custom_components.enphase_envoy.envoy_reader import (
    Health,
    ProductionSource,
    Section,
    Snapshot,
)
from custom_components.enphase_envoy.envoy_reader.memory import section
from tests.simulator import SCENARIOS, faults
from tests.simulator.faults import Fault
from tests.simulator.firmware import Absence

from .conftest import Visit
from .looking import DAY, HOUR, MINUTE, counted, looking, minutes, refuse_all, reload

BATTERIES = "pc_d8_three_phase_battery"
STANDARD = "p_d7_standard"
UPDATED = "D8.3.5289"
HTML = faults.Garbage(b"<html><body>Page Not Found</body></html>")
REFUSALS: dict[str, Fault] = {
    "401": faults.Status(401),
    "403": faults.Status(403),
    "404": faults.Status(404),
    "html": HTML,
}
each_refusal = pytest.mark.parametrize("fault", REFUSALS.values(), ids=REFUSALS)


def is_whole(snapshot: Snapshot | None, site: Visit) -> bool:
    """Say whether all that the site has is there, and of now."""
    truth = site.simulator.site
    return (
        snapshot is not None
        and not snapshot.failures
        and set(snapshot.health.values()) == {Health.FRESH}
        and len(snapshot.inverters) == len(truth.inverters)
        and len(snapshot.batteries) == len(truth.batteries)
        and (snapshot.consumption is not None) == bool(truth.meters)
        and snapshot.production.total.power_w is not None
    )


@pytest.mark.parametrize("refused_min", [2, 7, 20])
@each_refusal
@pytest.mark.parametrize("updated", [True, False], ids=["new firmware", "same firmware"])
async def test_restart_at_night_into_refusals_costs_minutes(fault, updated, refused_min):
    site = looking(BATTERIES)
    before = await minutes(site, 3)
    assert before
    site.simulator.faults["*"] = faults.Refuse()
    await minutes(site, 12)
    site.simulator.faults.clear()
    if updated:
        site.simulator.firmware = replace(site.simulator.firmware, version=UPDATED)
    refuse_all(site, fault)
    during = await minutes(site, refused_min)
    assert during
    assert during.failures
    assert during.health[Section.PRODUCTION] is not Health.FRESH
    site.simulator.faults.clear()

    after = await minutes(site, max(15, refused_min))

    assert is_whole(after, site)
    assert after
    assert after.sources == before.sources
    assert after.production.total.lifetime_wh == pytest.approx(
        site.simulator.site.production.lifetime_wh, abs=1
    )


@each_refusal
async def test_reload_while_everything_refuses_makes_no_difference(fault):
    site = looking(BATTERIES)
    await minutes(site, 3)
    site.simulator.firmware = replace(site.simulator.firmware, version=UPDATED)
    refuse_all(site, fault)
    site.simulator.site.advance(4 * HOUR)
    for _ in range(3):
        await minutes(site, 2)
        reload(site)
    site.simulator.faults.clear()

    assert is_whole(await minutes(site, 15), site)


@each_refusal
@pytest.mark.parametrize("scenario", [BATTERIES, STANDARD, "pc_d8_split_storage_ct"])
async def test_first_contact_with_a_gateway_that_refuses_everything(scenario, fault):
    site = looking(scenario)
    refuse_all(site, fault)
    during = await minutes(site, 5)
    assert during
    assert during.failures
    site.simulator.faults.clear()

    assert is_whole(await minutes(site, 15), site)


@pytest.mark.parametrize(
    "path",
    [
        "/ivp/meters",
        "/ivp/meters/readings",
        "/api/v1/production/inverters",
        "/production.json",
        "/ivp/ensemble/inventory",
        "/ivp/ensemble/power",
        "/api/v1/production",
    ],
)
@pytest.mark.parametrize("refused_min", [1, 10])
@pytest.mark.parametrize("scenario", [BATTERIES, STANDARD])
async def test_single_page_that_refuses_at_first_is_there_soon(scenario, refused_min, path):
    right = await minutes(looking(scenario), 5)
    assert right
    site = looking(scenario)
    site.simulator.faults[path] = faults.Status(401)
    await minutes(site, refused_min)
    reload(site)
    site.simulator.faults.clear()

    snapshot = await minutes(site, 15)

    assert is_whole(snapshot, site)
    assert snapshot
    assert snapshot.sources == right.sources


async def test_batteries_that_refuse_after_an_update_are_there_soon():
    site = looking("pc_d8_split_storage_ct")
    await minutes(site, 3)
    site.simulator.firmware = replace(site.simulator.firmware, version=UPDATED)
    for path in ("/ivp/ensemble/inventory", "/ivp/ensemble/power", "/ivp/ensemble/secctrl"):
        site.simulator.faults[path] = faults.Status(401)
    site.simulator.site.advance(4 * HOUR)
    snapshot = await minutes(site, 4)
    assert snapshot
    assert snapshot.batteries
    site.simulator.faults.clear()

    assert is_whole(await minutes(site, 15), site)


async def test_page_that_a_new_firmware_has_no_more_is_given_up():
    site = looking("pc_d83_device_data")
    await minutes(site, 3)
    site.simulator.firmware = SCENARIOS["pc_d7_one_phase"].firmware
    site.simulator.site.advance(4 * HOUR)
    snapshot = await minutes(site, 5)
    assert snapshot
    assert "/ivp/pdm/device_data" in snapshot.failures

    assert is_whole(await minutes(site, 40), site)


async def test_page_that_is_empty_after_an_update_is_believed_after_half_an_hour():
    site = looking(BATTERIES)
    await minutes(site, 3)
    site.simulator.firmware = replace(site.simulator.firmware, version=UPDATED)
    site.simulator.faults["/ivp/meters"] = faults.Garbage(b"[]")
    site.simulator.site.advance(4 * HOUR)
    during = await minutes(site, 10)
    assert during
    assert during.profile.meters

    after = await minutes(site, 40)

    assert after
    assert not after.profile.meters


async def test_page_that_does_not_exist_is_asked_ever_less_often():
    site = looking(STANDARD)
    asked = counted(site)
    by_day = []
    for _ in range(3):
        before = asked.count("/ivp/pdm/device_data")
        await minutes(site, DAY / MINUTE, every_s=5 * MINUTE)
        by_day.append(asked.count("/ivp/pdm/device_data") - before)

    assert by_day[0] <= 14
    assert 1 <= by_day[1] <= 4
    assert by_day[2] <= 2


async def test_page_that_does_not_exist_is_no_failure_when_the_gateway_has_trouble():
    site = looking(STANDARD)
    await minutes(site, 5)
    site.simulator.faults["/ivp/pdm/device_data"] = faults.Status(503)

    snapshot = await minutes(site, 60)

    assert snapshot
    assert not snapshot.failures


OLD_FORMS = [Absence.MOVED, Absence.BAD_REQUEST, Absence.GONE, Absence.BROKEN]


def oldest(form: Absence) -> Visit:
    """Return a reader of a gateway with HTML pages alone, which says no in this form."""
    firmware = SCENARIOS["p0_r37_html"].firmware
    return looking("p0_r37_html", replace(firmware, absences=(("/", form),)))


@pytest.mark.parametrize("form", OLD_FORMS)
async def test_old_gateway_can_be_set_up_however_it_says_no(form):
    snapshot = await oldest(form).reader.validate()

    assert snapshot.profile.production_from is ProductionSource.HTML
    assert snapshot.production.total.power_w is not None


@pytest.mark.parametrize("form", OLD_FORMS)
async def test_old_gateway_is_read_however_it_says_no(form):
    site = oldest(form)
    snapshot = await minutes(site, 1 if form is not Absence.BROKEN else 30)

    assert snapshot
    assert snapshot.production.total.lifetime_wh is not None
    assert len(site.simulator.site.inverters) == 34


async def test_gateway_that_is_still_starting_is_read_from_its_better_page():
    site = looking("p_r39_digest")
    site.simulator.faults["/api/v1/production"] = faults.Status(503)
    await minutes(site, 20)
    site.simulator.faults.clear()

    snapshot = await minutes(site, 15)

    assert snapshot
    assert snapshot.profile.production_from is ProductionSource.V1


async def test_redirect_of_a_page_that_was_there_leads_to_info():
    site = looking(STANDARD)
    await minutes(site, 2)
    asked = counted(site)
    site.simulator.faults["/api/v1/production"] = faults.Status(302)

    await minutes(site, 2)

    assert "/info" in asked


async def test_redirect_of_a_new_page_while_info_fails_is_no_absence():
    site = looking("p_r39_digest")
    site.simulator.faults["/api/v1/production"] = faults.Status(503)
    await minutes(site, 1)
    site.simulator.faults["*"] = faults.Status(302)
    site.simulator.faults["/api/v1/production"] = faults.Status(302)
    await minutes(site, 5)
    site.simulator.faults.clear()

    snapshot = await minutes(site, 5)

    assert snapshot
    assert snapshot.profile.production_from is ProductionSource.V1


SILENT: dict[str, Fault] = {
    "500": faults.Status(500),
    "empty": faults.Garbage(b""),
    "hangs": faults.Hang(),
}


@pytest.mark.parametrize("fault", SILENT.values(), ids=SILENT)
@pytest.mark.parametrize(
    ("path", "sources"),
    [
        ("/ivp/meters", {ProductionSource.V1}),
        (
            "/api/v1/production",
            {ProductionSource.INVERTER_SUM, ProductionSource.DEVICE_DATA},
        ),
    ],
)
async def test_page_that_never_answers_is_done_without(path, sources, fault):
    site = looking(STANDARD)
    site.simulator.faults[path] = fault

    snapshot = await minutes(site, 30)

    assert snapshot
    assert snapshot.profile.production_from in sources
    assert snapshot.production.total.power_w is not None
    assert path in snapshot.failures


@pytest.mark.parametrize("path", ["/ivp/meters", "/api/v1/production"])
async def test_page_that_never_answers_does_not_prevent_setting_up(path):
    site = looking(STANDARD)
    site.simulator.faults[path] = faults.Status(500)

    snapshot = await site.reader.validate()

    assert snapshot.production.total.power_w is not None


@pytest.mark.parametrize("silent_min", [5, 25])
@pytest.mark.parametrize("path", ["/ivp/meters", "/ivp/meters/readings", "/api/v1/production"])
@pytest.mark.parametrize("scenario", [STANDARD, BATTERIES])
async def test_page_that_answers_late_is_the_source_it_should_be(scenario, path, silent_min):
    right = await minutes(looking(scenario), 5)
    assert right
    site = looking(scenario)
    site.simulator.faults[path] = faults.Status(500)
    await minutes(site, silent_min)
    site.simulator.faults.clear()

    snapshot = await minutes(site, 15)

    assert is_whole(snapshot, site)
    assert snapshot
    assert snapshot.sources == right.sources


async def test_patience_with_a_silent_page_goes_on_after_a_reload():
    site = looking(STANDARD)
    site.simulator.faults["/ivp/meters"] = faults.Status(500)
    await minutes(site, 10)
    reload(site)

    snapshot = await minutes(site, 10)

    assert snapshot
    assert snapshot.profile.production_from is ProductionSource.V1


async def test_absences_of_version_1_0_0_are_asked_at_once():
    site = looking(STANDARD)
    await minutes(site, 5)
    kept = section(site.memory, "pages")
    kept.pop("doubts")
    kept["lacking"] = ["/ivp/pdm/device_data"]
    reload(site)
    asked = counted(site)

    await minutes(site, 1)

    assert "/ivp/pdm/device_data" in asked


@pytest.mark.parametrize(
    "doubts",
    [
        5,
        {"/no/such/page": {}},
        {"/ivp/pdm/device_data": 5},
        {"/ivp/pdm/device_data": {"absence": 5, "error": 6, "failures": "x"}},
        {"/ivp/pdm/device_data": {"absence": {"since": None, "wait_s": 1}}},
        {"/ivp/pdm/device_data": {"absence": {"since": 1, "wait_s": 1e300}, "due_at": 1e300}},
    ],
    ids=repr,
)
async def test_damaged_doubts_are_left_out(doubts):
    site = looking(STANDARD)
    await minutes(site, 5)
    section(site.memory, "pages")["doubts"] = doubts
    reload(site)

    assert is_whole(await minutes(site, 5), site)
