"""Bodies that come in parts: how large, how slow, and how many at once."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from windlass.serving.flight import Flight, Portion
from windlass.serving.http import Message, Terms, Unread, read_body

END: Message = {"type": "http.request", "body": b"!", "more_body": False}

GONE: Message = {"type": "http.disconnect"}


def part(size: int) -> Message:
    return {"type": "http.request", "body": b"x" * size, "more_body": True}


def receiving(*messages: Message) -> Callable[[], Awaitable[Message]]:
    """Give these; then nothing comes any more."""
    left = list(messages)

    async def receive() -> Message:
        if not left:
            await asyncio.Event().wait()
        return left.pop(0)

    return receive


async def test_parts_become_one_body() -> None:
    flight = Flight(100)
    portion = Portion(flight)

    body = await read_body({}, receiving(part(30), part(30), END), Terms(100, portion.take))

    assert body == b"x" * 60 + b"!"
    assert flight.room == 40
    portion.free()
    assert flight.room == 100


async def test_a_body_in_one_part_holds_nothing() -> None:
    flight = Flight(0)

    assert await read_body({}, receiving(END), Terms(100, Portion(flight).take)) == b"!"


async def test_parts_for_which_there_is_no_room_are_told_to_try_again() -> None:
    flight = Flight(100)
    first, second = Portion(flight), Portion(flight)
    assert first.take(90)

    with pytest.raises(Unread) as refused:
        await read_body({}, receiving(part(20), END), Terms(1000, second.take))
    assert refused.value.response.status == 503

    first.free()
    second.free()
    assert flight.room == 100


@pytest.mark.parametrize(
    ("messages", "status"),
    [((part(1),), 408), ((), 408), ((part(1), GONE), 400), ((GONE,), 400)],
    ids=["too slow", "never begins", "cut off", "gone at once"],
)
async def test_a_body_without_an_end_is_none(messages: tuple[Message, ...], status: int) -> None:
    terms = Terms(100, lambda _: True, seconds=0.05)

    with pytest.raises(Unread) as refused:
        await read_body({}, receiving(*messages), terms)
    assert refused.value.response.status == status


async def test_what_grows_beyond_the_limit_is_not_read_on() -> None:
    assert await read_body({}, receiving(part(60), part(60)), Terms(100, lambda _: True)) is None
    declared = {b"content-length": b"101"}
    assert await read_body(declared, receiving(), Terms(100, lambda _: True)) is None
