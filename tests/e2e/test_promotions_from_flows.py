"""A ModelPromotion that a flow run creates."""

import httpx
import pytest

from tests.support import candidates
from tests.support.candidates import BETTER, trained
from tests.support.prefect_worlds import new_block
from tests.support.production import GATES, MODEL, STRAIGHT, Production, moment
from tests.support.release import created, ended
from windlass.bootstrap.systems import Systems

pytestmark = pytest.mark.e2e

FLOW = "model-promotion/model-promotion"
BLOCK = "eta-runtime/from-flows"


def test_a_flow_promotes_a_version_and_waits_for_its_end(
    production: Production, systems: Systems, prefect: httpx.Client
) -> None:
    version = candidates.registered(systems, trained(BETTER))
    new_block(prefect, BLOCK, {"model_key": "none"})
    key = f"{MODEL}/{version}"
    quick = {"gates": GATES[:1], "rollout": STRAIGHT, "rollback": {"soak": "1s"}}
    parameters = {
        "model_key": key,
        "update_runtime_block": True,
        "runtime_block_name": BLOCK,
        "spec": quick,
    }
    flow_run = created(prefect, FLOW, parameters=parameters)
    state = ended(prefect, flow_run, 120)
    assert state["type"] == "COMPLETED", state["message"]

    name = f"{MODEL}-v{version}"
    status = production.status(name)
    assert status["phase"] == "Succeeded"
    assert moment(state["timestamp"]) >= moment(status["finishedAt"])
    author = production.get(name)["metadata"]["annotations"]["windlass.dev/created-by"]
    release = production.release
    assert author == f"system:serviceaccount:{release.kube.namespace}:{release.name}-promoter"
    slug, _, block = BLOCK.partition("/")
    found = prefect.get(f"/block_types/slug/{slug}/block_documents/name/{block}").json()
    assert found["data"]["model_key"] == key
    production.serves(version, candidates.request())


@pytest.mark.full
def test_a_flow_whose_promotion_fails_fails_with_its_reason(
    production: Production, systems: Systems, prefect: httpx.Client
) -> None:
    version = candidates.registered(systems, trained(BETTER))
    before = production.alias()
    impossible = [{"metric": "average_precision", "threshold": 2}]
    parameters = {"model_key": f"{MODEL}/{version}", "spec": {"gates": impossible}}
    state = ended(prefect, created(prefect, FLOW, parameters=parameters), 120)
    assert state["type"] == "FAILED"
    assert f"{MODEL}-v{version} Failed: average_precision: " in state["message"]
    production.serves(before, candidates.request())
