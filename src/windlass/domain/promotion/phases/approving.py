"""AwaitingApproval: a person other than the author agrees to the spec as it is."""

from windlass.domain.promotion.conditions import ConditionType, Truth
from windlass.domain.promotion.status import Ending, Phase
from windlass.domain.promotion.view import (
    LOOK_LATER,
    Decision,
    View,
    enter,
    fingerprint,
    leave,
    mark,
    wait,
)


def awaiting_approval(view: View) -> Decision:
    """Wait as long as it takes: no deadline runs here."""
    approval = view.status.approval
    if approval is not None and not approval.approved:
        message = f"rejected by {approval.by}"
        view = mark(view, ConditionType.APPROVED, Truth.FALSE, "Rejected", message)
        ending = Ending(phase=Phase.ABORTED, reason="Rejected", message=message, by=approval.by)
        return leave(view, ending)
    if not view.spec.approval.required:
        view = mark(view, ConditionType.APPROVED, Truth.TRUE, "NotRequired")
        return enter(view, Phase.PROGRESSING, "ApprovalNotRequired")
    if not approved(view):
        view = mark(view, ConditionType.APPROVED, Truth.FALSE, "Waiting")
        generation = view.evidence.subject.generation
        message = f"waits for approval of generation {generation} by another than its author"
        return wait(view, "AwaitingApproval", message, view.now + LOOK_LATER)
    by = approval.by if approval else ""
    view = mark(view, ConditionType.APPROVED, Truth.TRUE, "Approved", f"by {by}")
    return enter(view, Phase.PROGRESSING, "Approved", f"by {by}")


def approved(view: View) -> bool:
    """Whether the approval, where one is required, counts: this spec, another person."""
    if not view.spec.approval.required:
        return True
    approval, subject = view.status.approval, view.evidence.subject
    return (
        approval is not None
        and approval.approved
        and (approval.generation == subject.generation or _only_suspended_since(view))
        and subject.created_by is not None
        and approval.by != subject.created_by
    )


def _only_suspended_since(view: View) -> bool:
    """Whether no generation since the approval changed more than `suspend`.

    Any other change begins another analysis, which forgets the approval.
    """
    return view.status.analysed == fingerprint(view.spec)
