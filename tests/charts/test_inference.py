"""What `inference.models` and `operator` become."""

import re

import pytest

from tests.support.chart_values import FULL
from tests.support.charts import Document, of_kind, pods, refusal, render, variables

MODEL, ETA = "inference-predictive-maintenance", "inference-eta"


def models(*entries: Document) -> Document:
    return {"inference": {"models": list(entries)}}


def test_each_model_has_its_own_deployment_and_service() -> None:
    found = render(FULL)
    for kind in ("Deployment", "Service", "NetworkPolicy", "PodDisruptionBudget"):
        assert {MODEL, ETA} <= set(of_kind(found, kind)), kind
    selectors = [
        of_kind(found, "Service")[name]["spec"]["selector"]["windlass.dev/model"]
        for name in (MODEL, ETA)
    ]
    assert selectors == ["predictive-maintenance", "transit-eta"]


def test_no_model_is_possible() -> None:
    assert not [pod.owner for pod in pods(render(models())) if "inference" in pod.owner]


def test_a_pod_serves_the_registered_model_by_its_routing() -> None:
    pod = of_kind(render(FULL), "Deployment")[ETA]["spec"]["template"]["spec"]
    assert pod["containers"][0]["command"][3] == "transit-eta"
    routing = next(volume for volume in pod["volumes"] if volume["name"] == "routing")
    assert routing["configMap"] == {"name": "inference-transit-eta-routing", "optional": True}
    mount = next(m for m in pod["containers"][0]["volumeMounts"] if m["name"] == "routing")
    # a file mounted by subPath never changes
    assert "subPath" not in mount


def test_replicas_are_the_autoscaler_s_where_there_is_one() -> None:
    found = render(FULL)
    deployments = of_kind(found, "Deployment")
    assert deployments[MODEL]["spec"]["replicas"] == 2
    assert "replicas" not in deployments[ETA]["spec"]
    scaler = of_kind(found, "HorizontalPodAutoscaler")[ETA]["spec"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (2, 4)
    assert scaler["scaleTargetRef"]["name"] == ETA


def test_one_pod_is_not_kept_from_moving() -> None:
    assert of_kind(render(), "PodDisruptionBudget") == {}


@pytest.mark.parametrize("name", ["Pumps", "a_b", "-a", "x" * 43, "a.b"])
def test_a_name_that_no_service_can_have_is_refused(name: str) -> None:
    assert "name" in refusal(models({"name": name}))


def _is(document: Document, kind: str, name: str) -> bool:
    return (document["kind"], document["metadata"]["name"]) == (kind, name)


def test_names_that_look_like_numbers_stay_names() -> None:
    found = render(models({"name": "2024"}))
    [deployment] = [each for each in found if _is(each, "Deployment", "inference-2024")]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert labels["windlass.dev/model"] == "2024"
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert "2024" in container["command"]


def test_serving_knows_no_more_than_it_needs() -> None:
    pod = of_kind(render(), "Deployment")[MODEL]["spec"]["template"]["spec"]
    names = set(variables(pod["containers"][0]))
    systems = {name.split("__")[0] for name in names if name.startswith("WINDLASS_")}
    assert systems == {"WINDLASS_MLFLOW", "WINDLASS_OBJECTS", "WINDLASS_INFERENCE"}


def test_there_is_one_operator_at_most() -> None:
    operator = of_kind(render(), "Deployment")["operator"]["spec"]
    assert (operator["replicas"], operator["strategy"]) == (1, {"type": "Recreate"})


def test_the_custom_resource_outlives_the_release() -> None:
    [crd] = of_kind(render(), "CustomResourceDefinition").values()
    assert crd["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    [version] = crd["spec"]["versions"]
    assert version["subresources"] == {"status": {}}


def test_a_second_release_leaves_the_custom_resource_to_the_first() -> None:
    found = render({"operator": {"crd": {"create": False}}})
    assert of_kind(found, "CustomResourceDefinition") == {}
    assert of_kind(found, "ValidatingAdmissionPolicy")


def policy_of_promotions(documents: list[Document]) -> Document:
    policies = of_kind(documents, "ValidatingAdmissionPolicy").values()
    [found] = [each for each in policies if "jobs" not in each["metadata"]["name"]]
    return found


def test_no_flow_run_acts_as_an_account_that_has_rights() -> None:
    documents = render(FULL)
    policies = of_kind(documents, "ValidatingAdmissionPolicy").values()
    [policy] = [each for each in policies if "jobs" in each["metadata"]["name"]]
    [rule] = policy["spec"]["validations"]
    refused = set(re.findall(r"'(crane-[a-z-]+)'", rule["expression"]))

    bound = {
        subject["name"]
        for each in of_kind(documents, "RoleBinding").values()
        for subject in each["subjects"]
    }
    # a flow may propose, and nothing else
    assert refused == bound - {"crane-promoter"}


def test_the_policy_holds_in_its_own_namespace_and_has_a_name_of_its_own() -> None:
    policy = policy_of_promotions(render())
    assert policy["metadata"]["name"] == "crane.harbour.windlass.dev"
    selector = policy["spec"]["matchConstraints"]["namespaceSelector"]["matchLabels"]
    assert selector == {"kubernetes.io/metadata.name": "harbour"}
    assert policy["spec"]["failurePolicy"] == "Fail"


def test_whoever_changes_any_field_but_suspend_wrote_the_spec() -> None:
    found = render()
    policy = policy_of_promotions(found)
    [written] = [each for each in policy["spec"]["variables"] if each["name"] == "written"]
    [crd] = of_kind(found, "CustomResourceDefinition").values()
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    fields = set(schema["properties"]["spec"]["properties"]) - {"suspend"}
    compared = re.findall(
        r"oldObject\.spec\.\?(\w+) == object\.spec\.\?(\w+)", written["expression"]
    )
    assert {old for old, new in compared if old == new} == fields


def rules(values: Document) -> str:
    policy = policy_of_promotions(render(values))
    return "\n".join(rule["expression"] for rule in policy["spec"]["validations"])


def test_what_a_model_demands_becomes_a_rule() -> None:
    found = rules(FULL)
    assert "object.spec.model != 'predictive-maintenance' || variables.required" in found
    assert "g.metric == 'average_precision' && has(g.threshold) && g.threshold >= double(0.3)" in (
        found
    )
    assert "g.metric == 'latency_ms' && has(g.threshold) && g.threshold <= double(5)" in found
    assert "object.spec.model" not in rules({})
