"""Reading JSON pages in general: refusals, and each kind of value."""

from datetime import UTC, datetime

import pytest

from custom_components.enphase_envoy.envoy_reader.errors import (
    EnvoyAbsentError,
    EnvoyResponseError,
)
from custom_components.enphase_envoy.envoy_reader.parsers import _json

from .documents import JSON_PAGES
from .typed import is_as_promised, promise_of

EVERY_JSON_PAGE = pytest.mark.parametrize("page", JSON_PAGES, ids=lambda page: page.name)


@EVERY_JSON_PAGE
@pytest.mark.parametrize(
    "body",
    [
        b'{ "error" : "404 - Not Found" }',
        b'{ "err": "404 - Not Found" }',
        b'{"error": {"code": 7}}',
        b'{"status":401,"error":"","info":"Authentication required","moreInfo":""}',
        b'{"status": 404, "info": "no such thing"}',
        b"\n  <!DOCTYPE html><html><h2>Page Not Found</h2></html>",
        b"<html><body><h2>401 Unauthorized</h2></body></html>",
        b"<html><head><title>401 Authorization Required</title></head></html>",
        b"\xef\xbb\xbf<html>\xff</html>",
        b"Error: 401",
    ],
)
def test_refusal_is_absence(page, body):
    with pytest.raises(EnvoyAbsentError):
        page.parse(body)


@EVERY_JSON_PAGE
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"12",
        b'"text"',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 10_000,
        b"{'single': 'quotes'}",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_other_body_is_no_page_and_no_absence(page, body):
    with pytest.raises(EnvoyResponseError) as caught:
        page.parse(body)

    assert not isinstance(caught.value, EnvoyAbsentError)


@EVERY_JSON_PAGE
def test_page_cut_short_is_no_page(page):
    with pytest.raises(EnvoyResponseError, match="not JSON"):
        page.parse(page.body[:-1])


@EVERY_JSON_PAGE
def test_page_with_space_around_and_a_byte_order_mark_is_read(page):
    assert page.parse(b"\xef\xbb\xbf\n\t" + page.body + b"\r\n") == page.parse(page.body)


@EVERY_JSON_PAGE
def test_empty_object_is_a_page_with_nothing_to_say(page):
    assert is_as_promised(page.parse(b"{}"), promise_of(page.parse))


OBJECT_PAGES = [page for page in JSON_PAGES if isinstance(page.document, dict)]
WITHOUT_A_SURE_KEY = {"storage_control"}
"""Its layouts have nothing in common, so any object may be the page."""
LIST_PAGES = [page for page in JSON_PAGES if isinstance(page.document, list)]


@pytest.mark.parametrize(
    "page",
    [page for page in OBJECT_PAGES if page.name not in WITHOUT_A_SURE_KEY],
    ids=lambda page: page.name,
)
def test_object_of_another_page_is_refused(page):
    with pytest.raises(EnvoyResponseError, match="the body holds n"):
        page.parse(b'{"something": "else"}')


@pytest.mark.parametrize("page", OBJECT_PAGES, ids=lambda page: page.name)
def test_list_is_no_object(page):
    with pytest.raises(EnvoyResponseError, match="not a JSON object"):
        page.parse(b"[]")


@pytest.mark.parametrize("page", LIST_PAGES, ids=lambda page: page.name)
def test_object_is_no_list(page):
    with pytest.raises(EnvoyResponseError, match="not a JSON list"):
        page.parse(b'{"eid": 704643328}')


@pytest.mark.parametrize("page", LIST_PAGES, ids=lambda page: page.name)
def test_what_is_no_row_is_left_out(page):
    body = page.body.replace(b"[", b'[null, 7, "row", [], ', 1)

    assert page.parse(body) == page.parse(page.body)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (12, 12),
        (-12.5, -12.5),
        ("12.5", 12.5),
        (" -3 ", -3),
        ("+7.", 7),
        (10**15, 10**15),
    ],
)
def test_number(value, expected):
    assert _json.number({"key": value}, "key") == expected


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        [],
        {},
        "",
        "12 W",
        "1e400",
        "1_000",
        "٣",
        "nan",
        "Infinity",
        "9" * 16,
        "9" * 10_000,
        10**15 + 1,
        -1.1e15,
        float("nan"),
        float("inf"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_no_number(value):
    assert _json.number({"key": value}, "key") is None


@pytest.mark.parametrize("value", [9_876_543_210, "9876543210"])
def test_integers_stay_integers(value):
    assert type(_json.number({"key": value}, "key")) is int


def test_missing_number():
    assert _json.number({}, "key") is None


def test_endless_number_costs_its_value_only():
    body = b'{"a": ' + b"9" * 10_000 + b', "b": 1e400, "c": NaN, "d": -Infinity, "e": 5}'

    page = _json.json_object(body)

    assert [_json.number(page, key) for key in "abcde"] == [None, None, None, None, 5]


def test_scaled():
    assert _json.scaled({"mv": "230500"}, "mv", 1000) == 230.5


def test_nothing_is_scaled_to_nothing():
    assert _json.scaled({}, "mv", 1000) is None


@pytest.mark.parametrize(("value", "expected"), [(3, 3), (3.0, 3), ("3", 3), (2.5, None)])
def test_integer(value, expected):
    assert _json.integer({"key": value}, "key") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), (False, False), ("true", True), (" False ", False)],
)
def test_flag(value, expected):
    assert _json.flag({"key": value}, "key") is expected


@pytest.mark.parametrize("value", [None, 0, 1, "", "yes", [], {}])
def test_no_flag(value):
    assert _json.flag({"key": value}, "key") is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [("closed", True), ("Open", False), ("unknown", None), (None, None), (True, None)],
)
def test_closed(value, expected):
    assert _json.closed({"key": value}, "key") is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(" a b ", "a b"), (" ", None), ("", None), (7, None), (None, None), ("a\ud800", "a?")],
)
def test_text(value, expected):
    assert _json.text({"key": value}, "key") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" 0012 ", "0012"),
        (122300000001, "122300000001"),
        ("", None),
        (" ", None),
        (None, None),
        (0, None),
        (-5, None),
        (True, None),
        (12.0, None),
        (10**16, None),
    ],
)
def test_serial(value, expected):
    assert _json.serial({"key": value}, "key") == expected


@pytest.mark.parametrize("value", [1735689600, "1735689600", 1735689600.0])
def test_moment(value):
    assert _json.moment({"key": value}, "key") == datetime(2025, 1, 1, tzinfo=UTC)


def test_moment_carries_its_zone():
    moment = _json.moment({"key": 1}, "key")

    assert moment is not None
    assert moment.tzinfo is UTC


@pytest.mark.parametrize("value", [0, -1, "0", 4102444800, 10**15, None, True, "2025-01-01"])
def test_no_moment(value):
    assert _json.moment({"key": value}, "key") is None


def test_epoch():
    assert _json.epoch({"key": "1735689600"}, "key") == 1735689600.0


def test_places_keep_what_is_no_row_as_an_empty_one():
    assert _json.places({"lines": [None, {"a": 1}, 5]}, "lines") == [{}, {"a": 1}, {}]


def test_no_list_has_no_places():
    assert _json.places({"lines": {"a": 1}}, "lines") == []


def test_first_of_two_with_the_same_id_counts():
    assert _json.by_id(["apple", "avocado", "pear"], lambda word: word[0]) == {
        "a": "apple",
        "p": "pear",
    }
