import numpy as np
import pytest

from tests.support import market
from windlass.pipelines.milk_price.features import MONTH, NAMES, Series, features_at
from windlass.pipelines.milk_price.rows import judged_rows, last_and_mean, rolling_rows, row_on


def series(*prices: float, days: list[int] | None = None) -> Series:
    return Series(
        type="Pasteurizada",
        channel="Tiendas",
        days=np.array(days or range(len(prices)), dtype=np.int64),
        prices=np.array(prices),
    )


def feature(name: str, made: Series, day: int) -> float:
    return float(features_at(made, np.array([day]), 1)[0, NAMES.index(name)])


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("mean_7d", 11 / 3 / 4 - 1),
        ("low_7d", -0.25),
        ("high_7d", 0.0),
        ("move_30d", 1.0),
        ("usual_30d", 0.0),
        ("changes_30d", 0.5),
        ("days_since_change", 1.0),
        ("days_since_price", 1.0),
        ("horizon", 1.0),
        ("Pasteurizada", 1.0),
        ("Autoservicios", 0.0),
    ],
)
def test_features_are_relative_to_the_last_price(name: str, wanted: float) -> None:
    made = series(2.0, 3.0, 4.0, 4.0, days=[0, 40, 41, 42])
    day = 43 if name in ("days_since_price",) else 42
    assert feature(name, made, day) == pytest.approx(wanted)


def test_a_price_that_never_changed_moves_nowhere() -> None:
    row = features_at(series(*[5.0] * 200), np.array([199]), 1)[0]
    moves = [NAMES.index(n) for n in NAMES if n.split("_")[0] in ("mean", "low", "high", "move")]
    assert not row[moves].any()
    assert row[NAMES.index("days_since_change")] == 91


def test_truncating_the_future_changes_no_feature_and_no_naive_forecast() -> None:
    for made in market.dataset().series[:6]:
        moments = made.days[5::9]
        whole = features_at(made, moments, 2)
        naive = last_and_mean(made, moments)
        for number, day in enumerate(moments):
            cut = row_on(made.until(int(day)), int(day), 2)
            assert np.array_equal(cut.features[0], whole[number])
            assert (cut.last[0], cut.mean[0]) == (naive[0][number], naive[1][number])


def test_features_do_not_depend_on_level_and_currency() -> None:
    made = market.dataset().series[0]
    dearer = Series(type=made.type, channel=made.channel, days=made.days, prices=made.prices * 1000)
    moments = made.days[10:20]
    assert features_at(made, moments, 1) == pytest.approx(features_at(dearer, moments, 1))


def test_a_day_before_every_price_has_no_features() -> None:
    assert np.isnan(features_at(series(5.0, days=[10]), np.array([9]), 1)).all()
    assert np.isnan(last_and_mean(series(5.0, days=[10]), np.array([9]))[0]).all()
    empty = Series(days=np.empty(0, dtype=np.int64), prices=np.empty(0))
    assert np.isnan(features_at(empty, np.array([9]), 1)).all()


def test_the_monthly_mean_is_that_of_the_last_prices_month() -> None:
    made = series(1.0, 2.0, 4.0, days=[30, 31, 33])  # 31 January 1970, then February
    assert last_and_mean(made, np.array([30, 32, 70]))[1].tolist() == [1.0, 2.0, 3.0]


def test_nothing_later_than_the_end_is_learned_from() -> None:
    end = market.prepared().split.start - 1
    rows = rolling_rows(market.dataset().series, end)
    cut = [each.until(end) for each in market.dataset().series]
    again = rolling_rows(cut, end)
    assert rows.ends.max() <= end
    assert np.array_equal(rows.target, again.target)
    assert np.array_equal(rows.features, again.features)


def test_targets_are_means_of_the_span_after_the_day() -> None:
    made = series(1.0, 2.0, 3.0, 4.0, days=[0, 1, MONTH, MONTH + 1])
    rows = rolling_rows([made], MONTH + 1)
    first, second = rows.target[rows.horizons == 1]
    assert (first, second) == (2.5, 3.5)
    assert set(rows.horizons) == {1}


def test_a_month_is_judged_from_the_end_of_an_earlier_one() -> None:
    made = series(1.0, 2.0, 3.0, 9.0, days=[30, 58, 60, 89])
    march = [(59, 89)]
    assert judged_rows([made], march, 1).last.tolist() == [2.0]
    assert judged_rows([made], march, 2).last.tolist() == [1.0]
    assert judged_rows([made], march, 1).target.tolist() == [6.0]
    assert len(judged_rows([made], march, 3)) == 0
    assert len(judged_rows([made], [(70, 89)], 2)) == 0
