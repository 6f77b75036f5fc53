"""One release for all stories."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.support.kube import LOCAL, run
from tests.support.production import MODEL, Production, delete_open
from tests.support.release import Release, namespaced
from tests.support.traffic import start_users
from windlass import pipelines
from windlass.bootstrap.systems import Systems

URL = f"http://inference-{MODEL}/predict"
AUTHOR, APPROVER = "ada", "ben"


@pytest.fixture(scope="session")
def kubeconfig() -> Path:
    """The cluster of `make e2e`; another than a local one is refused, and none is a failure."""
    path = os.environ.get("E2E_KUBECONFIG")
    if not path:
        pytest.fail("there is no cluster: run these with `make e2e`")
    context = run(["kubectl", "--kubeconfig", path, "config", "current-context"]).strip()
    if not context.startswith(LOCAL):
        pytest.fail(f"context {context} is not a local cluster: these tests kill and delete")
    return Path(path)


@pytest.fixture(scope="session")
def windlass(kubeconfig: Path) -> Iterator[Release]:
    """The release, in a namespace that enforces `restricted`."""
    with namespaced(kubeconfig, "windlass-e2e") as kube:
        # two pods, so that a routing has to reach both
        models = json.dumps([{"name": "predictive-maintenance", "replicas": 2}])
        options = ("--set-json", f"inference.models={models}")
        release = Release(kube, "windlass", os.environ["E2E_TAG"], options)
        release.install("--wait")
        yield release


@pytest.fixture(scope="session")
def every_model(windlass: Release) -> None:
    """The release, upgraded to serve all pipelines' models."""
    models = [{"name": name, "replicas": 2 if name == MODEL else 1} for name in pipelines.names()]
    windlass.install("--wait", "--set-json", f"inference.models={json.dumps(models)}")


@pytest.fixture(scope="module")
def prefect(windlass: Release) -> Iterator[httpx.Client]:
    """Client of the release's Prefect."""
    with windlass.prefect() as client:
        yield client


@pytest.fixture(scope="module")
def systems(windlass: Release) -> Iterator[Systems]:
    """The release's systems, as training uses them."""
    with windlass.systems() as found:
        yield found


@pytest.fixture(scope="module")
def production(windlass: Release) -> Production:
    """The model, and its users' pod."""
    labels = {"app.kubernetes.io/instance": windlass.name, "app.kubernetes.io/component": "users"}
    start_users(windlass.kube, f"localhost/windlass:{windlass.tag}", labels)
    return Production(windlass)


@pytest.fixture(scope="session")
def people(windlass: Release) -> None:
    """An author and an approver."""
    for user, role in ((AUTHOR, "promotion-author"), (APPROVER, "promotion-approver")):
        windlass.kube.kubectl(
            "create", "rolebinding", user, f"--role={windlass.name}-{role}", f"--user={user}"
        )


def kill(pod: str) -> None:
    """End every process of a pod at once, by its uid: this machine is the cluster's node."""
    names = (f"pod{pod}", f"pod{pod.replace('-', '_')}")
    victims = [
        int(process.name)
        for process in Path("/proc").glob("[0-9]*")
        if any(name in _read(process / "cgroup") for name in names)
        and "pause" not in _read(process / "cmdline")
    ]
    assert victims, f"pod {pod} has no process on this machine"
    for victim in victims:
        # one may end with another
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        # it has just ended
        return ""


@pytest.fixture(autouse=True)
def _tell_why(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a failure, print what the pods say; what it left open would keep others waiting."""
    failed = request.session.testsfailed
    yield
    if request.session.testsfailed > failed and "windlass" in request.fixturenames:
        release: Release = request.getfixturevalue("windlass")
        print(release.story())  # noqa: T201 # pytest shows it beside the failure
        delete_open(release.kube)
