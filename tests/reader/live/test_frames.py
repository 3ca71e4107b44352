import pytest

from custom_components.enphase_envoy.envoy_reader.live.frames import Frames

STREAM = b'data: {"a": 1}\n\ndata: {"a": 2}\r\n\r\n: a comment\n\ndata: {"a": 3}\n\n'
EVENTS = [b'{"a": 1}', b'{"a": 2}', b'{"a": 3}']


def fed(*pieces):
    """Return the events of pieces that come one after the other."""
    frames = Frames()
    return [event for piece in pieces for event in frames.feed(piece)]


def test_events_of_a_burst_come_in_order():
    assert fed(STREAM) == EVENTS


@pytest.mark.parametrize("size", range(1, 20))
def test_pieces_may_end_anywhere(size):
    assert fed(*(STREAM[at : at + size] for at in range(0, len(STREAM), size))) == EVENTS


def test_event_is_given_out_when_its_line_is_whole():
    frames = Frames()

    assert frames.feed(b'data: {"a"') == []
    assert frames.feed(b": 1}\n") == [b'{"a": 1}']


def test_other_lines_of_the_format_are_passed_over():
    assert fed(b"event: x\nid: 7\nretry: 10\ndata: {}\n\n") == [b"{}"]


@pytest.mark.parametrize("size", [1000, 70_000, 300_000])
def test_line_without_an_end_is_forgotten_and_the_next_event_found(size):
    endless = b"data: " + b"x" * 200_000
    pieces = [endless[at : at + size] for at in range(0, len(endless), size)]

    assert fed(*pieces, b"xx\ndata: {}\n") == [b"{}"]
