"""Candidate and champion on one dataset, each in a process of its own.

A bundle comes from outside: one that is altered, or that crashes its reader, is a finding about
that version and not a fault of the evaluation.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from windlass.domain.bundle import Bundle, Manifest
from windlass.domain.content import digest_files
from windlass.domain.datasets import CARD, read_card
from windlass.domain.errors import BundleError
from windlass.domain.names import Digest, Version
from windlass.domain.promotion.evaluation import EvaluationResult, Scores
from windlass.pipelines import model_of
from windlass.pipelines.contract import Span
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
        first = self.score(dataset, candidate)
        second = None if champion is None else self.score(dataset, champion)
        if champion is not None and second is not None and second.problem is None:
            problem = self.other_labels(dataset, candidate, champion)
            second = replace(second, problem=problem)
        return EvaluationResult(
            dataset_digest=digest_files(dataset), candidate=first, champion=second
        )

    def other_labels(self, dataset: Dataset, reference: Entrant, other: Entrant) -> str | None:
        """What a folder without a card judges the other by, unlike the reference."""
        if read_card(dataset) is not None:
            return None
        wanted, found = (self._labels(entrant) for entrant in (reference, other))
        if wanted == found:
            return None
        said = ", ".join(f"{name}={value}" for name, value in found.items())
        return f"without {CARD} it is judged by other labels than {reference.version}: {said}"

    def _labels(self, entrant: Entrant) -> dict[str, object]:
        try:
            manifest = read_bundle(self.objects, entrant.bundle_digest).manifest
        except BundleError:
            return {}
        names = getattr(model_of(manifest.pipeline), "LABELS", ())
        return {name: manifest.parameters.get(name) for name in names}

    def score(self, dataset: Dataset, entrant: Entrant) -> Scores:
        """Score one version."""
        metrics: Mapping[str, float] = {}
        seen, problem = False, None
        try:
            bundle = read_bundle(self.objects, entrant.bundle_digest)
            seen = seen_in_training(dataset, bundle.manifest)
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


def seen_in_training(dataset: Dataset, manifest: Manifest) -> bool:
    """Whether a model may know rows of the dataset. Raises InputError for one that can't be read.

    Of a folder without a card, its pipeline says when its rows happened.
    """
    card, trained_on = read_card(dataset), manifest.trained_on
    if card is not None:
        return card.overlaps(trained_on)
    time_span = getattr(model_of(manifest.pipeline), "time_span", None)
    if time_span is None:
        return True
    span: Span = time_span(dataset)
    return trained_on.start <= span.until and span.start <= trained_on.until


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
