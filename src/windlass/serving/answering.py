"""Who answers a request, and what is counted."""

import asyncio
import logging
from concurrent.futures import Executor
from functools import partial
from typing import NamedTuple

from windlass.domain.names import Version
from windlass.serving.candidate import Candidate
from windlass.serving.champion import Production
from windlass.serving.desk import Desk
from windlass.serving.guard import Complaints, Failure
from windlass.serving.scoring import Call, Outcome, Refused, Scored

LARGEST = 1024 * 1024
"""Bytes of a request that a candidate is asked; to decode more of them makes small ones late."""


class NoModel(NamedTuple):
    """Nobody can answer, and why."""

    reason: str


class Answered(NamedTuple):
    """An outcome and whose it is."""

    outcome: Outcome | NoModel
    version: Version | None


class Answering:
    """Champion, canary and shadow."""

    def __init__(self, desk: Desk, lane: Executor) -> None:
        self._desk = desk
        self._lane = lane
        self._complaints = Complaints(logging.getLogger(__name__))

    async def answer(self, call: Call, key: bytes | None) -> Answered:
        """Have a request answered by the version it belongs to, or else by the champion."""
        production, candidate = self._desk.production, self._desk.candidate
        if len(call.body) > LARGEST:
            candidate = None
        if candidate is not None and candidate.takes(key):
            return await self._try(candidate, call)
        if production is None:
            return Answered(self.nobody(), None)
        answered = await self._champion_answers(production, call)
        if candidate is not None and candidate.shadows and isinstance(answered.outcome, Scored):
            # after the response is on its way: this request must not wait for its shadow
            receive = partial(self._shadowed, production, candidate, answered.outcome)
            asyncio.get_running_loop().call_soon(candidate.submit, call, receive)
        return answered

    async def _try(self, candidate: Candidate, call: Call) -> Answered:
        outcome = await candidate.answer(call)
        if isinstance(outcome, Scored):
            candidate.tally.scored(outcome)
            candidate.succeeded()
            return Answered(outcome, candidate.routed.version)
        # the champion of this moment, which may not be that of the request's arrival
        production = self._desk.production
        if production is None:
            return self._without_champion(candidate, outcome)
        answered = await self._champion_answers(production, call)
        # what the champion refuses is bad input: nobody's error
        if not isinstance(answered.outcome, Refused):
            candidate.failed(_reason(outcome))
        return answered

    def _without_champion(self, candidate: Candidate, outcome: Outcome) -> Answered:
        if isinstance(outcome, Refused):
            return Answered(outcome, candidate.routed.version)
        candidate.failed(_reason(outcome))
        return Answered(NoModel(f"the candidate failed: {_reason(outcome)}"), None)

    async def _champion_answers(self, production: Production, call: Call) -> Answered:
        outcome = await production.champion.answer(call, self._lane)
        if isinstance(outcome, Scored):
            production.tally.scored(outcome)
        elif isinstance(outcome, Failure):
            production.tally.failed()
            self._complaints.about("the champion failed on a request", outcome)
        return Answered(outcome, production.champion.routed.version)

    def _shadowed(
        self, production: Production, candidate: Candidate, answer: Scored, outcome: Outcome
    ) -> None:
        if not isinstance(outcome, Scored):
            candidate.failed(_reason(outcome))
            return
        candidate.tally.scored(outcome)
        candidate.succeeded()
        candidate.tally.shadowed(outcome)
        production.tally.shadowed(answer)

    def nobody(self) -> NoModel:
        """Why there is no champion to answer."""
        champion, problem = self._desk.routing.champion, self._desk.champion_problem
        if champion is None and not self._desk.ready:
            return NoModel("the registry is asked for the champion")
        if champion is None:
            return NoModel(_no_model(self._desk.model))
        return NoModel(
            f"champion version {champion.version} is not loaded: {problem or 'it loads now'}"
        )


def _reason(outcome: Outcome) -> str:
    match outcome:
        case Failure(reason=reason):
            return reason
        case Refused(field=field, message=message):
            return f"it refuses what the champion accepts: {field}: {message}"
        case _:
            return "it answered"


def _no_model(model: str) -> str:
    train = f"windlass train {model}"
    return f"no model promoted yet: run `{train}`, then `windlass promote -f PROMOTION.yaml --wait`"
