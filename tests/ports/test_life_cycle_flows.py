"""The flows around all pipelines, as they run in a pod without a token of the cluster's."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.new_pipeline import clone_with_pipeline
from tests.support.prefect_worlds import PATIENT, new_name, prefect_flows
from tests.support.repository import ROOT
from tests.support.servers import MlflowServer
from tests.support.stores import new_bucket
from windlass.adapters.s3_objects import S3Connection, S3Objects

SECONDS = 240.0

TAKES_LONG = pytest.mark.real
"""Half a minute of two cores, which make test needs elsewhere."""

PROGRAM = """
import json, sys
from tests.support import fake_model
from windlass.bootstrap.systems import systems
from windlass.domain.names import Digest, ModelName, Version
from windlass.domain.promotion.spec import CHAMPION
from windlass.domain.versions import ModelVersion, RunRecord
from windlass.flows.model_evaluation import model_evaluation
from windlass.flows.registry_health_check import registry_health_check
from windlass.services.bundles import write_bundle

model = ModelName(sys.argv[1])
with systems() as known:
    for error in (9.0, 8.0, 10.0):
        bundle = fake_model.bundle(error)
        write_bundle(known.objects, bundle)
        run = known.tracking.record(RunRecord(experiment=model, name="t", metrics={"mae": error}))
        known.tracking.register(ModelVersion(
            model=model, version=Version(""), run_id=run, bundle_digest=bundle.digest,
            dataset_digest=Digest("sha256:d"), trained_on=bundle.manifest.trained_on,
        ))
    known.registry.set_alias(model, CHAMPION, Version("1"))
    known.objects.delete(f"bundles/{bundle.digest.replace(':', '/')}/model.txt")
compared = model_evaluation(model=model, metric="mae", minimize=True, dataset="recorded")
checked = registry_health_check(models=[model], archive_stale=True)
try:
    registry_health_check(models=[model], fail_on_errors=True)
except Exception as error:
    failed = str(error)
print(json.dumps([compared, checked, failed]))
"""


DRIFT = """
import io, json, sys
import pandas as pd
from windlass.bootstrap.systems import systems
from windlass.flows.drift_report import drift_report
from windlass.pipelines.berth_hours.data import CALLS, csv_bytes, sample_files
from windlass.pipelines.berth_hours.flow import main

bucket = sys.argv[1]
made = main(source="synthetic", parameters={"rounds": 60})
with systems() as known:
    alike = sample_files(calls=400, seed=8)[CALLS.file]
    rows = pd.read_csv(io.BytesIO(alike))
    known.objects.put("recent/alike/calls.csv", alike)
    rows["containers"] += 600
    known.objects.put("recent/larger/calls.csv", csv_bytes(rows))
reports = [
    drift_report(model="berth-hours", data=f"s3://{bucket}/recent/{which}", retrain=True,
                 retrain_deployment=sys.argv[2], retrain_parameters={"x": 1})
    for which in ("alike", "larger", "larger")
]
print(json.dumps([made["version"], *reports]))
"""


@pytest.fixture(scope="module")
def bucket(moto_s3: S3Connection) -> str:
    return new_bucket(moto_s3)


@pytest.fixture(scope="module")
def pod(
    tmp_path_factory: pytest.TempPathFactory,
    bucket: str,
    moto_s3: S3Connection,
    mlflow_server: MlflowServer,
    prefect_url: str,
) -> dict[str, str]:
    """Environment of a pod; its home is empty."""
    home = str(tmp_path_factory.mktemp("pod"))
    return {
        **os.environ,
        "HOME": home,
        "PREFECT_HOME": home,
        "PREFECT_API_URL": prefect_url,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "WINDLASS_MLFLOW__URL": mlflow_server.url,
        "WINDLASS_OBJECTS__BUCKET": bucket,
        "WINDLASS_OBJECTS__ENDPOINT": moto_s3.endpoint or "",
        "WINDLASS_OBJECTS__ACCESS_KEY": moto_s3.access_key or "",
        "WINDLASS_OBJECTS__SECRET_KEY": moto_s3.secret_key or "",
    }


@pytest.fixture(scope="module")
def model() -> str:
    return new_name()


@pytest.fixture(scope="module")
def told(pod: dict[str, str], model: str) -> list[Any]:
    """Answers of a comparison and a check, and the error of a check that may fail."""
    return run(pod, PROGRAM, model)


def run(pod: dict[str, str], program: str, *arguments: str) -> list[Any]:
    """Run a program in the pod; its last line is JSON."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=pod,
        cwd=pod["HOME"],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def artifact(prefect_url: str, key: str) -> Any:
    """Rows of the newest table of a key."""
    with httpx.Client(base_url=prefect_url, timeout=PATIENT) as client:
        found = client.get(f"/artifacts/{key}/latest").raise_for_status().json()
    return json.loads(found["data"])


def reports(objects: S3Objects, name: str) -> list[Any]:
    listed = objects.list(f"reports/{name}/")
    return [json.loads(objects.get(found.key) or b"") for found in listed]


def test_versions_are_compared_and_the_better_one_is_a_candidate(
    told: list[Any], model: str, prefect_url: str
) -> None:
    compared = told[0]
    assert compared["promotion_candidates"] == [f"{model}/2"]
    assert compared["current_active_model"] == f"{model}/1"
    rows = artifact(prefect_url, f"model-evaluation-{model}")
    assert [(row["version"], row["standing"]) for row in rows] == [
        ("2", "candidate"),
        ("1", "active"),
        ("3", "worse"),
    ]


def test_damage_is_found_and_may_fail_the_run(
    told: list[Any], model: str, prefect_url: str
) -> None:
    [error] = told[1]["errors"]
    assert error.startswith(f"{model} version 3: bundle sha256:")
    assert told[2].startswith("1 errors; the first: ")
    rows = artifact(prefect_url, "registry-health")
    assert [row["state"] for row in rows] == ["ok", "ok", "damaged"]


def test_reports_are_left_in_the_object_store(
    told: list[Any], model: str, bucket: str, moto_s3: S3Connection
) -> None:
    objects = S3Objects(moto_s3, bucket)
    assert reports(objects, f"model-evaluation/{model}") == [told[0]]
    assert told[1] in reports(objects, "registry-health")
    objects.close()


def test_no_folder_is_made_where_systems_are_named(told: list[Any], pod: dict[str, str]) -> None:
    assert told
    assert not Path(pod["HOME"], ".windlass").exists()


@pytest.fixture(scope="module")
def retraining(prefect_url: str) -> str:
    """A deployment that trains again, or would if anybody ran it."""
    name = f"{new_name()}/again"
    with prefect_flows(prefect_url) as prefect:
        prefect.deploy(name)
    return name


@pytest.fixture(scope="module")
def drifts(
    pod: dict[str, str], bucket: str, retraining: str, tmp_path_factory: pytest.TempPathFactory
) -> list[Any]:
    """Reports on data like before, on other data, and on that once more."""
    sources = clone_with_pipeline(tmp_path_factory.mktemp("clone"))
    return run({**pod, "PYTHONPATH": str(sources)}, DRIFT, bucket, retraining)[1:]


@TAKES_LONG
def test_data_like_before_has_not_drifted(drifts: list[Any]) -> None:
    alike = drifts[0]
    assert not alike["drifted"]
    assert "retraining" not in alike
    assert {shift["name"] for shift in alike["features"]} >= {"containers", "wind", "berth"}


@TAKES_LONG
def test_other_data_has_drifted_and_the_feature_is_named(
    drifts: list[Any], prefect_url: str
) -> None:
    larger = drifts[1]
    assert larger["drifted"]
    assert larger["features"][0]["name"] == "containers"
    assert [shift["drift"] for shift in larger["scores"]] == ["drifted"]
    rows = artifact(prefect_url, "drift-report-berth-hours")
    assert [row["name"] for row in rows][:2] == ["score", "containers"]


@TAKES_LONG
def test_a_training_is_started_once_for_the_same_data(
    drifts: list[Any], retraining: str, prefect_url: str
) -> None:
    first, again = (report["retraining"] for report in drifts[1:])
    assert first == again
    assert first["deployment"] == retraining
    with prefect_flows(prefect_url) as prefect:
        assert prefect.read(first["flow_run"])["parameters"] == {"x": 1}
