import numpy as np
import pytest

from tests.support import shop
from windlass.pipelines.recommender.baselines import next_item_ranks, popular_ranks
from windlass.pipelines.recommender.clicks import UNKNOWN, Clicks, Numbers
from windlass.pipelines.recommender.index import ClickIndex, Past, make_index, newest
from windlass.pipelines.recommender.metrics import MISSED, ranking_metrics
from windlass.pipelines.recommender.pool import gather, popular_products, ranks_of, target_ranks
from windlass.pipelines.recommender.queries import DEPTH, Asked, asked_now, positions
from windlass.pipelines.recommender.sources import (
    Weights,
    followers,
    kindred,
    neighbours,
    own_products,
)

SESSIONS = ([0, 1, 2], [0, 1, 3], [4, 1, 2], [0, 1])
"""Products of sessions that run one after the other; the last is the question."""
CATEGORIES = np.array([0, 0, 1, 1, 1])


def clicks_of(sessions: tuple[list[int], ...]) -> Clicks:
    products = np.concatenate(sessions)
    count = len(products)
    return Clicks(
        times=np.arange(count) * 1_000_000,
        products=products,
        sessions=np.repeat(np.arange(len(sessions)), [len(s) for s in sessions]),
        users=np.full(count, UNKNOWN),
        kinds=np.zeros(count, dtype=np.int64),
        categories=CATEGORIES[products],
        brands=np.full(count, UNKNOWN),
        prices=np.full(count, np.nan),
    )


def index_of(clicks: Clicks, products: int = 5) -> ClickIndex:
    past = Past(clicks.products, clicks.sessions, clicks.categories, clicks.brands)
    return make_index(past, products)


CLICKS = clicks_of(SESSIONS)
INDEX = index_of(CLICKS)
ASKED = positions(CLICKS)


def weights(found: Weights, question: int, span: int = 5) -> dict[int, float]:
    pairs = zip(found.pairs.tolist(), found.weights.tolist(), strict=True)
    return {pair % span: weight for pair, weight in pairs if pair // span == question}


def test_every_click_but_the_last_of_a_session_asks_for_the_next() -> None:
    assert ASKED.targets.tolist() == [1, 2, 1, 3, 1, 2, 1]
    assert ASKED.queries.recent[:3, :3].tolist() == [[0, -1, -1], [1, 0, -1], [0, -1, -1]]
    assert ASKED.queries.lengths.tolist() == [1, 2, 1, 2, 1, 2, 1]
    assert ASKED.queries.moments.tolist() == [0, 1, 3, 4, 6, 7, 9]


def test_only_the_last_clicks_of_a_long_session_are_looked_at() -> None:
    asked = positions(clicks_of((list(range(5)) * 10,)))
    assert asked.queries.recent.shape == (49, DEPTH)
    assert asked.queries.lengths[-1] == 49
    assert asked.queries.recent[-1, :5].tolist() == [3, 2, 1, 0, 4]


def test_the_newest_clicks_before_a_moment_are_found() -> None:
    rows, found = newest(INDEX, INDEX.every, np.array([1, 1, 0]), np.array([11, 4, 9]), 2)
    assert list(zip(rows.tolist(), found.tolist(), strict=True)) == [
        (0, 7),
        (0, 10),
        (1, 1),
        (2, 0),
        (2, 3),
    ]


def test_followers_are_what_came_after_in_other_sessions() -> None:
    found = weights(followers(INDEX, ASKED.queries, 5), 6)
    assert found == {1: 2.0, 2: 0.7, 3: 0.7}


def test_neighbours_are_sessions_with_the_same_products() -> None:
    found = weights(neighbours(INDEX, ASKED.queries, 5), 6)
    assert set(found) == {0, 1, 2, 3}
    assert found[1] > found[2] == pytest.approx(found[3])


def test_kindred_are_products_of_the_same_category() -> None:
    assert weights(kindred(INDEX, ASKED.queries, 5), 6) == {0: 2.0, 1: 3.0}


def test_a_session_weighs_its_own_newest_clicks_most() -> None:
    found = weights(own_products(ASKED.queries, 5), 5)
    assert found == {4: 0.6, 1: 1.0}


def test_without_a_past_there_are_no_candidates_but_the_sessions_own() -> None:
    pool = gather(INDEX, popular_products(INDEX), ASKED.queries)
    assert pool.products[pool.questions == 0].tolist() == [0]


def future_cut(clicks: Clicks, moment: int) -> Clicks:
    return clicks.where(slice(0, moment + 1))


@pytest.mark.parametrize("place", [-400, -60, -1])
def test_what_comes_after_a_moment_changes_no_candidate(place: int) -> None:
    training = shop.prepared().training
    asked = positions(training)
    moment = int(asked.queries.moments[place])
    found = []
    for clicks in (training, future_cut(training, moment)):
        index = index_of(clicks, len(shop.prepared().products))
        sessions = np.unique(clicks.sessions, return_inverse=True)[1]
        own = index.sessions[moment]
        assert sessions[moment] == own
        query = positions(training).queries.where(np.array([len(asked.targets) + place]))
        query.sessions[:] = own
        span = index.product_count
        found.append([source(index, query, span) for source in (neighbours, followers, kindred)])
    for whole, cut in zip(*found, strict=True):
        np.testing.assert_array_equal(whole.pairs, cut.pairs)
        np.testing.assert_allclose(whole.weights, cut.weights)


def test_many_questions_at_once_are_answered_as_each_alone() -> None:
    queries = shop.retrieved().asked.queries
    index, popular = shop.prepared().index, popular_products(shop.prepared().index)
    together = gather(index, popular, queries)
    for question in (0, 511, 512, 700):
        alone = gather(index, popular, queries.where(np.array([question])))
        ours = together.questions == question
        np.testing.assert_array_equal(together.products[ours], alone.products)
        np.testing.assert_array_equal(together.shares[ours], alone.shares)


def test_the_first_of_equal_candidates_is_ahead() -> None:
    questions, scores = np.array([0, 0, 0, 1]), np.array([1.0, 2.0, 2.0, 0.0])
    assert ranks_of(questions, scores).tolist() == [3, 1, 2, 1]


def test_the_rank_of_an_answer_is_its_place_in_the_ranking() -> None:
    pool = gather(INDEX, popular_products(INDEX), ASKED.queries)
    scores = np.arange(len(pool.pairs)) % 3 / 3.0
    ranks = ranks_of(pool.questions, scores)
    found = target_ranks(pool, scores, ASKED.targets)
    for question, target in enumerate(ASKED.targets.tolist()):
        expected = ranks[pool.pairs == question * pool.span + target].tolist() or [MISSED]
        assert [found[question]] == expected
    assert set(target_ranks(pool, scores, np.full(7, 99)).tolist()) == {MISSED}
    unknown = np.full(len(pool.pairs), np.nan)
    assert set(target_ranks(pool, unknown, ASKED.targets).tolist()) == {MISSED}


def test_metrics_of_a_handful_of_ranks() -> None:
    ranks: Numbers = np.array([1, 2, 11, 21, MISSED])
    found = ranking_metrics(ranks)
    assert found["hr_at_20"] == pytest.approx(3 / 5)
    assert found["mrr_at_20"] == pytest.approx((1 + 1 / 2 + 1 / 11) / 5)
    assert found["ndcg_at_10"] == pytest.approx((1 + 1 / np.log2(3)) / 5)
    assert set(ranking_metrics(ranks[:0]).values()) == {0.0}


def test_baselines_count_clicks_and_next_clicks() -> None:
    asked = asked_now(ASKED, INDEX.now)
    assert popular_ranks(INDEX, asked).tolist() == [1, 3, 1, 4, 1, 3, 1]
    assert next_item_ranks(INDEX, asked).tolist() == [1, 1, 1, 2, 1, 1, 1]


def test_a_baseline_misses_products_it_never_saw() -> None:
    stranger = Asked(ASKED.queries.where(slice(0, 1)), np.array([7]))
    stranger.queries.recent[0, 0] = 9
    asked = asked_now(stranger, INDEX.now)
    assert popular_ranks(INDEX, asked).tolist() == [MISSED]
    assert next_item_ranks(INDEX, asked).tolist() == [MISSED]
