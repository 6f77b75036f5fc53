"""A second release beside the first, from the commit before this one to its end."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.kube import until
from tests.support.production import promotion
from tests.support.release import CHECK, Release, created, ended, namespaced

pytestmark = pytest.mark.e2e


BESIDE = ("--set", "operator.crd.create=false")
"""The custom resource is the cluster's: one release brings it."""


@pytest.fixture(scope="module")
def neighbours(windlass: Release) -> dict[str, int]:
    """Restarts of the first release's pods before the second one came."""
    return _restarts(windlass)


@pytest.fixture(scope="module")
def other(windlass: Release, kubeconfig: Path, neighbours: dict[str, int]) -> Iterator[Release]:
    """Installed without waiting, as the previous commit had it."""
    with namespaced(kubeconfig, "windlass-e2e-second") as kube:
        release = Release(kube, "other", windlass.tag, BESIDE)
        previous = Path(os.environ["E2E_PREVIOUS"])
        image = f"localhost/windlass-previous:{os.environ['E2E_PREVIOUS_TAG']}"
        release.install(chart=previous / "charts" / "windlass", image=image)
        release.ready()
        yield release


def test_an_upgrade_from_the_commit_before_keeps_data_and_passwords(other: Release) -> None:
    with other.prefect() as prefect:
        flow_run = created(prefect, CHECK)
        assert ended(prefect, flow_run, 120)["type"] == "COMPLETED"
    secrets = _secrets(other)
    other.install("--wait")
    assert _secrets(other) == secrets
    with other.prefect() as prefect:
        assert prefect.get(f"/flow_runs/{flow_run}").raise_for_status().json()["id"] == flow_run
    said = other.kube.helm("test", other.name, "--logs", "--timeout", "5m")
    assert "object store: " in said


def test_the_first_release_did_not_notice(windlass: Release, neighbours: dict[str, int]) -> None:
    assert _restarts(windlass) == neighbours


def test_uninstalling_aborts_what_is_open_and_leaves_only_data_and_passwords(
    other: Release,
) -> None:
    other.kube.apply(promotion("open", "1", suspend=True))
    until(lambda: other.kube.get("mprom", "open")["metadata"].get("finalizers"), 30, "a look")
    other.kube.helm("uninstall", other.name, "--wait", "--timeout", "5m")
    left = other.kube.get("mprom", "open")
    assert left["status"]["phase"] == "Aborted"
    assert "finalizers" not in left["metadata"]
    secrets = {f"Secret/other-{name}" for name in SECRETS}
    volumes = {
        f"PersistentVolumeClaim/data-other-{name}-0" for name in ("minio", "postgresql", "redis")
    }
    until(lambda: _left(other) == secrets | volumes, 60, "an end of all but these")
    assert _left(other) == secrets | volumes


EVERYTHING = "all,configmaps,secrets,serviceaccounts,roles,rolebindings,pvc,netpol,ingress,pdb"
SECRETS = ("prefect", "mlflow", "objects", "redis", "postgresql", "inference")


def _left(release: Release) -> set[str]:
    """What carries the release's label; finished Jobs of flow runs go by their time to live."""
    selector = f"{release.selector},app.kubernetes.io/component!=flow"
    found = release.kube.items(EVERYTHING, "-l", selector)
    return {f"{each['kind']}/{each['metadata']['name']}" for each in found}


def _secrets(release: Release) -> dict[str, dict[str, str]]:
    return {name: release.kube.get("secret", f"{release.name}-{name}")["data"] for name in SECRETS}


def _restarts(release: Release) -> dict[str, int]:
    pods = release.kube.items("pods", "-l", f"{release.selector},app.kubernetes.io/managed-by=Helm")
    return {
        pod["metadata"]["name"]: sum(
            status["restartCount"] for status in pod["status"]["containerStatuses"]
        )
        for pod in pods
        if pod["status"]["phase"] == "Running"
    }
