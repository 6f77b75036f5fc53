"""Candidate and champion on one dataset, each in a process of its own.

A bundle comes from outside: one that is altered, or that crashes its reader, is a finding about
that version and not a fault of the evaluation.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from windlass.domain.bundle import Bundle, TrainedOn
from windlass.domain.content import digest_files
from windlass.domain.datasets import read_card
from windlass.domain.errors import BundleError
from windlass.domain.names import Digest, Version
from windlass.domain.promotion.evaluation import EvaluationResult, Scores
from windlass.pipelines import model_of
from windlass.ports.objects import Objects
from windlass.services.apart import Crashed
from windlass.services.bundles import read_bundle

WARM_UP = 50
TIMED = 500
"""Single-row predictions whose 99th percentile is `latency_ms`."""

Dataset = Mapping[str, bytes]
Judge = Callable[[Bundle, Dataset], dict[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """A version that is to be scored."""

    version: Version
    bundle_digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Where bundles come from, and how one is judged."""

    objects: Objects
    judge: Judge
    """`judge`, or a function that runs it in a process of its own."""

    def compare(
        self, dataset: Dataset, candidate: Entrant, champion: Entrant | None
    ) -> EvaluationResult:
        """Score both versions; InputError when the dataset is at fault."""
        return EvaluationResult(
            dataset_digest=digest_files(dataset),
            candidate=self.score(dataset, candidate),
            champion=None if champion is None else self.score(dataset, champion),
        )

    def score(self, dataset: Dataset, entrant: Entrant) -> Scores:
        """Score one version."""
        metrics: Mapping[str, float] = {}
        seen, problem = False, None
        try:
            bundle = read_bundle(self.objects, entrant.bundle_digest)
            seen = seen_in_training(dataset, bundle.manifest.trained_on)
            metrics = self.judge(bundle, dataset)
        except (BundleError, Crashed) as error:
            problem = str(error)
        return Scores(
            version=entrant.version,
            bundle_digest=entrant.bundle_digest,
            metrics={name: value for name, value in metrics.items() if math.isfinite(value)},
            seen_in_training=seen,
            problem=problem,
        )


def seen_in_training(dataset: Dataset, trained_on: TrainedOn) -> bool:
    """Whether a model trained on that may know rows of the dataset."""
    card = read_card(dataset)
    if card is None:
        return digest_files(dataset) == trained_on.digest
    return card.overlaps(trained_on)


def judge(bundle: Bundle, dataset: Dataset) -> dict[str, float]:
    """Metrics of one bundle, `latency_ms` among them."""
    model = model_of(bundle.manifest.pipeline)
    scorer = model.load(bundle)
    request = model.sample_request(dataset)
    metrics = model.evaluate(scorer, dataset)
    return {**metrics, "latency_ms": _latency(lambda: scorer.predict(request))}


def _latency(predict: Callable[[], object]) -> float:
    """99th percentile of single predictions, in milliseconds."""
    for _ in range(WARM_UP):
        predict()
    times = []
    for _ in range(TIMED):
        start = time.perf_counter()
        predict()
        times.append(time.perf_counter() - start)
    return sorted(times)[int(0.99 * TIMED)] * 1000
