import pytest

from tests.support.desks import CANDIDATE, CHAMPION
from windlass.domain.errors import InputError
from windlass.domain.routing import Routing
from windlass.serving.documents import parse_routing, write_routing

FULL = Routing(
    generation=12,
    champion=CHAMPION,
    candidate=CANDIDATE,
    weight=10,
    shadow=True,
    held=(CANDIDATE.digest,),
)


@pytest.mark.parametrize("routing", [FULL, Routing(generation=0)])
def test_a_document_is_read_as_it_was_written(routing: Routing) -> None:
    assert parse_routing(write_routing(routing)) == routing


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "the routing document is not JSON"),
        (b"[]", "routing: must be an object"),
        (b"{}", "routing.generation: missing"),
        (b'{"generation": 1, "wieght": 5}', "routing.wieght: unknown field, did you mean weight?"),
        (b'{"generation": 1, "weight": 101}', "routing.weight: must be a percentage"),
        (b'{"generation": -1}', "routing.generation: must not be negative"),
    ],
)
def test_a_mistake_is_named(text: bytes, message: str) -> None:
    with pytest.raises(InputError, match="routing") as refusal:
        parse_routing(text)

    assert message in str(refusal.value)
