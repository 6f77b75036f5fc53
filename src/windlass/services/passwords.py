"""Passwords of an installation: made once, never changed, and checked where they are given."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from windlass.domain.errors import Conflict, InputError
from windlass.ports.secrets import Secrets

RANDOM = "{random}"
"""Stands for a new password in the form of a key."""

_BYTES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A Secret and its keys."""

    name: str
    keys: Mapping[str, str]
    """Form of each key, like `windlass:{random}`."""
    given: bool
    """Whether somebody else makes it."""


def ensure(store: Secrets, wanted: Sequence[Wanted]) -> list[str]:
    """Make what is missing and say what was done; InputError where a given Secret lacks a key."""
    for each in wanted:
        if each.given:
            _check(each, store.read(each.name))
    return [line for each in wanted if not each.given for line in _complete(store, each)]


def _check(wanted: Wanted, found: Mapping[str, bytes] | None) -> None:
    keys = ", ".join(wanted.keys)
    if found is None:
        raise InputError(
            f"there is no Secret {wanted.name}, which the values name: create it with {keys}"
        )
    missing = [key for key in wanted.keys if not found.get(key)]
    if missing:
        raise InputError(f"Secret {wanted.name} lacks {', '.join(missing)}: it needs {keys}")


def _complete(store: Secrets, wanted: Wanted) -> list[str]:
    found = store.read(wanted.name)
    if found is None:
        try:
            store.create(wanted.name, _made(wanted.keys))
        except Conflict:
            # another try of the same installation was faster
            found = store.read(wanted.name) or {}
        else:
            return [f"Secret {wanted.name} made"]
    missing = {key: form for key, form in wanted.keys.items() if not found.get(key)}
    if not missing:
        return []
    store.add(wanted.name, _made(missing))
    return [f"Secret {wanted.name}: {', '.join(missing)} added"]


def _made(keys: Mapping[str, str]) -> dict[str, bytes]:
    return {
        key: form.replace(RANDOM, secrets.token_hex(_BYTES)).encode() for key, form in keys.items()
    }
