"""brand/: the pictures that Home Assistant shows, in the sizes that its own have."""

import struct

import pytest

from .repository import INTEGRATION

pytestmark = pytest.mark.once

BRAND = INTEGRATION / "brand"
SIZES = {"icon": (256, 256), "logo": (512, 256)}
PICTURES = {
    f"{mode}{name}{tail}.png": (width * scale, height * scale)
    for mode in ("", "dark_")
    for name, (width, height) in SIZES.items()
    for tail, scale in (("", 1), ("@2x", 2))
}

each_picture = pytest.mark.parametrize("name", PICTURES)


def test_only_pictures_that_home_assistant_asks_for():
    assert {path.name for path in BRAND.iterdir()} == PICTURES.keys()


@each_picture
def test_size(name):
    header = (BRAND / name).read_bytes()[:24]

    assert struct.unpack(">8s8xII", header) == (b"\x89PNG\r\n\x1a\n", *PICTURES[name])


@each_picture
def test_ground_is_transparent(name):
    """A palette says so in a chunk of its own."""
    assert b"tRNS" in (BRAND / name).read_bytes()


@each_picture
def test_picture_is_small(name):
    assert (BRAND / name).stat().st_size < 20_000
