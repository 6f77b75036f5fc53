"""What the API server itself refuses, and in which words; nothing here needs the operator."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.kube import Document, until
from tests.support.production import promotion, refused
from tests.support.release import Release
from tests.support.repository import ROOT

pytestmark = pytest.mark.e2e

SAMPLES = sorted((ROOT / "k8s/samples").rglob("*.yaml"))
ADA, BEN, EVE = "ada", "ben", "eve"
CREATED_BY = "windlass.dev/created-by"
LONG = "x" * 300

BAD: list[tuple[dict[str, Any], str]] = [
    ({"model": None}, "spec.model: Required value"),
    ({"model": "-pumps"}, "must be letters, digits, dots and hyphens, at most 63"),
    ({"model": "pumps/eu"}, "must be letters, digits, dots and hyphens, at most 63"),
    ({"model": LONG}, "may not be more than 63"),
    ({"candidate": None}, "spec.candidate: Required value"),
    ({"candidate": {}}, "give exactly one of version and alias"),
    ({"candidate": {"version": "7", "alias": "x"}}, "give exactly one of version and alias"),
    ({"candidate": {"version": 7}}, "must be of type string"),
    ({"candidate": {"version": "0"}}, 'must be a number such as "7"'),
    ({"candidate": {"version": "v7"}}, 'must be a number such as "7"'),
    ({"candidate": {"alias": "latest"}}, "is a word that MLflow keeps for itself"),
    ({"candidate": {"alias": "V12"}}, "is a word that MLflow keeps for itself"),
    ({"candidate": {"alias": "a b"}}, "must be letters, digits, _ and hyphens, at most 63"),
    ({"candidate": {"alias": "champion"}}, "is the target alias, which is in production"),
    ({"targetAlias": "latest"}, "is a word that MLflow keeps for itself"),
    ({"gates": [{"metric": "f1"}]}, "give at least one rule: threshold, minAbsoluteChange"),
    ({"gates": [{"threshold": 1}]}, "metric: Required value"),
    ({"gates": [{"metric": "f1", "tolerance": -0.1}]}, "greater than or equal to 0"),
    ({"gates": [{"metric": "f1", "threshold": "0.3"}]}, "must be of type number"),
    ({"gates": [{"metric": "?", "threshold": 1}]}, "must be the name of an MLflow metric"),
    ({"gates": [{"metric": "f1", "threshold": 1}] * 33}, "must have at most 32 items"),
    ({"evaluation": {}}, "evaluation.dataset: Required value"),
    ({"evaluation": {"dataset": "/data"}}, "must be s3://<bucket>/<prefix>"),
    ({"evaluation": {"dataset": "s3://b/../x"}}, "must be s3://<bucket>/<prefix>"),
    ({"evaluation": {"dataset": "s3://bucket/a/../x"}}, "may not contain . or .. as a folder"),
    ({"evaluation": {"dataset": "s3://bucket/x", "timeout": "0s"}}, "must be at least 1s"),
    ({"evaluation": {"dataset": "s3://bucket/x", "timeout": "1 day"}}, "must be a duration like"),
    ({"evaluation": {"dataset": "s3://bucket/x", "deployment": "x"}}, "must be <flow>/<deploym"),
    ({"rollout": {"steps": [{"weight": 50}, {"weight": 10}]}}, "weights must ascend"),
    ({"rollout": {"steps": [{"weight": 10}, {"weight": 10}]}}, "weights must ascend"),
    ({"rollout": {"steps": [{"weight": 100}]}}, "less than or equal to 99"),
    ({"rollout": {"steps": [{"weight": 5, "shadow": True}]}}, "either shadow: true or a weight"),
    ({"rollout": {"steps": [{}]}}, "either shadow: true or a weight"),
    ({"rollout": {"steps": [{"weight": n} for n in range(1, 12)]}}, "must have at most 10 items"),
    ({"rollout": {"steps": [{"weight": 5, "duration": "9000h"}]}}, "must be at most 8760h"),
    ({"rollout": {"minRequests": 0}}, "greater than or equal to 1"),
    ({"rollout": {"onNoTraffic": "Ignore"}}, 'supported values: "Hold", "Pass", "Fail"'),
    ({"rollout": {"limits": {"errorRate": 1.5}}}, "less than or equal to 1"),
    ({"rollout": {"limits": {"p99LatencyMs": 0}}}, "greater than 0"),
    ({"consumers": [{}]}, "give exactly one of redis and prefectBlock"),
    ({"consumers": [{"redis": {"key": "a b"}}]}, "must be text without spaces"),
    ({"consumers": [{"redis": {"key": "a"}}] * 2}, "names a consumer twice; remove one"),
    ({"consumers": [{"prefectBlock": {"name": "Eta"}}]}, "must be <block type>/<block name>"),
    ({"notify": ["slack"]}, "must be <block type>/<block name>"),
    ({"policy": "Replace"}, 'supported values: "Queue", "Supersede"'),
    ({"rollback": {"soak": "soon"}}, "must be a duration like"),
    ({"suspend": "yes"}, "must be of type boolean"),
]


def manifest(name: str = "admission", user: str = "", **spec: Any) -> Document:
    """A small promotion; None removes a field."""
    found = promotion(name, "999999")
    found["spec"] = {key: found["spec"][key] for key in ("model", "candidate")}
    # of a model that no other story is about: open promotions of one model queue
    found["spec"] |= {"model": "pumps", "suspend": True} | spec
    found["spec"] = {key: value for key, value in found["spec"].items() if value is not None}
    if user:
        found["metadata"]["annotations"] = {CREATED_BY: user}
    return found


class Asker:
    """Who talks to the API server as somebody."""

    def __init__(self, release: Release) -> None:
        self._kube = release.kube

    def write(self, verb: str, document: Document, user: str = "", *options: str) -> str:
        """Create, replace or apply it."""
        acting = ("--as", user, "--as-group", "system:authenticated") if user else ()
        return self._kube.kubectl(
            verb, "-f", "-", "--validate=false", *acting, *options, text=json.dumps(document)
        )

    def ask(self, name: str, control: str, value: str, user: str) -> str:
        """Set a control."""
        acting = ("--as", user, "--as-group", "system:authenticated")
        return self._kube.kubectl(
            "annotate", "mprom", name, "--overwrite", f"windlass.dev/{control}={value}", *acting
        )

    def change(self, name: str, patch: Document, user: str, *options: str) -> str:
        """Change some fields, whatever else was written meanwhile."""
        acting = ("--as", user, "--as-group", "system:authenticated")
        text = json.dumps(patch)
        return self._kube.kubectl(
            "patch", "mprom", name, "--type=merge", "--patch", text, *acting, *options
        )


@pytest.fixture(scope="module")
def asker(windlass: Release) -> Iterator[Asker]:
    """Three users: an author, an approver, and one who may do all but approve, as the author."""
    roles = {ADA: "promotion-author", BEN: "promotion-approver", EVE: "promotion-author"}
    for user, role in roles.items():
        name = f"admission-{user}"
        windlass.kube.kubectl(
            "create", "rolebinding", name, f"--role={windlass.name}-{role}", f"--user={user}"
        )
    found = Asker(windlass)
    # a new policy needs some seconds until the API server applies it
    lie = manifest(user="nobody")
    until(
        lambda: (
            "nobody proposes as another"
            in refused(found.write, "create", lie, "", "--dry-run=server")
        ),
        30,
        "the admission policy",
    )
    yield found
    windlass.kube.kubectl("delete", "mprom", "--all", "--wait")


@pytest.mark.parametrize(("spec", "words"), BAD, ids=[str(n) for n in range(len(BAD))])
def test_a_bad_spec_is_refused_in_words_that_help(
    asker: Asker, spec: dict[str, Any], words: str
) -> None:
    said = refused(asker.write, "create", manifest(**spec), "", "--dry-run=server")
    assert words in said


def test_model_and_candidate_alone_are_enough_and_every_default_shows(
    asker: Asker, windlass: Release
) -> None:
    small = manifest("defaults")
    asker.write("create", small, "", "--dry-run=server")
    written = json.loads(
        windlass.kube.kubectl(
            "create", "-f", "-", "--dry-run=server", "-o", "json", text=json.dumps(small)
        )
    )
    spec = written["spec"]
    assert spec["targetAlias"] == "champion"
    assert spec["rollout"]["steps"][0] == {"shadow": True, "duration": "60s"}
    assert spec["rollback"] == {"automatic": True, "soak": "10m"}


@pytest.mark.parametrize("path", SAMPLES, ids=[path.name for path in SAMPLES])
def test_every_sample_is_accepted(windlass: Release, path: Path) -> None:
    said = windlass.kube.kubectl(
        *("create", "-f", str(path), "--dry-run=server"),
        *("--as", "kubernetes-admin", "--as-group", "system:masters"),
    )
    assert "created (server dry run)" in said


@pytest.fixture
def open_promotion(asker: Asker, windlass: Release) -> str:
    """One of ada's that needs approval."""
    windlass.kube.kubectl("delete", "mprom", "asked", "--ignore-not-found", "--wait")
    asker.write("create", manifest("asked", ADA, approval={"required": True}), ADA)
    return "asked"


def test_nobody_changes_model_candidate_or_target(asker: Asker, open_promotion: str) -> None:
    for change in (
        {"model": "other"},
        {"candidate": {"version": "8"}},
        {"targetAlias": "prod"},
    ):
        said = refused(asker.change, open_promotion, {"spec": change}, ADA)
        assert "is immutable; apply another ModelPromotion" in said


@pytest.mark.parametrize("control", ["approve", "reject", "abort", "retry", "rollback", "hold"])
def test_nobody_acts_as_another(asker: Asker, open_promotion: str, control: str) -> None:
    said = refused(asker.ask, open_promotion, control, f"{BEN} 1", EVE)
    assert "nobody acts as another" in said
    assert f'must be "{EVE} 1"' in said


@pytest.mark.parametrize("value", ["ada", "ada one", "", " 1", "1"])
def test_a_control_without_user_or_generation_is_refused_or_nothing(
    asker: Asker, open_promotion: str, value: str
) -> None:
    if value:
        assert "nobody acts as another" in refused(asker.ask, open_promotion, "abort", value, ADA)
    else:
        asker.ask(open_promotion, "abort", value, ADA)


@pytest.mark.parametrize("control", ["approve", "reject"])
def test_only_those_with_the_verb_approve(asker: Asker, open_promotion: str, control: str) -> None:
    said = refused(asker.ask, open_promotion, control, f"{EVE} 1", EVE)
    assert f"user {EVE} may not {control}" in said
    assert "promotion-approver" in said


def test_no_approval_survives_a_change_of_the_spec(asker: Asker, open_promotion: str) -> None:
    gates = [{"metric": "f1", "threshold": 0.9}]
    asker.change(open_promotion, {"spec": {"gates": gates}}, ADA)
    said = refused(asker.ask, open_promotion, "approve", f"{BEN} 1", BEN)
    assert "the spec changed meanwhile" in said
    assert f'"{BEN} 2"' in said
    asker.ask(open_promotion, "approve", f"{BEN} 2", BEN)


def test_nobody_approves_their_own(asker: Asker, windlass: Release) -> None:
    windlass.kube.kubectl("delete", "mprom", "own", "--ignore-not-found", "--wait")
    # ben may approve, and create only what others bound him to: here he is both
    windlass.kube.kubectl(
        "create",
        "rolebinding",
        "admission-ben-too",
        f"--role={windlass.name}-promotion-author",
        f"--user={BEN}",
    )
    asker.write("create", manifest("own", BEN, approval={"required": True}), BEN)
    assert "nobody approves what is their own" in refused(
        asker.ask, "own", "approve", f"{BEN} 1", BEN
    )


def test_the_author_is_who_it_is_and_stays_it(asker: Asker, open_promotion: str) -> None:
    said = refused(asker.write, "create", manifest("lie", BEN, approval={"required": True}), ADA)
    assert "nobody proposes as another" in said
    said = refused(asker.write, "create", manifest("quiet", approval={"required": True}), ADA)
    assert f'add annotation windlass.dev/created-by: "{ADA}"' in said
    claim = {"metadata": {"annotations": {CREATED_BY: EVE}}}
    assert "stays as long as the spec" in refused(asker.change, open_promotion, claim, EVE)


def test_who_changes_the_spec_is_its_author_and_does_not_approve_it(
    asker: Asker, open_promotion: str
) -> None:
    change: Document = {"spec": {"rollback": {"soak": "1s"}}}
    said = refused(asker.change, open_promotion, change, EVE)
    assert f'add annotation windlass.dev/created-by: "{EVE}"' in said
    signed = change | {"metadata": {"annotations": {CREATED_BY: EVE}}}
    assert "nobody proposes as another" in refused(asker.change, open_promotion, signed, ADA)
    asker.change(open_promotion, signed, EVE)
    # whoever only lets it go on does not become its author, and may approve it
    asker.change(open_promotion, {"spec": {"suspend": False}}, ADA)


def test_no_role_of_people_writes_a_status(asker: Asker, open_promotion: str) -> None:
    done = {"status": {"phase": "Succeeded"}}
    for user in (ADA, BEN):
        said = refused(asker.change, open_promotion, done, user, "--subresource=status")
        assert "forbidden" in said


def test_what_was_approved_stays_while_it_is_in_production(
    asker: Asker, windlass: Release, open_promotion: str
) -> None:
    done = json.dumps({"status": {"phase": "Succeeded"}})
    windlass.kube.kubectl(
        *("patch", "mprom", open_promotion, "--subresource=status", "--type=merge", "-p", done)
    )
    for edit in ({"driftPolicy": "Adopt"}, {"approval": {"required": False}}):
        said = refused(asker.change, open_promotion, {"spec": edit}, ADA)
        assert "what was approved is in production: its spec stays as it was approved" in said
    asker.change(open_promotion, {"spec": {"suspend": True}}, ADA, "--dry-run=server")
