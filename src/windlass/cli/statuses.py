"""Promotions as people read them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from windlass.cli.console import table
from windlass.cli.verdicts import gates_table
from windlass.domain.promotion.controls import CREATED_BY
from windlass.domain.promotion.promotion import Promotion
from windlass.domain.promotion.status import JournalEntry

if TYPE_CHECKING:
    from rich.console import RenderableType

_COLUMNS = ("NAME", "MODEL", "FROM", "TO", "PHASE", "WEIGHT", "VERDICT", "AGE")
_WIDE = ("ALIAS", "ACTOR", "MESSAGE")


def promotions_table(promotions: Sequence[Promotion], *, wide: bool) -> "RenderableType":
    """One row per promotion, with the columns that kubectl shows."""
    now = datetime.now(UTC)
    rows = [_row(one, now) + (_more(one) if wide else ()) for one in promotions]
    return table(_COLUMNS + (_WIDE if wide else ()), rows)


def _row(promotion: Promotion, now: datetime) -> tuple[str, ...]:
    status, rollout = promotion.status, promotion.status.rollout
    return (
        promotion.key.name,
        promotion.spec.model,
        status.champion.version if status.champion else "-",
        status.candidate.version if status.candidate else "-",
        status.phase.value,
        str(rollout.weight) if rollout else "-",
        rollout.verdict.value if rollout else "-",
        age(now - promotion.created_at),
    )


def _more(promotion: Promotion) -> tuple[str, ...]:
    return (
        promotion.spec.target_alias,
        promotion.annotations.get(CREATED_BY, "-"),
        promotion.status.message,
    )


def age(span: timedelta) -> str:
    """A span in its largest unit, as kubectl writes it."""
    seconds = int(span.total_seconds())
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def details(promotion: Promotion) -> "list[RenderableType]":
    """Everything about one promotion."""
    status = promotion.status
    candidate, champion = status.candidate, status.champion
    lines: list[RenderableType] = [
        f"{promotion.key.name}  {status.phase}  {status.reason}".rstrip(),
        *([status.message] if status.message else []),
        f"model {promotion.spec.model}, candidate {candidate.version if candidate else '-'},"
        f" champion before {champion.version if champion else 'none'},"
        f" generation {promotion.generation}, attempt {status.attempt}",
    ]
    if status.evaluation is not None and status.evaluation.flow_run_url:
        lines.append(f"evaluation {status.evaluation.flow_run_url}")
    if status.approval is not None:
        word = "approved" if status.approval.approved else "rejected"
        lines.append(f"{word} by {status.approval.by}")
    if status.gates:
        lines += ["", gates_table(status.gates)]
    if status.rollout is not None:
        lines += ["", _rollout_line(promotion)]
    return [*lines, "", _conditions_table(promotion), "", journal_table(status.journal)]


def _rollout_line(promotion: Promotion) -> str:
    rollout = promotion.status.rollout
    if rollout is None:
        return ""
    counts = f"{rollout.requests} requests, {rollout.errors} errors, {rollout.slow} slow"
    return (
        f"rollout: {step_text(promotion)}; {counts}; {rollout.verdict} {rollout.message}".rstrip()
    )


def _conditions_table(promotion: Promotion) -> "RenderableType":
    rows = [(c.type, c.status, c.reason, c.message) for c in promotion.status.conditions]
    return table(("CONDITION", "STATUS", "REASON", "MESSAGE"), rows)


def journal_table(entries: Sequence[JournalEntry]) -> "RenderableType":
    """What happened, oldest first."""
    rows = [(f"{e.at:%Y-%m-%d %H:%M:%S}", e.step, e.outcome, e.message) for e in entries]
    return table(("AT (UTC)", "STEP", "OUTCOME", "MESSAGE"), rows)


def entry_document(entry: JournalEntry) -> dict[str, str]:
    """A journal entry as JSON."""
    return {
        "at": entry.at.isoformat(),
        "step": entry.step,
        "outcome": entry.outcome,
        "message": entry.message,
    }


def step_text(promotion: Promotion) -> str:
    """Which step of the rollout it is at."""
    rollout = promotion.status.rollout
    steps = promotion.spec.rollout.steps
    if rollout is None or rollout.step < 0:
        return "the candidate is loaded and probed"
    if rollout.step >= len(steps):
        return f"all steps done, {rollout.weight} %"
    what = "shadow" if rollout.shadow else f"{rollout.weight} %"
    return f"step {rollout.step + 1} of {len(steps)}, {what}"
