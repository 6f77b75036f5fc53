"""Who reaches whom: decided by the policies as rendered, for the pods as rendered."""

import pytest

from tests.support.chart_values import EXTERNAL, FULL
from tests.support.charts import (
    Document,
    RenderedPod,
    base_job_template,
    of_kind,
    pods,
    render,
)
from tests.support.flow_jobs import flow_pod
from tests.support.network_policies import Peer, passes, selecting

OUTSIDE = Peer(outside=True)
INGRESS_CONTROLLER = Peer(namespace={"kubernetes.io/metadata.name": "ingress"})
STRANGER = Peer(namespace={"kubernetes.io/metadata.name": "other"})
NEIGHBOUR = Peer(labels={"app.kubernetes.io/instance": "other-release"})

INFERENCE = "inference-predictive-maintenance"
ADMIN = 8081

PORTS = {
    "prefect-server": 4200,
    "mlflow": 5000,
    "postgresql": 5432,
    "redis": 6379,
    "minio": 9000,
    "operator": 8080,
    INFERENCE: 8080,
}
TALKS_TO_API_SERVER = {"farewell", "operator", "prefect-worker", "secrets", "verify"}


def all_pods(found: list[Document]) -> dict[str, RenderedPod]:
    """By component; flow pods are `flow`."""
    everyone = {pod.owner.partition("/")[2]: pod for pod in pods(found)}
    return {**everyone, "flow": flow_pod(base_job_template(found))}


def peers(found: list[Document]) -> dict[str, Peer]:
    return {name: Peer(labels=pod.labels) for name, pod in all_pods(found).items()}


def policies(found: list[Document]) -> list[Document]:
    return list(of_kind(found, "NetworkPolicy").values())


@pytest.mark.parametrize("values", [{}, FULL, EXTERNAL], ids=["default", "full", "external"])
def test_every_pod_is_closed_by_default(values: Document) -> None:
    found = render(values)
    [closed] = [each for each in policies(found) if each["metadata"]["name"] == "crane-default"]
    assert closed["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in closed["spec"]
    assert {
        name
        for name, pod in all_pods(found).items()
        for direction in ("Ingress", "Egress")
        if not selecting([closed], pod.labels, direction)
    } == set()


def test_pods_of_others_are_left_alone() -> None:
    assert selecting(policies(render()), NEIGHBOUR.labels, "Ingress") == set()
    assert selecting(policies(render()), {}, "Egress") == set()


def test_names_are_resolved_by_everyone() -> None:
    found = render()
    dns = Peer(namespace={"kubernetes.io/metadata.name": "kube-system"})
    for name, peer in peers(found).items():
        for protocol in ("UDP", "TCP"):
            assert passes(policies(found), peer, dns, 53, protocol), (name, protocol)


@pytest.mark.parametrize("target", PORTS)
def test_a_system_is_reached_at_its_port_by_the_release_alone(target: str) -> None:
    found = render()
    known, rules, port = peers(found), policies(found), PORTS[target]
    reached = {name for name, peer in known.items() if passes(rules, peer, known[target], port)}
    assert reached == set(known)
    for stranger in (OUTSIDE, NEIGHBOUR, STRANGER, INGRESS_CONTROLLER):
        assert not passes(rules, stranger, known[target], port)
    assert not [
        other
        for other in {80, 8080, ADMIN, 9001} - {port}
        if passes(rules, known["flow"], known[target], other)
    ]


def test_the_admin_port_of_a_model_is_the_operator_s_alone() -> None:
    found = render(FULL)
    known, rules = peers(found), policies(found)
    outsiders = {"stranger": STRANGER, "outside": OUTSIDE, "ingress": INGRESS_CONTROLLER}
    for model in (INFERENCE, "inference-eta"):
        reached = {
            name
            for name, peer in {**known, **outsiders}.items()
            if passes(rules, peer, known[model], ADMIN)
        }
        assert reached == {"operator"}


def test_metrics_are_read_from_where_the_values_say() -> None:
    prometheus = Peer(namespace={"kubernetes.io/metadata.name": "monitoring"})
    for values, expected in (({}, False), (FULL, True)):
        found = render(values)
        for target, port in (("operator", 8080), ("flow", 9464)):
            assert passes(policies(found), prometheus, peers(found)[target], port) is expected
        assert not passes(policies(found), prometheus, peers(found)["flow"], 80)


@pytest.mark.parametrize("target", ["prefect-worker", "flow", "secrets", "setup", "verify"])
def test_what_serves_nothing_is_reached_by_nobody(target: str) -> None:
    found = render()
    known, rules = peers(found), policies(found)
    assert not [
        (name, port)
        for name, peer in known.items()
        for port in (80, 8080, *PORTS.values())
        if passes(rules, peer, known[target], port)
    ]


def test_services_and_policies_name_the_same_ports() -> None:
    services = of_kind(render(), "Service")
    expected = {**PORTS, INFERENCE: 80}
    assert {name: each["spec"]["ports"][0]["port"] for name, each in services.items()} == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [({}, set()), (FULL, {"prefect-server", "mlflow", INFERENCE})],
    ids=["default", "full"],
)
def test_an_ingress_controller_reaches_the_pages(values: Document, expected: set[str]) -> None:
    found = render(values)
    known, rules = peers(found), policies(found)
    reached = {
        target
        for target, port in PORTS.items()
        if passes(rules, INGRESS_CONTROLLER, known[target], port)
    }
    assert reached == expected
    assert not [name for name, at in PORTS.items() if passes(rules, STRANGER, known[name], at)]


@pytest.mark.parametrize("kind", ["NodePort", "LoadBalancer"])
@pytest.mark.parametrize(
    ("chart", "target"),
    [("prefect-server", "prefect-server"), ("mlflow", "mlflow"), ("inference", INFERENCE)],
)
def test_a_service_for_the_outside_is_reached_from_there(
    chart: str, target: str, kind: str
) -> None:
    found = render({chart: {"service": {"type": kind}}})
    known, rules = peers(found), policies(found)
    assert {name for name, at in PORTS.items() if passes(rules, OUTSIDE, known[name], at)} == {
        target
    }


@pytest.mark.parametrize(
    ("values", "ports"),
    [({}, {443, 6443}), (FULL, {443, 6443, 16443})],
    ids=["default", "full"],
)
def test_the_api_server_is_reached_by_those_with_a_token(values: Document, ports: set[int]) -> None:
    found = render(values)
    with_token = {
        name for name, pod in all_pods(found).items() if pod.spec["automountServiceAccountToken"]
    }
    assert with_token == TALKS_TO_API_SERVER
    known, rules = peers(found), policies(found)
    for port in ports:
        reached = {name for name, peer in known.items() if passes(rules, peer, OUTSIDE, port)}
        assert reached - {"flow"} == with_token, port


@pytest.mark.parametrize("name", ["operator", "secrets", "verify"])
def test_a_deployment_s_name_opens_nothing_to_its_pods(name: str) -> None:
    found = render({"networkPolicy": {"flowEgressPorts": []}})
    pod = flow_pod(base_job_template(found), name)
    assert not passes(policies(found), Peer(labels=pod.labels), OUTSIDE, 6443)


def test_flows_that_promote_reach_the_api_server_at_all_of_its_ports() -> None:
    found = render()
    known, rules = peers(found), policies(found)
    ports = (443, 6443)
    assert [passes(rules, known["flow"], OUTSIDE, port) for port in ports] == [True, True]
    assert [passes(rules, known["operator"], OUTSIDE, port) for port in ports] == [True, True]


def test_only_flows_fetch_data_from_outside() -> None:
    found = render({"networkPolicy": {"flowEgressPorts": [443, 8443]}})
    known, rules = peers(found), policies(found)
    assert {name for name, peer in known.items() if passes(rules, peer, OUTSIDE, 8443)} == {"flow"}
    assert not passes(rules, known["flow"], OUTSIDE, 22)


def test_no_port_is_none_and_not_all() -> None:
    found = render({"networkPolicy": {"flowEgressPorts": []}})
    known, rules = peers(found), policies(found)
    assert not [port for port in (22, 443, 8443) if passes(rules, known["flow"], OUTSIDE, port)]


def test_external_systems_are_reached_by_everyone_at_their_ports_alone() -> None:
    found = render({**EXTERNAL, "networkPolicy": {"flowEgressPorts": [8443]}})
    known, rules = peers(found), policies(found)
    for name, peer in known.items():
        open_ports = {
            port
            for port in (80, 443, 5432, 5433, 6379, 6380, 8443)
            if passes(rules, peer, OUTSIDE, port)
        }
        assert open_ports == {443, 5433, 6380} | ({8443} if name == "flow" else set()), name


def test_all_of_them_are_switched_off_together() -> None:
    for values in (FULL, EXTERNAL):
        found = render({**values, "networkPolicy": {"enabled": False}})
        assert of_kind(found, "NetworkPolicy") == {}
