"""The reconciler: look, decide, write, act, until nothing is left to do now.

The same class embedded and in the operator. One status write carries the outcome of the last effect
and the intent of the next; the effect follows only after that write returned. So a kill anywhere
leaves a status from which the next look finds out what happened.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from windlass.domain.errors import Conflict, InputError, SystemUnavailable
from windlass.domain.promotion.decide import decide
from windlass.domain.promotion.effects import ClearControls, Effect
from windlass.domain.promotion.evidence import Fault
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.status import Phase
from windlass.domain.promotion.view import Decision
from windlass.services.acting import perform
from windlass.services.gathering import LastEffect, gather
from windlass.services.outside import Outside

_LOG = logging.getLogger(__name__)

MAX_ROUNDS = 50
"""Looks in one go: far more than the longest way from Pending to Succeeded takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a reconciliation left behind."""

    promotion: Promotion | None = None
    """None: it is gone."""
    again_at: datetime | None = None
    """When to look again; None: when something wakes it."""
    faulty: bool = False
    """Whether a system did not answer, so that the next looks should back off."""


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Brings promotions forward. The caller holds one lock per model."""

    outside: Outside

    def reconcile(self, key: PromotionKey) -> Outcome:
        """Bring one promotion as far as it gets. Raises SystemUnavailable without its store."""
        last = LastEffect()
        tried: Effect | None = None
        known: Promotion | None = None
        for _ in range(MAX_ROUNDS):
            # what our write answered is current until another's write makes the next one conflict
            promotion = known or self.outside.promotions.get(key)
            if promotion is None:
                return Outcome()
            try:
                promotion, decision, changed = self._decide(promotion, last)
            except Conflict:
                known = None
                continue
            known = promotion
            if decision.effect is not None and decision.effect != tried:
                tried = decision.effect
                last = self._act(promotion, decision.effect)
                if isinstance(decision.effect, ClearControls):
                    known = None
            elif changed and self._is_due(decision):
                last = LastEffect()
            else:
                return self._outcome(promotion, decision, last)
        _LOG.warning("%s: still busy after %d looks", key, MAX_ROUNDS)
        return Outcome(again_at=self.outside.clock.now())

    def _decide(self, promotion: Promotion, last: LastEffect) -> tuple[Promotion, Decision, bool]:
        """Look and decide, and write what was decided. Raises Conflict."""
        phase = promotion.status.phase
        if not phase.terminal and phase is not Phase.ROLLING_BACK:
            promotion = self._held(promotion)
        evidence = gather(self.outside, promotion, last)
        now = self.outside.clock.now()
        decision = decide(promotion.spec, promotion.status, evidence, now)
        changed = decision.status != promotion.status
        if changed:
            if phase.terminal and not decision.status.phase.terminal:
                promotion = self._held(promotion)
            promotion = self.outside.promotions.write_status(promotion, decision.status)
        return promotion, decision, changed

    def _held(self, promotion: Promotion) -> Promotion:
        """Put our finalizer on an open promotion.

        Not on its way back: what takes it off then, a release that ends, has the last word.
        """
        if promotion.finalized or promotion.deleted:
            return promotion
        return self.outside.promotions.finalize(promotion, True)

    def _act(self, promotion: Promotion, effect: Effect) -> LastEffect:
        try:
            perform(self.outside, promotion, effect)
        except SystemUnavailable as fault:
            message = str(fault).removeprefix(f"{fault.system}: ")
            return LastEffect(refused=Fault(system=fault.system, message=message))
        except InputError as fault:
            return LastEffect(refused=Fault(system="input", message=str(fault)))
        except Conflict as conflict:
            _LOG.info("%s: %s; looking again", promotion.key, conflict)
            return LastEffect()
        return LastEffect(performed=effect)

    def _is_due(self, decision: Decision) -> bool:
        return decision.again_at is not None and decision.again_at <= self.outside.clock.now()

    def _outcome(self, promotion: Promotion, decision: Decision, last: LastEffect) -> Outcome:
        """Say when to look again; an ended promotion lets go of the object."""
        faulty = last.refused is not None or promotion.status.faulted_at is not None
        if promotion.status.phase.terminal and promotion.finalized and last.refused is None:
            try:
                promotion = self.outside.promotions.finalize(promotion, False)
            except Conflict:
                return Outcome(again_at=self.outside.clock.now())
        return Outcome(promotion=promotion, again_at=decision.again_at, faulty=faulty)
