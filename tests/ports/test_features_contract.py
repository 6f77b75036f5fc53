"""What every feature store does: twin, SQLite, PostgreSQL."""

import math
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.postgres import Postgres
from tests.support.servers import free_port
from windlass.adapters.feature_database import KEPT, FeatureDatabase
from windlass.adapters.memory.features import MemoryFeatures
from windlass.domain.errors import SystemUnavailable
from windlass.ports.features import Ask, FeatureRow, FeatureSet, FeatureStore

KIND = FeatureSet(name="shop_products_v1", features=("clicks", "price"))
OTHER = FeatureSet(name="shop_users_v1", features=("clicks",))


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FeatureStore]:
    if request.param == "memory":
        yield MemoryFeatures()
        return
    address = f"sqlite:///{tmp_path / 'new' / 'features.db'}"
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        address = f"postgresql+psycopg2://{server.database(f'features-{uuid4().hex[:8]}')}"
    with closing(FeatureDatabase(address)) as database:
        yield database


def row(entity: str, moment: int, clicks: float, price: float | None = None) -> FeatureRow:
    return FeatureRow(entity, moment, (clicks, price))


def test_a_moment_is_answered_with_what_was_known_then(store: FeatureStore) -> None:
    store.write(KIND, "d", [row("a", 10, 1.0, 9.5), row("a", 20, 2.0), row("b", 15, 7.0)])
    asks = [Ask("a", 9), Ask("a", 10), Ask("a", 19), Ask("a", 20), Ask("a", 99), Ask("b", 14)]
    early, late = (1.0, 9.5), (2.0, None)
    assert store.as_of(KIND, "d", asks) == [None, early, early, late, late, None]


def test_what_comes_later_changes_no_answer(store: FeatureStore) -> None:
    early = [row("a", 10, 1.0), row("b", 11, 2.0)]
    asks = [Ask("a", 12), Ask("b", 12), Ask("c", 12)]
    store.write(KIND, "d", early)
    before = store.as_of(KIND, "d", asks)
    store.write(KIND, "d", [*early, row("a", 13, 5.0), row("b", 14, 6.0), row("c", 13, 7.0)])
    assert store.as_of(KIND, "d", asks) == before == [(1.0, None), (2.0, None), None]


def test_answers_stand_in_the_order_of_the_asks(store: FeatureStore) -> None:
    store.write(KIND, "d", [row(f"p{n}", n, float(n)) for n in range(200)])
    asks = [Ask(f"p{n}", 1_000) for n in (150, 3, 150, 77)]
    assert store.as_of(KIND, "d", asks) == [(float(n), None) for n in (150, 3, 150, 77)]
    assert store.as_of(KIND, "d", []) == []


def test_writing_again_replaces_a_dataset_and_no_other(store: FeatureStore) -> None:
    store.write(KIND, "d", [row("a", 1, 1.0), row("b", 1, 1.0)])
    store.write(KIND, "e", [row("a", 1, 2.0)])
    store.write(OTHER, "d", [FeatureRow("a", 1, (3.0,))])
    store.write(KIND, "d", [row("b", 1, 4.0)])
    assert store.as_of(KIND, "d", [Ask("a", 5), Ask("b", 5)]) == [None, (4.0, None)]
    assert store.as_of(KIND, "e", [Ask("a", 5)]) == [(2.0, None)]
    assert store.as_of(OTHER, "d", [Ask("a", 5)]) == [(3.0,)]


def test_nothing_is_known_of_a_dataset_that_was_never_written(store: FeatureStore) -> None:
    assert store.as_of(KIND, "none", [Ask("a", 5)]) == [None]
    store.write(KIND, "none", [])
    assert store.as_of(KIND, "none", [Ask("a", 5)]) == [None]


def test_no_number_and_names_of_any_letters_are_kept(store: FeatureStore) -> None:
    moment = 1_569_888_000_123_456
    store.write(KIND, "d", [FeatureRow("ñ'; drop \"x", moment, (math.nan, 0.1))])
    [found] = store.as_of(KIND, "d", [Ask("ñ'; drop \"x", moment)])
    assert found is not None
    assert found[0] is None or math.isnan(found[0])
    assert found[1] == 0.1


def test_a_database_forgets_datasets_of_long_ago(tmp_path: Path) -> None:
    with closing(FeatureDatabase(f"sqlite:///{tmp_path / 'features.db'}")) as store:
        for number in range(KEPT + 2):
            store.write(KIND, f"d{number}", [row("a", 1, float(number))])
        store.write(KIND, "d2", [row("a", 1, 2.0)])
        found = [store.as_of(KIND, f"d{n}", [Ask("a", 1)])[0] for n in range(KEPT + 2)]
    assert [answer is not None for answer in found] == [False, False, *[True] * KEPT]


def test_a_database_that_is_not_there_is_an_outage() -> None:
    with (
        closing(FeatureDatabase(f"postgresql+psycopg2://x@127.0.0.1:{free_port()}/x")) as store,
        pytest.raises(SystemUnavailable, match="feature database"),
    ):
        store.write(KIND, "d", [])


ROWS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 30), st.integers(0, 9)),
    unique_by=lambda row: row[:2],
    max_size=12,
)
ASKS = st.lists(st.builds(Ask, st.sampled_from("abcd"), st.integers(0, 40)), max_size=8)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, asks=ASKS)
def test_the_twin_and_the_database_agree(
    tmp_path: Path, rows: list[tuple[str, int, int]], asks: list[Ask]
) -> None:
    told = [row(entity, moment, float(clicks)) for entity, moment, clicks in rows]
    twin = MemoryFeatures()
    twin.write(KIND, "d", told)
    with closing(FeatureDatabase(f"sqlite:///{tmp_path / 'features.db'}")) as store:
        store.write(KIND, "d", told)
        assert store.as_of(KIND, "d", asks) == twin.as_of(KIND, "d", asks)
