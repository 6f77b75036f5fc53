"""Sessions that a model learns from, and those it is judged by."""

from typing import NamedTuple

import numpy as np

from windlass.domain.errors import InputError
from windlass.pipelines.recommender.clicks import Clicks, Numbers


class Split(NamedTuple):
    """Clicks on both sides."""

    training: Clicks
    test: Clicks


def split(clicks: Clicks, test_sessions: Numbers | None, test_fraction: float) -> Split:
    """Hold back the named sessions, else those that begin last; InputError when nothing is left.

    Without names, whatever happened after the first held-back session began is not learned from,
    be it in a session that began before.
    """
    if test_sessions is not None:
        named = np.isin(clicks.sessions, test_sessions)
        return _checked(Split(clicks.where(~named), clicks.where(named)))
    sessions, firsts = np.unique(clicks.sessions, return_index=True)
    # clicks stand in the order of time, so the first of each session is its beginning
    ordered = sessions[np.argsort(firsts, kind="stable")]
    last = ordered[int(len(ordered) * (1 - test_fraction)) :]
    held_back = np.isin(clicks.sessions, last)
    begin = int(np.argmax(held_back))
    before = np.arange(len(clicks)) < begin
    return _checked(Split(clicks.where(before & ~held_back), clicks.where(held_back)))


def _checked(found: Split) -> Split:
    if not len(found.training):
        raise InputError("there is no session left to train on: give more events, or fewer to test")
    if not len(found.test):
        raise InputError("no session is held back to judge by: give more events")
    for clicks, what in ((found.training, "to train on"), (found.test, "held back to judge by")):
        if len(np.unique(clicks.sessions)) == len(clicks):
            raise InputError(
                f"no session {what} has two clicks, so that there is no next one to learn:"
                " see that column user_session names sessions, or give more events"
            )
    return found
