"""Steering a simulator from outside, and running it as a command."""

import asyncio
import io
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulator import SCENARIOS, faults, obedience
from tests.simulator.__main__ import arguments_of, main, run
from tests.simulator.control import Control

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def control(simulator):
    control = Control(simulator)
    await control.start()
    yield control
    await control.stop()


@pytest.fixture
def post(http, control):
    async def send(path, /, **body):
        return await http.post(f"{control.url}{path}", json=body)

    return send


async def test_the_truth_can_be_read(http, control, simulator):
    truth = (await http.get(f"{control.url}/truth")).json()

    assert truth["serial"] == simulator.serial
    assert truth["production"]["power_w"] == simulator.site.production.power_w
    assert len(truth["consumption"]["phases"]) == 3


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        ({"fault": "status", "code": 503}, faults.Status(503, b"")),
        ({"fault": "hang"}, faults.Hang()),
        ({"fault": "garbage", "body": "x"}, faults.Garbage(b"x")),
        ({"fault": "scale", "factor": 2, "keys": ["a"]}, faults.Scale(2, frozenset({"a"}))),
        ({"fault": "scale", "factor": 2}, faults.Scale(2)),
        ({"fault": "slow", "seconds": 1}, faults.Slow(1)),
    ],
)
async def test_a_fault_can_be_set(post, simulator, wanted, fault):
    await post("/fault", path="/info", **wanted)

    assert simulator.faults == {"/info": fault}


async def test_faults_and_behaviours_can_be_cleared(post, simulator):
    simulator.faults["/info"] = faults.Hang()
    simulator.obedience["*"] = obedience.Ignores()

    await post("/clear")

    assert simulator.faults == {}
    assert simulator.obedience == {}


@pytest.mark.parametrize(
    ("wanted", "behaviour"),
    [
        ({"behaviour": "ignores"}, obedience.Ignores()),
        ({"behaviour": "ignores", "keeps_file": True}, obedience.Ignores(keeps_file=True)),
        ({"behaviour": "puts_back", "after_s": 30}, obedience.PutsBack(after_s=30)),
        ({"behaviour": "refuses", "status": 403}, obedience.Refuses(403)),
    ],
)
async def test_a_behaviour_can_be_set(post, simulator, wanted, behaviour):
    await post("/obedience", path="/admin/lib/tariff", **wanted)

    assert simulator.obedience == {"/admin/lib/tariff": behaviour}


async def test_a_page_can_be_frozen(post, simulator):
    await post("/fault", path="/ivp/livedata/status", fault="freeze")

    assert simulator.faults == {"/ivp/livedata/status": faults.Freeze()}


async def test_commands_are_listed(http, control, client, simulator):
    await http.put(
        f"https://{simulator.host}/admin/lib/tariff",
        content=b'{"tariff": {}}',
        headers={"Authorization": f"Bearer {simulator.token()}"},
    )

    writes = (await http.get(f"{control.url}/writes")).json()

    assert [
        (write["method"], write["path"], write["status"], write["body"]) for write in writes
    ] == [("PUT", "/admin/lib/tariff", 200, '{"tariff": {}}')]


async def test_time_can_pass(post, simulator):
    before = simulator.site.now

    await post("/advance", seconds=300)

    assert simulator.site.now == before + 300


async def test_tokens_can_be_revoked(post, client, simulator):
    token = simulator.token()

    await post("/revoke")

    assert (await client.get("/ivp/meters", token=token)).status_code == 401


async def test_password_of_the_account_can_change(post, simulator):
    await post("/password", password="another")

    assert [account.password for account in simulator.cloud.accounts.values()] == ["another"]


async def test_pages_that_were_asked_for_are_counted(http, control, client):
    await client.get("/info")
    await client.get("/info")

    traffic = (await http.get(f"{control.url}/traffic")).json()

    assert traffic["requests"] == 2
    assert traffic["pages"] == {"/info": 2}


async def test_inverters_can_be_added(post, simulator):
    await post("/site", inverters_add=2, load_override_w=300.0)

    assert len(simulator.site.inverters) == 17
    assert simulator.site.load.power_w == pytest.approx(300.0)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/site", {"serial": "1"}, 400),
        ("/fault", {}, 400),
        ("/fault", {"path": "/info", "fault": "status", "nonsense": 1}, 400),
        ("/nowhere", {}, 404),
    ],
)
async def test_nonsense_is_refused(post, path, body, status):
    assert (await post(path, **body)).status_code == status


def test_the_scenarios_can_be_listed(capsys):
    main(["--list"])

    listed = capsys.readouterr().out
    assert all(name in listed for name in SCENARIOS)


async def first_line(words):
    """Run the command until it has spoken, and return what it said."""
    stop = asyncio.Event()

    class Out(io.StringIO):
        def flush(self):
            stop.set()

    out = Out()
    await run(arguments_of(words), out, stop)
    return out.getvalue()


async def test_the_command_prints_one_line_of_json():
    facts = json.loads(await first_line(["--json", "--scenario", "pc_d7_one_phase"]))

    assert facts["serial"] == SCENARIOS["pc_d7_one_phase"].serial
    assert facts["way_in"] == "token"
    assert facts.keys() >= {"host", "token", "cloud_proxy", "cloud_ca_file", "control"}


async def test_the_command_speaks_to_people_too():
    assert "Ctrl-C" in await first_line(["--scenario", "p_d5_standard"])


async def test_the_command_replays_captures(tmp_path):
    (tmp_path / "info").write_text("<sn>122910000099</sn><software>D7.0.1</software>")

    facts = json.loads(await first_line(["--json", "--capture", str(tmp_path)]))

    assert facts["serial"] == "122910000099"
    assert facts["token"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_command(number):
    command = [sys.executable, "-m", "tests.simulator", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:  # noqa: S603
        assert process.stdout
        process.stdout.readline()
        process.send_signal(number)

        assert process.wait(timeout=10) == 0
