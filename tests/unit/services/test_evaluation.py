import json
from dataclasses import replace

import pytest

from tests.support import plant
from windlass.adapters.memory.objects import MemoryObjects
from windlass.domain.bundle import Bundle, bundle_prefix
from windlass.domain.names import Version
from windlass.pipelines.predictive_maintenance import model
from windlass.pipelines.predictive_maintenance.data import read_dataset
from windlass.pipelines.predictive_maintenance.writing import csv_files
from windlass.services.apart import Crashed
from windlass.services.bundles import make_bundle, write_bundle
from windlass.services.evaluation import Dataset, Entrant, Evaluation, judge, seen_in_training
from windlass.services.results import dump_result, parse_result


@pytest.fixture
def candidate() -> Entrant:
    return Entrant(version=Version("7"), bundle_digest=plant.trained().bundle.digest)


@pytest.fixture
def objects() -> MemoryObjects:
    made = MemoryObjects()
    write_bundle(made, plant.trained().bundle)
    return made


def test_a_version_gets_the_metrics_of_its_training_run_and_its_latency(
    candidate: Entrant,
    objects: MemoryObjects,
) -> None:
    trained = plant.trained()
    scores = Evaluation(objects=objects, judge=judge).score(trained.holdout, candidate)
    latency = scores.metrics["latency_ms"]
    assert 0 < latency < 1000
    assert scores.metrics == {
        **{name: trained.metrics[name] for name in scores.metrics if name != "latency_ms"},
        "latency_ms": latency,
    }
    assert (scores.version, scores.problem, scores.seen_in_training) == ("7", None, False)


def test_both_versions_are_scored_on_the_same_data(
    candidate: Entrant, objects: MemoryObjects
) -> None:
    asked: list[tuple[str, int]] = []

    def note(bundle: Bundle, dataset: Dataset) -> dict[str, float]:
        asked.append((bundle.digest, id(dataset)))
        return {"average_precision": 0.5, "odd": float("nan")}

    holdout = plant.trained().holdout
    champion = Entrant(version=Version("6"), bundle_digest=candidate.bundle_digest)
    result = Evaluation(objects=objects, judge=note).compare(holdout, candidate, champion)
    assert asked == [(candidate.bundle_digest, id(holdout))] * 2
    assert result.candidate.metrics == {"average_precision": 0.5}
    assert result.champion is not None
    assert result.champion.version == "6"
    assert result.dataset_digest == plant.trained().dataset_digest
    assert parse_result(dump_result(result)) == result


def test_a_first_model_has_no_champion_beside_it(
    candidate: Entrant, objects: MemoryObjects
) -> None:
    evaluation = Evaluation(objects=objects, judge=lambda bundle, dataset: {})
    assert evaluation.compare(plant.trained().holdout, candidate, None).champion is None


def test_an_altered_bundle_is_a_finding_about_that_version(
    candidate: Entrant, objects: MemoryObjects
) -> None:
    objects.put(f"{bundle_prefix(candidate.bundle_digest)}/model.cbm", b"other")
    scores = Evaluation(objects=objects, judge=judge).score(plant.trained().holdout, candidate)
    assert scores.metrics == {}
    assert "model.cbm does not match" in (scores.problem or "")


def test_a_missing_bundle_is_one_too(candidate: Entrant) -> None:
    scores = Evaluation(objects=MemoryObjects(), judge=judge).score({}, candidate)
    assert "no complete bundle" in (scores.problem or "")


def test_a_bundle_that_kills_its_reader_is_one_too(
    candidate: Entrant, objects: MemoryObjects
) -> None:
    def dies(bundle: Bundle, dataset: Dataset) -> dict[str, float]:
        raise Crashed("the process that read the bundle died of it")

    scores = Evaluation(objects=objects, judge=dies).score(plant.trained().holdout, candidate)
    assert scores.problem == "the process that read the bundle died of it"


def test_rows_of_the_training_span_were_seen() -> None:
    holdout = plant.trained().holdout
    manifest = plant.trained().bundle.manifest
    assert not seen_in_training(holdout, manifest)
    until = manifest.trained_on.until.replace(year=2030)
    later = replace(manifest, trained_on=replace(manifest.trained_on, until=until))
    assert seen_in_training(holdout, later)


def test_a_plain_folder_was_seen_when_its_rows_happened_before_the_training_ended() -> None:
    manifest = plant.trained().bundle.manifest
    assert seen_in_training(plant.files(), manifest)
    # the same rows in other bytes
    assert seen_in_training({**plant.files(), "README.md": b"an export"}, manifest)
    histories = read_dataset(plant.files()).histories
    last = manifest.trained_on.until.timestamp()
    later = [
        replace(
            each, times=each.times[each.times > last], readings=each.readings[each.times > last]
        )
        for each in histories
    ]
    assert not seen_in_training(csv_files(later), manifest)


def test_a_plain_folder_of_a_pipeline_that_knows_no_times_was_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(model, "time_span")
    assert seen_in_training(plant.files(), plant.trained().bundle.manifest)


def test_versions_with_other_labels_are_not_compared_on_a_plain_folder(
    candidate: Entrant, objects: MemoryObjects
) -> None:
    trained = plant.trained().bundle
    other = {**trained.manifest.parameters, "horizon_hours": 2}
    bundle = make_bundle(replace(trained.manifest, parameters=other), trained.files)
    write_bundle(objects, bundle)
    champion = Entrant(version=Version("6"), bundle_digest=bundle.digest)
    evaluation = Evaluation(objects=objects, judge=lambda *_: {"f1": 0.5})

    plain = evaluation.compare(plant.files(), candidate, champion).champion
    assert plain is not None
    assert plain.problem == (
        "without dataset.json it is judged by other labels than 7: gap_hours=0, horizon_hours=2"
    )
    alike = Entrant(version=Version("6"), bundle_digest=candidate.bundle_digest)
    for dataset, entrant in ((plant.files(), alike), (plant.trained().holdout, champion)):
        found = evaluation.compare(dataset, candidate, entrant).champion
        assert found is not None
        assert found.problem is None


def test_the_holdout_is_json_that_people_can_read() -> None:
    card = json.loads(plant.trained().holdout["dataset.json"])
    assert card["pipeline"] == "predictive-maintenance"
    assert (card["gap_hours"], card["horizon_hours"]) == (0, 24)
    assert card["from"] < card["until"]
