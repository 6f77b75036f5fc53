"""The ranker: CatBoost on the candidates of past questions, told apart into next click and not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from windlass.pipelines.recommender.clicks import Flags, Floats, Numbers
from windlass.pipelines.recommender.features import NAMES, Features
from windlass.pipelines.recommender.params import Parameters
from windlass.pipelines.recommender.pool import Pool

if TYPE_CHECKING:
    from catboost import CatBoost

LEAST_ANSWERED = 50
"""Questions with the answer among their candidates, without which nothing can be learned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Shortlisted candidates of past questions."""

    pool: Pool
    features: Features
    labels: Flags
    """Whether it was the next click."""

    def where(self, questions: Flags) -> "Examples":
        """Examples of some of the questions."""
        chosen = questions[self.pool.questions]
        return Examples(
            pool=Pool(self.pool.pairs[chosen], self.pool.shares[chosen], self.pool.span),
            features=self.features[chosen],
            labels=self.labels[chosen],
        )


def labels_of(pool: Pool, targets: Numbers) -> Flags:
    """Which candidates are the answer."""
    labels: Flags = pool.products == targets[pool.questions]
    return labels


def fit_ranker(examples: Examples, parameters: Parameters, threads: int) -> "CatBoost | None":
    """Fit on the questions whose answer is among the candidates; None with too few of them."""
    from catboost import CatBoost
    from catboost import Pool as Table

    questions = examples.pool.questions
    answered = np.zeros(int(questions.max(initial=0)) + 1, dtype=np.bool_)
    answered[questions[examples.labels]] = True
    if answered.sum() < LEAST_ANSWERED:
        return None
    used = examples.where(answered)
    ranker = CatBoost(
        {
            "loss_function": "Logloss",
            "iterations": parameters.iterations,
            "depth": parameters.max_depth,
            "learning_rate": 0.15,
            "border_count": 64,
            "bootstrap_type": "Bernoulli",
            "subsample": 0.5,
            "random_seed": parameters.seed,
            "thread_count": threads,
            "allow_writing_files": False,
            "verbose": False,
        }
    )
    return ranker.fit(Table(used.features, used.labels.astype(int), feature_names=list(NAMES)))


def importances(ranker: "CatBoost") -> Mapping[str, float]:
    """Share of each feature in the ranker's decisions, in percent."""
    shares: Floats = ranker.get_feature_importance()
    return {name: float(share) for name, share in zip(NAMES, shares, strict=True)}
