"""How well probabilities tell failures, and where to draw the line."""

import numpy as np
from numpy.typing import NDArray

from windlass.pipelines.predictive_maintenance.features import Floats

DEFAULT_THRESHOLD = 0.5
"""Where no validation span holds a failure to choose by."""

Labels = NDArray[np.bool_]


def average_precision(labels: Labels, scores: Floats) -> float | None:
    """Area under the precision-recall steps; None where nothing failed, for it is undefined."""
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(labels, scores)) if labels.any() else None


def best_threshold(labels: Labels, scores: Floats) -> float:
    """Middle between the two scores around the cut with the best F1.

    The middle, because the next failure will not score exactly as the last one did.
    """
    if not labels.any():
        return DEFAULT_THRESHOLD
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(labels[order])
    taken = np.arange(1, len(ranked) + 1)
    f1 = 2 * hits / (taken + labels.sum())
    distinct = np.append(ranked[1:] < ranked[:-1], True)
    cut = int(np.argmax(np.where(distinct, f1, -1.0)))
    below = ranked[cut + 1] if cut + 1 < len(ranked) else 0.0
    return float((ranked[cut] + below) / 2)


def scores_at(labels: Labels, scores: Floats, threshold: float) -> dict[str, float]:
    """Metrics by their public names; those that need both classes are left out without them.

    Rows in which nothing fails show no model's worth: a zero would look like one.
    """
    metrics = {"threshold": threshold}
    if (area := average_precision(labels, scores)) is not None:
        alarms = scores >= threshold
        hits = float((alarms & labels).sum())
        alarmed, failed = float(alarms.sum()), float(labels.sum())
        metrics |= {
            "f1": 2 * hits / (alarmed + failed),
            "precision": hits / alarmed if alarmed else 0.0,
            "recall": hits / failed,
            "average_precision": area,
        }
    if labels.any() and not labels.all():
        from sklearn.metrics import roc_auc_score

        metrics["roc_auc"] = float(roc_auc_score(labels, scores))
    return metrics
