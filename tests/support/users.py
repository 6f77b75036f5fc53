"""Users of the operator: they create promotions and watch them, in processes of their own."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from kubernetes.client.api.custom_objects_api import CustomObjectsApi
from kubernetes.watch import Watch

from tests.support.kube import Kube
from windlass.adapters.kubernetes_client import Access, of_context
from windlass.adapters.promotion_documents import GROUP, PLURAL, VERSION

NAMESPACE = "windlass-bench-operator"


def manifest(model: str) -> dict[str, Any]:
    """A promotion that goes straight through."""
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": "ModelPromotion",
        "metadata": {"name": model, "namespace": NAMESPACE},
        "spec": {
            "model": model,
            "candidate": {"version": "1"},
            "gates": [{"metric": "f1", "threshold": 0.5}],
            "rollout": {"steps": []},
            "rollback": {"soak": "0s"},
        },
    }


def kube_of_users() -> Kube:
    """The cluster, by kubectl."""
    return Kube(Path(os.environ["KUBECONFIG"]), NAMESPACE)


def users_access() -> Access:
    """The cluster, for a process of its own."""
    return of_context(kube_of_users().kubectl("config", "current-context").strip(), connections=24)


def create(models: list[str], per_second: float = 0) -> dict[str, float]:
    """Create promotions, as fast as it goes or at a rate; when each was there."""
    api, begun = CustomObjectsApi(users_access().client), time.monotonic()

    def one(place: tuple[int, str]) -> float:
        number, model = place
        if per_second:
            time.sleep(max(0.0, begun + number / per_second - time.monotonic()))
        api.create_namespaced_custom_object(GROUP, VERSION, NAMESPACE, PLURAL, manifest(model))
        return time.monotonic()

    with ThreadPoolExecutor(4) as crew:
        return dict(zip(models, crew.map(one, enumerate(models)), strict=True))


def watch(wanted: set[str], reached: Callable[[dict[str, Any]], bool]) -> dict[str, float]:
    """When each of the promotions was first seen to have come so far."""
    api, found = CustomObjectsApi(users_access().client), dict[str, float]()
    stream = Watch().stream(  # type: ignore[no-untyped-call] # its own lack
        api.list_namespaced_custom_object, GROUP, VERSION, NAMESPACE, PLURAL, timeout_seconds=300
    )
    for event in stream:
        name = event["object"]["metadata"]["name"]
        if name in wanted and name not in found and reached(event["object"].get("status", {})):
            found[name] = time.monotonic()
            if len(found) == len(wanted):
                return found
    raise SystemExit(f"only {len(found)} of {len(wanted)} came so far")


def succeeded(status: dict[str, Any]) -> bool:
    """Whether it has ended well."""
    assert status.get("phase") not in ("Failed", "Errored"), status
    return bool(status.get("phase") == "Succeeded")


def judged(status: dict[str, Any]) -> bool:
    """Whether its first condition stands."""
    return "conditions" in status
