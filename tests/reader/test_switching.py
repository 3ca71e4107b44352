"""What switches between grid and home: who is asked, and what follows from it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from custom_components.enphase_envoy.envoy_reader import Health, Section
from custom_components.enphase_envoy.envoy_reader.equipment import (
    Collar,
    CombinerController,
    ContactUse,
    DryContact,
    DryContactSettings,
    Generator,
    GeneratorConfig,
    GeneratorMode,
    GeneratorSchedule,
    GeneratorState,
    PhaseRelay,
    SystemController,
)
from custom_components.enphase_envoy.envoy_reader.known.detect import detect
from custom_components.enphase_envoy.envoy_reader.models import Snapshot
from custom_components.enphase_envoy.envoy_reader.pages.endpoints import (
    DEVICE_DATA,
    DEVICE_STATUS,
    DRY_CONTACT_SETTINGS,
    DRY_CONTACTS,
    ENSEMBLE_INVENTORY,
    GENERATOR,
    GENERATOR_CONFIG,
    GENERATOR_MODE,
    GENERATOR_SCHEDULE,
    INVENTORY,
)
from custom_components.enphase_envoy.envoy_reader.pages.typed import Pages
from custom_components.enphase_envoy.envoy_reader.parsers.device_data import DeviceData
from custom_components.enphase_envoy.envoy_reader.parsers.devstatus import DeviceStatus
from custom_components.enphase_envoy.envoy_reader.parsers.ensemble_inventory import Ensemble
from custom_components.enphase_envoy.envoy_reader.parsers.inventory import (
    Inventory,
    Listed,
    RelayUnit,
)
from tests.simulator.faults import Status

from .evidence import assembled, feeders_of, pages

CONTROLLER = SystemController(serial="7", mains_closed=True)
SWITCHED = (ENSEMBLE_INVENTORY, Ensemble(controllers=(CONTROLLER,)))
EARLIER, LATER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)


def told(evidence: Pages) -> Snapshot:
    """Return what the pages tell."""
    profile = detect(evidence)
    assert profile
    return assembled(profile, evidence)


def fed(evidence: Pages) -> dict[Section, tuple[str, ...]]:
    """Return which pages feed which section."""
    profile = detect(evidence)
    assert profile
    return dict(feeders_of(profile, evidence))


def inventory(**relays: RelayUnit) -> Inventory:
    """Return an inventory with nothing but these relays."""
    return Inventory(inverters={}, ac_batteries={}, relays=relays)


def test_switches_are_known_by_their_serial_numbers():
    ensemble = Ensemble(
        controllers=(CONTROLLER,),
        collars=(Collar(serial="8"),),
        combiners=(CombinerController(serial="9"),),
    )

    snapshot = told(pages((ENSEMBLE_INVENTORY, ensemble)))

    assert (snapshot.controllers, snapshot.collars, snapshot.combiners) == (
        {"7": CONTROLLER},
        {"8": Collar(serial="8")},
        {"9": CombinerController(serial="9")},
    )


def test_first_witness_decides_and_all_are_reported():
    evidence = pages(SWITCHED, (GENERATOR, GeneratorState(present=True, feeding=True)))

    snapshot = told(evidence)

    assert snapshot.on_grid is True
    assert snapshot.grid_witnesses == {"controller relay": True, "generator": False}


def test_contact_carries_its_settings():
    settings = DryContactSettings(load_name="Sauna", use=ContactUse.LOAD)

    snapshot = told(
        pages(
            SWITCHED,
            (DRY_CONTACTS, {"NC1": True, "NO1": None}),
            (DRY_CONTACT_SETTINGS, {"NC1": settings}),
        )
    )

    assert snapshot.dry_contacts == {
        "7_relay_NC1": DryContact(name="NC1", controller="7", closed=True, settings=settings),
        "7_relay_NO1": DryContact(name="NO1", controller="7"),
    }


def test_contacts_without_a_controller_are_dummies():
    assert told(pages((DRY_CONTACTS, {"NC1": True}))).dry_contacts == {}


def test_generator_is_joined_from_its_pages():
    state, config = GeneratorState(present=True), GeneratorConfig(model="X")
    schedule = GeneratorSchedule(exercise_every_weeks=2)

    snapshot = told(
        pages(
            SWITCHED,
            (GENERATOR, state),
            (GENERATOR_CONFIG, config),
            (GENERATOR_SCHEDULE, schedule),
            (GENERATOR_MODE, GeneratorMode.AUTO),
        )
    )

    assert snapshot.generator == Generator(
        state=state, config=config, schedule=schedule, mode=GeneratorMode.AUTO
    )


def test_generator_that_says_little_is_there_all_the_same():
    evidence = pages(
        SWITCHED, (GENERATOR, GeneratorState(present=True)), (GENERATOR_CONFIG, GeneratorConfig())
    )

    assert told(evidence).generator == Generator(state=GeneratorState(present=True))


def test_no_generator_where_none_is_set_up():
    assert told(pages(SWITCHED, (GENERATOR, GeneratorState(present=True)))).generator is None


def test_relay_is_joined_from_its_pages():
    listed = RelayUnit(
        device=Listed(
            serial="5",
            part_number="800-00598-r04",
            firmware="520-00086-r01-v02.12.07",
            communicating=False,
            reported_at=EARLIER,
        ),
        closed=True,
        reason="ok",
    )
    detail = PhaseRelay(serial="5", communicating=True, temperature_c=21, reported_at=LATER)
    state = PhaseRelay(serial="5", closed=False, forced=True)

    snapshot = told(
        pages(
            (INVENTORY, inventory(**{"5": listed})),
            (DEVICE_DATA, DeviceData(complete=True, inverters={}, relays={"5": detail})),
            (DEVICE_STATUS, DeviceStatus(inverters={}, relays={"5": state})),
        )
    )

    assert snapshot.relays == {
        "5": PhaseRelay(
            serial="5",
            part_number="800-00598-r04",
            firmware="520-00086-r01-v02.12.07",
            closed=False,
            forced=True,
            reason="ok",
            communicating=True,
            temperature_c=21,
            reported_at=LATER,
        )
    }


def test_relay_that_was_taken_out_is_gone():
    listed = RelayUnit(device=Listed(serial="5", removed=True))
    detail = PhaseRelay(serial="5")

    snapshot = told(
        pages(
            (INVENTORY, inventory(**{"5": listed})),
            (DEVICE_DATA, DeviceData(complete=True, inverters={}, relays={"5": detail})),
        )
    )

    assert snapshot.relays == {}


@pytest.mark.parametrize(
    ("evidence", "section", "paths"),
    [
        (pages(SWITCHED), Section.GRID, (ENSEMBLE_INVENTORY.path,)),
        (pages(SWITCHED), Section.CONTROLLERS, (ENSEMBLE_INVENTORY.path,)),
        (
            pages((ENSEMBLE_INVENTORY, Ensemble(combiners=(CombinerController(serial="9"),)))),
            Section.CONTROLLERS,
            (ENSEMBLE_INVENTORY.path,),
        ),
        (pages(SWITCHED), Section.DRY_CONTACTS, (DRY_CONTACTS.path,)),
        (pages(SWITCHED), Section.GENERATOR, (GENERATOR.path,)),
        (
            pages(
                (INVENTORY, inventory(**{"5": RelayUnit(device=Listed(serial="5"))})),
                (DEVICE_STATUS, DeviceStatus(inverters={}, relays={"5": PhaseRelay(serial="5")})),
            ),
            Section.RELAYS,
            (DEVICE_STATUS.path, INVENTORY.path),
        ),
    ],
    ids=["grid", "controllers", "combiner", "contacts", "generator", "relays"],
)
def test_section_hangs_on_the_pages_that_feed_it(evidence, section, paths):
    assert fed(evidence)[section] == paths


@pytest.mark.parametrize(
    ("evidence", "section"),
    [
        (pages(), Section.GRID),
        (pages((ENSEMBLE_INVENTORY, Ensemble())), Section.CONTROLLERS),
        (pages(SWITCHED, lacking=(DRY_CONTACTS,)), Section.DRY_CONTACTS),
        (pages(SWITCHED, (GENERATOR, GeneratorState())), Section.GENERATOR),
        (pages((INVENTORY, inventory())), Section.RELAYS),
    ],
    ids=["grid", "controllers", "contacts", "generator", "relays"],
)
def test_section_that_the_site_does_not_have(evidence, section):
    assert section not in fed(evidence)


@pytest.mark.parametrize(
    "name",
    ["pc_d8_split_storage_ct", "pc_d83_collar", "pc_d83_generator", "pc_d8_three_phase_battery"],
)
@pytest.mark.parametrize("connected", [True, False])
async def test_loss_of_the_grid_is_seen(visit, name, connected):
    site = await visit(name)
    site.simulator.site.grid_connected = connected
    site.simulator.site.advance(0)

    snapshot = await site.reader.read()

    told_by = [*snapshot.grid_witnesses.values()]
    assert snapshot.on_grid is (connected if told_by else None)
    assert told_by == [connected] * len(told_by)


async def test_witness_that_has_fallen_silent_gives_way_to_the_next(visit):
    site = await visit("pc_d83_generator")
    await site.reader.read()
    truth = site.simulator.site
    truth.grid_connected, truth.generator.running = False, True
    site.simulator.faults["/ivp/ensemble/inventory"] = Status(503)

    for _ in range(5):
        snapshot = await site.after(60)

    assert snapshot.grid_witnesses == {"generator": False}
    assert (snapshot.on_grid, snapshot.healthy(Section.GRID)) == (False, Health.FRESH)


async def test_grid_is_unknown_to_a_reader_that_only_remembers(visit):
    site = await visit("pc_d8_split_storage_ct")
    await site.reader.read()

    site.restart()
    remembered = site.reader.remembered()

    assert (remembered.on_grid, remembered.healthy(Section.GRID)) == (None, Health.STALE)


async def test_generator_that_is_not_there_is_asked_for_once_a_day(visit):
    site = await visit("pc_d8_split_storage_ct")
    await site.reader.read()
    begin = len(site.simulator.ledger)

    for _ in range(60):
        await site.after(60)

    assert not [path for path in site.asked(begin) if "gen" in path]
