"""One value of a document changes, and not another byte."""

import json

import pytest

from custom_components.enphase_envoy.envoy_reader.commands.edit import (
    change,
    decoded,
    encoded,
    find,
)

DOCUMENT = """\
{ "a" : {"on": "true", "off":false,\t"x": 20.0,"y":7, "z": "30.50", "é": "\\u00e9"},
  "list": [ {"id": "NC1", "v": 1e1}, {"id": "NC2", "v": 2} , [3, 4] ],  "last":null }
"""


@pytest.mark.parametrize(
    ("path", "value", "before", "after"),
    [
        (("a", "on"), False, '"on": "true"', '"on": "false"'),
        (("a", "off"), True, '"off":false', '"off":true'),
        (("a", "x"), 25, '"x": 20.0', '"x": 25.0'),
        (("a", "x"), 25.25, '"x": 20.0', '"x": 25.25'),
        (("a", "y"), 8.0, '"y":7', '"y":8'),
        (("a", "z"), 5.0, '"z": "30.50"', '"z": "5.00"'),
        (("a", "é"), "economy", '"é": "\\u00e9"', '"é": "economy"'),
        (("list", ("id", "NC2"), "v"), 5, '"NC2", "v": 2', '"NC2", "v": 5'),
        (("list", 2, 1), 9, "[3, 4]", "[3, 9]"),
        (("last",), "x", '"last":null', '"last":"x"'),
    ],
)
def test_only_the_value_changes(path, value, before, after):
    assert change(DOCUMENT, *path, value=value) == DOCUMENT.replace(before, after)


def test_value_is_found_as_it_is_written():
    assert find(DOCUMENT, "list", ("id", "NC1")) == '{"id": "NC1", "v": 1e1}'


def test_of_two_with_the_same_name_the_last_one_counts():
    assert change('{"a": 1, "a": 2}', "a", value=3) == '{"a": 1, "a": 3}'


@pytest.mark.parametrize(
    "path", [("b",), ("a", "b"), ("a", "on", "b"), ("list", 7), ("list", ("id", "NO1")), ("a", 0)]
)
def test_what_is_not_there_is_not_found(path):
    with pytest.raises(LookupError):
        find(DOCUMENT, *path)


@pytest.mark.parametrize("broken", ["", "<html>", '{"a": ', '{"a" 1}', '{"a": 1'])
def test_what_is_no_document_is_refused(broken):
    with pytest.raises((LookupError, ValueError)):
        change(broken, "a", "b", value=1)


def test_empty_object_holds_nothing():
    with pytest.raises(LookupError):
        find("{ }", "a")


def test_bytes_survive_that_are_no_text():
    body = b'{"a": "\xff\xfe", "b": 1}'

    assert encoded(change(decoded(body), "b", value=2)) == b'{"a": "\xff\xfe", "b": 2}'


def test_mark_of_byte_order_is_left_out():
    assert json.loads(decoded(b'\xef\xbb\xbf{"a": 1}')) == {"a": 1}
