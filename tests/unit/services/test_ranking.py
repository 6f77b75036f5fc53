import json
import math
from typing import Any

import pytest

from windlass.domain.errors import InputError
from windlass.domain.names import Digest, ModelName, Version
from windlass.domain.promotion.evaluation import Scores
from windlass.domain.versions import ModelVersion
from windlass.services.ranking import (
    Entry,
    Measure,
    Ranking,
    measure_of,
    parse_active,
    rank,
    recorded_entries,
    scored_entries,
)

MODEL = ModelName("transit-eta")
MAE = Measure(metric="mae", minimize=True)
SKILL = Measure(metric="skill", minimize=False)
GATES = (
    {"metric": "mae", "threshold": 120, "greaterIsBetter": False},
    {"metric": "skill", "threshold": 0.0},
)


def entry(number: str, value: float | None, excluded: str = "", **version: Any) -> Entry:
    known = ModelVersion(model=MODEL, version=Version(number), **version)
    return Entry(version=known, value=value, excluded=excluded)


def standings(entries: list[Entry], active: str | None, measure: Measure = MAE) -> dict[str, str]:
    places = rank(entries, measure, Version(active) if active else None)
    return {place.version: place.standing for place in places}


def test_better_than_the_active_one_is_a_candidate_whichever_way_is_better() -> None:
    entries = [entry("1", 10.0), entry("2", 8.0), entry("3", 12.0)]
    assert standings(entries, "1") == {"2": "candidate", "1": "active", "3": "worse"}
    assert standings(entries, "1", SKILL) == {"3": "candidate", "1": "active", "2": "worse"}


def test_as_good_is_no_gain() -> None:
    assert standings([entry("1", 10.0), entry("2", 10.0)], "1")["2"] == "worse"


def test_the_newer_of_equals_comes_first() -> None:
    places = rank([entry("9", 8.0), entry("10", 8.0), entry("1", 9.0)], MAE, Version("1"))
    assert [place.version for place in places] == ["10", "9", "1"]


def test_without_an_active_version_only_the_best_is_a_candidate() -> None:
    entries = [entry("1", 10.0), entry("2", 8.0), entry("3", None)]
    assert standings(entries, None) == {"2": "candidate", "1": "worse", "3": "not comparable"}


@pytest.mark.parametrize(
    ("better", "standing", "remark"),
    [
        (entry("2", None), "not comparable", "no mae"),
        (entry("2", math.nan), "not comparable", "no mae"),
        (entry("2", math.inf), "not comparable", "no mae"),
        (entry("2", 1.0, "seen in training"), "not comparable", "seen in training"),
        (entry("2", 1.0, held="bad canary"), "worse", "held: bad canary"),
        (entry("2", 1.0, archived="2024: stale"), "worse", "archived: 2024: stale"),
    ],
)
def test_what_can_not_be_promoted_or_compared_is_no_candidate_and_says_why(
    better: Entry, standing: str, remark: str
) -> None:
    for active in (Version("1"), None):
        places = rank([entry("1", 10.0), better], MAE, active)
        [found] = [place for place in places if place.version == "2"]
        assert (found.standing, found.remark) == (standing, remark)


def test_nothing_is_better_than_an_active_version_that_has_no_value() -> None:
    assert standings([entry("1", None), entry("2", 1.0)], "1") == {
        "2": "not comparable",
        "1": "active",
    }


def test_gains_have_their_sign_turned_where_less_is_better() -> None:
    entries = [entry("1", 10.0), entry("2", 8.0)]
    gains = {place.version: place.gain for place in rank(entries, MAE, Version("1"))}
    assert gains == {"2": 2.0, "1": 0.0}


def test_an_active_version_that_is_not_there_is_wrong_use() -> None:
    with pytest.raises(InputError, match="no version 7"):
        rank([entry("1", 10.0)], MAE, Version("7"))


def test_candidates_are_keys_that_a_promotion_takes() -> None:
    ranking = Ranking(
        model=MODEL,
        measure=MAE,
        active=Version("1"),
        data="somewhere",
        places=rank([entry("1", 9.0), entry("2", 8.0), entry("3", 7.0)], MAE, Version("1")),
    )
    assert ranking.candidates == ("transit-eta/3", "transit-eta/2")
    document = json.loads(json.dumps(ranking.as_json(), allow_nan=False))
    assert document["promotion_candidates"] == ["transit-eta/3", "transit-eta/2"]
    assert document["current_active_model"] == "transit-eta/1"


@pytest.mark.parametrize(
    ("metric", "minimize", "measure"),
    [
        ("", None, Measure(metric="mae", minimize=True)),
        ("skill", None, Measure(metric="skill", minimize=False)),
        ("skill", True, Measure(metric="skill", minimize=True)),
        ("f1", False, Measure(metric="f1", minimize=False)),
    ],
)
def test_metric_and_direction_are_those_of_the_gates_unless_they_are_said(
    metric: str, minimize: bool | None, measure: Measure
) -> None:
    assert measure_of(metric, minimize, GATES) == measure


def test_a_direction_is_never_guessed() -> None:
    with pytest.raises(InputError, match="set minimize"):
        measure_of("f1", None, GATES)
    with pytest.raises(InputError, match="name one"):
        measure_of("", None, ())


@pytest.mark.parametrize("text", ["7", "transit-eta/7", "transit_eta/7"])
def test_the_active_version_has_two_spellings(text: str) -> None:
    assert parse_active(MODEL, text) == "7"


def test_the_active_version_is_of_the_same_model() -> None:
    with pytest.raises(InputError, match="no version of transit-eta"):
        parse_active(MODEL, "milk-price/7")


def test_recorded_values_of_other_data_are_not_compared() -> None:
    one, other = Digest("sha256:1"), Digest("sha256:2")
    versions = [
        ModelVersion(model=MODEL, version=Version("1"), dataset_digest=one, metrics={"mae": 9}),
        ModelVersion(model=MODEL, version=Version("2"), dataset_digest=one, metrics={"mae": 8}),
        ModelVersion(model=MODEL, version=Version("3"), dataset_digest=other, metrics={"mae": 1}),
    ]
    entries = recorded_entries(versions, "mae", Version("1"))
    assert [found.excluded for found in entries] == ["", "", "measured on other data"]
    alone = [found.excluded for found in recorded_entries(versions, "mae", None)]
    assert alone == ["measured on other data", "measured on other data", ""]
    assert recorded_entries([], "mae", None) == ()


def test_scores_are_those_of_the_bundle_and_tell_what_is_wrong_with_it() -> None:
    whole, broken, seen = (Digest(f"sha256:{name}") for name in "abc")
    versions = [
        ModelVersion(model=MODEL, version=Version(str(number)), bundle_digest=digest)
        for number, digest in enumerate((whole, broken, seen, None), 1)
    ]
    scores = {
        whole: Scores(version=Version("1"), bundle_digest=whole, metrics={"mae": 9.0}),
        broken: Scores(version=Version("2"), bundle_digest=broken, problem="altered"),
        seen: Scores(version=Version("3"), bundle_digest=seen, seen_in_training=True),
    }
    found = scored_entries(versions, scores, "mae")
    assert [(one.value, one.excluded) for one in found] == [
        (9.0, ""),
        (None, "altered"),
        (None, "seen in training"),
        (None, "no bundle: not trained by Windlass"),
    ]
