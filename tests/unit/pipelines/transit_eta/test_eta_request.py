"""A vehicle is read at once where all is as usual, and to the same effect as field by field."""

from hypothesis import given
from hypothesis import strategies as st

from windlass.pipelines.contract import InvalidRequest
from windlass.pipelines.transit_eta.request import Seen, seen_at_once, seen_by_field

USUAL = {
    "vehicle_id": "G-10080",
    "route_id": "Green-D",
    "lat": 42.3693,
    "lon": -71.0728,
    "bearing": 305.0,
    "speed_kmh": 34.9,
    "timestamp": 1759920592.0,
}
NUMBERS = st.floats() | st.sampled_from([-1.0, 0.0, 90.0, 180.0, 180.5, 1e11, 1.5e12])


def test_what_is_usual_is_read_at_once() -> None:
    assert seen_at_once(USUAL) == Seen(
        "G-10080", "Green-D", 42.3693, -71.0728, 305.0, 34.9, 1759920592
    )


@given(
    st.dictionaries(
        st.sampled_from([*USUAL]),
        NUMBERS | st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.none()),
    )
)
def test_both_ways_read_the_same(changes: dict[str, object]) -> None:
    document = {**USUAL, **changes}
    at_once = seen_at_once(document)
    try:
        slowly = seen_by_field(document)
    except InvalidRequest:
        slowly = None
    assert at_once is None or at_once == slowly


@given(st.sampled_from([*USUAL]))
def test_what_is_missing_is_left_to_the_other_way(name: str) -> None:
    assert seen_at_once({key: value for key, value in USUAL.items() if key != name}) is None
