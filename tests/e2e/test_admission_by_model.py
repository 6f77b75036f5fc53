"""What the chart's values demand of one model's promotions, the API server demands of everybody."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from tests.support.kube import CommandFailed, Document, Kube, until
from tests.support.production import promotion, refused
from tests.support.release import CHART, Release

pytestmark = pytest.mark.e2e

MODEL = "valves"
"""No other story is about it."""
OLDER = "older-than-demands"
DEMANDED: dict[str, Any] = {
    "approval": True,
    "minimumGates": [
        {"metric": "f1", "threshold": 0.8},
        {"metric": "latency_ms", "threshold": 5, "greaterIsBetter": False},
    ],
}
F1, LATENCY = DEMANDED["minimumGates"]
NO_F1 = "promotions of valves need this gate here, or a stricter one: {metric: f1, threshold: 0.8}"
NO_LATENCY = "{metric: latency_ms, threshold: 5, greaterIsBetter: false}"
NO_APPROVAL = "promotions of valves need approval here: set spec.approval.required to true"


@pytest.fixture(scope="module")
def kube(windlass: Release) -> Iterator[Kube]:
    """The policy of a release beside the first, with demands: the policy alone is installed."""
    kube = windlass.kube
    models = json.dumps([{"name": MODEL, "promotion": DEMANDED}])
    values = ("--set-json", f"inference.models={models}")
    only = ("--show-only", "templates/admissionpolicy.yaml")
    policy = kube.helm("template", "demanding", str(CHART), *only, *values)
    before = promotion(OLDER, "1")
    before["spec"] = {"model": MODEL, "candidate": {"version": "1"}, "suspend": True}
    kube.kubectl("create", "-f", "-", text=json.dumps(before))
    kube.kubectl("apply", "-f", "-", text=policy)
    try:
        # a new policy needs some seconds until the API server applies it
        until(lambda: _is_refused(kube, _promotion()), 30, "the policy")
        yield kube
    finally:
        kube.kubectl("delete", "-f", "-", text=policy)
        kube.kubectl("delete", "mprom", OLDER, "--wait")


def _promotion(*gates: Document, approval: bool = False, model: str = MODEL) -> Document:
    found = promotion("demanded", "1")
    spec = {"model": model, "candidate": {"version": "1"}, "gates": list(gates), "suspend": True}
    found["spec"] = spec | ({"approval": {"required": True}} if approval else {})
    return found


def _create(kube: Kube, document: Document, *options: str) -> str:
    document["metadata"]["annotations"] = {"windlass.dev/created-by": kube.whoami()}
    options = options or ("--dry-run=server",)
    return kube.kubectl("create", "-f", "-", *options, text=json.dumps(document))


def _is_refused(kube: Kube, document: Document) -> bool:
    with suppress(CommandFailed):
        return not _create(kube, document)
    return True


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (_promotion(F1, LATENCY), NO_APPROVAL),
        (_promotion(LATENCY, approval=True), NO_F1),
        (_promotion({**F1, "threshold": 0.79}, LATENCY, approval=True), NO_F1),
        (_promotion({**F1, "dryRun": True}, LATENCY, approval=True), NO_F1),
        (_promotion({"metric": "f1", "tolerance": 0.0}, LATENCY, approval=True), NO_F1),
        (_promotion({**F1, "greaterIsBetter": False}, LATENCY, approval=True), NO_F1),
        (_promotion(F1, approval=True), NO_LATENCY),
        (_promotion(F1, {**LATENCY, "threshold": 6}, approval=True), NO_LATENCY),
    ],
)
def test_what_lacks_a_demanded_gate_or_approval_is_refused(
    kube: Kube, document: Document, words: str
) -> None:
    assert words in refused(_create, kube, document)


def test_what_demands_more_is_taken_and_stays_so(kube: Kube) -> None:
    stricter = ({**F1, "threshold": 0.9}, {**LATENCY, "threshold": 4})
    _create(kube, _promotion(*stricter, approval=True), "--save-config")
    try:
        for spec, words in (({"gates": [F1]}, NO_LATENCY), ({"approval": None}, NO_APPROVAL)):
            patch = json.dumps({"spec": spec})
            change = ("patch", "mprom", "demanded", "--type=merge", "--patch", patch)
            assert words in refused(kube.kubectl, *change)
    finally:
        kube.kubectl("delete", "mprom", "demanded", "--wait")


def test_what_was_there_before_may_stay_but_not_begin_again(kube: Kube) -> None:
    annotate = ("annotate", "mprom", OLDER, "--overwrite")
    kube.kubectl(*annotate, "windlass.dev/note=seen")
    assert NO_APPROVAL in refused(kube.kubectl, *annotate, f"windlass.dev/retry={kube.whoami()} 1")
    kube.kubectl(*annotate, f"windlass.dev/abort={kube.whoami()} 1")


def test_promotions_of_other_models_need_nothing(kube: Kube) -> None:
    assert "created" in _create(kube, _promotion(model="pumps"))


def test_no_flow_run_acts_as_the_operator(windlass: Release) -> None:
    worker = f"system:serviceaccount:{windlass.kube.namespace}:{windlass.name}-prefect-worker"

    def start(account: str) -> str:
        pod = {
            "serviceAccountName": f"{windlass.name}-{account}",
            "restartPolicy": "Never",
            "containers": [{"name": "flow", "image": "any:1"}],
        }
        job = {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": "as-somebody"},
            "spec": {"template": {"spec": pod}},
        }
        return windlass.kube.kubectl(
            *("create", "-f", "-", "--dry-run=server", "--as", worker), text=json.dumps(job)
        )

    for account in ("operator", "prefect-worker"):
        assert f"a flow run may not act as {windlass.name}-{account}" in refused(start, account)
    for account in ("flows", "promoter"):
        assert "created (server dry run)" in start(account)
