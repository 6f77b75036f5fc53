import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support import market
from tests.support.repository import ROOT
from windlass.domain.bundle import Bundle
from windlass.domain.errors import BundleError, InputError
from windlass.pipelines.contract import InvalidRequest
from windlass.pipelines.milk_price import model
from windlass.pipelines.milk_price.features import NAMES
from windlass.pipelines.milk_price.judging import read_judged
from windlass.pipelines.milk_price.known import read_series, series_file
from windlass.pipelines.milk_price.record import request_of
from windlass.pipelines.milk_price.report import forecast_page
from windlass.pipelines.milk_price.rows import judged_rows
from windlass.services.bundles import make_bundle

SAMPLE = Path(ROOT, "k8s/samples/milk-price/sample.json")


def test_an_answer_has_price_interval_and_method() -> None:
    request = market.trained().bundle.manifest.golden.request
    body = market.scorer().predict(request).body
    assert body["month"] == "2023-09"
    assert body["method"] == "model"
    assert body["fallback"] is False
    assert 0 < float(str(body["lower"])) <= float(str(body["price"])) <= float(str(body["upper"]))


def test_a_series_that_fell_back_gets_the_naive_forecast_and_is_told_so() -> None:
    scorer = market.scorer()
    [key, *_] = [k for k, how in scorer.forecaster.fallbacks.items() if how == "last_price"]
    asked = dict(zip(("city", "type", "channel"), key, strict=True))
    body = scorer.predict(asked).body
    assert (body["price"], body["fallback"]) == (body["last_price"], True)


def test_raw_history_gives_the_training_features_and_their_forecast() -> None:
    scorer, judged = market.scorer(), read_judged(market.trained().holdout, 1)
    rows = judged_rows(judged.series, judged.periods, 1)
    methods = [scorer.forecaster.method(judged.series[place].key) for place in rows.series]
    wanted = scorer.forecaster.forecast(rows, methods)
    for number in range(0, len(rows), 7):
        day = int(rows.moments[number])
        series = judged.series[rows.series[number]].until(day)
        body = scorer.predict(request_of(series, day=day)).body
        assert body["price"] == pytest.approx(wanted.price[number], abs=1e-4)
        assert body["upper"] == pytest.approx(wanted.upper[number], abs=1e-4)


def test_the_sample_of_the_repository_is_answered_though_its_city_is_not_known() -> None:
    body = market.scorer().predict(json.loads(SAMPLE.read_text())).body
    assert (body["known_series"], body["month"], body["as_of"]) == (False, "2024-07", "2024-06-28")
    assert 20 < float(str(body["price"])) < 30


def test_tables_hold_requests_or_ready_features() -> None:
    scorer = market.scorer()
    request = dict(market.trained().bundle.manifest.golden.request)
    assert scorer.predict_table(list(request), [list(request.values())]) == [
        scorer.predict(request).score
    ]
    rows = market.prepared().training.features[:3]
    moves = scorer.predict_table(NAMES, rows.tolist())
    turned = scorer.predict_table(NAMES[::-1], rows[:, ::-1].tolist())
    assert moves == turned
    assert np.isfinite(moves).all()
    assert scorer.predict_table(NAMES, []) == []


@pytest.mark.parametrize(
    ("columns", "row", "field"),
    [
        (("city", "city"), ["a", "b"], "columns"),
        (("speed",), [1], "speed"),
        (NAMES[1:], [0.0] * (len(NAMES) - 1), NAMES[0]),
        (NAMES, [float("nan")] + [1.0] * (len(NAMES) - 1), f"{NAMES[0]} in row 0"),
        (NAMES, [0.0] * len(NAMES), "horizon in row 0"),
    ],
)
def test_tables_that_can_not_be_scored_name_the_column(
    columns: tuple[str, ...], row: list[object], field: str
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        market.scorer().predict_table(columns, [row])
    assert refusal.value.field == field


def test_the_sample_request_of_a_dataset_can_be_answered() -> None:
    request = model.sample_request(market.trained().holdout)
    assert market.scorer().predict(request).score


def test_a_plain_folder_is_judged_too_and_another_pipelines_dataset_is_not() -> None:
    assert market.scorer().settings.horizon == 1
    assert model.evaluate(market.scorer(), market.files())["series"] == 32
    holdout = dict(market.trained().holdout)
    holdout["dataset.json"] = holdout["dataset.json"].replace(b"milk-price", b"predictive")
    with pytest.raises(InputError, match="the dataset belongs to predictive"):
        model.evaluate(market.scorer(), holdout)


def changed(**parameters: object) -> Bundle:
    bundle = market.trained().bundle
    manifest = replace(bundle.manifest, parameters={**bundle.manifest.parameters, **parameters})
    return make_bundle(manifest, bundle.files)


@pytest.mark.parametrize(
    "bundle",
    [
        lambda: changed(band_widths=[[1.0]]),
        lambda: changed(share="much"),
        lambda: replace(market.trained().bundle, files={}),
        lambda: replace(
            market.trained().bundle,
            manifest=replace(market.trained().bundle.manifest, features_version="0"),
        ),
        lambda: replace(
            market.trained().bundle, files={"series.json": b"[]", "model.cbm": b"tree"}
        ),
        lambda: replace(market.trained().bundle, files={"series.json": b'[{"city": 1}]'}),
    ],
)
def test_a_bundle_that_is_not_ours_is_refused(bundle: object) -> None:
    with pytest.raises(BundleError):
        model.load(bundle())  # type: ignore[operator] # each case is a function


def test_series_survive_their_file() -> None:
    series, fallbacks = market.dataset().series[:3], {market.dataset().series[0].key: "last_price"}
    read, methods = read_series(series_file(series, fallbacks))  # type: ignore[arg-type] # a literal
    assert methods == fallbacks
    assert [each.key for each in read] == [each.key for each in series]
    assert read[0].prices[-1] == series[0].prices[-1]


def test_the_page_for_people_names_the_month_and_the_series() -> None:
    page = forecast_page(market.scorer())
    assert page.startswith("# Prices of 2023-09\n32 series, ")
    assert page.count("\n| ") == 27
