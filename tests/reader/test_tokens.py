import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.enphase_envoy.envoy_reader.errors import EnvoyAuthenticationError, Problem
from custom_components.enphase_envoy.envoy_reader.exchange.tokens import (
    Token,
    TokenKind,
    check_token,
    parse_token,
    renewal_due,
)

from .credentials import DAY_S, NOW, SERIAL, make_token

HOUR_S = 3600


def test_every_value():
    raw = make_token(lifetime_s=DAY_S)

    assert parse_token(raw) == Token(
        raw=raw,
        serial=SERIAL,
        kind=TokenKind.OWNER,
        issued_at=NOW,
        expires_at=NOW + DAY_S,
    )


@pytest.mark.parametrize(
    ("user", "kind"),
    [
        ("owner", TokenKind.OWNER),
        ("installer", TokenKind.INSTALLER),
        ("mfg", TokenKind.OTHER),
        (None, TokenKind.OTHER),
        (["owner"], TokenKind.OTHER),
    ],
)
def test_kind_of_user(user, kind):
    assert parse_token(make_token(enphaseUser=user)).kind is kind


@pytest.mark.parametrize("form", ["  {}\n", '"{}"', "Bearer {}", "'{}'\r\n", '"Bearer {}"'])
def test_what_comes_with_a_pasted_token_is_taken_off(form):
    raw = make_token()

    assert parse_token(form.format(raw)).raw == raw


def test_token_pasted_over_two_lines_is_joined():
    raw = make_token()

    assert parse_token(f"{raw[:40]}\n {raw[40:]}").raw == raw


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hunter2",
        "a.b.c",
        "<html><body>Sign in</body></html>",
        make_token()[:-60].rpartition(".")[0],
        "ey\N{SNOWMAN}.e.s",
        "\ud800.e.s",
        jwt.encode({}, "x" * 32) + "A" * 20_000,
        "eyJhbGciOiJub25lIn0." + "W1tb" * 1500 + ".",
    ],
    ids=["empty", "word", "dots", "html", "cut", "snowman", "surrogate", "long", "nested"],
)
def test_other_text_is_no_token(text):
    with pytest.raises(EnvoyAuthenticationError) as caught:
        parse_token(text)

    assert caught.value.problem is Problem.TOKEN_MALFORMED


@pytest.mark.parametrize("exp", [None, True, "soon", 0, -5, 1e300, float("inf"), float("nan")])
def test_token_without_an_end_is_refused(exp):
    with pytest.raises(EnvoyAuthenticationError) as caught:
        parse_token(make_token(exp=exp))

    assert caught.value.problem is Problem.TOKEN_MALFORMED


def test_token_that_names_no_gateway_is_for_none():
    assert parse_token(make_token(aud=None)).serial == ""


def test_token_never_shows_itself():
    raw = make_token()
    token = parse_token(raw)

    assert not any(part in f"{token!r} {token}" for part in raw.split("."))


def test_malformed_text_never_shows_itself():
    with pytest.raises(EnvoyAuthenticationError) as caught:
        parse_token("my.secret.text")

    assert caught.value.__cause__ is None
    assert "secret" not in str(caught.value)


def test_good_token_passes():
    check_token(parse_token(make_token(lifetime_s=10)), SERIAL, NOW + 9)


def test_expired_token_does_not_pass():
    with pytest.raises(EnvoyAuthenticationError) as caught:
        check_token(parse_token(make_token(lifetime_s=10)), SERIAL, NOW + 10)

    assert caught.value.problem is Problem.TOKEN_EXPIRED


@pytest.mark.parametrize("aud", ["122112999999", "un-commissioned", [SERIAL], None])
def test_token_of_another_gateway_does_not_pass(aud):
    with pytest.raises(EnvoyAuthenticationError) as caught:
        check_token(parse_token(make_token(aud=aud)), SERIAL, NOW)

    assert caught.value.problem is Problem.TOKEN_FOREIGN


@pytest.mark.parametrize(
    ("lifetime_s", "lead_s"),
    [
        (365 * DAY_S, 30 * DAY_S),
        (180 * DAY_S, 30 * DAY_S),
        (45 * DAY_S, HOUR_S),
        (12 * HOUR_S, HOUR_S),
        (HOUR_S, HOUR_S / 2),
    ],
)
def test_renewal_is_due_ahead_of_the_end(lifetime_s, lead_s):
    token = parse_token(make_token(lifetime_s=lifetime_s))
    due_at = NOW + lifetime_s - lead_s

    assert [renewal_due(token, at) for at in (NOW, due_at - 1, due_at)] == [False, False, True]


@pytest.mark.parametrize(("user", "lead_s"), [("owner", 30 * DAY_S), ("installer", HOUR_S)])
def test_renewal_of_a_token_of_unknown_age_goes_by_its_kind(user, lead_s):
    token = parse_token(make_token(lifetime_s=365 * DAY_S, iat=None, enphaseUser=user))
    due_at = token.expires_at - lead_s

    assert [renewal_due(token, at) for at in (due_at - 1, due_at)] == [False, True]


@given(st.text() | st.text(alphabet="eyJ01._-abc{}").map("eyJhbGciOiJub25lIn0.{}.".format))
def test_any_text_is_a_token_or_our_error(text):
    try:
        token = parse_token(text)
    except EnvoyAuthenticationError:
        return
    assert token.expires_at > 0
