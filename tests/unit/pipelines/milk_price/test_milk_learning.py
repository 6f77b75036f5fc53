"""What is believed, what falls back, how wide intervals are; and that all of it pays."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support import market
from windlass.domain.errors import InputError
from windlass.domain.months import Month
from windlass.pipelines.milk_price import learning, model, steps, training
from windlass.pipelines.milk_price.data import read_dataset
from windlass.pipelines.milk_price.params import Parameters
from windlass.pipelines.milk_price.splitting import split
from windlass.pipelines.milk_price.synthetic import Market, sample_files, synthetic_files

MONTHS = tuple(Month(2024, month) for month in range(1, 7))
DAYS = (Month(2024, 1).first_day, Month(2024, 6).last_day)


@pytest.fixture(scope="module")
def metrics() -> dict[str, float]:
    """Of the usual parameters, but for fewer trees, on the usual made-up data."""
    prepared = training.prepare(read_dataset(sample_files()), Parameters(iterations=60))
    forecaster = training.fit_forecaster(prepared, 1)
    return dict(steps.judge(prepared, forecaster, current=True).metrics)


def test_the_model_beats_both_naive_forecasts(metrics: dict[str, float]) -> None:
    assert metrics["rmse"] < 0.9 * min(metrics["rmse_naive_last"], metrics["rmse_naive_mean"])
    assert metrics["skill"] > 0.1
    assert metrics["skill_at_2_months"] > 0
    assert metrics["mae"] < metrics["mae_naive_last"]


def test_intervals_hold_about_what_they_promise(metrics: dict[str, float]) -> None:
    assert 0.82 < metrics["interval_coverage"] < 0.98


@pytest.mark.parametrize(
    ("months", "wanted", "held_back"), [(6, 4, 4), (6, 9, 4), (5, 4, 3), (3, 4, 1), (2, 4, 1)]
)
def test_two_months_are_left_to_learn_from(months: int, wanted: int, held_back: int) -> None:
    days = (DAYS[0], MONTHS[months - 1].last_day)
    cut = split(MONTHS[:months], days, wanted)
    assert len(cut.periods) == held_back
    assert cut.start == MONTHS[months - held_back].first_day
    assert cut.span <= (cut.start - days[0]) / 2


def test_a_first_month_is_cut_in_its_middle() -> None:
    days = (DAYS[0], DAYS[0] + 30)
    assert split(MONTHS[:1], days, 4).periods == ((DAYS[0] + 16, DAYS[0] + 30),)
    with pytest.raises(InputError, match="fewer than three days"):
        split(MONTHS[:1], (DAYS[0], DAYS[0] + 1), 4)


def test_a_single_series_is_forecast_naively_until_enough_is_known() -> None:
    text = "Fecha,Precio\n" + "".join(
        f"2024-0{m}-{d:02d},{20 + m}\n" for m in (1, 2, 3) for d in (2, 9, 16)
    )
    prepared = training.prepare(read_dataset({"prices.csv": text.encode()}), Parameters())
    forecaster = training.fit_forecaster(prepared, 1)
    trained = steps.judge(prepared, forecaster, current=True)
    assert forecaster.trees is None
    assert set(trained.bundle.files) == {"series.json"}
    assert trained.metrics["rmse"] == trained.metrics["rmse_naive_last"] == 1.0
    body = model.load(trained.bundle).predict({"horizon_months": 2}).body
    assert (body["price"], body["month"], body["fallback"]) == (23.0, "2024-05", True)


def test_prices_that_never_change_are_forecast_exactly() -> None:
    text = "Fecha,Precio\n" + "".join(f"2024-0{m}-02,20\n2024-0{m}-16,20\n" for m in range(1, 7))
    prepared = training.prepare(read_dataset({"prices.csv": text.encode()}), Parameters())
    trained = steps.judge(prepared, training.fit_forecaster(prepared, 1), current=True)
    assert trained.metrics["rmse"] == 0
    assert "skill" not in trained.metrics


def test_a_long_single_series_is_learned_from() -> None:
    made = read_dataset(synthetic_files(Market(cities=1, months=14)))
    one = replace(made, series=made.series[:1])
    rows = training.prepare(one, market.QUICK).training
    tried = learning.try_out(one.series, rows, market.QUICK, 1)
    assert tried is not None
    assert tried.later > 0


def test_no_row_is_tried_on_trees_that_know_a_later_price() -> None:
    rows = market.prepared().training
    for known, validation in learning._later_folds(rows):
        assert rows.ends[known].max() <= rows.moments[validation].min()


def test_a_few_months_of_one_series_do_not_outweigh_all_series() -> None:
    rows = market.prepared().training
    perfect, place = rows.target.copy(), int(rows.series[0])
    own = rows.series == place
    perfect[own] = rows.last[own]
    methods = learning.choose_methods(rows, perfect)
    assert set(methods.values()) == {"model"}
    awful = np.where(own, rows.target * 2, rows.last)
    assert learning.choose_methods(rows, awful)[place] != "model"


def test_a_move_that_was_foreseen_backwards_is_not_believed() -> None:
    rows = market.prepared().training
    wrong = learning.Tried(
        rows=rows, moves=1 - rows.target / rows.last, drifts=np.zeros(len(rows)), later=4
    )
    right = replace(wrong, moves=-wrong.moves)
    assert learning.share_to_believe(wrong) == 0
    assert learning.share_to_believe(right) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"month": 2}, "month=2 needs a year"),
        ({"horizon_months": 4}, "horizon_months must lie in 1 to 3"),
        ({"coverage": 1.0}, "coverage must lie in 0.5 to 0.99"),
        ({"year": 2024, "month": 13}, "month must lie in 0 to 12"),
    ],
)
def test_parameters_that_no_run_could_work_with_are_refused(
    values: dict[str, float], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        Parameters(**values)  # type: ignore[arg-type] # wrong on purpose


def test_a_year_alone_means_all_of_it() -> None:
    assert Parameters(year=2024).until == Month(2024, 12)
    assert Parameters().until is None
