"""Documents and domain values: what goes out comes back."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from tests.support.plain_values import values_of
from windlass.adapters import wire
from windlass.domain.errors import InputError
from windlass.domain.names import Alias, Digest, ModelName, Version
from windlass.domain.promotion.evaluation import EvaluationResult, Scores
from windlass.domain.promotion.gates import GateResult, Verdict
from windlass.domain.promotion.spec import (
    Candidate,
    Consumer,
    Gate,
    Limits,
    PrefectBlockConsumer,
    PromotionSpec,
    Rollout,
    Step,
)
from windlass.domain.promotion.status import Intent, Phase, PromotionStatus
from windlass.domain.routing import Routed, Routing
from windlass.domain.sketch import Sketch
from windlass.domain.traffic import ServerReport, VersionTraffic

NOON = datetime(2024, 5, 1, 12, 0, 0, 250, tzinfo=UTC)
SPEC = PromotionSpec(model=ModelName("milk-price"), candidate=Candidate(alias=Alias("challenger")))
REPORT = ServerReport(
    server="127.0.0.1:8081",
    started=NOON,
    routing=Routing(
        generation=3,
        champion=Routed(version=Version("6"), uri="bundles/sha256/aa", digest=Digest("sha256:aa")),
    ),
    versions={
        Digest("sha256:aa"): VersionTraffic(
            version=Version("6"), requests=2, latency=Sketch({-3: 1, 12: 1})
        )
    },
)


@pytest.mark.parametrize("type_", [PromotionSpec, PromotionStatus, ServerReport, EvaluationResult])
def test_whatever_is_written_as_json_is_read_back_equal(type_: type) -> None:
    @settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
    @given(values_of(type_))
    def goes_round(value: object) -> None:
        document = json.loads(json.dumps(wire.unstructure(value), allow_nan=False))
        assert wire.structure(type_, document) == value

    goes_round()


def test_a_short_manifest_gets_every_default() -> None:
    raw = {"model": "milk-price", "candidate": {"alias": "challenger"}}
    assert wire.parse_spec(raw) == SPEC


def test_a_written_spec_shows_its_defaults_but_nothing_empty() -> None:
    document = wire.dump_spec(SPEC)
    assert document["targetAlias"] == "champion"
    assert document["rollout"]["steps"][0] == {"shadow": True, "duration": "1m"}
    assert not {"gates", "evaluation", "consumers", "notify"} & document.keys()


def test_no_steps_are_not_the_default_steps() -> None:
    spec = PromotionSpec(model=SPEC.model, candidate=SPEC.candidate, rollout=Rollout(steps=()))
    document = wire.dump_spec(spec)
    assert document["rollout"]["steps"] == []
    assert wire.parse_spec(document) == spec


def test_every_field_is_written_in_camel_case() -> None:
    consumer = Consumer(prefect_block=PrefectBlockConsumer(name="eta/x", warm_cache=True))
    assert wire.unstructure(consumer) == {
        "prefectBlock": {"name": "eta/x", "field": "model_key", "warmCache": True}
    }


def test_a_field_may_have_a_name_of_its_own_outside() -> None:
    intent = Intent(step="SetAlias", source="6", to="7", at=NOON)
    document = wire.unstructure(intent)
    assert document == {
        "step": "SetAlias",
        "from": "6",
        "to": "7",
        "at": "2024-05-01T12:00:00.000250Z",
    }
    assert wire.structure(Intent, document) == intent


def test_a_server_report_goes_round_with_text_as_keys() -> None:
    document = json.loads(json.dumps(wire.unstructure(REPORT)))
    assert document["versions"]["sha256:aa"]["latency"] == {"counts": {"-3": 1, "12": 1}}
    assert wire.structure(ServerReport, document) == REPORT


def test_a_routing_document_reads_as_the_design_writes_it() -> None:
    document = {
        "generation": 12,
        "champion": {"version": "6", "uri": "bundles/sha256/aa", "digest": "sha256:aa"},
        "candidate": None,
        "weight": 10,
        "shadow": False,
        "held": ["sha256:bb"],
    }
    routing = wire.structure(Routing, document)
    assert routing.champion == REPORT.routing.champion
    assert (routing.candidate, routing.weight, routing.held) == (None, 10, ("sha256:bb",))


def test_null_counts_as_a_field_that_is_not_there() -> None:
    raw = {"model": "milk-price", "candidate": {"alias": "challenger", "version": None}}
    assert wire.parse_spec({**raw, "gates": None, "rollout": None}) == SPEC


def test_a_number_json_has_no_word_for_is_left_out_where_it_may_be_missing() -> None:
    result = GateResult(
        metric="f1", candidate=float("nan"), verdict=Verdict.FAILED, message="the value is nan"
    )
    scores = Scores(
        version=Version("7"),
        bundle_digest=Digest("sha256:aa"),
        metrics={"f1": float("nan"), "recall": 0.5},
    )
    assert "candidate" not in wire.unstructure(result)
    assert wire.unstructure(scores)["metrics"] == {"recall": 0.5}


def test_a_number_json_has_no_word_for_is_refused_where_it_is_needed() -> None:
    with pytest.raises(InputError, match="inf can't be written as JSON"):
        wire.unstructure(Limits(error_rate=float("inf")))


def test_a_status_goes_round_by_its_own_functions() -> None:
    status = PromotionStatus(phase=Phase.SOAKING, candidate=None, progressed_at=NOON)
    assert wire.parse_status(wire.dump_status(status)) == status


def test_words_of_an_enumeration_become_its_members() -> None:
    status = wire.parse_status({"phase": "Soaking"})
    assert status.phase is Phase.SOAKING


def test_a_spec_is_checked_beyond_its_types() -> None:
    raw = {
        "model": "milk-price",
        "candidate": {"alias": "a", "version": "7"},
        "gates": [{"metric": "f1"}],
    }
    with pytest.raises(InputError) as caught:
        wire.parse_spec(raw)
    assert str(caught.value) == (
        "spec.candidate: give exactly one of version and alias; spec.gates[0]: give at least one"
        " rule: threshold, minAbsoluteChange, minRelativeChange, tolerance"
    )


def test_gates_and_steps_keep_their_order() -> None:
    spec = PromotionSpec(
        model=SPEC.model,
        candidate=SPEC.candidate,
        gates=(Gate(metric="f1", threshold=0.1), Gate(metric="auc", threshold=0.2)),
        rollout=Rollout(steps=(Step(weight=5), Step(weight=6, duration=timedelta(minutes=90)))),
    )
    document = wire.dump_spec(spec)
    assert [gate["metric"] for gate in document["gates"]] == ["f1", "auc"]
    assert document["rollout"]["steps"][1] == {"shadow": False, "weight": 6, "duration": "1h30m"}
