"""Who may do what on the cluster's API: all of it, in one table."""

import pytest

from tests.support.chart_values import SETS
from tests.support.charts import Document, component, of_kind, pods, render

Rule = tuple[str, str, str, str]
"""API group, resources, verbs and names; names are empty where all are meant."""

RULES: dict[str, set[Rule]] = {
    "prefect-worker": {
        ("batch", "jobs", "create delete get list patch watch", ""),
        ("", "pods", "delete get list watch", ""),
        ("", "pods/log", "get", ""),
        ("", "events", "get list watch", ""),
    },
    "operator": {
        ("windlass.dev", "modelpromotions", "get list patch update watch", ""),
        ("windlass.dev", "modelpromotions/status", "get patch update", ""),
        ("", "configmaps", "create get update", ""),
        ("", "pods services", "get list", ""),
        ("", "events", "create", ""),
        ("", "namespaces", "get", "harbour"),
    },
    "farewell": {("windlass.dev", "modelpromotions", "get list patch", "")},
    "promoter": {("windlass.dev", "modelpromotions", "create get list watch", "")},
    "promotion-author": {
        ("windlass.dev", "modelpromotions", "create delete get list patch update watch", ""),
    },
    "promotion-approver": {
        ("windlass.dev", "modelpromotions", "approve get list patch update watch", ""),
    },
    "secrets": {
        ("", "secrets", "create", ""),
        (
            "",
            "secrets",
            "get patch",
            "crane-inference crane-mlflow crane-objects crane-postgresql crane-prefect crane-redis",
        ),
    },
    "verify": {
        ("batch", "jobs", "get list", ""),
        ("", "pods", "get list", ""),
    },
}
BOUND = {
    "farewell": "farewell",
    "operator": "operator",
    "prefect-worker": "prefect-worker",
    "promoter": "promoter",
    "secrets": "secrets",
    "verify": "verify",
}
"""Role to the component whose pods have it; flow runs get theirs by a deployment's variables."""
FLOWS = {"flows", "promoter"}
"""Accounts of flow runs."""


def rules(role: Document) -> set[Rule]:
    assert all(
        set(rule) <= {"apiGroups", "resources", "verbs", "resourceNames"} for rule in role["rules"]
    )
    return {
        (group, " ".join(sorted(rule["resources"])), " ".join(sorted(rule["verbs"])), names)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for names in [" ".join(sorted(rule.get("resourceNames", ())))]
    }


@pytest.mark.parametrize("name", ["default", "least", "full"])
def test_the_roles_are_these_and_no_others(name: str) -> None:
    roles = of_kind(render(SETS[name]), "Role")
    assert {role: rules(roles[role]) for role in roles} == RULES


def test_secrets_of_the_user_s_own_are_only_looked_at() -> None:
    names = {rule[3] for rule in rules(of_kind(render(SETS["external"]), "Role")["secrets"])}
    assert names == {
        "",
        "given-inference given-mlflow given-objects given-postgresql given-prefect given-redis",
    }


def test_nothing_reaches_beyond_the_namespace(documents: list[Document]) -> None:
    assert [each["kind"] for each in documents if each["kind"].startswith("Cluster")] == []


def test_each_role_is_bound_to_one_account_of_this_namespace(documents: list[Document]) -> None:
    bound = {}
    for each in of_kind(documents, "RoleBinding").values():
        [subject] = each["subjects"]
        assert (subject["kind"], subject["namespace"]) == ("ServiceAccount", "harbour")
        assert each["roleRef"]["kind"] == "Role"
        role = each["roleRef"]["name"].removeprefix("crane-")
        bound[role] = subject["name"].removeprefix("crane-")
    assert bound == BOUND


def test_each_account_belongs_to_one_component(documents: list[Document]) -> None:
    users = {
        pod.spec["serviceAccountName"]: pod.owner.partition("/")[2]
        for pod in pods(documents)
        if "serviceAccountName" in pod.spec
    }
    assert users == {f"crane-{account}": account for account in set(BOUND.values()) - FLOWS}
    assert set(of_kind(documents, "ServiceAccount")) == {*BOUND.values(), *FLOWS}


def test_no_account_gives_its_token_away_by_itself(documents: list[Document]) -> None:
    accounts = of_kind(documents, "ServiceAccount").values()
    assert [component(a) for a in accounts if a["automountServiceAccountToken"] is not False] == []
