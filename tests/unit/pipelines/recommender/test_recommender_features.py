from dataclasses import replace

import numpy as np
import pytest

from tests.support import shop
from windlass.adapters.memory.features import MemoryFeatures
from windlass.domain.errors import InputError
from windlass.pipelines.recommender import snapshots, training
from windlass.pipelines.recommender.clicks import UNKNOWN
from windlass.pipelines.recommender.features import NAMES, PRODUCT_FEATURES
from windlass.pipelines.recommender.knowledge import AsOf, Latest
from windlass.pipelines.recommender.mixing import DEFAULT, choose_weights
from windlass.pipelines.recommender.params import Parameters
from windlass.pipelines.recommender.pool import SOURCES, Pool
from windlass.pipelines.recommender.splitting import split
from windlass.ports.features import Ask, FeatureRow


def column(name: str) -> int:
    return NAMES.index(name)


def test_rows_of_the_store_tell_what_happened_before_their_moment() -> None:
    clicks, names = shop.prepared().training, shop.prepared().products
    for row in snapshots.product_rows(clicks, names)[::37]:
        product = int(np.flatnonzero(names == row.entity)[0])
        before = clicks.where((clicks.times < row.moment) & (clicks.products == product))
        told = dict(zip(PRODUCT_FEATURES, row.values, strict=True))
        assert told["clicks"] == len(before)
        assert told["sessions"] == len(set(before.sessions.tolist()))
        assert told["taken"] == before.taken.sum()
        np.testing.assert_equal(told["category"], before.categories[-1])


def test_the_future_changes_no_row_of_the_past() -> None:
    clicks, names = shop.prepared().training, shop.prepared().products
    moments = snapshots.moments_of(clicks)
    middle = int(moments[5])
    changed = replace(
        clicks,
        products=np.where(clicks.times >= middle, 0, clicks.products),
        prices=np.where(clicks.times >= middle, 1.0, clicks.prices),
    )
    rows, others = (
        [row for row in snapshots.product_rows(each, names) if row.moment <= middle]
        for each in (clicks, changed)
    )
    np.testing.assert_equal(rows, others)


def test_users_are_described_and_unknown_ones_are_not() -> None:
    prepared = shop.prepared()
    last = {row.entity: row for row in snapshots.user_rows(prepared.training, prepared.users)}
    user = prepared.users[prepared.training.users[0]]
    own = prepared.training.where(prepared.training.users == prepared.training.users[0])
    clicks, taken, price = last[str(user)].values
    assert (clicks, taken) == (len(own), own.taken.sum())
    assert price == pytest.approx(np.nanmean(own.prices))
    nobody = replace(prepared.training, users=np.full(len(prepared.training), UNKNOWN))
    assert snapshots.user_rows(nobody, prepared.users[:0]) == []


class Spy(MemoryFeatures):
    """A store that remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Ask] = []

    def as_of(self, kind, dataset, asks):  # type: ignore[no-untyped-def] # as the twin's
        self.asked += asks
        return super().as_of(kind, dataset, asks)


def test_examples_hold_what_the_store_knew_at_their_moment() -> None:
    prepared, found = shop.prepared(), shop.retrieved()
    examples, queries = found.examples, found.asked.queries
    clicks = examples.features[:, column("product_clicks")]
    seen = prepared.training
    for place in range(0, len(clicks), 997):
        time = queries.times[examples.pool.questions[place]]
        product = examples.pool.products[place]
        before = int(((seen.products == product) & (seen.times < time)).sum())
        assert not clicks[place] > before
    assert np.nanmax(clicks) > 5


def test_what_the_store_learns_later_changes_no_example() -> None:
    prepared = shop.prepared()
    store = MemoryFeatures()
    moments = snapshots.moments_of(prepared.training)
    rows = snapshots.product_rows(prepared.training, prepared.products)
    late = [FeatureRow(row.entity, row.moment, (1e6,) * 7) for row in rows]
    cut = int(moments[-2])
    told = [a if a.moment <= cut else b for a, b in zip(rows, late, strict=True)]
    store.write(snapshots.PRODUCTS, prepared.dataset.digest, told)
    users = snapshots.user_rows(prepared.training, prepared.users)
    store.write(snapshots.USERS, prepared.dataset.digest, users)
    found, before = training.retrieve(prepared, store), shop.retrieved()
    np.testing.assert_array_equal(found.examples.features, before.examples.features)
    assert (found.product_features != before.product_features).any()


def test_no_ask_is_later_than_the_questions_own_moment() -> None:
    prepared, spy = shop.prepared(), Spy()
    training.store_features(prepared, spy)
    found = training.retrieve(prepared, spy)
    latest = int(found.asked.queries.times.max())
    now = int(snapshots.moments_of(prepared.training)[-1])
    moments = {ask.moment for ask in spy.asked} - {now}
    assert moments
    assert max(moments) <= latest


def test_knowledge_is_looked_up_by_number_and_time() -> None:
    moments = np.array([10, 20])
    keys = np.array([0 * 3 + 1, 0 * 3 + 2, 4 * 3 + 1])
    as_of = AsOf(keys, np.array([[1.0], [2.0], [3.0]]), moments)
    found = as_of.rows(np.array([0, 0, 0, 4, 4, UNKNOWN]), np.array([9, 10, 20, 15, 25, 15]))
    np.testing.assert_array_equal(found.ravel(), [np.nan, 1, 2, 3, np.nan, np.nan])
    latest = Latest(np.array([[5.0], [6.0]]))
    found = latest.rows(np.array([1, 0, 2, UNKNOWN]), np.zeros(4, dtype=np.int64))
    np.testing.assert_array_equal(found.ravel(), [6, 5, np.nan, np.nan])
    nothing = Latest(np.empty((0, 2))).rows(np.array([1]), np.zeros(1, dtype=np.int64))
    assert np.isnan(nothing).all()


def test_features_are_finite_or_unknown_and_labels_are_rare() -> None:
    examples = shop.retrieved().examples
    assert examples.features.shape[1] == len(NAMES)
    assert not np.isinf(examples.features).any()
    assert 0 < examples.labels.mean() < 0.1
    per_question = np.bincount(examples.pool.questions, examples.labels)
    assert set(per_question.tolist()) <= {0.0, 1.0}


def test_the_weight_of_a_source_that_is_right_is_chosen() -> None:
    pairs = np.arange(40)
    shares = np.zeros((40, len(SOURCES)))
    pool = Pool(pairs, shares, 4)
    targets = np.arange(10) % 4
    shares[np.arange(10) * 4 + targets, 1] = 1.0
    shares[np.arange(10) * 4 + (targets + 1) % 4, 0] = 1.0
    weights = choose_weights(pool, targets)
    assert weights[1] > weights[0]
    assert choose_weights(Pool(pairs[:0], shares[:0], 4), targets[:0]) == DEFAULT


def test_the_last_sessions_are_held_back_and_nothing_after_they_begin_is_learned() -> None:
    clicks = shop.dataset().clicks
    parts = split(clicks, None, 0.2)
    held_back = set(parts.test.sessions.tolist())
    assert len(held_back) == pytest.approx(0.2 * 900, abs=1)
    assert parts.training.times.max() <= parts.test.times.min()
    assert held_back.isdisjoint(parts.training.sessions.tolist())


def test_named_sessions_are_held_back_wherever_they_lie() -> None:
    clicks = shop.dataset().clicks
    parts = split(clicks, np.array([3, 5]), 0.2)
    assert set(parts.test.sessions.tolist()) == {3, 5}
    assert len(parts.training) + len(parts.test) == len(clicks)


@pytest.mark.parametrize(("named", "said"), [(range(900), "train on"), ([], "judge by")])
def test_a_split_with_nothing_on_one_side_is_refused(named: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        split(shop.dataset().clicks, np.array(named, dtype=np.int64), 0.2)


def test_sessions_of_one_click_each_teach_nothing() -> None:
    clicks = shop.dataset().clicks
    firsts = np.sort(np.unique(clicks.sessions, return_index=True)[1])
    with pytest.raises(InputError, match=r"train on has two clicks.*user_session"):
        split(clicks.where(firsts), None, 0.2)


def test_parameters_have_bounds() -> None:
    with pytest.raises(InputError, match="test_fraction"):
        Parameters(test_fraction=1.5)
    assert Parameters(test_events="x.csv").named_files == ("x.csv",)
    assert Parameters().named_files == ()
