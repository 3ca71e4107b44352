"""Whatever a gateway, or what passes for one, may send."""

import copy
import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.enphase_envoy.envoy_reader.pages.endpoints import ENDPOINTS

from .documents import JSON_PAGES, PAGES, Page
from .typed import is_as_promised, promise_of

EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
EVERY_JSON_PAGE = pytest.mark.parametrize("page", JSON_PAGES, ids=lambda page: page.name)

LITERALS = ("@1e400", "@-1e400", "@" + "9" * 5000, "@0.1e-999", "@-0.0")
"""Numbers that Python cannot write; ``written`` leaves nothing of them but the figures."""
TEXTS = ("12.5", "-3", "1e400", "NaN", "9" * 5000, "true", "closed", "\ud800", " 5 ", " ", "")
NUMBERS = (10**15, 10**15 + 1, -(10**16), 10**4299, 2**32 - 4, 4102444800, 0, -1, 2.5)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from((*LITERALS, *TEXTS, *NUMBERS))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


def test_every_parser_of_a_page_is_here():
    assert {row.parse for row in ENDPOINTS} <= {page.parse for page in PAGES}


@EVERY_PAGE
@given(body=st.binary())
def test_any_bytes(page, body):
    assert keeps_its_promise(page, body)


@EVERY_JSON_PAGE
@given(document=VALUES)
def test_any_json(page, document):
    assert keeps_its_promise(page, written(document))


@EVERY_JSON_PAGE
@given(data=st.data())
def test_page_with_other_values(page, data):
    document = copy.deepcopy(page.document)
    for _ in range(data.draw(st.integers(1, 4), label="changes")):
        holder, key = data.draw(st.sampled_from(list(places(document))), label="place")
        if data.draw(st.booleans(), label="delete"):
            del holder[key]
        else:
            holder[key] = data.draw(VALUES, label="value")
        if not document:
            break

    assert keeps_its_promise(page, written(document))


@EVERY_PAGE
@given(data=st.data())
def test_page_with_other_bytes(page, data):
    start = data.draw(st.integers(0, len(page.body)), label="start")
    end = data.draw(st.integers(start, len(page.body)), label="end")
    between = data.draw(st.binary(max_size=20) | st.text(max_size=20).map(as_bytes))

    assert keeps_its_promise(page, page.body[:start] + between + page.body[end:])


@EVERY_PAGE
@given(data=st.data())
def test_page_with_other_figures(page, data):
    def other(_: re.Match[bytes]) -> bytes:
        return data.draw(st.sampled_from((b"1e400", b"9" * 5000, b"-1", b"0", b"1.", b"NaN", b"")))

    assert keeps_its_promise(page, re.sub(rb"[0-9][0-9.]*", other, page.body))


@EVERY_PAGE
def test_page_itself_is_read(page):
    assert is_as_promised(page.parse(page.body), promise_of(page.parse))


def keeps_its_promise(page: Page, body: bytes) -> bool:
    """Return whether a parser answers with what it promises, or refuses as it may."""
    try:
        answer = page.parse(body)
    except page.refusals:
        return True
    return is_as_promised(answer, promise_of(page.parse))


def places(document: object) -> Iterator[tuple[object, object]]:
    """Give every place in a document as its holder and the key or index in it."""
    if isinstance(document, dict):
        keys = list(document)
    elif isinstance(document, list):
        keys = list(range(len(document)))
    else:
        return
    for key in keys:
        yield document, key
        yield from places(document[key])


def written(document: object) -> bytes:
    """Write JSON as gateways might: with NaN, infinities and endless numbers."""
    return re.sub(r'"@([-0-9.e]+)"', r"\1", json.dumps(document)).encode()


def as_bytes(text: str) -> bytes:
    """Encode any text, even one that UTF-8 cannot hold."""
    return text.encode("utf-8", "replace")
