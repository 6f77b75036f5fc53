"""Sending a control and hearing what became of it."""

import time

from windlass.domain.errors import InputError
from windlass.domain.promotion.controls import Verb
from windlass.domain.promotion.promotion import PromotionKey
from windlass.ports.promotions import Promotions
from windlass.services.proposing import reply, required, send

_REPLY_SECONDS = 10.0


def control(promotions: Promotions, key: PromotionKey, verb: Verb, actor: str) -> str:
    """Send a control and say what the reconciler answered; InputError when it refused."""
    before = required(promotions, key)
    send(promotions, key, verb, actor)
    deadline = time.monotonic() + _REPLY_SECONDS
    while time.monotonic() < deadline:
        answer = reply(before, now := required(promotions, key), verb)
        if answer is not None and answer.outcome != "Accepted":
            raise InputError(f"{key.name}: {verb} was refused {answer.message}")
        if answer is not None:
            return f"{key.name}: {verb} accepted {answer.message}; it is {now.status.phase}"
        time.sleep(0.1)
    return f"{key.name}: {verb} is noted and waits; see `windlass promotions show {key.name}`"
