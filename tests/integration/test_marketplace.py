"""Home Assistant's Marketplace (from 2026.11 on) installs what this repository holds.

It is the Marketplace's own code that looks, refuses and writes; only the files come from here and
not from GitHub.
"""

import importlib
import io
import json
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.enphase_envoy.const import DOMAIN
from tests.repo.repository import ROOT, files, read_json

PACKAGE = "homeassistant.components.marketplace"

if not find_spec(PACKAGE):
    pytest.skip("This Home Assistant has no Marketplace", allow_module_level=True)

MarketplaceManager = importlib.import_module(f"{PACKAGE}.base").MarketplaceManager
Endpoint = importlib.import_module(f"{PACKAGE}.profiles").Endpoint
exceptions = importlib.import_module(f"{PACKAGE}.exceptions")
IntegrationRepository = importlib.import_module(
    f"{PACKAGE}.repositories.integration"
).IntegrationRepository

MANIFEST = "custom_components/enphase_envoy/manifest.json"
VERSION = read_json(ROOT / MANIFEST)["version"]
NAME = read_json(ROOT / MANIFEST)["documentation"].removeprefix("https://github.com/")


@pytest.fixture
def released():
    """Return the files of a release, by their place in the repository."""
    return {str(path.relative_to(ROOT)): path.read_bytes() for path in files()}


@pytest.fixture
async def repository(hass, tmp_path, aioclient_mock):
    """Return our repository as the Marketplace knows it, with nothing installed yet."""
    hass.config.config_dir = str(tmp_path)
    assert await async_setup_component(hass, "lovelace", {})
    manager = MarketplaceManager(hass, MockConfigEntry(domain="marketplace"))
    manager.set_active_categories()
    found = IntegrationRepository(manager, NAME)
    found.data.id = "1"
    found.data.last_version = VERSION
    manager.repositories.register(found, default=True)
    yield found
    await hass.async_block_till_done()


@pytest.fixture
def publish(repository, released, aioclient_mock):
    """Let GitHub serve the files as the release, when it is called."""

    def serve() -> None:
        (raw,) = repository.marketplace.endpoints.bases(Endpoint.RAW)
        (github,) = repository.marketplace.endpoints.bases(Endpoint.GITHUB)
        for path in ("hacs.json", MANIFEST):
            aioclient_mock.get(f"{raw}/{NAME}/{VERSION}/{path}", content=released[path])
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as packed:
            for path, body in released.items():
                packed.writestr(f"enphase_envoy-{VERSION}/{path}", body)
        place = f"{github}/{NAME}/archive/refs/tags/{VERSION}.zip"
        aioclient_mock.get(place, content=archive.getvalue())

    return serve


def changed(body: bytes, **values: object) -> bytes:
    """Return a JSON file with other values."""
    return json.dumps(json.loads(body) | values).encode()


def installed(repository) -> dict[str, bytes]:
    """Return the files that the Marketplace has written, by their place in our folder."""
    folder = Path(repository.marketplace.hass.config.path("custom_components", DOMAIN))
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


async def test_every_file_of_ours_is_installed(repository, released, publish):
    publish()

    await repository.async_install_repository(confirm_replace_built_in=True)

    folder = f"custom_components/{DOMAIN}/"
    ours = {path: body for path, body in released.items() if path.startswith(folder)}
    assert installed(repository) == {path.removeprefix(folder): ours[path] for path in ours}


async def test_marketplace_understands_the_manifest(repository, publish):
    publish()

    await repository.async_install_repository(confirm_replace_built_in=True)

    found = repository.data
    assert (found.domain, found.manifest_name, found.config_flow) == (DOMAIN, "Enphase Envoy", True)


async def test_marketplace_understands_every_line_of_hacs_json(repository, publish):
    publish()

    await repository.async_install_repository(confirm_replace_built_in=True)

    assert repository.repository_manifest.manifest == read_json(ROOT / "hacs.json")


async def test_marketplace_lists_the_version_as_installed(repository, publish):
    publish()

    await repository.async_install_repository(confirm_replace_built_in=True)

    assert repository.data.installed_version == VERSION


async def test_user_has_to_agree_to_replace_the_built_in_integration(repository, publish):
    publish()

    with pytest.raises(exceptions.ReplacesBuiltInNotConfirmedError):
        await repository.async_install_repository()

    assert installed(repository) == {}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        (MANIFEST, {"version": "banana"}),
        (MANIFEST, {"version": None}),
        ("hacs.json", {"homeassistant": "2099.1.0"}),
    ],
)
async def test_what_home_assistant_could_not_load_is_refused(
    repository, released, publish, path, values
):
    """So that the tests above say something."""
    released[path] = changed(released[path], **values)
    publish()

    with pytest.raises(exceptions.MarketplaceError):
        await repository.async_install_repository(confirm_replace_built_in=True)

    assert installed(repository) == {}
