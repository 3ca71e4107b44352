import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from custom_components.enphase_envoy.envoy_reader.exchange.redact import HIDDEN, Redactor

JWT = "eyJraWQiOiI3ZDEw.eyJhdWQiOiIxMjIxMTIx.MEQCIFd-k_9"


def redact(text, secrets=()):
    """Redact one text on its own."""
    return Redactor(secrets)(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"got {JWT}, good", "got **, good"),
        (f"cut short {JWT[:12]}", "cut short **"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer **"),
        ("sessionId=a1B2; Secure", "sessionId=**; Secure"),
        ("/x?password=p%26w&details=1", "/x?password=**&details=1"),
        ("http://me:secret@host/", "http://**@host/"),
        ("write to jane.doe+x@mail.example.org now", "write to ** now"),
        ("user%5Bemail%5D: jane%40example.org", "user%5Bemail%5D: **"),
        ('{"password": "a\\"b", "x": 1}', '{"password": "**", "x": 1}'),
        ('{"access_token":"abc"}', '{"access_token":"**"}'),
        ('{"userName" : "jane"}', '{"userName" : "**"}'),
        ('{"email":"jane', '{"email":"**'),
        ('{"token": 7}', '{"token": 7}'),
        ('{"euaid": "4c8675"}', '{"euaid": "**"}'),
        ("<euaid>4c8675</euaid>", "<euaid>**</euaid>"),
    ],
)
def test_secret_is_hidden(text, expected):
    assert redact(text) == expected


def test_given_secret_is_hidden():
    assert redact("the word is swordfish", ["swordfish"]) == "the word is **"


def test_longer_secret_is_hidden_whole():
    assert redact("swordfish2", ["sword", "swordfish2"]) == HIDDEN


@pytest.mark.parametrize(
    ("text", "expected"),
    [("123456", "**"), ("pw=123456;", "pw=**;"), ("122112123456", "990000000001")],
)
def test_secret_of_figures_is_hidden_where_it_stands_alone(text, expected):
    assert redact(text, ["123456"]) == expected


def test_secret_told_later_is_hidden():
    redactor = Redactor()
    redactor.hide("swordfish")

    assert redactor("swordfish") == HIDDEN


def test_empty_secrets_hide_nothing():
    redactor = Redactor([""])
    redactor.hide("")

    assert redactor("text") == "text"


def test_serial_gets_a_stand_in_of_its_shape():
    page = json.loads(redact('{"serial": "122112123456", "sn": 122112123456}'))

    assert page == {"serial": "990000000001", "sn": 990000000001}


def test_load_gets_a_name_in_place_of_its_owners():
    redactor = Redactor()

    settings = redactor('{"load_name": "Jane\'s \\"pool\\""}')
    status = redactor('{"dry_contact_load_name":"Jane\'s \\"pool\\""}')

    assert settings == '{"load_name": "Name 1"}'
    assert status == '{"dry_contact_load_name":"Name 1"}'


def test_load_without_a_name_stays_so():
    assert redact('{"load_name": ""}') == '{"load_name": ""}'


def test_name_of_a_load_that_is_cut_is_hidden_too():
    assert redact('{"load_name": "Jane\'s po') == '{"load_name": "Name 1'


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Europe/Amsterdam", "Etc/GMT-2"),
        ("US/Hawaii", "Etc/GMT+10"),
        ("UTC", "Etc/GMT+0"),
        ("Asia/Kolkata", "**"),
        ("Nowhere/City", "**"),
    ],
)
def test_time_zone_keeps_its_offset_and_loses_its_city(zone, shown):
    summer = datetime(2026, 6, 17, tzinfo=UTC)
    redactor = Redactor(zones_at=summer)

    once = redactor(f'{{"timezone": "{zone}"}}')

    assert once == redactor(once) == f'{{"timezone": "{shown}"}}'


def test_time_zone_stays_where_it_helps():
    assert redact('{"timezone": "Europe/Amsterdam"}') == '{"timezone": "Europe/Amsterdam"}'


def test_serial_keeps_its_stand_in_over_texts():
    redactor = Redactor()

    first = redactor("122112123456 122112123457")

    assert redactor("122112123457 122112123456") == " ".join(reversed(first.split()))


def test_text_can_be_redacted_twice():
    redactor = Redactor(addresses=True)
    once = redactor("122112123456 00:1d:c0:01:02:03 10.1.2.3 fe80::1%eth0")

    assert redactor(once) == once


@pytest.mark.parametrize(
    "number", ["1221121234567", "12211212345", "0.122112123456", "122112123456.5"]
)
def test_other_numbers_stay(number):
    assert redact(number) == number


@pytest.mark.parametrize(
    ("mac", "expected"),
    [
        ("00:1D:C0:01:02:03", "02:00:00:00:00:01"),
        ("00-1d-c0-01-02-03", "02-00-00-00-00-01"),
    ],
)
def test_mac_gets_a_stand_in_of_its_shape(mac, expected):
    assert redact(mac) == expected


def test_addresses_stay_unless_asked_for():
    assert redact("http://10.1.2.3/info") == "http://10.1.2.3/info"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://10.1.2.3/info", "https://192.0.2.1/info"),
        ("[fe80::21d:c0ff:fe01:203%eth0]:80", "[2001:db8::1]:80"),
        ("2003:e0:1:2:3:4:5:6", "2001:db8::1"),
    ],
)
def test_addresses_get_stand_ins_of_their_shape(address, expected):
    assert Redactor(addresses=True)(address) == expected


@pytest.mark.parametrize(
    "text", ["127.0.0.1", "::1", "0.0.0.0", "255.255.255.0", "999.1.2.3", "12:34:56", "D8.2.4345"]
)
def test_what_is_no_address_of_a_house_stays(text):
    assert Redactor(addresses=True)(text) == text


@given(st.text(), st.text())
def test_token_never_survives(before, after):
    assert JWT not in redact(f"{before}{JWT}{after}")


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none()))
@example({"®yJ": None})
@example({"x": "to:\nowner@example.com"})
@example({"x": "®owner@example.com"})
@example({"x": 'password=a"b'})
def test_redacted_json_is_json(page):
    json.loads(redact(json.dumps(page)))
