"""Pictures of a training run as PNG files."""

from collections.abc import Mapping

import numpy as np

from windlass.pipelines.pictures import MODEL_COLOUR, OTHER_COLOUR, figure_of, png_of
from windlass.pipelines.transit_eta.geometry import Floats
from windlass.pipelines.transit_eta.kinds import Kind


def error_plot(labels: Floats, scores: Mapping[Kind, Floats]) -> bytes:
    """Share of held-back rows within so many seconds, for each kind of model."""
    figure, axes = figure_of()
    share = np.linspace(0, 1, max(len(labels), 1))
    for kind, found in sorted(scores.items()):
        off = np.sort(np.abs(found - labels))
        axes.plot(off, share[: len(off)], label=f"{kind} (mean {off.mean():.1f} s)")
    axes.set(xlabel="seconds off", ylabel="share of rows", xlim=(0, 180), ylim=(0, 1))
    axes.set_title("How far predictions are off")
    axes.legend(loc="lower right")
    return png_of(figure)


def residual_plot(labels: Floats, seconds: Floats) -> bytes:
    """Predicted over real seconds of the chosen model."""
    figure, axes = figure_of()
    most = float(np.quantile(labels, 0.99)) if len(labels) else 1.0
    axes.scatter(labels, seconds, s=4, alpha=0.4, color=MODEL_COLOUR)
    axes.plot([0, most], [0, most], color=OTHER_COLOUR, lw=1)
    axes.set(xlabel="seconds until the arrival", ylabel="predicted", xlim=(0, most), ylim=(0, most))
    axes.set_title("Held-back rows")
    return png_of(figure)
