"""A command that is obeyed changes the site: grid, sun, batteries, loads."""

import pytest

from tests.simulator import Simulator
from tests.simulator.obedience import AtOnce, Ignores, InSteps, PutsBack
from tests.simulator.storage import Profile

from .controls import (
    ACB,
    CONTACTS,
    GENERATOR_MODE,
    LIMIT,
    PRODUCTION,
    RELAY,
    TARIFF,
    Panel,
    storage,
)


@pytest.fixture
def scenario():
    return "pc_d83_controls"


@pytest.fixture
def panel(simulator, http):
    return Panel(simulator, http)


@pytest.fixture
def site(simulator):
    simulator.site.sunshine_override = 0.5
    simulator.site.load_override_w = 1500.0
    simulator.site.advance(0)
    return simulator.site


def balance(site):
    """Return what the house uses less what it gets; nothing is lost."""
    got = site.production.power_w + site.storage.power_w + site.ac_storage.power_w
    return site.load.power_w - got - site.grid.power_w - site.generator_w


async def net_power(panel):
    meters = await panel.page("/ivp/meters/readings")
    return meters[1]["activePower"]


@pytest.fixture
async def off_grid(panel, site):
    await panel.send("POST", RELAY, {"mains_admin_state": "open"})
    site.advance(28)


async def test_an_open_relay_takes_the_grid_away(off_grid, panel, site):
    assert not site.grid_connected
    assert await net_power(panel) == 0
    assert balance(site) == pytest.approx(0)


async def test_the_batteries_carry_the_load(off_grid, site):
    assert site.storage.power_w == pytest.approx(site.load.power_w - site.production.power_w)
    assert site.load.power_w == pytest.approx(1500)


async def test_the_sun_is_out_for_45_seconds(off_grid, site):
    site.advance(44)
    during = site.production.power_w

    site.advance(2)

    assert during <= 0
    assert site.production.power_w > 0


async def test_the_grid_comes_back(off_grid, panel, site):
    site.advance(120)
    await panel.send("POST", RELAY, {"mains_admin_state": "closed"})
    site.advance(11)
    before = site.grid_connected

    site.advance(1)

    assert (before, site.grid_connected) == (False, True)
    assert site.production.power_w <= 0


async def test_a_relay_that_is_put_back_gives_the_grid_back(panel, simulator, site):
    simulator.obedience[RELAY] = PutsBack()
    await panel.send("POST", RELAY, {"mains_admin_state": "open"})
    site.advance(60)
    between = site.grid_connected

    site.advance(31)

    assert (between, site.grid_connected) == (False, True)


async def test_an_open_relay_that_is_ordered_open_keeps_the_sun(off_grid, panel, site):
    site.advance(60)

    await panel.send("POST", RELAY, {"mains_admin_state": "open"})

    site.advance(30)
    assert site.production.power_w > 0


async def test_full_backup_keeps_the_batteries_from_giving(panel, site):
    site.sunshine_override = 0.0
    site.advance(0)
    before = site.storage.power_w

    await panel.send("PUT", TARIFF, await storage(mode="backup")(panel))

    site.advance(20)
    assert before > 1000
    assert site.storage.power_w == 0
    assert site.grid.power_w == pytest.approx(site.load.power_w - site.production.power_w)


async def test_full_backup_shows_in_the_live_data(panel, site):
    await panel.send("PUT", TARIFF, await storage(mode="backup")(panel))
    site.advance(20)

    meters = (await panel.page("/ivp/livedata/status"))["meters"]

    assert (meters["backup_bat_mode"], meters["backup_soc"]) == (0, 100)


async def test_economy_gives_nothing_at_the_low_rate(panel, site):
    site.sunshine_override = 0.0

    await panel.send("PUT", TARIFF, await storage(mode="economy")(panel))

    site.advance(20)
    assert site.storage.power_w == 0


async def test_charging_from_the_grid_moves_the_batteries(panel, site):
    site.sunshine_override = 0.0
    document = await storage(mode="backup", charge_from_grid=True)(panel)

    await panel.send("PUT", TARIFF, document)

    site.advance(20)
    assert site.storage.power_w == pytest.approx(-2 * 3840)
    assert site.grid.power_w > 2 * 3840
    assert (await panel.page("/ivp/sc/sched"))["acb_current_mode"] == 2
    status = await panel.page("/ivp/sc/status")
    assert status["response"]["groups"][0]["setpoint_val"] == -100


async def test_charging_from_the_grid_ends_at_the_reserve(panel, site):
    site.sunshine_override = 0.0
    document = await storage(reserved_soc=60.0, charge_from_grid=True)(panel)
    await panel.send("PUT", TARIFF, document)
    site.advance(20)
    charging = site.storage.power_w

    site.advance(3600)

    assert charging < -1000
    assert site.charge_pct == pytest.approx(60, abs=1)


async def test_no_charging_from_a_grid_that_is_gone(off_grid, panel, site):
    document = await storage(mode="backup", charge_from_grid=True)(panel)

    await panel.send("PUT", TARIFF, document)

    site.advance(120)
    assert site.load.power_w == pytest.approx(1500)
    assert balance(site) == pytest.approx(0)


async def test_a_mode_brings_its_own_reserve_and_charging(panel, site):
    profile = Profile(reserve_pct=10.0, charge_from_grid=True)
    site.storage_control.profiles["economy"] = profile

    await panel.send("PUT", TARIFF, await storage(mode="economy")(panel))

    site.advance(20)
    file = (await panel.page(TARIFF))["tariff"]["storage_settings"]
    assert (file["reserved_soc"], file["charge_from_grid"]) == (10.0, True)
    assert (site.reserve_pct, site.charge_from_grid) == (10.0, True)


async def test_a_profile_is_left_alone_within_its_mode(panel, site):
    profile = Profile(reserve_pct=10.0, charge_from_grid=True)
    site.storage_control.profiles["self-consumption"] = profile

    await panel.send("PUT", TARIFF, await storage(reserved_soc=44.0)(panel))

    site.advance(20)
    assert (site.reserve_pct, site.charge_from_grid) == (44.0, False)


async def test_an_open_contact_sheds_its_load(panel, site):
    await panel.send("POST", CONTACTS, {"dry_contacts": {"id": "NC1", "status": "open"}})

    site.advance(4)

    assert site.load.power_w == pytest.approx(1500 * 0.7)
    assert balance(site) == pytest.approx(0)


async def test_both_loads_can_be_shed(panel, site):
    site.load_override_w = None
    site.advance(0)
    before = site.load.power_w
    for name in ("NC1", "NO1"):
        await panel.send("POST", CONTACTS, {"dry_contacts": {"id": name, "status": "open"}})

    site.advance(4)

    assert site.load.power_w == pytest.approx(before * 0.4, rel=0.01)


async def test_contacts_without_a_load_shed_nothing(panel, site):
    await panel.send("POST", CONTACTS, {"dry_contacts": {"id": "NC2", "status": "closed"}})

    site.advance(4)

    assert site.load.power_w == pytest.approx(1500)


async def test_the_generator_feeds_the_home(off_grid, panel, site):
    site.sunshine_override = 0.0
    for battery in site.batteries.values():
        battery.stored_wh = 0.0
    site.advance(0)
    dark = site.load.power_w

    await panel.send("POST", GENERATOR_MODE, {"gen_cmd": "on"})

    site.advance(30)
    assert dark == 0
    assert site.generator_w == pytest.approx(1500, rel=0.01)
    assert (await panel.page("/ivp/ensemble/generator"))["oper_state"] == "close"
    live = (await panel.page("/ivp/livedata/status"))["meters"]["generator"]
    assert live["agg_p_mw"] == pytest.approx(site.generator_w * 1000, abs=2)


async def test_the_generator_stops(off_grid, panel, site):
    await panel.send("POST", GENERATOR_MODE, {"gen_cmd": "on"})
    site.advance(30)

    await panel.send("POST", GENERATOR_MODE, {"gen_cmd": "off"})

    site.advance(30)
    assert site.generator_w == 0


# With an installer's token


@pytest.fixture
async def installer(http):
    async with Simulator("pc_d83_installer") as simulator:
        simulator.site.sunshine_override = 0.8
        simulator.site.load_override_w = 300.0
        for battery in simulator.site.batteries.values():
            battery.stored_wh = battery.capacity_wh
        simulator.site.advance(0)
        yield Panel(simulator, http)


def limit(watts, *, enable=True, export=True):
    row = {"enable": enable, "export_limit": export, "limit_value_W": watts, "slew_rate": 50.0}
    return {"dynamic_pel_settings": row, "filename": "site_settings", "version": "00.00.01"}


def powers(site, count, seconds):
    found = []
    for _ in range(count):
        site.advance(seconds)
        found.append(round(site.production.power_w))
    return found


async def test_production_goes_down_in_steps(installer):
    site = installer.simulator.site
    before = site.production.power_w

    await installer.send("PUT", PRODUCTION, {"length": 1, "arr": [1]})

    found = powers(site, 6, 40)
    assert site.production.power_w <= 0
    assert sorted(set(found), reverse=True) == found
    assert found[0] < before


async def test_production_comes_back(installer):
    site = installer.simulator.site
    installer.simulator.obedience[PRODUCTION] = AtOnce()
    await installer.send("PUT", PRODUCTION, {"length": 1, "arr": [1]})
    off = site.production.power_w

    await installer.send("PUT", PRODUCTION, {"length": 1, "arr": [0]})

    assert off <= 0
    assert site.production.power_w > 1000


async def test_production_that_is_said_to_be_off_may_go_on(installer):
    site = installer.simulator.site
    before = site.production.power_w
    installer.simulator.obedience[PRODUCTION] = Ignores(keeps_file=True)

    await installer.send("PUT", PRODUCTION, {"length": 1, "arr": [1]})

    site.advance(600)
    assert await installer.page(PRODUCTION) == {"powerForcedOff": True}
    assert site.production.power_w == pytest.approx(before)


async def test_a_production_that_is_put_back_produces(installer):
    site = installer.simulator.site
    installer.simulator.obedience[PRODUCTION] = PutsBack()
    await installer.send("PUT", PRODUCTION, {"length": 1, "arr": [1]})
    before = site.production.power_w

    site.advance(600)

    assert site.production.power_w == pytest.approx(before)


async def test_an_export_limit_limits_what_is_fed_in(installer):
    site = installer.simulator.site
    await installer.send("POST", LIMIT, limit(800.0))
    site.advance(14)
    before = await net_power(installer)

    site.advance(1)

    assert before < -1500
    assert await net_power(installer) == pytest.approx(-800, abs=1)
    assert balance(site) == pytest.approx(0)


async def test_a_production_limit_limits_what_is_made(installer):
    site = installer.simulator.site

    await installer.send("POST", LIMIT, limit(800.0, export=False))

    site.advance(15)
    assert site.production.power_w == pytest.approx(800)


async def test_a_limit_can_come_in_steps(installer):
    site = installer.simulator.site
    installer.simulator.obedience[LIMIT] = InSteps()

    await installer.send("POST", LIMIT, limit(800.0, export=False))

    assert powers(site, 3, 10)[1:] == [800, 800]
    assert site.limits.in_force.watts == 800


async def test_half_way_a_limit_lets_twice_as_much_through(installer):
    site = installer.simulator.site
    installer.simulator.obedience[LIMIT] = InSteps()

    await installer.send("POST", LIMIT, limit(800.0, export=False))

    site.advance(10)
    assert site.production.power_w == pytest.approx(1600)


async def test_a_limit_that_nobody_set_up_is_shown_and_limits_nothing(installer):
    site = installer.simulator.site
    before = site.production.power_w
    installer.simulator.obedience[LIMIT] = Ignores(keeps_file=True)

    await installer.send("POST", LIMIT, limit(800.0))

    site.advance(60)
    assert (await installer.page(LIMIT))["dynamic_pel_settings"]["enable"] is True
    assert site.production.power_w == pytest.approx(before)


async def test_a_limit_that_is_higher_than_the_sun_limits_nothing(installer):
    site = installer.simulator.site
    before = site.production.power_w

    await installer.send("POST", LIMIT, limit(9000.0))

    site.advance(15)
    assert site.production.power_w == pytest.approx(before)


async def test_a_limit_is_switched_off_by_one_word(installer):
    site = installer.simulator.site
    before = site.production.power_w
    await installer.send("POST", LIMIT, limit(800.0))
    site.advance(15)
    document = limit(800.0) | {"dynamic_pel_settings": {"enable": False}}

    await installer.send("POST", LIMIT, document)

    site.advance(15)
    row = (await installer.page(LIMIT))["dynamic_pel_settings"]
    assert (row["enable"], row["limit_value_W"]) == (False, 800.0)
    assert site.production.power_w == pytest.approx(before)


@pytest.mark.parametrize("watts", [-1, True, "800"])
async def test_a_limit_that_is_no_figure_is_refused(installer, watts):
    assert (await installer.send("POST", LIMIT, limit(watts))).status_code == 400


# AC Batteries


async def test_ac_batteries_fall_asleep_after_minutes(http):
    async with Simulator("pc_d8_acb_storage_ct") as simulator:
        site, panel = simulator.site, Panel(simulator, http)
        site.sunshine_override, site.load_override_w = 0.0, 2000.0
        rows = [
            {"serial_num": serial, "sleep_min_soc": 20, "sleep_max_soc": 25}
            for serial in site.ac_batteries
        ]
        await panel.send("PUT", ACB, {"acb_sleep": rows})
        listed = await panel.page(ACB)
        site.advance(60)
        awake = site.ac_storage.power_w

        site.advance(840)

        assert listed == {"acb_sleep": rows}
        assert awake > 100
        assert site.ac_storage.power_w == 0
        assert {battery.sleep_band for battery in site.ac_batteries.values()} == {(20, 25)}


async def test_ac_batteries_may_fall_asleep_one_by_one(http):
    async with Simulator("pc_d8_acb_storage_ct") as simulator:
        simulator.obedience[ACB] = InSteps()
        rows = [
            {"serial_num": serial, "sleep_min_soc": 20, "sleep_max_soc": 25}
            for serial in simulator.site.ac_batteries
        ]
        await Panel(simulator, http).send("PUT", ACB, {"acb_sleep": rows})

        simulator.site.advance(450)

        assert [battery.asleep for battery in simulator.site.ac_batteries.values()] == [True, False]


async def test_a_sleeping_battery_is_listed_before_any_command(http):
    async with Simulator("pc_d7_acb") as simulator:
        page = await Panel(simulator, http).page(ACB)

    serial = list(simulator.site.ac_batteries)[-1]
    assert page == {"acb_sleep": [{"serial_num": serial, "sleep_min_soc": 50, "sleep_max_soc": 55}]}


async def test_a_woken_battery_works(http):
    async with Simulator("pc_d7_acb") as simulator:
        site, panel = simulator.site, Panel(simulator, http)
        site.sunshine_override, site.load_override_w = 0.0, 4000.0
        serial, unit = list(site.ac_batteries.items())[-1]
        site.advance(0)
        asleep_w = unit.power_w

        await panel.send("DELETE", ACB, {"acb_sleep": [{"serial_num": serial}]})

        site.advance(900)
        assert asleep_w == 0
        assert unit.power_w > 100
        assert await panel.page(ACB) == {"acb_sleep": []}
