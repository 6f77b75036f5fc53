"""Calls in a process of their own, for code that reads what others wrote and may die of it."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Crashed(Exception):
    """The process died before it could answer."""


def call_apart(function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """Call a module's function elsewhere; its exceptions come back, its death is Crashed."""
    context = get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        try:
            return pool.submit(function, *arguments, **named).result()
        except BrokenProcessPool as error:
            raise Crashed("the process that read the bundle died of it") from error
