"""Pictures of a training run as PNG files."""

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from windlass.pipelines.predictive_maintenance.features import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Labels = NDArray[np.bool_]

MODEL_COLOUR = "#0b6e99"
OTHER_COLOUR = "#c8553d"
SHOWN = 20
"""Features in the plot of importances."""


def precision_recall_plot(labels: Labels, scores: Mapping[str, Floats]) -> bytes:
    """Precision over recall of the model and its baseline on the held-back rows."""
    from sklearn.metrics import average_precision_score, precision_recall_curve

    figure, axes = _figure()
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
    return _png(figure)


def importance_plot(importances: Mapping[str, float]) -> bytes:
    """The features that the model leans on most."""
    ranked = sorted(importances.items(), key=lambda item: item[1])[-SHOWN:]
    figure, axes = _figure(height=6)
    axes.barh([name for name, _ in ranked], [share for _, share in ranked], color=MODEL_COLOUR)
    axes.set(xlabel="share of the decisions (%)")
    axes.set_title("What the model looks at")
    return _png(figure)


def score_plot(labels: Labels, scores: Floats, threshold: float) -> bytes:
    """How the probabilities of both classes spread around the threshold."""
    figure, axes = _figure()
    bins = np.linspace(0, 1, 41).tolist()
    axes.hist(scores[~labels], bins=bins, color=MODEL_COLOUR, alpha=0.8, label="no failure ahead")
    axes.hist(scores[labels], bins=bins, color=OTHER_COLOUR, alpha=0.8, label="failure ahead")
    axes.axvline(threshold, color="black", lw=1, ls="--", label=f"threshold {threshold:.3f}")
    axes.set(xlabel="failure probability", ylabel="hours", yscale="symlog", xlim=(0, 1))
    axes.set_title("Held-back hours by their score")
    axes.legend()
    return _png(figure)


def _figure(height: float = 4.5) -> "tuple[Figure, Axes]":
    # a figure of its own, not pyplot's: that one is global state and may open windows
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _png(figure: "Figure") -> bytes:
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=110, metadata={"Software": None})
    return picture.getvalue()
