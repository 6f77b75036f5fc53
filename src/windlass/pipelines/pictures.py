"""Pictures as PNG files, all in one style."""

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MODEL_COLOUR = "#0b6e99"
OTHER_COLOUR = "#c8553d"
SHOWN = 20
"""Features in the plot of importances."""


def importance_plot(importances: Mapping[str, float]) -> bytes:
    """The features that the model leans on most."""
    ranked = sorted(importances.items(), key=lambda item: item[1])[-SHOWN:]
    figure, axes = figure_of(height=6)
    axes.barh([name for name, _ in ranked], [share for _, share in ranked], color=MODEL_COLOUR)
    axes.set(xlabel="share of the decisions (%)")
    axes.set_title("What the model looks at")
    return png_of(figure)


def figure_of(height: float = 4.5) -> "tuple[Figure, Axes]":
    """An empty figure and its axes."""
    # a figure of its own, not pyplot's: that one is global state and may open windows
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def png_of(figure: "Figure") -> bytes:
    """A figure as a file."""
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=110, metadata={"Software": None})
    return picture.getvalue()
