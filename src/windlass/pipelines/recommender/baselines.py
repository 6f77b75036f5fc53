"""Rankings that take no model: the most clicked products, and what was clicked next most often."""

import numpy as np

from windlass.pipelines.recommender.clicks import UNKNOWN, Numbers
from windlass.pipelines.recommender.index import ClickIndex, expanded
from windlass.pipelines.recommender.metrics import MISSED, ranking_metrics
from windlass.pipelines.recommender.pool import Pool, target_ranks
from windlass.pipelines.recommender.queries import Asked
from windlass.pipelines.recommender.sources import summed


def baseline_metrics(index: ClickIndex, asked: Asked) -> dict[str, float]:
    """Metrics of both baselines on questions that are asked of the whole index."""
    rankings = {"popular": popular_ranks(index, asked), "next_item": next_item_ranks(index, asked)}
    return {
        f"{baseline}_{name}": value
        for baseline, ranks in rankings.items()
        for name, value in ranking_metrics(ranks).items()
    }


def popular_ranks(index: ClickIndex, asked: Asked) -> Numbers:
    """Place of each answer among all products by how often they were clicked."""
    counts = np.bincount(index.products, minlength=index.product_count)
    places = np.empty(index.product_count + 1, dtype=np.int64)
    places[np.argsort(-counts, kind="stable")] = np.arange(1, index.product_count + 1)
    places[-1] = MISSED
    known = (asked.targets != UNKNOWN) & (asked.targets < index.product_count)
    return places[np.where(known, asked.targets, -1)]


def next_item_ranks(index: ClickIndex, asked: Asked) -> Numbers:
    """Place of each answer among the products clicked right after the last one, by count."""
    last = asked.queries.recent[:, 0]
    span = max(index.product_count, int(last.max(initial=0)) + 1)
    questions = np.flatnonzero((last != UNKNOWN) & (last < index.product_count))
    starts = index.every.starts
    rows, places = expanded(
        starts[last[questions]], starts[last[questions] + 1] - starts[last[questions]]
    )
    clicks = index.every.clicks[places]
    after = index.places[clicks] + 1
    inside = after < index.by_session.starts[index.sessions[clicks] + 1]
    followers = index.products[index.by_session.clicks[after[inside]]]
    counted = summed(questions[rows[inside]] * span + followers, np.ones(len(followers)))
    pool = Pool(counted.pairs, counted.weights[:, None], span)
    return target_ranks(pool, counted.weights, asked.targets)
