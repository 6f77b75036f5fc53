"""Installations that can't work end with one message that names cause and remedy."""

import base64
import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.kube import Kube, until
from tests.support.release import Release, namespaced

pytestmark = [pytest.mark.e2e, pytest.mark.full]

ROOT = Path(__file__).parents[2]
STANDARD = "storageclass.kubernetes.io/is-default-class"


def make_up(*options: str) -> str:
    """Last words of a `make up` that fails, with the caches of who runs these tests."""
    home = {"HOME": pwd.getpwuid(os.getuid()).pw_dir}
    ended = subprocess.run(
        [sys.executable, "hack/up", "--context", "windlass-local", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, **home},
        check=False,
    )
    assert ended.returncode == 1, ended.stdout
    return ended.stderr.strip()


def test_no_default_storage_class(kubeconfig: Path) -> None:
    kube = Kube(kubeconfig, "default")
    kube.kubectl("annotate", "storageclass", "standard", "--overwrite", f"{STANDARD}=false")
    try:
        said = make_up()
    finally:
        kube.kubectl("annotate", "storageclass", "standard", "--overwrite", f"{STANDARD}=true")
    assert "no default StorageClass (it has standard)" in said
    assert f"{STANDARD}=true" in said


def test_a_namespace_that_never_goes(kubeconfig: Path) -> None:
    kube = Kube(kubeconfig, "windlass-stuck")
    held = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "held", "namespace": kube.namespace, "finalizers": ["e2e.test/held"]},
    }
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": kube.namespace}}
    kube.apply(namespace, held)
    kube.kubectl("delete", "namespace", kube.namespace, "--wait=false")
    try:
        said = make_up("--namespace", kube.namespace)
    finally:
        patch = '{"metadata": {"finalizers": null}}'
        kube.kubectl("patch", "configmap", "held", "--type=merge", "-p", patch)
    assert "namespace windlass-stuck is being deleted: wait until it is gone" in said


def test_an_image_that_cannot_be_had(kubeconfig: Path) -> None:
    with namespaced(kubeconfig, "windlass-noimage") as kube:
        image = "global.image.repository=localhost/nowhere"
        said = make_up("--namespace", kube.namespace, "--set", image)
    assert "localhost/nowhere" in said
    assert "build and load it with make up, or give imagePullSecrets" in said


def test_a_work_pool_of_another_type(windlass: Release) -> None:
    with windlass.prefect() as prefect:
        body = {"name": "taken", "type": "process"}
        prefect.post("/work_pools/", json=body).raise_for_status()
    try:
        windlass.install("--no-hooks", "--set", "global.prefect.workPool=taken")
        said = until(lambda: words_with(windlass, "prefect-worker", "of type process"), 120, "it")
        assert "global.prefect.workPool" in said
    finally:
        windlass.install("--wait")


def test_a_database_password_that_changed_under_the_volume(windlass: Release) -> None:
    with changed(windlass, "postgresql", "prefect-password"):
        windlass.kube.kubectl("rollout", "restart", f"deploy/{windlass.name}-prefect-server")
        said = "kubectl rollout restart statefulset"
        until(lambda: said in last_words(windlass, "prefect-server"), 120, "its advice")
        # what it says helps: the bundled PostgreSQL takes the Secret's password over
        statefulset = f"statefulset/{windlass.name}-postgresql"
        windlass.kube.kubectl("rollout", "restart", statefulset)
        windlass.kube.kubectl("rollout", "status", statefulset, "--timeout=120s", seconds=130)
        windlass.ready(180)
    windlass.kube.kubectl("rollout", "restart", f"statefulset/{windlass.name}-postgresql")
    windlass.kube.kubectl("rollout", "restart", f"deploy/{windlass.name}-prefect-server")
    windlass.ready(180)
    assert windlass.is_up("prefect-server")


def test_a_wrong_s3_key(windlass: Release) -> None:
    with changed(windlass, "objects", "secret-key"), pytest.raises(AssertionError) as refused:
        windlass.install()
    assert "access denied: check the object store's access key and secret key" in str(refused.value)
    windlass.install("--wait")


@contextmanager
def changed(windlass: Release, secret: str, key: str) -> Iterator[None]:
    """Another value in a Secret of the release, for a while."""
    name = f"{windlass.name}-{secret}"
    before = windlass.kube.secret(name, key)
    _write(windlass.kube, name, key, "something-else-entirely")
    try:
        yield
    finally:
        _write(windlass.kube, name, key, before)


def _write(kube: Kube, name: str, key: str, value: str) -> None:
    encoded = base64.b64encode(value.encode()).decode()
    kube.kubectl(
        "patch", "secret", name, "--type=merge", "-p", f'{{"data": {{"{key}": "{encoded}"}}}}'
    )


def words_with(windlass: Release, component: str, wanted: str) -> str | None:
    """Its last words once they tell that; they may be gone a moment later, as it starts again."""
    said = last_words(windlass, component)
    return said if wanted in said else None


def last_words(windlass: Release, component: str) -> str:
    """What the init container of a component's newest pod said when it ended."""
    pods = windlass.kube.items(
        "pods", "-l", f"{windlass.selector},app.kubernetes.io/component={component}"
    )
    if not pods:
        # the old one is gone, the new one not made yet
        return ""
    newest = max(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))
    said = []
    for status in newest["status"].get("initContainerStatuses", ()):
        for state in (status["state"], status.get("lastState", {})):
            said.append((state.get("terminated") or {}).get("message", ""))
    return "\n".join(said)
