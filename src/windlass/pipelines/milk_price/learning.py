"""Fits the forecaster, with what it needs to know of itself from rows that its trees had not seen:
how much of a move to believe, which series it serves badly, how wide its intervals must be.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from windlass.pipelines.milk_price.features import MAX_HORIZON, MONTH, NAMES, Floats, Series
from windlass.pipelines.milk_price.forecasting import (
    METHODS,
    Bands,
    Blend,
    Forecaster,
    Method,
    deviations,
    flat_bands,
)
from windlass.pipelines.milk_price.params import Parameters
from windlass.pipelines.milk_price.rows import Mask, Rows

if TYPE_CHECKING:
    from catboost import CatBoost

FOLDS = 4
"""Spans of a month, or groups of cities, that trees of the rest are tried on."""
LEAST_ROWS = 50
"""Rows below which nothing is learned."""

_LEARNED, _FASTEST = 9.0, 0.2
"""How much all trees learn together, and one of them at most."""
_CROWD = 10
"""Series on a day whose mean says something of the day."""
_CAUTION = 0.6
"""What holds for other cities at one time holds less for the same ones later."""
_PRIOR_MONTHS = 3
"""Months without any drift that are added to those seen."""
_PRIOR_EVIDENCE = 12
"""Months of a series that the evidence of all series is worth."""
_METHODS: dict[str, Method] = {method: method for method in METHODS}
_YEAR = 365
_GROUPS = 4
_LEAST_IN_GROUP = 30
_UNKNOWN_WIDTH = 0.1
"""Half an interval, over the price, where nothing was ever forecast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """Rows with the moves that trees of other rows foresaw."""

    rows: Rows
    moves: Floats
    drifts: Floats
    later: int
    """Folds whose trees' rows were all earlier, as in production; 0: of other cities instead."""


def learn(series: Sequence[Series], rows: Rows, parameters: Parameters, threads: int) -> Forecaster:
    """Fit on rows of a training part."""
    tried = try_out(series, rows, parameters, threads)
    trees = fit(rows, parameters, threads) if tried is not None else None
    if tried is None or trees is None:
        width = _radius(_misses(rows, rows.last), parameters.coverage)
        return Forecaster(
            trees=None,
            blend=Blend(share=0.0, drift=0.0),
            bands=flat_bands(width),
            fallbacks={each.key: "last_price" for each in series},
        )
    share = share_to_believe(tried)
    forecasts = tried.rows.last * (1 + share * tried.moves + tried.drifts)
    methods = choose_methods(tried.rows, forecasts)
    fallbacks = {series[place].key: how for place, how in methods.items() if how != "model"}
    return Forecaster(
        trees=trees,
        blend=Blend(share=share, drift=drift_of(rows)),
        bands=_bands(tried.rows, _served(tried.rows, forecasts, methods), parameters.coverage),
        fallbacks=fallbacks,
    )


def fit(rows: Rows, parameters: Parameters, threads: int) -> "CatBoost | None":
    """Trees that tell a price's move apart from that of all prices on the same day.

    None where all moves are one: there is nothing to tell apart.
    """
    from catboost import CatBoostRegressor, Pool

    moves = own_moves(rows)
    if not np.ptp(moves):
        return None
    trees = CatBoostRegressor(
        iterations=parameters.iterations,
        depth=parameters.depth,
        learning_rate=min(_LEARNED / parameters.iterations, _FASTEST),
        l2_leaf_reg=100,
        rsm=0.6,
        bootstrap_type="Bernoulli",
        subsample=0.6,
        random_seed=parameters.seed,
        thread_count=threads,
        allow_writing_files=False,
        verbose=False,
    )
    weights = (rows.last / rows.last.mean()) ** 2
    names = list(NAMES)
    trees.fit(Pool(rows.features, label=moves, weight=weights, feature_names=names))
    return trees


def own_moves(rows: Rows) -> Floats:
    """Relative move of each row, less the mean of all series on its day.

    Where those are few, their mean is no more than their own luck: the long drift stands for it.
    """
    moves = rows.target / rows.last - 1
    _, groups = np.unique(rows.moments * (MAX_HORIZON + 1) + rows.horizons, return_inverse=True)
    counts = np.bincount(groups)[groups]
    means = (np.bincount(groups, moves) / np.bincount(groups))[groups]
    drifts = Blend(share=1.0, drift=drift_of(rows)).drifts(rows.horizons)
    own: Floats = moves - np.where(counts >= _CROWD, means, drifts)
    return own


def drift_of(rows: Rows) -> float:
    """Move of all prices within half a month, of the last year; less where few months are known."""
    near = rows.where((rows.horizons == 1) & (rows.moments > rows.moments.max() - _YEAR))
    if not len(near):
        return 0.0
    moves = near.target / near.last - 1
    _, groups = np.unique(near.moments, return_inverse=True)
    by_day = np.bincount(groups, moves) / np.bincount(groups)
    months = (near.ends.max() - near.moments.min()) / MONTH
    return float(by_day.mean() * months / (months + _PRIOR_MONTHS))


def try_out(
    series: Sequence[Series], rows: Rows, parameters: Parameters, threads: int
) -> Tried | None:
    """Moves of rows as foreseen by trees that had not seen them; None where that can't be done."""
    if len(rows) < LEAST_ROWS:
        return None
    folds = list(_later_folds(rows))
    later = len(folds)
    if not folds:
        folds = list(_city_folds(series, rows))
    if not folds:
        return None
    checked, moves, drifts = [], np.full(len(rows), np.nan), np.zeros(len(rows))
    for training, validation in folds:
        known = rows.where(training)
        trees = fit(known, parameters, threads)
        moves[validation] = trees.predict(rows.features[validation]) if trees else 0.0
        blend = Blend(share=1.0, drift=drift_of(known))
        drifts[validation] = blend.drifts(rows.horizons[validation])
        checked.append(validation)
    seen = np.logical_or.reduce(checked)
    return Tried(rows=rows.where(seen), moves=moves[seen], drifts=drifts[seen], later=later)


def _later_folds(rows: Rows) -> Iterator[tuple[Mask, Mask]]:
    """Each of the last months against all that ended before it; none where there is too little."""
    end = int(rows.ends.max())
    for number in range(FOLDS, 0, -1):
        start = end - MONTH * (number + 1)
        training = rows.ends <= start
        # a first day is enough for a span; the last fold takes all that began since
        validation = (rows.moments >= start) & (rows.moments < start + MONTH)
        if (
            training.sum() >= LEAST_ROWS
            and _span(rows, training) >= MONTH // 2
            and validation.any()
        ):
            yield training, validation


def _span(rows: Rows, mask: Mask) -> int:
    """Days between the first and the last day that rows forecast from."""
    moments = rows.moments[mask]
    return int(moments.max() - moments.min())


def _city_folds(series: Sequence[Series], rows: Rows) -> Iterator[tuple[Mask, Mask]]:
    """Cities in turn, each against the others: they share a week, but no price."""
    names = {city: number for number, city in enumerate(sorted({each.city for each in series}))}
    if len(names) < FOLDS:
        return
    cities = np.array([names[each.city] for each in series])[rows.series]
    for number in range(FOLDS):
        validation = cities % FOLDS == number
        if validation.any() and (~validation).sum() >= LEAST_ROWS:
            yield ~validation, validation


def share_to_believe(tried: Tried) -> float:
    """The share of the trees' moves that would have been best, 0 to 1, and less for few months."""
    rows = tried.rows
    moves = rows.last * tried.moves
    missed = rows.target - rows.last * (1 + tried.drifts)
    power = float((moves**2).sum())
    best = float((moves * missed).sum()) / power if power else 0.0
    certain = tried.later / (tried.later + 1) if tried.later else _CAUTION
    return min(max(best, 0.0), 1.0) * certain


def choose_methods(rows: Rows, forecasts: Floats) -> dict[int, Method]:
    """For each series the model, or the better naive forecast where the model is no better.

    A few months of one series prove little. So what is known of all of them counts as a year of it.
    """
    months = (rows.moments.max() - rows.moments.min()) / MONTH + 1
    places = int(rows.series.max()) + 1
    last, mean, model = (
        np.bincount(rows.series, (rows.target - found) ** 2, minlength=places).astype(np.float64)
        for found in (rows.last, rows.mean, forecasts)
    )
    by_mean = _believed_gains(mean, last, months) > 0
    by_model = _believed_gains(model, np.where(by_mean, mean, last), months) > 0
    names = np.where(by_model, "model", np.where(by_mean, "monthly_mean", "last_price"))
    return {int(place): _METHODS[str(names[place])] for place in np.unique(rows.series)}


def _believed_gains(errors: Floats, others: Floats, months: float) -> Floats:
    """Share of the others' squared errors that is saved, by series."""
    overall = _gain(errors.sum(keepdims=True), others.sum(keepdims=True))
    own = _gain(errors, others)
    believed: Floats = (months * own + _PRIOR_EVIDENCE * overall) / (months + _PRIOR_EVIDENCE)
    return believed


def _gain(errors: Floats, others: Floats) -> Floats:
    """From -1 to 1; where there was nothing to save, the least mistake is a loss."""
    with np.errstate(invalid="ignore", divide="ignore"):
        gain = np.clip(1 - errors / others, -1, 1)
    return np.where(others > 0, gain, np.where(errors > 0, -1.0, 0.0))


def _served(rows: Rows, forecasts: Floats, methods: dict[int, Method]) -> Floats:
    """What the finished forecaster would have said."""
    chosen = [methods[int(place)] for place in rows.series]
    how: NDArray[np.str_] = np.array(chosen)
    served: Floats = np.select(
        [how == "last_price", how == "monthly_mean"], [rows.last, rows.mean], forecasts
    )
    return served


def _bands(rows: Rows, forecasts: Floats, coverage: float) -> Bands:
    """Widths that held the wanted share of rows, by group and horizon."""
    restless = deviations(rows.features)
    quantiles = np.quantile(restless, np.arange(1, _GROUPS) / _GROUPS)
    edges = tuple(sorted({float(edge) for edge in quantiles}))
    groups = np.array(edges).searchsorted(restless, side="left")
    misses = _misses(rows, forecasts)
    near = [_radius(misses[(groups == g) & (rows.horizons == 1)], coverage) for g in _all(edges)]
    widths, before = [], near
    for horizon in range(1, MAX_HORIZON + 1):
        wider = [width * (horizon / max(horizon - 1, 1)) ** 0.5 for width in before]
        at = rows.horizons == horizon
        found = [(misses[(groups == g) & at]) for g in _all(edges)]
        before = [
            max(_radius(found[g], coverage), before[g])
            if len(found[g]) >= _LEAST_IN_GROUP
            else wider[g]
            for g in _all(edges)
        ]
        widths.append(tuple(before))
    return Bands(edges=edges, widths=tuple(widths))


def _all(edges: tuple[float, ...]) -> range:
    return range(len(edges) + 1)


def _misses(rows: Rows, forecasts: Floats) -> Floats:
    return np.abs(rows.target - forecasts) / rows.last


def _radius(misses: Floats, coverage: float) -> float:
    """The conformal quantile: what holds the share, with the row to come counted as a miss."""
    if not len(misses):
        return _UNKNOWN_WIDTH
    level = min(1.0, np.ceil((len(misses) + 1) * coverage) / len(misses))
    return float(np.quantile(misses, level, method="higher"))
