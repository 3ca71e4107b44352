"""Addresses are understood in every form in which people type or paste them."""

import pytest

from custom_components.enphase_envoy.envoy_reader import clean_host


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("192.168.1.10", "192.168.1.10"),
        ("  192.168.1.10 \n", "192.168.1.10"),
        ("http://192.168.1.10/", "192.168.1.10"),
        ("HTTPS://envoy.local/home#x", "envoy.local"),
        ("https://user:secret@envoy.local", "envoy.local"),
        ("envoy", "envoy"),
        ("192. 168. 1. 10", "192.168.1.10"),
        ("envoy.local:8443", "envoy.local:8443"),
        ("fd00::12", "fd00::12"),
        ("[fd00::12]", "fd00::12"),
        ("https://[fd00::12]:8443/", "[fd00::12]:8443"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("[fe80::1%25eth0]", "fe80::1%eth0"),
    ],
)
def test_address_is_taken_out_of_what_was_typed(typed, clean):
    assert clean_host(typed) == clean


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "http://",
        "192.168.1.300",
        "192.168.1",
        "1::2::3",
        "[fd00::12",
        "[fd00::12]x",
        "envoy:99999",
        "envoy:abc",
        "envoy:0",
        "-envoy",
        "en voy!",
        "x" * 300,
    ],
)
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(ValueError):  # noqa: PT011 -- the message is the text itself
        clean_host(typed)
