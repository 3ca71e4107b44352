"""manifest.json and hacs.json: what hassfest and the HACS action ask, and our own agreements."""

import tomllib

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy

from .repository import INTEGRATION, ROOT, read_json

MANIFEST = read_json(INTEGRATION / "manifest.json")
HACS = read_json(ROOT / "hacs.json")
PINS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]

# categories and connectivity, which only 2026.11 knows, would fail every hassfest before it.
MANIFEST_KEYS = {
    *("domain", "name", "integration_type", "config_flow", "mqtt", "zeroconf", "ssdp", "usb"),
    *("bluetooth", "homekit", "dhcp", "documentation", "quality_scale", "requirements"),
    *("dependencies", "after_dependencies", "codeowners", "loggers", "disabled", "iot_class"),
    *("single_config_entry", "preview_features", "version", "issue_tracker", "import_executor"),
}
HACS_KEYS = {
    *("name", "homeassistant", "hacs", "content_in_root", "filename", "zip_release"),
    *("hide_default_branch", "persistent_directory", "country", "render_readme"),
}


def test_manifest_has_only_keys_that_every_hassfest_knows():
    assert MANIFEST.keys() <= MANIFEST_KEYS


def test_manifest_starts_with_domain_and_name_and_is_alphabetical_after_them():
    assert list(MANIFEST) == ["domain", "name", *sorted(MANIFEST.keys() - {"domain", "name"})]


def test_domain_is_the_name_of_the_folder():
    assert MANIFEST["domain"] == INTEGRATION.name


def test_version_is_one_that_home_assistant_accepts():
    """With any other, Home Assistant silently loads its own integration on our entries."""
    version = AwesomeVersion(MANIFEST["version"])

    assert version.strategy is AwesomeVersionStrategy.SEMVER


def test_manifest_says_what_hacs_asks_for():
    assert all(MANIFEST[key] for key in ("codeowners", "documentation", "issue_tracker", "name"))


def test_documentation_is_ours_and_encrypted():
    assert MANIFEST["documentation"].startswith("https://github.com/")


def test_issues_are_reported_where_the_documentation_is():
    assert MANIFEST["issue_tracker"] == MANIFEST["documentation"] + "/issues"


def test_owner_of_the_documentation_owns_the_code():
    owner = MANIFEST["documentation"].split("/")[3]

    assert f"@{owner}" in MANIFEST["codeowners"]


def test_nothing_is_installed_beside_home_assistant():
    assert MANIFEST["requirements"] == []


def test_gateways_are_discovered_by_the_service_they_announce():
    assert MANIFEST["zeroconf"] == [{"type": "_enphase-envoy._tcp.local."}]


def test_hacs_json_has_only_known_keys():
    assert HACS.keys() <= HACS_KEYS


def test_hacs_json_names_the_integration_as_the_manifest_does():
    assert HACS["name"] == MANIFEST["name"]


def test_the_oldest_home_assistant_we_promise_is_the_oldest_we_test():
    assert f"homeassistant=={HACS['homeassistant']}" in PINS["oldest"]


def test_the_folder_above_is_no_package():
    """A custom_components/__init__.py of ours would hide the integrations of the harness."""
    assert not (INTEGRATION.parent / "__init__.py").exists()
