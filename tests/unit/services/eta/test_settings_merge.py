"""The block, over it Redis, over it the flow's parameters; and how people may spell it."""

import json

import pytest

from windlass.adapters.memory.blocks import MemoryBlocks
from windlass.domain.errors import InputError
from windlass.services.eta.settings import (
    Layer,
    RuntimeSettings,
    block_layer,
    live_layer,
    merge,
    notification_block,
    required,
    runtime_block,
    secret_block,
    variables_block,
)


def test_nothing_said_is_the_usual() -> None:
    assert merge([]) == (RuntimeSettings(), ())


def test_the_last_layer_wins_field_by_field() -> None:
    layers = [
        Layer("block", {"model_key": "a/1", "poll_interval": 2, "max_stops": 3}),
        Layer("redis", {"model_key": "a/2", "poll_interval": 3}),
        Layer("parameters", {"model_key": "a/3"}),
    ]
    found = required(layers)
    assert (found.model_key, found.poll_interval, found.max_stops) == ("a/3", 3, 3)


@pytest.mark.parametrize("nothing", [None, "", [], ()])
def test_what_is_empty_says_nothing(nothing: object) -> None:
    layers = [Layer("block", {"model_key": "a/1"}), Layer("parameters", {"model_key": nothing})]
    assert required(layers).model_key == "a/1"


def test_zero_is_a_value() -> None:
    layers = [Layer("block", {"max_batch": 10}), Layer("parameters", {"max_batch": 0})]
    assert required(layers).max_batch == 0


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("poll_interval", "0.5", 0.5),
        ("max_stops", "7", 7),
        ("max_stops", 7.0, 7),
        ("model_key", " transit-eta/7 ", "transit-eta/7"),
        ("notification_blocks", ["slack/eta-alerts"], ("slack-webhook/eta-alerts",)),
        ("notification_blocks", "slack/a, teams/b", ("slack-webhook/a", "ms-teams-webhook/b")),
        ("notification_blocks", '["webhook/a"]', ("custom-webhook/a",)),
        ("redis_password_secret", "redis/primary", "secret/redis-primary"),
        ("profiling_artifact_prefix", "eta-runtime-dev", "eta-runtime-dev"),
    ],
)
def test_values_are_read_as_people_write_them(name: str, given: object, value: object) -> None:
    field = name.replace("artifact_prefix", "artifact_key_prefix")
    assert getattr(required([Layer("block", {name: given})]), field) == value


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("poll_interval", "soon", "must be a number from 0 to 3600, not 'soon'"),
        ("poll_interval", -1, "must be a number from 0 to 3600, not -1"),
        ("poll_interval", float("nan"), "must be a number"),
        ("max_stops", 1.5, "must be a whole number from 1 to 1000, not 1.5"),
        ("max_stops", True, "must be a whole number"),
        ("predictions_ttl", 0, "must be a whole number from 1"),
        ("model_key", 7, "must be a text, not 7"),
        ("notification_blocks", 7, "must be a list of texts"),
        ("notification_blocks", ["alerts"], "TYPE/NAME"),
        ("notification_blocks", "[", "notification_blocks"),
        ("colour", "red", "is no setting; there are: max_batch"),
    ],
)
def test_what_cannot_be_used_is_named_and_left_out(name: str, given: object, said: str) -> None:
    settings, problems = merge([Layer("block x", {name: given, "redis_db": 4})])
    assert settings == RuntimeSettings(redis_db=4)
    assert len(problems) == 1
    assert problems[0].startswith(f"block x: {name} ")
    assert said in problems[0]
    with pytest.raises(InputError, match=f"block x: {name} "):
        required([Layer("block x", {name: given})])


def test_a_value_that_cannot_be_used_leaves_the_one_below() -> None:
    layers = [Layer("block", {"max_stops": 3}), Layer("redis", {"max_stops": "many"})]
    assert merge(layers).settings.max_stops == 3


def test_redis_says_nothing_of_where_redis_is() -> None:
    raw = json.dumps({"model_key": "a/2", "redis_host": "elsewhere"}).encode()
    layer, problems = live_layer(raw)
    assert layer is not None
    assert layer.values == {"model_key": "a/2"}
    assert problems == (
        "Redis key eta:settings: redis_host is only read at the start, from block and parameters",
    )


@pytest.mark.parametrize("raw", [b"[1]", b"{", b"\xff", b'"x"', b"[" * 100_000])
def test_settings_that_are_no_document_are_told(raw: bytes) -> None:
    layer, problems = live_layer(raw)
    assert layer is None
    assert problems == ("Redis key eta:settings holds no JSON object",)


def test_no_settings_in_redis_are_no_problem() -> None:
    layer, problems = live_layer(None)
    assert layer is not None
    assert (layer.values, problems) == ({}, ())


@pytest.mark.parametrize(
    ("spell", "given", "name"),
    [
        (runtime_block, "dev", "eta-runtime/dev"),
        (runtime_block, "eta-runtime/dev", "eta-runtime/dev"),
        (secret_block, "redis/primary", "secret/redis-primary"),
        (secret_block, "redis-primary", "secret/redis-primary"),
        (secret_block, "secret/redis-primary", "secret/redis-primary"),
        (variables_block, "env/runtime", "runtime-variables/env-runtime"),
        (variables_block, "runtime-variables/env_runtime", "runtime-variables/env-runtime"),
        (notification_block, "slack/eta-alerts", "slack-webhook/eta-alerts"),
        (notification_block, "slack-webhook/eta_alerts", "slack-webhook/eta-alerts"),
        (notification_block, "pager-duty-webhook/x", "pager-duty-webhook/x"),
    ],
)
def test_the_seeds_spellings_of_blocks(spell: object, given: str, name: str) -> None:
    assert callable(spell)
    assert spell(given) == name


def test_a_block_is_read_whole() -> None:
    blocks = MemoryBlocks()
    blocks.create("eta-runtime/prod", {"model_key": "transit-eta/1", "redis_host": "redis"})
    layer = block_layer(blocks, "prod")
    assert layer.place == "block eta-runtime/prod"
    assert required([layer]) == RuntimeSettings(model_key="transit-eta/1", redis_host="redis")


def test_a_block_that_is_not_there_says_how_to_make_it() -> None:
    with pytest.raises(InputError, match=r"no block eta-runtime/dev: .*windlass eta save-block"):
        block_layer(MemoryBlocks(), "eta-runtime/dev")
    assert block_layer(MemoryBlocks(), "").values == {}
