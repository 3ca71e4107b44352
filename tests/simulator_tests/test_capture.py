"""Replaying a folder of captured pages, or a file of diagnostics."""

import json

import httpx
import pytest

from tests.simulator import Replay
from tests.simulator.capture import file_name

pytestmark = pytest.mark.once

INFO = "<envoy_info><device><sn>{}</sn><software>{}</software></device></envoy_info>"
PRODUCTION = {"production": [{"type": "eim", "wNow": 1, "lines": [{"wNow": 1}]}]}
SERIAL = "122910000099"


@pytest.fixture
def version():
    return "D7.6.175"


@pytest.fixture
def folder(tmp_path, version):
    (tmp_path / "info").write_text(INFO.format(SERIAL, version))
    (tmp_path / "api_v1_production_inverters").write_text("[]")
    (tmp_path / "production.json").write_text(json.dumps(PRODUCTION))
    (tmp_path / "ivp_sc_pvlimit").write_text("no")
    log = {"code": 404, "headers": {"Content-Type": "text/plain", "Date": "then"}}
    (tmp_path / "ivp_sc_pvlimit_log.json").write_text(json.dumps(log))
    return tmp_path


@pytest.fixture
async def replay(folder):
    async with Replay(folder) as running:
        yield running


async def get(http, replay, path, scheme="https", **options):
    return await http.get(f"{scheme}://{replay.host}{path}", **options)


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("/info", "info"),
        ("/ivp/meters/readings", "ivp_meters_readings"),
        ("/production.json?details=1", "production.json_details_1"),
    ],
)
def test_files_are_named_after_their_pages(target, name):
    assert file_name(target) == name


async def test_a_page_is_repeated(http, replay):
    assert (await get(http, replay, "/api/v1/production/inverters")).json() == []


async def test_a_recorded_status_is_repeated(http, replay):
    response = await get(http, replay, "/ivp/sc/pvlimit")

    assert (response.status_code, response.text) == (404, "no")
    assert response.headers["content-type"] == "text/plain"
    assert "date" not in response.headers


async def test_what_was_not_recorded_is_absent(http, replay):
    assert (await get(http, replay, "/ivp/meters")).status_code == 404


async def test_the_serial_is_known(replay):
    assert replay.serial == SERIAL


async def test_lines_come_only_with_details(http, replay):
    without = (await get(http, replay, "/production.json")).json()
    with_them = (await get(http, replay, "/production.json?details=1")).json()

    assert "lines" not in without["production"][0]
    assert with_them == PRODUCTION


async def test_any_token_is_good(http, replay):
    assert (await get(http, replay, "/auth/check_jwt")).status_code == 200


async def test_firmware_7_is_served_by_https_only(http, replay):
    with pytest.raises(httpx.TransportError):
        await get(http, replay, "/info", scheme="http")


@pytest.mark.parametrize("version", ["D5.0.62", "R3.9.36"])
async def test_older_firmware_is_served_by_http(http, replay):
    assert (await get(http, replay, "/info", scheme="http")).status_code == 200


async def test_a_token_can_be_asked_for(http, folder):
    async with Replay(folder, auth=True) as replay:
        good = {"Authorization": f"Bearer {replay.token()}"}
        path = "/production.json"
        codes = [
            (await get(http, replay, path)).status_code,
            (await get(http, replay, path, headers=good)).status_code,
            (await get(http, replay, "/auth/check_jwt", headers=good)).status_code,
            (await get(http, replay, "/auth/check_jwt")).status_code,
            (await get(http, replay, "/info")).status_code,
        ]

    assert codes == [401, 200, 200, 401, 200]


@pytest.mark.parametrize("version", ["D5.0.62"])
async def test_a_password_can_be_asked_for(http, folder):
    async with Replay(folder, auth=True) as replay:
        path = "/api/v1/production/inverters"
        auth = httpx.DigestAuth("envoy", SERIAL[-6:])
        codes = [
            (await get(http, replay, path, "http")).status_code,
            (await get(http, replay, path, "http", auth=auth)).status_code,
            (await get(http, replay, "/production.json", "http")).status_code,
        ]

    assert codes == [401, 200, 200]


@pytest.mark.parametrize("wrap", [lambda pages: pages, lambda pages: {"data": pages}])
async def test_diagnostics_are_replayed(http, tmp_path, wrap):
    pages = {
        "/info": {"status": 200, "content_type": "text/xml", "body": INFO.format(SERIAL, "D8.1.1")},
        "/production.json?details=1": {"status": 200, "body": "{}"},
        "/ivp/meters": {"status": 503, "body": ""},
    }
    file = tmp_path / "diagnostics.json"
    file.write_text(json.dumps(wrap({"pages": pages})))

    async with Replay(file) as replay:
        info = await get(http, replay, "/info")
        details = await get(http, replay, "/production.json?details=1")
        meters = await get(http, replay, "/ivp/meters")

    assert info.headers["content-type"] == "text/xml"
    assert details.text == "{}"
    assert meters.status_code == 503


def test_a_file_without_pages_is_refused(tmp_path):
    file = tmp_path / "other.json"
    file.write_text("{}")

    with pytest.raises(ValueError, match="no pages"):
        Replay(file)
