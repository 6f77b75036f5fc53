"""PostgreSQL by its own client library, which takes its connection from PG* variables."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2

from windlass.domain.errors import InputError, SystemUnavailable

SYSTEM = "PostgreSQL"

_SECONDS = 5
_PAUSE = 0.5

_ADVICE = {
    "password authentication failed": (
        "the Secret's password is not the database's: restart the bundled PostgreSQL, which takes"
        " the Secret's over (kubectl rollout restart statefulset), or mend the Secret"
    ),
    "no pg_hba.conf entry": "the server lets nobody in from here: mend its pg_hba.conf",
}
"""What trying again does not mend, by words of the server."""


def check(connection: str = "") -> None:
    """Connect and ask; SystemUnavailable for now, InputError for good."""
    with closing(_connected(connection)) as session, session.cursor() as cursor:
        cursor.execute("SELECT 1")


@contextmanager
def advisory_lock(name: str) -> Iterator[None]:
    """Hold a lock of the database's, which a killed holder loses with its connection.

    It is asked for again and again: a statement that waits would hold a snapshot, for whose end
    the holder's CREATE INDEX CONCURRENTLY waits in turn.
    """
    with closing(_connected("")) as session:
        session.autocommit = True
        with session.cursor() as cursor:
            while not _taken(cursor, name):
                time.sleep(_PAUSE)
            yield


def _taken(cursor: "psycopg2.extensions.cursor", name: str) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", (name,))
    [(taken,)] = cursor.fetchall()
    return bool(taken)


def _connected(connection: str) -> "psycopg2.extensions.connection":
    try:
        return psycopg2.connect(connection, connect_timeout=_SECONDS)
    except psycopg2.OperationalError as error:
        said = " ".join(str(error).split())
        for words, advice in _ADVICE.items():
            if words in said:
                raise InputError(f"{SYSTEM}: {said}; {advice}") from error
        raise SystemUnavailable(SYSTEM, said) from error
