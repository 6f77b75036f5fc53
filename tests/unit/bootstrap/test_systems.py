"""In a pod the environment names the systems; no folder of a platform is there."""

import os
from pathlib import Path

import pytest

from windlass.adapters.folder_objects import FolderObjects
from windlass.adapters.memory.registry import MemoryRegistry
from windlass.adapters.redis_keyvalue import RedisKeyValue
from windlass.adapters.s3_objects import S3Objects
from windlass.bootstrap import environment
from windlass.bootstrap.environment import child_environment, cores
from windlass.bootstrap.sources import fetch, place_of
from windlass.bootstrap.systems import systems
from windlass.bootstrap.training import training_ports
from windlass.domain.errors import InputError, SystemUnavailable
from windlass.pipelines.predictive_maintenance.synthetic import sample_files

PIPELINE = "predictive-maintenance"
NAMED = {
    "WINDLASS_MLFLOW__URL": "http://mlflow:5000",
    "WINDLASS_OBJECTS__ENDPOINT": "http://minio:9000",
    "WINDLASS_OBJECTS__BUCKET": "models",
    "WINDLASS_OBJECTS__ACCESS_KEY": "key",
    "WINDLASS_OBJECTS__SECRET_KEY": "secret",
    "WINDLASS_REDIS__HOST": "redis",
}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in NAMED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_what_the_environment_names_is_used_without_any_folder(
    named: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with systems() as found:
        assert isinstance(found.objects, S3Objects)
        assert found.objects.bucket == "models"
        assert isinstance(found.keyvalue, RedisKeyValue)
    with training_ports() as ports:
        assert isinstance(ports.objects, S3Objects)
        assert not isinstance(ports.registry, MemoryRegistry)
    assert list(tmp_path.iterdir()) == []


def test_without_an_endpoint_the_object_store_is_that_of_aws(named: pytest.MonkeyPatch) -> None:
    named.delenv("WINDLASS_OBJECTS__ENDPOINT")
    with systems() as found:
        assert isinstance(found.objects, S3Objects)


def test_a_folder_may_stand_in_for_the_object_store(
    named: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    named.setenv("WINDLASS_OBJECTS__FOLDER", str(tmp_path / "bucket"))
    with systems() as found:
        found.objects.put("a/b", b"c")
    assert (tmp_path / "bucket" / "a" / "b").read_bytes() == b"c"


def test_where_no_redis_is_named_there_is_none(named: pytest.MonkeyPatch) -> None:
    named.delenv("WINDLASS_REDIS__HOST")
    with systems() as found:
        assert found.keyvalue is None


def test_keys_for_data_elsewhere_name_no_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINDLASS_OBJECTS__ENDPOINT", "http://minio:9000")
    with training_ports() as ports:
        assert isinstance(ports.registry, MemoryRegistry)
    with pytest.raises(SystemUnavailable, match="start one with `windlass up`"), systems():
        pass


def test_data_in_the_named_bucket_is_read_from_there(
    named: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    named.setenv("WINDLASS_OBJECTS__FOLDER", str(tmp_path / "bucket"))
    FolderObjects(tmp_path / "bucket", "models").put("data/PdM_errors.csv", b"x")
    assert fetch("s3", "s3://models/data", PIPELINE) == {"PdM_errors.csv": b"x"}


def test_data_in_the_bucket_of_an_embedded_platform_is_read_from_its_folder(
    tmp_path: Path,
) -> None:
    FolderObjects(tmp_path / ".windlass" / "objects", "windlass").put("d/PdM_errors.csv", b"x")
    assert fetch("s3", "s3://windlass/d", PIPELINE) == {"PdM_errors.csv": b"x"}


def test_made_up_data_needs_no_place() -> None:
    assert fetch("synthetic", "", PIPELINE) == sample_files()


@pytest.mark.parametrize(
    ("source", "place", "said"),
    [
        ("synthetic", "s3://models/data", "leave s3://models/data out"),
        ("local", "", "no data is named"),
        ("nowhere", "x", "unknown source nowhere; there are: local, s3, kaggle, synthetic"),
    ],
)
def test_sources_that_can_not_be_meant_are_refused(source: str, place: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        fetch(source, place, PIPELINE)


def test_without_a_place_s3_means_the_platforms_bucket_and_local_a_folder_below_here(
    tmp_path: Path,
) -> None:
    FolderObjects(tmp_path / ".windlass" / "objects", "windlass").put(
        "data/predictive-maintenance/PdM_errors.csv", b"x"
    )
    assert fetch("s3", "", PIPELINE) == {"PdM_errors.csv": b"x"}
    FolderObjects(tmp_path, "here").put("data/predictive-maintenance/PdM_errors.csv", b"y")
    assert fetch("local", "", PIPELINE) == {"PdM_errors.csv": b"y"}


def test_only_kaggle_has_a_usual_dataset() -> None:
    assert place_of("kaggle", "", "usual") == "usual"
    assert place_of("kaggle", "mine", "usual") == "mine"
    assert place_of("s3", "", "usual") == ""


@pytest.mark.parametrize(
    ("limit", "wanted"),
    [("max 100000", 8), ("200000 100000", 2), ("50000 100000", 1), ("1600000 100000", 8), ("", 8)],
)
def test_a_pod_uses_the_processors_that_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, wanted: int
) -> None:
    (tmp_path / "cpu.max").write_text(limit)
    monkeypatch.setattr(environment, "_CPU_LIMIT", tmp_path / "cpu.max")
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert cores() == wanted


def test_children_of_a_platform_know_the_deployments_and_not_our_connections(
    named: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    named.setenv("WINDLASS_DEPLOYMENTS", "/somewhere/prefect.yaml")
    given = child_environment(tmp_path, {})
    ours = {name: value for name, value in given.items() if name.startswith("WINDLASS_")}
    assert ours == {
        "WINDLASS_FOLDER": str(tmp_path),
        "WINDLASS_DEPLOYMENTS": "/somewhere/prefect.yaml",
    }
