"""Runs the flow of a pod, as `python -m windlass.flows.engine`: Prefect's engine and one answer.

Prefect's engine starts in half the time of `prefect flow-run execute`, but takes every SIGTERM for
a crash: it hears the reason from a supervisor that only the slow way has. Here it asks the server
whether somebody cancelled the run, and then ends as Prefect means it, hooks included.
"""

import runpy
from uuid import UUID

import httpx
from prefect import flow_engine, runtime
from prefect._internal import control_listener
from prefect._internal.attempt_control import Intent
from prefect.client.orchestration import get_client
from prefect.exceptions import PrefectException

_told = flow_engine._termination_intent


def intent() -> Intent | None:
    """Why this process is being ended: "cancel" where the server says so, None for a crash."""
    if _told() is None and _is_cancelled():
        control_listener._set_intent("cancel")
    return _told()


def _is_cancelled() -> bool:
    try:
        with get_client(sync_client=True) as client:
            state = client.read_flow_run(UUID(runtime.flow_run.get_id())).state
    except (httpx.HTTPError, PrefectException):
        # the reason can't be had: a crash is what everybody can see
        return False
    return state is not None and state.is_cancelling()


if __name__ == "__main__":
    flow_engine._termination_intent = intent
    runpy.run_module("prefect.engine", run_name="__main__")
