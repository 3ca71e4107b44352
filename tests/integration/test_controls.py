"""Controls in Home Assistant: what they show, what their actions answer, and what is noted."""

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir

from custom_components.enphase_envoy.const import CONTROLS, DOMAIN
from custom_components.enphase_envoy.control import EnvoyControl
from tests.simulator import Simulator
from tests.simulator import obedience as how

from .controls import USES, Use, call, entity_id, finish, live_on, open_house
from .house import entry_for, pass_time, set_up, settle

BY_NAME = {use.name: use for use in USES}
STORAGE_MODE = next(use for use in USES if use.entity.endswith("}_storage_mode"))
RESERVE = next(use for use in USES if use.entity.endswith("}_reserve_soc"))
GRID = next(use for use in USES if use.entity.endswith("grid_enabled"))
CUTOFF = next(use for use in USES if use.entity.endswith("_soc_low"))
TARIFF = "/admin/lib/tariff"

each_use = pytest.mark.parametrize(
    ("simulator", "use"),
    [pytest.param(use.site, use, id=use.name) for use in USES],
    indirect=["simulator"],
)
all_controls = pytest.mark.parametrize("simulator", ["pc_d83_controls"], indirect=True)


@pytest.fixture
def entry(simulator):
    installs = simulator.scenario.way_in == "token-installer"
    return entry_for(simulator, token=simulator.token("installer" if installs else "owner"))


@pytest.fixture
def all_enabled(monkeypatch):
    """Switch on what is off at first."""
    monkeypatch.setattr(EnvoyControl, "entity_registry_enabled_default", True)


def states(hass: HomeAssistant) -> dict[str, str]:
    """Return what all controls show."""
    return {state.entity_id: state.state for state in hass.states.async_all(CONTROLS)}


def issues(hass: HomeAssistant) -> set[str]:
    """Return the notices of ours, by their texts."""
    return {
        str(issue.translation_key)
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN
    }


def confirmation(hass: HomeAssistant, simulator: Simulator, use: Use) -> str | None:
    """Return what an entity says of its latest command."""
    found = hass.states.get(entity_id(simulator, use))
    assert found
    return found.attributes.get("confirmation")


@each_use
@pytest.mark.usefixtures("all_enabled")
async def test_control_is_confirmed_and_touches_no_other(hass, freezer, simulator, entry, use):
    await open_house(hass, entry, freezer)
    before, name = states(hass), entity_id(simulator, use)

    await finish(freezer, simulator, call(hass, simulator, use))

    after = states(hass)
    assert confirmation(hass, simulator, use) == "confirmed"
    assert len(simulator.writes) == 1
    assert {it: after[it] for it in after if it != name} == {
        it: before[it] for it in before if it != name
    }
    if use.state:
        assert (before[name], after[name]) == (before[name], use.state)
        assert before[name] != use.state


@pytest.mark.usefixtures("all_enabled")
@all_controls
async def test_control_shows_what_was_asked_while_it_is_pending(hass, freezer, simulator, entry):
    await open_house(hass, entry, freezer)

    action = call(hass, simulator, GRID)
    await live_on(freezer, simulator, 2)
    pending = hass.states.get(entity_id(simulator, GRID))

    assert (pending.state, pending.attributes["confirmation"]) == ("off", "pending")
    assert simulator.site.grid_connected
    await finish(freezer, simulator, action)
    assert not simulator.site.grid_connected


@pytest.mark.parametrize(
    ("behaviour", "key"),
    [
        (how.Ignores(), "command_ignored"),
        (how.Refuses(400), "command_refused"),
        (how.Refuses(403), "command_denied"),
        (how.BreaksBefore(), "command_unproven"),
    ],
    ids=["ignored", "refused", "denied", "broken"],
)
@all_controls
async def test_action_raises_and_the_truth_is_shown(  # noqa: PLR0917 -- fixtures
    hass, freezer, simulator, entry, behaviour, key
):
    await open_house(hass, entry, freezer)
    before = states(hass)
    simulator.obedience[TARIFF] = behaviour

    with pytest.raises(HomeAssistantError) as raised:
        await finish(freezer, simulator, call(hass, simulator, RESERVE))

    assert raised.value.translation_key == key
    assert "Reserve Battery Level" in str(raised.value)
    assert "{" not in str(raised.value)
    assert states(hass) == before
    assert confirmation(hass, simulator, RESERVE) == "failed"


@all_controls
async def test_what_is_ignored_is_said_until_it_is_followed(hass, freezer, simulator, entry):
    await open_house(hass, entry, freezer)
    simulator.obedience[TARIFF] = [how.Ignores()]

    with pytest.raises(HomeAssistantError, match="20"):
        await finish(freezer, simulator, call(hass, simulator, RESERVE))

    state = hass.states.get(entity_id(simulator, RESERVE))
    assert state.attributes["ignored_by_gateway"]
    assert issues(hass) == {"control_ignored"}
    await finish(freezer, simulator, call(hass, simulator, RESERVE))
    assert "ignored_by_gateway" not in hass.states.get(entity_id(simulator, RESERVE)).attributes
    assert not issues(hass)


@all_controls
async def test_what_is_put_back_is_told_until_a_command_holds(hass, freezer, simulator, entry):
    await open_house(hass, entry, freezer)
    simulator.obedience[TARIFF] = [how.PutsBack()]
    before = states(hass)[entity_id(simulator, STORAGE_MODE)]
    await finish(freezer, simulator, call(hass, simulator, STORAGE_MODE))

    for _ in range(3):
        await pass_time(hass, freezer, simulator, 60)

    assert states(hass)[entity_id(simulator, STORAGE_MODE)] == before
    assert confirmation(hass, simulator, STORAGE_MODE) == "put_back"
    (issue,) = (issue for issue in ir.async_get(hass).issues.values() if issue.domain == DOMAIN)
    assert issue.translation_key == "control_put_back"
    words = issue.translation_placeholders or {}
    assert (words["wish"], words["held"]) == ("Full backup", "Self-consumption")

    await finish(freezer, simulator, call(hass, simulator, STORAGE_MODE))
    for _ in range(12):
        await pass_time(hass, freezer, simulator, 60)
    assert not issues(hass)


@all_controls
async def test_cutoff_above_restore_is_refused_at_once(hass, freezer, simulator, entry):
    await open_house(hass, entry, freezer)
    too_high = Use(entity=CUTOFF.entity, service=CUTOFF.service, data=(("value", 90),))

    with pytest.raises(ServiceValidationError) as raised:
        await finish(freezer, simulator, call(hass, simulator, too_high))

    assert raised.value.translation_key == "command_cutoff_above_restore"
    assert not simulator.writes


@pytest.mark.parametrize(
    ("use", "data"),
    [(RESERVE, ("value", 101)), (STORAGE_MODE, ("option", "party"))],
    ids=["number", "word"],
)
@all_controls
async def test_what_no_device_can_take_is_refused_at_once(  # noqa: PLR0917 -- fixtures
    hass, freezer, simulator, entry, use, data
):
    await open_house(hass, entry, freezer)
    strange = Use(entity=use.entity, service=use.service, data=(data,))

    with pytest.raises(ServiceValidationError):
        await finish(freezer, simulator, call(hass, simulator, strange))

    assert not simulator.writes


@all_controls
@pytest.mark.dirty_log
async def test_gateway_that_is_away_is_not_written_to(hass, freezer, simulator, entry):
    await open_house(hass, entry, freezer)
    await simulator.switch_off()
    await pass_time(hass, freezer, simulator, 61)

    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, simulator, RESERVE)

    assert raised.value.translation_key == "command_away"
    await simulator.switch_on()


@all_controls
@pytest.mark.dirty_log
async def test_contact_that_is_gone_cannot_be_switched(hass, freezer, simulator, entry):
    await open_house(hass, entry, freezer)
    contact = next(use for use in USES if use.entity.endswith("relay_nc1"))
    entity = hass.data["entity_components"]["switch"].get_entity(entity_id(simulator, contact))
    coordinator = entry.runtime_data.coordinator
    simulator.site.relays.clear()
    for _ in range(4):
        await pass_time(hass, freezer, simulator, 125)
    assert not coordinator.data.dry_contacts

    with pytest.raises(ServiceValidationError) as raised:
        await entity.async_turn_on()

    assert raised.value.translation_key == "command_gone"


@pytest.mark.usefixtures("all_enabled")
@all_controls
async def test_command_ends_with_its_entry(hass, freezer, simulator, entry):
    await open_house(hass, entry, freezer)
    action = call(hass, simulator, GRID)
    await live_on(freezer, simulator, 2)

    await hass.config_entries.async_unload(entry.entry_id)

    with pytest.raises(HomeAssistantError) as raised:
        await action
    assert raised.value.translation_key == "command_away"


@pytest.mark.parametrize(
    ("simulator", "off"),
    [
        ("pc_d83_controls", {"mains_admin_state"}),
        (
            "pc_d83_installer",
            {"production_power", "dpel_enabled", "dpel_limit", "dpel_mode"},
        ),
    ],
    indirect=["simulator"],
)
async def test_what_can_do_harm_is_off_at_first(hass, simulator, entry, off):
    await set_up(hass, entry)
    await entry.runtime_data.coordinator.async_refresh()
    await settle(hass)

    rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)

    disabled = {row.unique_id for row in rows if row.domain in CONTROLS and row.disabled_by}
    assert {unique_id.split("_", 1)[1] for unique_id in disabled} == off


@all_controls
async def test_actions_are_for_contacts_that_switch_a_load(hass, simulator, entry):
    await set_up(hass, entry)

    rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)

    with_action = {row.unique_id for row in rows if row.unique_id.endswith("_grid_action")}
    selects = {row.unique_id for row in rows if row.domain == "select"} & with_action
    loads = {relay.id for relay in simulator.site.relays if relay.kind == "LOAD"}
    assert selects == {
        f"{simulator.site.enpower.serial}_relay_{load}_grid_action" for load in loads
    }


@all_controls
async def test_contact_keeps_the_actions_that_another_integration_gave_it(hass, simulator, entry):
    entry.add_to_hass(hass)
    unique_id = f"{simulator.site.enpower.serial}_relay_NC2_grid_action"
    row = er.async_get(hass).async_get_or_create(
        "select", DOMAIN, unique_id, config_entry=entry, suggested_object_id="pool_grid_action"
    )

    await set_up(hass, entry)

    assert hass.states.get(row.entity_id).state == "none"


@pytest.mark.parametrize("simulator", ["pc_d7_acb"], indirect=True)
async def test_sleep_is_sent_with_the_band_that_was_chosen(hass, freezer, simulator, entry):
    await open_house(hass, entry, freezer)
    name = f"select.envoy_{simulator.serial}_acb_sleep_soc"
    first = hass.states.get(name).state

    data = {"entity_id": name, "option": "20-25"}
    await hass.services.async_call("select", "select_option", data, blocking=True)
    press = next(use for use in USES if use.entity.endswith("acb_sleep"))
    await finish(freezer, simulator, call(hass, simulator, press))

    assert first == "95-100"
    assert b'"sleep_min_soc": 20' in simulator.writes[0].body
    assert hass.states.get(name).state == "20-25"
