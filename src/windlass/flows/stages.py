"""How a stage of a training becomes a Prefect task: retries, timeout, a name that tells.

Values pass between stages in memory: nothing is cached or persisted, since trials resume from the
object store and every later stage may be repeated.
"""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from datetime import timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.exceptions import MissingContextError
from prefect.tasks import exponential_backoff
from prefect.utilities.annotations import opaque

from windlass.bootstrap.training import Quiet
from windlass.domain.errors import InputError
from windlass.services.training import Progress
from windlass.services.trials import Ask, Trial

Log = logging.Logger | logging.LoggerAdapter[Any]

P = ParamSpec("P")
R = TypeVar("R")

RETRIES = 3
FIRST_PAUSE = timedelta(seconds=2)
TIMEOUT = timedelta(hours=2)

WATCHER: ContextVar[Progress | None] = ContextVar("WATCHER", default=None)
"""Who else is told of the progress of a flow that runs in this process."""


def run_as_task(stage: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a stage as a task of the current flow."""
    words = [stage.__name__, *(str(arg) for arg in args if isinstance(arg, str) and arg)]
    title = " ".join(words)
    hidden = [opaque(arg) for arg in args]
    result: R = _task(stage, title)(*hidden, **kwargs)
    return result


def run_trials(trial: Callable[[Ask], Trial], asks: Sequence[Ask]) -> Iterable[Trial]:
    """Run the trials of one round side by side, each as a task; their search has the timeout."""
    tasks = [(ask, _task(trial, f"trial {ask.number:03d}", timeout=None)) for ask in asks]
    futures = [each.submit(opaque(ask)) for ask, each in tasks]
    return [future.result() for future in futures]


def _task(function: Callable[..., Any], title: str, timeout: timedelta | None = TIMEOUT) -> Any:
    return task(
        name=title,
        task_run_name=title,
        retries=RETRIES,
        retry_delay_seconds=exponential_backoff(int(FIRST_PAUSE.total_seconds())),
        retry_condition_fn=_is_worth_another_try,
        timeout_seconds=timeout.total_seconds() if timeout else None,
        cache_policy=NO_CACHE,
        persist_result=False,
    )(_logged(function, title))


def _logged(function: Callable[P, R], title: str) -> Callable[P, R]:
    """Note in the task's log when it begins, and that it is done."""

    @wraps(function)
    def logged(*args: P.args, **kwargs: P.kwargs) -> R:
        log, began = get_run_logger(), time.monotonic()
        log.info("%s begins", title)
        result = function(*args, **kwargs)
        log.info("%s is done after %.1f s", title, time.monotonic() - began)
        return result

    return logged


def _is_worth_another_try(_: object, __: object, state: Any) -> bool:
    """Bad input stays bad; anything else may have been an outage."""
    return not isinstance(state.data, InputError)


class LoggedProgress:
    """Progress in the flow run's log, and for whoever watches in this process."""

    def __init__(self) -> None:
        self._log: Log = get_run_logger()
        self._watcher = WATCHER.get() or Quiet()

    def stage(self, text: str) -> None:
        """Log that a stage begins."""
        self._current().info(text)
        self._watcher.stage(text)

    def step(self, text: str, done: int, total: int) -> None:
        """Log how far the stage is."""
        self._current().info("%s: %d of %d", text, done, total)
        self._watcher.step(text, done, total)

    def _current(self) -> Log:
        """The log of the task that speaks, else of the flow run."""
        try:
            return get_run_logger()
        except MissingContextError:
            return self._log
