"""How high the product that was clicked next stands in a ranking."""

import numpy as np

from windlass.pipelines.recommender.clicks import Numbers

HIT = 20
"""Places in which a product counts as found."""
GAIN = 10
"""Places over which the discounted gain is taken."""

MISSED = np.iinfo(np.int64).max
"""Rank of a product that is no candidate."""


def ranking_metrics(ranks: Numbers) -> dict[str, float]:
    """Hit rate, mean reciprocal rank and gain; `ranks` are 1 for the first place."""
    if not len(ranks):
        return {"hr_at_20": 0.0, "mrr_at_20": 0.0, "ndcg_at_10": 0.0}
    found = ranks.astype(np.float64)
    return {
        "hr_at_20": float((ranks <= HIT).mean()),
        "mrr_at_20": float(np.where(ranks <= HIT, 1 / found, 0).mean()),
        "ndcg_at_10": float(np.where(ranks <= GAIN, 1 / np.log2(found + 1), 0).mean()),
    }
