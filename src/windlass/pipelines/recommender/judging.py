"""A trained recommender on sessions that it has not seen."""

import numpy as np

from windlass.domain.errors import InputError
from windlass.pipelines.recommender.clicks import Numbers
from windlass.pipelines.recommender.metrics import HIT, ranking_metrics
from windlass.pipelines.recommender.pool import ranks_of, target_ranks
from windlass.pipelines.recommender.queries import Asked, asked_now
from windlass.pipelines.recommender.scoring import Stages, answer

_CHUNK = 4096
"""Questions that are answered at once, to bound the memory it takes."""


def judge(stages: Stages, asked: Asked) -> dict[str, float]:
    """Metrics over all questions; coverage is the share of products anybody would be shown.

    InputError where nobody clicked twice: there is nothing to be judged by.
    """
    if not len(asked.targets):
        raise InputError("no session has two clicks, so there is no next click to judge by")
    asked = asked_now(asked, stages.index.now)
    ranks = []
    shown = np.zeros(stages.index.product_count, dtype=np.bool_)
    for start in range(0, len(asked.targets), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        found, products = _answered(stages, Asked(asked.queries.where(chunk), asked.targets[chunk]))
        ranks.append(found)
        shown[products[products < len(shown)]] = True
    metrics = ranking_metrics(np.concatenate(ranks))
    return {**metrics, "coverage": float(shown.mean()) if len(shown) else 0.0}


def _answered(stages: Stages, asked: Asked) -> tuple[Numbers, Numbers]:
    """Place of each answer, and the products that are shown."""
    pool, scores = answer(stages, asked.queries)
    best = ranks_of(pool.questions, scores) <= HIT
    return target_ranks(pool, scores, asked.targets), np.unique(pool.products[best])
