"""Pictures of a shop's clicks and of a training run, as PNG files."""

from collections.abc import Mapping

import numpy as np

from windlass.pipelines.pictures import MODEL_COLOUR, OTHER_COLOUR, figure_of, png_of
from windlass.pipelines.recommender.clicks import KINDS, Clicks

LONGEST = 20
"""Clicks from which on sessions are counted as one."""
_BINS = 48


def data_plots(clicks: Clicks) -> dict[str, bytes]:
    """What the clicks look like, by their path in the run."""
    return {
        "eda/clicks_over_time.png": time_plot(clicks),
        "eda/session_lengths.png": length_plot(clicks),
        "eda/product_popularity.png": popularity_plot(clicks),
        "eda/prices.png": price_plot(clicks),
    }


def time_plot(clicks: Clicks) -> bytes:
    """How many clicks of each kind there were over time."""
    figure, axes = figure_of()
    hours = (clicks.times - clicks.times.min()) / 3_600_000_000
    edges = np.linspace(0, max(float(hours.max()), 1e-6), _BINS + 1)
    for place, kind in enumerate(KINDS):
        counts, _ = np.histogram(hours[clicks.kinds == place], edges)
        if counts.any():
            axes.stairs(counts, edges, label=f"{kind} ({counts.sum():,})")
    axes.set(xlabel="hours since the first click", ylabel="clicks", yscale="symlog")
    # without exponents, whose typesetting takes longer than all the rest of the picture
    axes.yaxis.set_major_formatter("{x:,g}")
    axes.set_title("Clicks over time")
    axes.legend()
    return png_of(figure)


def length_plot(clicks: Clicks) -> bytes:
    """How long sessions are."""
    lengths = np.minimum(np.unique(clicks.sessions, return_counts=True)[1], LONGEST)
    counts = np.bincount(lengths, minlength=LONGEST + 1)[1:]
    figure, axes = figure_of()
    axes.bar(np.arange(1, LONGEST + 1), counts, color=MODEL_COLOUR)
    axes.set(xlabel=f"clicks ({LONGEST}: that many or more)", ylabel="sessions")
    axes.set_title("Length of sessions")
    return png_of(figure)


def popularity_plot(clicks: Clicks) -> bytes:
    """How unevenly clicks are spread over products."""
    counts = np.sort(np.bincount(clicks.products))[::-1]
    counts = counts[counts > 0]
    figure, axes = figure_of()
    share = counts.cumsum() / counts.sum()
    axes.plot(np.arange(1, len(counts) + 1) / len(counts), share, color=MODEL_COLOUR)
    axes.set(xlabel="share of products, the most clicked first", ylabel="share of clicks")
    axes.set_title("How much the popular products draw")
    return png_of(figure)


def price_plot(clicks: Clicks) -> bytes:
    """What clicked products cost, where that is known."""
    figure, axes = figure_of()
    prices = clicks.prices[np.isfinite(clicks.prices)]
    if len(prices):
        edges = np.geomspace(prices.min(), max(prices.max(), prices.min() * 1.01), _BINS).tolist()
        axes.hist(prices, bins=edges, color=MODEL_COLOUR)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:,g}")
        axes.minorticks_off()
    axes.set(xlabel="price", ylabel="clicks")
    axes.set_title(f"Prices of {len(prices):,} of {len(clicks):,} clicks")
    return png_of(figure)


def metrics_plot(metrics: Mapping[str, float]) -> bytes:
    """The model beside its baselines."""
    names = ("hr_at_20", "mrr_at_20", "ndcg_at_10")
    rankings = (
        ("", "recommender", MODEL_COLOUR),
        ("next_item_", "next-item counts", OTHER_COLOUR),
        ("popular_", "most popular", "grey"),
    )
    figure, axes = figure_of()
    for place, (prefix, label, colour) in enumerate(rankings):
        heights = [metrics[prefix + name] for name in names]
        axes.bar(
            np.arange(len(names)) + 0.27 * (place - 1), heights, 0.25, label=label, color=colour
        )
    axes.set_xticks(range(len(names)), names)
    axes.set(ylim=(0, 1))
    axes.set_title("Next clicks found in held-back sessions")
    axes.legend()
    return png_of(figure)
