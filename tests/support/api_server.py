"""Promotions on the API server of a real cluster, in a namespace where nobody works on them."""

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from kubernetes import config

from tests.support.kube import Kube
from tests.support.repository import ROOT
from windlass.adapters.kubernetes_client import of_context
from windlass.adapters.kubernetes_promotions import KubernetesPromotions

CRD = ROOT / "charts/windlass/charts/operator/files/crd.yaml"


@contextmanager
def api_server_promotions(namespace: str) -> Iterator[KubernetesPromotions]:
    """An empty store."""
    path = os.environ.get("E2E_KUBECONFIG")
    if not path:
        pytest.fail("there is no cluster: run these with `make e2e`")
    kube = Kube(Path(path), namespace)
    if not kube.kubectl("get", "crd", "modelpromotions.windlass.dev", "--ignore-not-found"):
        kube.kubectl("create", "-f", str(CRD))
        kube.kubectl("wait", "--for=condition=Established", "-f", str(CRD))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config.kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", path)
        access = of_context(kube.kubectl("config", "current-context").strip())
    with closing(access.client) as client:
        _empty(kube)
        yield KubernetesPromotions(client, namespace)
        _empty(kube)


def _empty(kube: Kube) -> None:
    free = json.dumps({"metadata": {"finalizers": None}})
    for each in kube.items("mprom"):
        kube.kubectl("patch", "mprom", each["metadata"]["name"], "--type=merge", "-p", free)
    kube.kubectl("delete", "mprom", "--all", "--wait")
