"""Whose turn it is to talk to a gateway."""

import asyncio
from contextlib import suppress

import pytest

from custom_components.enphase_envoy.envoy_reader.exchange.turns import Turns


class Queue:
    """People who want a turn, and the order in which they had it."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.had: list[str] = []
        self.go = asyncio.Event()

    async def take(self, name: str, *, urgent: bool = False) -> None:
        async with self.turns.turn(urgent=urgent):
            self.had.append(name)
            await self.go.wait()

    def start(self, name: str, *, urgent: bool = False) -> asyncio.Task[None]:
        return asyncio.create_task(self.take(name, urgent=urgent))


@pytest.fixture
async def queue():
    return Queue()


async def turn() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_urgent_one_goes_before_those_that_wait_and_not_beside_one(queue):
    tasks = [queue.start("first"), queue.start("second"), queue.start("third")]
    await turn()
    tasks.append(queue.start("write", urgent=True))
    await turn()
    before = list(queue.had)

    queue.go.set()
    await asyncio.gather(*tasks)

    assert before == ["first"]
    assert queue.had == ["first", "write", "second", "third"]


async def test_one_that_has_given_up_is_passed_over(queue):
    tasks = [queue.start("first"), queue.start("second"), queue.start("third")]
    await turn()
    tasks[1].cancel()
    await turn()

    queue.go.set()
    with suppress(asyncio.CancelledError):
        await tasks[1]
    await asyncio.gather(tasks[0], tasks[2])

    assert queue.had == ["first", "third"]


@pytest.mark.parametrize("turns_before", [1, 2, 3])
async def test_turn_that_comes_with_the_cancellation_is_passed_on(queue, turns_before):
    tasks = [queue.start("first"), queue.start("second"), queue.start("third")]
    await turn()
    queue.go.set()
    for _ in range(turns_before):
        await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.wait(tasks)

    async with queue.turns.turn():
        queue.had.append("last")

    assert queue.had[-2:] == ["third", "last"]
