"""The training that every pipeline gets, with the parts of the template in docs/."""

import json

import pytest

from docs.pipeline_template import data, features, model
from docs.pipeline_template.params import GATES, Parameters
from tests.support.plant import Watched, crew, memory_ports
from windlass.adapters.memory.registry import MemoryRegistry
from windlass.domain.datasets import read_card
from windlass.domain.errors import BundleError, InputError
from windlass.domain.names import ModelName
from windlass.pipelines.contract import InvalidRequest
from windlass.pipelines.core import GenericSteps
from windlass.services.bundles import make_bundle, read_bundle
from windlass.services.datasets import fetch_dataset
from windlass.services.training import CHALLENGER, Registered, TrainingPorts

STEPS = GenericSteps(pipeline=ModelName("berth-hours"), data=data, features=features, model=model)
FILES = data.sample_files(calls=400)
QUICK = Parameters(rounds=60)


@pytest.fixture(scope="module")
def finished() -> tuple[TrainingPorts, Registered]:
    ports = memory_ports()
    return ports, STEPS.train(FILES, QUICK, ports, crew())


def test_a_run_ends_as_a_version_with_metrics_and_the_challenger_alias(
    finished: tuple[TrainingPorts, Registered],
) -> None:
    ports, registered = finished
    assert registered.model == "berth-hours"
    assert ports.registry.aliased(registered.model, CHALLENGER) == registered.version
    assert set(registered.metrics) == {"mae", "rmse", "baseline_mae"}
    assert isinstance(ports.progress, Watched)
    assert ports.progress.stages[:2] == [
        "validate the data",
        "400 rows of calls.csv; 0 bad rows set aside",
    ]


def test_the_bundle_answers_its_golden_request_with_its_golden_score(
    finished: tuple[TrainingPorts, Registered],
) -> None:
    ports, registered = finished
    bundle = read_bundle(ports.objects, registered.bundle_digest)
    golden = bundle.manifest.golden
    assert model.load(bundle).predict(golden.request).score == golden.score
    assert golden.score > 0


def test_the_held_back_part_is_a_dataset_that_the_model_has_not_seen(
    finished: tuple[TrainingPorts, Registered],
) -> None:
    ports, registered = finished
    dataset = fetch_dataset(ports.objects, "datasets/berth-hours/holdout")
    card = read_card(dataset)
    bundle = read_bundle(ports.objects, registered.bundle_digest)
    assert card is not None
    assert card.pipeline == "berth-hours"
    assert bundle.manifest.trained_on.until < card.start
    assert not card.overlaps(bundle.manifest.trained_on)
    assert model.evaluate(model.load(bundle), dataset) == registered.metrics


def test_the_run_keeps_parameters_report_and_pictures(
    finished: tuple[TrainingPorts, Registered],
) -> None:
    ports, registered = finished
    assert isinstance(ports.tracking, MemoryRegistry)
    run = ports.tracking.runs[registered.run_id]
    assert run.parameters["rounds"] == "60"
    assert json.loads(run.artifacts["validation_report.json"])["quarantined"] == []
    assert run.artifacts["plots/importances.png"].startswith(b"\x89PNG")


def test_training_again_gives_the_same_bundle(finished: tuple[TrainingPorts, Registered]) -> None:
    again = STEPS.train(FILES, QUICK, memory_ports(), crew())
    assert again.bundle_digest == finished[1].bundle_digest


def test_the_model_beats_its_baseline_and_its_own_gate() -> None:
    metrics = STEPS.train(data.sample_files(), Parameters(), memory_ports(), crew()).metrics
    assert metrics["mae"] < metrics["baseline_mae"] / 2
    assert metrics["mae"] < float(str(GATES[0]["threshold"]))


def test_bad_rows_are_set_aside_and_told() -> None:
    ports = memory_ports()
    bad = b"2024-02-30 25:00:00,A,10,1.0,5.0\n2024-03-01 00:00:00,Z,10,1.0,5.0\n"
    registered = STEPS.train({"calls.csv": FILES["calls.csv"] + bad}, QUICK, ports, crew())
    assert isinstance(ports.tracking, MemoryRegistry)
    run = ports.tracking.runs[registered.run_id]
    told = json.loads(run.artifacts["validation_report.json"])["quarantined"]
    assert [(row["row"], row["column"]) for row in told] == [(402, "arrived"), (403, "berth")]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "lacks calls.csv"),
        ({"calls.csv": b"arrived,berth\n"}, "lacks the column"),
        (data.sample_files(calls=20), "16 calls are left"),
    ],
)
def test_data_that_can_not_be_learned_from_leaves_no_version(
    files: dict[str, bytes], said: str
) -> None:
    ports = memory_ports()
    with pytest.raises(InputError, match=said):
        STEPS.train(files, QUICK, ports, crew())
    assert ports.objects.list("") == ()


def test_serving_makes_the_features_of_training() -> None:
    rows = data.read(FILES, QUICK).frames["calls.csv"]
    trained_on = features.features_of(features.calls_of(rows))
    for place in range(0, len(rows), 37):
        only = {"calls.csv": data.csv_bytes(rows.iloc[place:])}
        served = features.features_of(features.call_of(model.sample_request(only)))
        assert served.tolist() == trained_on[place : place + 1].tolist()


def test_no_training_row_ends_after_the_held_back_part_began() -> None:
    prepared = features.build(data.read(FILES, QUICK), QUICK)
    assert prepared.trained.until < prepared.held_back.start
    assert len(prepared.features) + len(prepared.held_back_rows) < 400


def test_features_do_not_change_when_the_future_is_cut_off() -> None:
    whole = features.build(data.read(FILES, QUICK), QUICK)
    lines = FILES["calls.csv"].splitlines(keepends=True)
    cut = features.build(data.read({"calls.csv": b"".join(lines[:300])}, QUICK), QUICK)
    shared = len(cut.features)
    assert cut.features.tolist() == whole.features[:shared].tolist()


CALL = {"arrived": "2024-05-01T06:00:00", "berth": "A", "containers": 100, "wind": 5}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"berth": "D"}, "berth"),
        ({"berth": ["A"]}, "berth"),
        ({"arrived": "soon"}, "arrived"),
        ({"arrived": None}, "arrived"),
        ({"containers": "many"}, "containers"),
        ({"containers": True}, "containers"),
        ({"wind": float("nan")}, "wind"),
    ],
)
def test_a_bad_request_names_its_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        features.call_of({**CALL, **changes})
    assert caught.value.field == field


@pytest.mark.parametrize("missing", ["arrived", "berth", "containers"])
def test_a_missing_field_is_named(missing: str) -> None:
    with pytest.raises(InvalidRequest, match=f"{missing}: is missing"):
        features.call_of({name: value for name, value in CALL.items() if name != missing})


def test_unknown_wind_is_no_error_and_no_nan(finished: tuple[TrainingPorts, Registered]) -> None:
    ports, registered = finished
    scorer = model.load(read_bundle(ports.objects, registered.bundle_digest))
    answer = scorer.predict({**CALL, "wind": None})
    assert answer.score is not None
    assert answer.score > 0


def test_a_table_is_scored_in_any_order_of_columns(
    finished: tuple[TrainingPorts, Registered],
) -> None:
    ports, registered = finished
    scorer = model.load(read_bundle(ports.objects, registered.bundle_digest))
    row = features.features_of(features.call_of(CALL))[0].tolist()
    columns = list(features.NAMES)
    [hours] = scorer.predict_table(columns, [row])
    assert scorer.predict_table(columns[::-1], [row[::-1]]) == [hours]
    assert scorer.predict(CALL).score == hours


def test_a_bundle_of_other_content_is_refused(finished: tuple[TrainingPorts, Registered]) -> None:
    ports, registered = finished
    bundle = read_bundle(ports.objects, registered.bundle_digest)
    with pytest.raises(BundleError, match="can't be read"):
        model.load(make_bundle(bundle.manifest, {"model.txt": b"no trees"}))
