"""Tells a cancelled run from a crashed one when its process is ended.

Prefect's engine takes every SIGTERM for a crash, unless a supervisor that only the slow
`prefect flow-run execute` has told it better. Here it asks the server whether somebody cancelled
the run, and then ends as Prefect means it, hooks included.
"""

import signal
from uuid import UUID

import httpx
from prefect import flow_engine, runtime
from prefect._internal import control_listener
from prefect._internal.attempt_control import Intent
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.exceptions import PrefectException

_told = flow_engine._termination_intent


def ask_the_server() -> None:
    """Let the engine of this process ask."""
    flow_engine._termination_intent = intent


def intent() -> Intent | None:
    """Why this process is being ended: "cancel" where the server says so, None for a crash."""
    if _told() is None and _is_cancelled():
        control_listener._set_intent("cancel")
    return _told()


def end_as_the_server_says() -> None:
    """End a flow that caught its SIGTERM and is done: as Cancelled where somebody cancelled it."""
    if intent() == "cancel":
        signal.raise_signal(signal.SIGTERM)


def known_state() -> State | None:
    """State that the server has of this process's run; None where it can't be had."""
    try:
        with get_client(sync_client=True) as client:
            return client.read_flow_run(UUID(runtime.flow_run.get_id())).state
    except (httpx.HTTPError, PrefectException):
        return None


def _is_cancelled() -> bool:
    # where the reason can't be had: a crash is what everybody can see
    state = known_state()
    return state is not None and state.is_cancelling()
