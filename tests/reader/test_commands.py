"""Every control with every way in which a gateway takes a command, over real sockets.

Time is the site's own: what waits for a device lets the site live on.
"""

from __future__ import annotations

import pytest

from custom_components.enphase_envoy.envoy_reader import (
    Confirmation,
    Control,
    EnvoyCommandError,
    Problem,
)
from tests.simulator import obedience as how

from .commanding import CASES, Case, now, shown, state
from .conftest import Visit

NAMED = {case.name: case for case in CASES}

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)

OBEDIENT = (
    how.AtOnce(),
    how.RealTime(),
    how.InSteps(),
    how.PutsBack(),
    how.Hangs(obeys=True),
    how.BreaksAfter(),
    how.Lies(),
    how.AnswersHtml(obeys=True),
)
DISOBEDIENT = (
    (how.Ignores(), Problem.COMMAND_IGNORED),
    (how.Ignores(keeps_file=True), Problem.COMMAND_IGNORED),
    (how.Refuses(400), Problem.COMMAND_REFUSED),
    (how.Refuses(401), Problem.COMMAND_DENIED),
    (how.Refuses(403), Problem.COMMAND_DENIED),
    (how.Refuses(404), Problem.COMMAND_REFUSED),
    (how.Refuses(500), Problem.COMMAND_REFUSED),
    (how.Hangs(), Problem.COMMAND_UNPROVEN),
    (how.BreaksBefore(), Problem.COMMAND_UNPROVEN),
    (how.AnswersHtml(), Problem.COMMAND_IGNORED),
)
PROVEN_BY_THE_PAGE = {
    Control.AC_SLEEP,
    Control.DYNAMIC_LIMIT_W,
    Control.DYNAMIC_LIMIT_MODE,
}
"""What nothing but the page that was written to tells of."""


def label(value: object) -> str:
    """Return what a test with a behaviour is called."""
    return repr(value) if isinstance(value, how.Behaviour.__value__) else ""


async def enter(room, case: Case, behaviour: how.Behaviour | None = None) -> Visit:
    """Open the site of a case, whose gateway takes the command in this way."""
    visit: Visit = await room(case.scenario, case.prepare)
    if behaviour:
        visit.simulator.obedience[case.path] = behaviour
    return visit


async def order(visit: Visit, case: Case) -> None:
    """Give the command of a case."""
    await visit.reader.command(case.command, lambda: None)


def others(visit: Visit, case: Case) -> dict[str, object]:
    """Return what is shown of all other controls."""
    snapshot = now(visit)
    return {
        it.name: shown(snapshot, it)
        for it in CASES
        if it is not case and it.scenario == case.scenario
    }


@each_case
@pytest.mark.parametrize("behaviour", OBEDIENT, ids=label)
async def test_what_is_obeyed_is_confirmed(room, case, behaviour):
    if isinstance(behaviour, how.PutsBack) and case.command.control is Control.PRODUCTION:
        behaviour = how.PutsBack(after_s=400)  # inverters stop one after the other, for minutes
    visit = await enter(room, case, behaviour)
    before = others(visit, case)

    await order(visit, case)

    assert state(now(visit), case).confirmation is Confirmation.CONFIRMED
    assert case.truth(visit.simulator.site) == case.command.value
    if case.command.control is not Control.AC_SLEEP:
        assert shown(now(visit), case) == case.command.value
    assert len(visit.simulator.writes) == 1
    assert others(visit, case) == before


@pytest.mark.parametrize(
    ("case", "behaviour", "problem"),
    [
        pytest.param(case, behaviour, problem, id=f"{case.name}-{behaviour!r}")
        for case in CASES
        for behaviour, problem in DISOBEDIENT
        if behaviour != how.Ignores(keeps_file=True)
        or case.command.control not in PROVEN_BY_THE_PAGE
    ],
)
async def test_what_is_not_obeyed_is_told(room, case, behaviour, problem):
    visit = await enter(room, case, behaviour)
    before, former = others(visit, case), case.truth(visit.simulator.site)

    with pytest.raises(EnvoyCommandError) as raised:
        await order(visit, case)

    assert raised.value.problem is problem
    assert case.truth(visit.simulator.site) == former
    if case.command.control is not Control.AC_SLEEP:
        assert shown(now(visit), case) == former
    assert state(now(visit), case).confirmation is Confirmation.FAILED
    # A 401 has surely done nothing: it is the one answer after which something is sent again.
    assert len(visit.simulator.writes) == (2 if behaviour == how.Refuses(401) else 1)
    assert others(visit, case) == before


@each_case
async def test_what_is_put_back_is_seen(room, case):
    visit = await enter(room, case, how.PutsBack(after_s=400))
    former = case.truth(visit.simulator.site)
    await order(visit, case)
    confirmed = case.truth(visit.simulator.site)

    for _ in range(10):
        await visit.after(60)

    assert confirmed == case.command.value
    assert case.truth(visit.simulator.site) == former
    assert state(now(visit), case).confirmation is Confirmation.PUT_BACK
    if case.command.control is not Control.AC_SLEEP:
        assert shown(now(visit), case) == former
    assert visit.reader.put_back.keys() == {case.command.key}
