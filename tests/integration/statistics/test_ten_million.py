"""The time and memory of a look through ten million rows: scripts/bench --statistics."""

import resource
import time

import pytest
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import session_scope
from sqlalchemy import text

from . import plant
from .books import SMALL
from .plant import NOON, Meter

COUNTERS = 229
MEMORY_KB = 150_000
"""Growth of the process; a tenth of what the rows would take."""
CPU_S = 60


def copy_to_all(hass):
    """Give all counters the rows of the first, in the order in which the recorder writes them."""
    with session_scope(hass=hass) as session:
        session.execute(
            text(
                "INSERT INTO statistics_meta (statistic_id, source, unit_of_measurement, has_mean,"
                " has_sum, mean_type) WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL"
                " SELECT x + 1 FROM n WHERE x < :copies)"
                " SELECT 'sensor.copy_' || x, 'recorder', 'Wh', 0, 1, 0 FROM n"
            ),
            {"copies": COUNTERS - 1},
        )
        session.execute(
            text(
                "INSERT INTO statistics (metadata_id, created_ts, start_ts, state, sum)"
                " SELECT m.id, 0, s.start_ts, s.state, s.sum FROM statistics s"
                " JOIN statistics_meta m ON m.statistic_id LIKE 'sensor.copy_%'"
                " WHERE s.metadata_id = (SELECT id FROM statistics_meta"
                " WHERE statistic_id = 'sensor.first') ORDER BY s.start_ts, m.id"
            )
        )


@pytest.mark.bench
@pytest.mark.dirty_log  # planting keeps the recorder waiting
@pytest.mark.parametrize("persistent_database", [True])
async def test_ten_million_rows_take_less_than_a_minute(persistent_database, books, hass, capsys):
    meter = Meter()
    plant.zero(meter, 1000 * 24 + NOON)
    await books.plant("first", meter)
    entities = er.async_get(hass)
    for number in range(1, COUNTERS):
        entities.async_get_or_create(
            "sensor",
            SMALL,
            f"copy_{number}",
            suggested_object_id=f"copy_{number}",
            config_entry=books.entry,
        )
    await books.run(lambda: copy_to_all(hass))
    memory, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()

    listed = await books.open()

    spent = time.process_time() - begun
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    with capsys.disabled():
        rows = listed["description_placeholders"]["hours"]
        print(f"\n{rows} rows: {spent:.1f} s of processor time, {grown / 1000:.0f} MB more")  # noqa: T201 -- the figure is the point
    assert listed["description_placeholders"]["found"] == str(COUNTERS)
    assert int(listed["description_placeholders"]["hours"]) > 10_000_000
    assert spent < CPU_S
    assert grown < MEMORY_KB
