"""Pictures of a training run as PNG files."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from windlass.pipelines.pictures import MODEL_COLOUR, OTHER_COLOUR, figure_of, png_of
from windlass.pipelines.predictive_maintenance.features import Floats

Labels = NDArray[np.bool_]


def precision_recall_plot(labels: Labels, scores: Mapping[str, Floats]) -> bytes:
    """Precision over recall of the model and its baseline on the held-back rows."""
    from sklearn.metrics import average_precision_score, precision_recall_curve

    figure, axes = figure_of()
    for (name, found), colour in zip(scores.items(), (MODEL_COLOUR, OTHER_COLOUR), strict=False):
        if labels.any():
            precision, recall, _ = precision_recall_curve(labels, found)
            area = average_precision_score(labels, found)
            axes.step(recall, precision, color=colour, label=f"{name} (AP {area:.3f})")
    axes.axhline(float(labels.mean()) if len(labels) else 0, color="grey", lw=0.8, ls=":")
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1.01), ylim=(0, 1.01))
    axes.set_title("Failures found, and how many alarms are right")
    if labels.any():
        axes.legend(loc="lower left")
    return png_of(figure)


def score_plot(labels: Labels, scores: Floats, threshold: float) -> bytes:
    """How the probabilities of both classes spread around the threshold."""
    figure, axes = figure_of()
    bins = np.linspace(0, 1, 41).tolist()
    axes.hist(scores[~labels], bins=bins, color=MODEL_COLOUR, alpha=0.8, label="no failure ahead")
    axes.hist(scores[labels], bins=bins, color=OTHER_COLOUR, alpha=0.8, label="failure ahead")
    axes.axvline(threshold, color="black", lw=1, ls="--", label=f"threshold {threshold:.3f}")
    axes.set(xlabel="failure probability", ylabel="hours", yscale="symlog", xlim=(0, 1))
    axes.set_title("Held-back hours by their score")
    axes.legend()
    return png_of(figure)
