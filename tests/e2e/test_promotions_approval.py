"""ModelPromotions that somebody has to agree to."""

import json

import pytest

from tests.e2e.conftest import APPROVER, AUTHOR, URL
from tests.support import candidates
from tests.support.candidates import BETTER, FIRST, trained
from tests.support.production import (
    GATES,
    Production,
    promotion,
    refused,
)
from tests.support.traffic import asking
from windlass.bootstrap.systems import Systems

pytestmark = pytest.mark.e2e


@pytest.mark.usefixtures("people")
def test_an_approval_is_waited_for_and_given_by_another_user(
    production: Production, systems: Systems
) -> None:
    version = candidates.registered(systems, trained(FIRST))
    champion = production.alias()
    kube = production.release.kube
    manifest = promotion("approved", version, approval={"required": True}, gates=GATES[:1])
    acting = ("--as", AUTHOR, "--as-group", "system:authenticated")
    apply = ("apply", "-f", "-", *acting)

    said = refused(lambda: kube.kubectl(*apply, text=json.dumps(manifest)))
    assert f'add annotation windlass.dev/created-by: "{AUTHOR}"' in said
    manifest["metadata"]["annotations"] = {"windlass.dev/created-by": AUTHOR}
    kube.kubectl(*apply, text=json.dumps(manifest))
    production.reached("approved", "AwaitingApproval")
    production.serves(champion, candidates.request())

    assert "may not approve" in refused(production.control, "approved", "approve", AUTHOR)
    assert "nobody acts as another" in refused(
        lambda: kube.kubectl(
            "annotate", "mprom", "approved", f"windlass.dev/approve={APPROVER} 1", *acting
        )
    )
    production.control("approved", "approve", APPROVER)
    with asking(kube, URL, [candidates.request()]) as traffic:
        status = production.reached("approved", "Succeeded")
    assert status["approval"]["by"] == APPROVER
    assert traffic.failed == []
    production.serves(version, candidates.request())


@pytest.mark.usefixtures("people")
def test_a_rejected_promotion_ends_aborted(production: Production, systems: Systems) -> None:
    champion = production.alias()
    version = candidates.registered(systems, trained(BETTER))
    manifest = promotion("rejected", version, approval={"required": True}, gates=GATES[:1])
    manifest["metadata"]["annotations"] = {"windlass.dev/created-by": AUTHOR}
    acting = ("--as", AUTHOR, "--as-group", "system:authenticated")
    production.release.kube.kubectl("apply", "-f", "-", *acting, text=json.dumps(manifest))
    production.reached("rejected", "AwaitingApproval")
    production.control("rejected", "reject", APPROVER)
    status = production.reached("rejected", "Aborted")
    assert APPROVER in status["message"]
    production.serves(champion, candidates.request())
