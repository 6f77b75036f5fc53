"""A control, asked of a promotion in any phase, with the outside as that phase leaves it."""

from dataclasses import replace
from typing import Any

from tests.support.promotions import control, decided, routing, served, spec, status, step_status
from tests.support.promotions import version as registered
from windlass.domain.promotion.controls import Verb
from windlass.domain.promotion.evidence import UNSEEN
from windlass.domain.promotion.spec import Approval
from windlass.domain.promotion.status import Ending, Phase, PromotionStatus
from windlass.domain.promotion.view import Decision

WANTED = spec(approval=Approval(required=True))
DOCUMENTS = {
    Phase.PROGRESSING: routing("6", "7", weight=10),
    Phase.PROMOTING: routing("7"),
    Phase.SOAKING: routing("7"),
    Phase.SUCCEEDED: routing("7"),
}


def in_phase(phase: Phase) -> PromotionStatus:
    """Return the status of a promotion in the middle of a phase."""
    found = status(phase, reason="Was")
    if phase is Phase.PROGRESSING:
        return replace(found, routed=True, rollout=step_status(1))
    if phase is Phase.ROLLING_BACK:
        ending = Ending(phase=Phase.FAILED, reason="NoTraffic", message="")
        return replace(found, routed=True, ending=ending)
    return found


def asked(verb: Verb, phase: Phase, **changes: Any) -> Decision:
    """Decide on a control of bob's in a phase."""
    champion = "7" if phase in (Phase.SOAKING, Phase.SUCCEEDED) else "6"
    seen: dict[str, Any] = {
        "champion": registered(champion),
        "candidate": UNSEEN,
        **served(DOCUMENTS.get(phase, routing("6"))),
    }
    return decided(in_phase(phase), WANTED, controls=(control(verb),), **{**seen, **changes})
