import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import fake_model
from windlass.serving.frames import (
    ReplyBuffer,
    Request,
    pack_bundle,
    pack_reply,
    pack_request,
    read_request,
    unpack_bundle,
)
from windlass.serving.guard import Failure
from windlass.serving.scoring import Outcome, Refused, Scored

OUTCOMES: list[Outcome] = [
    Scored(b'{"a":1}', 0.25, 1.5),
    Scored(b"", None, 0.0),
    Refused("x", "must be a number"),
    Failure("RuntimeError: ü"),
]


@given(
    number=st.integers(0, 2**32 - 1),
    kind=st.integers(0, 3),
    expires=st.floats(0, 1e9),
    body=st.binary(max_size=50),
)
def test_a_request_arrives_as_it_was_sent(
    number: int, kind: int, expires: float, body: bytes
) -> None:
    sent = Request(number, kind, expires, body)

    assert read_request(io.BytesIO(pack_request(sent)).read) == sent


@pytest.mark.parametrize("length", [0, 5, 20])
def test_a_request_that_is_cut_off_is_the_end(length: int) -> None:
    packed = pack_request(Request(1, 1, 0.0, b"0123456789"))

    assert read_request(io.BytesIO(packed[:length]).read) is None


@given(pieces=st.integers(1, 40))
def test_replies_arrive_however_the_stream_is_cut(pieces: int) -> None:
    stream = b"".join(pack_reply(number, outcome) for number, outcome in enumerate(OUTCOMES))
    buffer = ReplyBuffer()

    replies = []
    for start in range(0, len(stream), pieces):
        replies += buffer.feed(stream[start : start + pieces])

    assert [reply.number for reply in replies] == [0, 1, 2, 3]
    assert [reply.outcome for reply in replies] == OUTCOMES


def test_a_request_that_came_too_late_is_a_failure() -> None:
    [reply] = ReplyBuffer().feed(pack_reply(9, None))

    assert reply.outcome == Failure("its deadline passed while it waited")


def test_a_bundle_arrives_whole() -> None:
    bundle = fake_model.bundle(2.0)

    assert unpack_bundle(pack_bundle(bundle)) == bundle


@pytest.mark.parametrize("garbage", [b"\xff" * 40, b"\0" * 8 + b"\x09" + b"\0" * 16])
def test_nonsense_from_the_child_is_an_error_and_not_a_wait_for_ever(garbage: bytes) -> None:
    with pytest.raises(ValueError, match=r"nonsense|not a valid Status"):
        ReplyBuffer().feed(garbage)
