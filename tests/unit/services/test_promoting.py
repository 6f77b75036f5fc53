import pytest

from windlass.adapters import wire
from windlass.domain.errors import InputError
from windlass.pipelines import names, standard_of
from windlass.services.promoting import RuntimeBlock, Usual, parse_key, spec_document

USUAL = Usual(bucket="windlass", gates=({"metric": "mae", "tolerance": 0.1},))


@pytest.mark.parametrize(
    ("key", "model", "candidate"),
    [
        ("transit-eta/7", "transit-eta", {"version": "7"}),
        ("transit-eta@blue", "transit-eta", {"alias": "blue"}),
        ("transit-eta", "transit-eta", {"alias": "challenger"}),
    ],
)
def test_a_key_names_model_and_candidate(key: str, model: str, candidate: dict[str, str]) -> None:
    assert parse_key(key) == (model, candidate)


@pytest.mark.parametrize("key", ["", "/7", "a/b", "a/7/8", "a@", "@b", "a@b/7"])
def test_another_key_is_refused_with_what_it_looks_like(key: str) -> None:
    with pytest.raises(InputError, match="give <model>/<version>"):
        parse_key(key)


def test_without_more_the_usual_gates_judge_on_the_holdout() -> None:
    spec = wire.parse_spec(spec_document("transit-eta/7", {}, USUAL, None))
    assert [gate.metric for gate in spec.gates] == ["mae"]
    assert spec.evaluation is not None
    assert spec.evaluation.dataset == "s3://windlass/datasets/transit-eta/holdout"
    assert spec.consumers == ()


def test_own_fields_win() -> None:
    own = {"gates": [{"metric": "rmse", "threshold": 2}], "evaluation": None}
    document = spec_document("transit-eta/7", own, USUAL, None)
    assert document["gates"] == own["gates"]
    assert document["evaluation"] is None


def test_a_runtime_block_is_one_more_consumer() -> None:
    block = RuntimeBlock(name="eta-runtime/prod", warm_cache=True)
    own = {"consumers": [{"redis": {"key": "eta:settings"}}]}
    spec = wire.parse_spec(spec_document("transit-eta/7", own, USUAL, block))
    redis, told = spec.consumers
    assert redis.redis is not None
    assert told.prefect_block is not None
    assert (told.prefect_block.name, told.prefect_block.warm_cache) == ("eta-runtime/prod", True)


@pytest.mark.parametrize(
    "own", [{"model": "other"}, {"candidate": {"version": "8"}}, {"consumers": {}}]
)
def test_a_spec_that_contradicts_is_refused(own: dict[str, object]) -> None:
    block = RuntimeBlock(name="eta-runtime/prod", warm_cache=False)
    with pytest.raises(InputError):
        spec_document("transit-eta/7", own, USUAL, block)


@pytest.mark.parametrize("pipeline", names())
def test_every_pipeline_has_gates_that_can_be_read(pipeline: str) -> None:
    usual = Usual(bucket="windlass", gates=standard_of(pipeline).GATES)
    spec = wire.parse_spec(spec_document(f"{pipeline}/1", {}, usual, None))
    assert spec.gates
