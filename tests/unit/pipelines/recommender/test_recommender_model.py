import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import shop
from windlass.domain.bundle import Bundle
from windlass.domain.datasets import CARD
from windlass.domain.errors import BundleError, InputError
from windlass.pipelines.contract import InvalidRequest
from windlass.pipelines.recommender import archive, model
from windlass.pipelines.recommender.features import NAMES
from windlass.pipelines.recommender.holdout import questions_of
from windlass.pipelines.recommender.model import NextClickScorer
from windlass.pipelines.recommender.params import Parameters
from windlass.pipelines.recommender.queries import DEPTH, asked_now
from windlass.pipelines.recommender.scoring import answer
from windlass.pipelines.recommender.synthetic import Shop, sample_files, synthetic_files

SAMPLE = Path(__file__).parents[4] / "k8s" / "samples" / "recommender" / "sample.json"


def products(payload: Mapping[str, object]) -> list[tuple[str, float]]:
    body: Any = shop.scorer().predict(payload).body
    return [(each["product_id"], each["score"]) for each in body["products"]]


def test_a_session_gets_what_follows_its_last_click() -> None:
    found = products({"clicks": ["product-00000", "product-00003"], "k": 3})
    assert len(found) == 3
    assert "product-00006" in [name for name, _ in found]
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)


def test_the_score_of_an_answer_is_that_of_its_first_product() -> None:
    request = {"clicks": ["product-00016"]}
    assert shop.scorer().predict(request).score == pytest.approx(products(request)[0][1], abs=1e-6)


def test_a_session_without_clicks_gets_what_everybody_clicks() -> None:
    counts = np.bincount(shop.prepared().training.products)
    popular = set(shop.prepared().products[np.argsort(-counts)[:40]].tolist())
    found = products({"clicks": [], "k": 10})
    assert {name for name, _ in found} <= popular
    assert len(found) == 10


def test_unknown_products_and_users_are_no_error() -> None:
    found = products({"clicks": ["never seen"], "user_id": "nobody", "k": 10})
    assert len(found) == 10
    names = [name for name, _ in found]
    assert len(set(names)) == 10
    assert "never seen" in [name for name, _ in products({"clicks": ["never seen"], "k": 100})]


def test_what_a_request_tells_of_an_unknown_product_helps() -> None:
    click = {"product_id": "never seen", "category_id": "theme-00005"}
    found = [name for name, _ in products({"clicks": [click], "k": 10})]
    themes = [
        int(name.removeprefix("product-")) // shop.SHOP.products for name in found if "-" in name
    ]
    assert themes.count(5) >= 8


def test_clicked_products_can_be_left_out() -> None:
    clicks = ["product-00000", "product-00003", "other"]
    found = products({"clicks": clicks, "k": 50, "exclude_clicked": True})
    assert not set(clicks) & {name for name, _ in found}


def test_only_the_last_clicks_count() -> None:
    tail = [f"product-{n:05d}" for n in range(DEPTH)]
    long, longer = ({"clicks": [head] * 9 + tail} for head in ("product-00100", "x"))
    assert products(long) == products(longer)


@given(
    clicks=st.lists(st.sampled_from(["product-00001", "product-00002", "a", 7]), max_size=30),
    user=st.sampled_from([None, "user-00001", "nobody"]),
    k=st.integers(1, 100),
)
def test_no_answer_is_ever_nan(clicks: list[object], user: str | None, k: int) -> None:
    reply = shop.scorer().predict({"clicks": clicks, "user_id": user, "k": k})
    assert json.dumps(reply.body, allow_nan=False)
    assert reply.score is not None
    assert math.isfinite(reply.score)


def test_the_sample_works() -> None:
    assert len(products(json.loads(SAMPLE.read_text()))) == 10


def test_serving_ranks_as_the_evaluation_does() -> None:
    scorer, holdout = shop.scorer(), shop.trained().holdout
    asked = asked_now(questions_of(holdout, scorer), scorer.stages.index.now)
    pool, scores = answer(scorer.stages, asked.queries)
    names = [*scorer.memory.product_names.tolist()]
    users = scorer.memory.user_names
    for question in range(0, len(asked.targets), 41):
        recent = asked.queries.recent[question]
        known = recent[recent >= 0][::-1]
        if (known >= len(names)).any() or asked.queries.lengths[question] > DEPTH:
            continue
        user = asked.queries.users[question]
        request = {
            "clicks": [names[number] for number in known],
            "user_id": str(users[user]) if user >= 0 else None,
        }
        ours = np.flatnonzero(pool.questions == question)
        best = ours[np.argsort(-scores[ours], kind="stable")][:20]
        expected = [
            (names[n], round(max(s, 0.0), 6))
            for n, s in zip(pool.products[best], scores[best], strict=True)
        ]
        assert products(request) == expected


def test_ready_feature_rows_are_scored_too() -> None:
    rows = shop.retrieved().examples.features[:5].tolist()
    found = shop.scorer().predict_table(NAMES[::-1], [row[::-1] for row in rows])
    assert found == shop.scorer().predict_table(NAMES, rows)
    assert all(0 <= score <= 1 for score in found)
    with pytest.raises(InvalidRequest, match="is missing"):
        shop.scorer().predict_table(NAMES[1:], [])


def test_the_golden_request_gives_the_trainers_score() -> None:
    golden = shop.trained().bundle.manifest.golden
    assert shop.scorer().predict(golden.request).score == golden.score


def test_the_evaluation_repeats_the_metrics_of_the_training() -> None:
    found = model.evaluate(shop.scorer(), shop.trained().holdout)
    metrics = shop.trained().metrics
    assert found == {name: metrics[name] for name in found}
    assert set(found) == {"hr_at_20", "mrr_at_20", "ndcg_at_10", "coverage"}


def test_a_plain_folder_of_events_can_be_evaluated_on() -> None:
    found = model.evaluate(shop.scorer(), synthetic_files(replace(shop.SHOP, seed=1)))
    assert 0.3 < found["hr_at_20"] <= 1


def test_clicks_that_nobody_followed_judge_nobody() -> None:
    events = synthetic_files(shop.SHOP)["events.csv"].decode().splitlines()
    place = events[0].split(",").index("user_session")
    first = {line.split(",")[place]: line for line in reversed(events[1:])}
    alone = "\n".join([events[0], *sorted(first.values())]) + "\n"

    with pytest.raises(InputError, match="no session has two clicks"):
        model.evaluate(shop.scorer(), {"events.csv": alone.encode()})


def test_a_dataset_of_another_pipeline_is_refused() -> None:
    card = json.loads(shop.trained().holdout[CARD])
    other = {**shop.trained().holdout, CARD: json.dumps({**card, "pipeline": "x"}).encode()}
    with pytest.raises(InputError, match="belongs to x"):
        model.evaluate(shop.scorer(), other)


def test_a_request_can_be_taken_from_a_dataset() -> None:
    request = model.sample_request(shop.trained().holdout)
    assert shop.scorer().predict(request).body["products"]


def changed(**files: bytes) -> Bundle:
    bundle = shop.trained().bundle
    named = {name.replace("_", "."): data for name, data in files.items()}
    return replace(bundle, files={**bundle.files, **named})


def test_a_bundle_without_a_ranker_orders_by_the_mix() -> None:
    bundle = shop.trained().bundle
    scorer = model.load(replace(bundle, files={"memory.npz": bundle.files["memory.npz"]}))
    body: Any = scorer.predict({"clicks": ["product-00016"], "k": 5}).body
    assert len(body["products"]) == 5
    with pytest.raises(InvalidRequest, match="no ranker"):
        scorer.predict_table(NAMES, [])


def beyond_its_products() -> bytes:
    memory = shop.fitted().memory
    return archive.pack(replace(memory, products=memory.products + 10**6))


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: changed(memory_npz=b"x"), "can't be read"),
        (lambda: changed(model_cbm=b"x"), "can't be read"),
        (lambda: changed(memory_npz=beyond_its_products()), "does not hold together"),
        (lambda: replace(shop.trained().bundle, files={}), "has no file"),
    ],
    ids=["memory", "ranker", "numbers", "nothing"],
)
def test_a_bundle_that_cannot_be_served_is_refused(made: Callable[[], Bundle], said: str) -> None:
    with pytest.raises(BundleError, match=said):
        model.load(made())


@pytest.mark.parametrize("weights", [None, [1, 2], ["a"] * 5, [float("inf")] * 5])
def test_weights_that_are_none_are_refused(weights: object) -> None:
    bundle = shop.trained().bundle
    manifest = replace(bundle.manifest, parameters={"weights": weights})
    with pytest.raises(BundleError, match="weights"):
        model.load(replace(bundle, manifest=manifest))


def test_a_bundle_of_other_features_is_refused() -> None:
    bundle = shop.trained().bundle
    manifest = replace(bundle.manifest, features_version="0")
    with pytest.raises(BundleError, match="train the model again"):
        model.load(replace(bundle, manifest=manifest))


def test_the_memory_is_read_back_as_it_was_written() -> None:
    memory = shop.fitted().memory
    data = archive.pack(memory)
    assert archive.pack(archive.unpack(data)) == data
    assert isinstance(shop.scorer(), NextClickScorer)


def test_mere_clicks_are_enough_to_beat_the_baselines() -> None:
    lines = shop.files()["events.csv"].decode().splitlines()
    kept = [0, 2, 7]
    bare = "\n".join(",".join(line.split(",")[place] for place in kept) for line in lines)
    metrics = shop.train({"events.csv": bare.encode()}).metrics
    assert metrics["hr_at_20"] > metrics["next_item_hr_at_20"] + 0.1
    assert metrics["mrr_at_20"] > metrics["next_item_mrr_at_20"]


def test_a_handful_of_sessions_trains_without_a_ranker() -> None:
    files = synthetic_files(Shop(sessions=40, themes=2, products=6))
    metrics = shop.train(files, Parameters(ranker_positions=100)).metrics
    assert "hr_at_20" in metrics
    assert json.dumps(dict(metrics), allow_nan=False)


def test_test_sessions_can_be_given() -> None:
    lines = shop.files()["events.csv"].decode().splitlines()
    test = [lines[0], *(line for line in lines if line.endswith(("7", "8")))]
    files = {**shop.files(), "named/later.csv": "\n".join(test).encode()}
    parameters = replace(shop.QUICK, test_events="s3://somewhere/later.csv")
    metrics = shop.train(files, parameters).metrics
    assert metrics["hr_at_20"] > metrics["next_item_hr_at_20"] + 0.1


def test_the_shop_is_the_same_each_time_and_has_a_signal() -> None:
    assert sample_files() == sample_files()
    assert synthetic_files(Shop(sessions=50)) != synthetic_files(Shop(sessions=50, seed=1))
