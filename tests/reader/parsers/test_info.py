import pytest

from custom_components.enphase_envoy.envoy_reader.errors import (
    EnvoyResponseError,
    EnvoyUnsupportedError,
)
from custom_components.enphase_envoy.envoy_reader.parsers.info import Info, parse

from .documents import INFO

SIGHTING = "<td colspan='4'>Envoy Serial Number: 123400005678</td>"


def test_every_value():
    assert parse(INFO.encode()) == Info(
        serial="123400005678",
        firmware="D8.2.4345",
        part_number="800-00654-r08",
        metered=True,
        wants_tokens=True,
        clock=1735689600.0,
    )


def test_old_firmware_says_less():
    body = b"<envoy_info><device><sn>123400005678</sn></device></envoy_info>"

    assert parse(body) == Info(serial="123400005678")


@pytest.mark.parametrize(
    "body",
    [
        b"\n\t  " + INFO.encode(),
        b"\xef\xbb\xbf" + INFO.encode(),
        INFO.replace("\n", "").replace("  ", "\t").encode(),
        INFO.replace('"', "'").encode(),
        INFO.replace("UTF-8", "no-such-encoding").encode(),
        INFO.replace("<envoy_info>", "<!-- a note --><envoy_info>").encode(),
    ],
    ids=["space", "byte order mark", "tabs", "quotes", "encoding", "comment"],
)
def test_form_of_the_xml_does_not_matter(body):
    assert parse(body) == parse(INFO.encode())


@pytest.mark.parametrize(
    ("tag", "text", "field"),
    [
        ("imeter", "perhaps", "metered"),
        ("imeter", "", "metered"),
        ("web-tokens", "1", "wants_tokens"),
        ("time", "0", "clock"),
        ("time", "soon", "clock"),
        ("software", " ", "firmware"),
    ],
)
def test_bad_value_costs_itself_only(tag, text, field):
    good = f"<{tag}>{INFO.split(f'<{tag}>')[1].split('<')[0]}<"

    info = parse(INFO.replace(good, f"<{tag}>{text}<").encode())

    assert (getattr(info, field), info.serial) == (None, "123400005678")


@pytest.mark.parametrize(
    "page",
    [
        SIGHTING,
        SIGHTING.upper(),
        "<!DOCTYPE html><html><b>Envoy Serial Number:</b>\n<i>123400005678</i></html>",
        "Envoy&nbsp;Serial&nbsp;Number&#58; 123400005678",
    ],
)
def test_web_page_shows_the_serial(page):
    assert parse(page.encode()) == Info(serial="123400005678")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\x00",
        b"<html><h1>Router</h1></html>",
        b'{"error": "404 - Not Found"}',
        b"Envoy Serial Number: none",
        b"Envoy Serial Number: " + b"9" * 5000,
        b"&#" + b"9" * 5000 + b";",
        b"<envoy_info><device><sn> </sn></device></envoy_info>",
        b"<envoy_info><sn>123400005678</sn></envoy_info>",
        b"<envoy_info/>",
    ],
    ids=lambda body: repr(body[:30]),
)
def test_other_device_is_not_supported(body):
    with pytest.raises(EnvoyUnsupportedError):
        parse(body)


def test_page_cut_short_says_nothing_of_the_device():
    with pytest.raises(EnvoyResponseError, match="not XML"):
        parse(INFO[:-5].encode())


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        '<!ENTITY b "ha">',
    ],
)
def test_entities_are_refused(declaration):
    body = INFO.replace("<envoy_info>", f"{declaration}<envoy_info>", 1)

    with pytest.raises(EnvoyResponseError, match="entities"):
        parse(body.encode())


def test_deep_nesting_does_no_harm():
    depth = 200_000

    with pytest.raises(EnvoyUnsupportedError):
        parse(b"<envoy_info>" * depth + b"</envoy_info>" * depth)
