"""Promotions in one SQLite file, which command line and supervisor use at the same time.

The file has one revision, raised by every write and given to what was written as its resource
version, as in the store behind the Kubernetes API server.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import Any

from windlass.adapters import wire
from windlass.adapters.files import locked
from windlass.adapters.promotion_rules import (
    Application,
    annotated,
    created,
    oldest_first,
    reapplied,
    unchanged_since,
)
from windlass.adapters.wire_values import instant, instant_text
from windlass.domain.errors import InputError, SystemUnavailable
from windlass.domain.names import ModelName
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.spec import PromotionSpec
from windlass.domain.promotion.status import PromotionStatus
from windlass.ports.clock import Clock

_FORMAT = 1
"""Of the tables; a file with a higher one was written by a newer Windlass."""
_BUSY_SECONDS = 10
_COLUMNS = (
    "namespace, name, model, uid, generation, resource_version, created_at, annotations,"
    " finalized, deleted, spec, status"
)
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS promotions ({_COLUMNS}, PRIMARY KEY (namespace, name));
CREATE TABLE IF NOT EXISTS revision (value INTEGER NOT NULL);
INSERT INTO revision SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM revision);
PRAGMA user_version = {_FORMAT};
"""


class SqlitePromotions:
    """May be shared by threads; a process opens the file once."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._lock = RLock()
        self._database = self._open()

    def get(self, key: PromotionKey) -> Promotion | None:
        """Read one."""
        with self._converted():
            return self._find(key)

    def list(self, model: ModelName | None = None) -> tuple[Promotion, ...]:
        """Read all, or all of one model, oldest first."""
        with self._converted():
            rows = self._database.execute(
                f"SELECT {_COLUMNS} FROM promotions WHERE model = ? OR ? IS NULL", (model, model)
            ).fetchall()
        return tuple(sorted(map(_promotion, rows), key=oldest_first))

    def apply(
        self, key: PromotionKey, spec: PromotionSpec, annotations: Mapping[str, str]
    ) -> Promotion:
        """Create it, or change its spec and add annotations."""
        applied = Application(key=key, spec=spec, annotations=annotations)
        with self._transaction():
            current = self._find(key)
            if current is None:
                return self._save(created(applied, self._clock.now()))
            return self._replace(current, reapplied(current, applied))

    def write_status(self, promotion: Promotion, status: PromotionStatus) -> Promotion:
        """Replace the status."""
        return self._change(promotion, lambda current: replace(current, status=status))

    def annotate(self, promotion: Promotion, changes: Mapping[str, str | None]) -> Promotion:
        """Set annotations; None removes one."""
        return self._change(promotion, lambda current: annotated(current, changes))

    def finalize(self, promotion: Promotion, finalized: bool) -> Promotion:
        """Set or remove our finalizer; a deleted one goes with it."""
        return self._change(promotion, lambda current: replace(current, finalized=finalized))

    def delete(self, key: PromotionKey) -> None:
        """Ask for its deletion: it goes once it carries no finalizer."""
        with self._transaction():
            current = self._find(key)
            if current is not None:
                self._replace(current, replace(current, deleted=True))

    def changes(self) -> int:
        """Return the file's revision: as long as it is the same, nothing changed. Cheap."""
        with self._converted():
            return self._revision()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def _change(self, read: Promotion, change: Callable[[Promotion], Promotion]) -> Promotion:
        with self._transaction():
            current = unchanged_since(read, self._find(read.key))
            return self._replace(current, change(current))

    def _replace(self, current: Promotion, changed: Promotion) -> Promotion:
        if changed == current:
            return current
        if changed.deleted and not changed.finalized:
            return self._remove(changed)
        return self._save(changed)

    def _save(self, promotion: Promotion) -> Promotion:
        saved = replace(promotion, resource_version=str(self._raise_revision()))
        values = _row(saved)
        marks = ", ".join("?" for _ in values)
        self._database.execute(
            f"INSERT OR REPLACE INTO promotions ({_COLUMNS}) VALUES ({marks})", values
        )
        return saved

    def _remove(self, promotion: Promotion) -> Promotion:
        self._raise_revision()
        where = "namespace = ? AND name = ?"
        self._database.execute(f"DELETE FROM promotions WHERE {where}", promotion.key)
        return promotion

    def _find(self, key: PromotionKey) -> Promotion | None:
        where = "namespace = ? AND name = ?"
        row = self._database.execute(
            f"SELECT {_COLUMNS} FROM promotions WHERE {where}", key
        ).fetchone()
        return None if row is None else _promotion(row)

    def _revision(self) -> int:
        found: int = self._database.execute("SELECT value FROM revision").fetchone()[0]
        return found

    def _raise_revision(self) -> int:
        self._database.execute("UPDATE revision SET value = value + 1")
        return self._revision()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._converted(), self._database:
            self._database.execute("BEGIN IMMEDIATE")
            yield

    @contextmanager
    def _converted(self) -> Iterator[None]:
        with self._lock, _faults(self._path):
            yield

    def _open(self) -> sqlite3.Connection:
        # SQLite waits for nobody while it changes the way a new file is written
        with _faults(self._path), locked(self._path.with_suffix(".lock")):
            database = sqlite3.connect(
                self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                _prepare(database, self._path)
            except (sqlite3.Error, InputError):
                database.close()
                raise
        return database


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise SystemUnavailable("promotion store", f"{path}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise InputError(f"{path} can't be read ({error}): move it away to begin anew") from error
    except OSError as error:
        raise SystemUnavailable("promotion store", f"{path}: {error.strerror}") from error


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    written_by = database.execute("PRAGMA user_version").fetchone()[0]
    if written_by > _FORMAT:
        raise InputError(f"{path} was written by a newer Windlass: use that one, or move it away")
    database.execute("PRAGMA synchronous = FULL")
    if written_by < _FORMAT:
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")


def _row(promotion: Promotion) -> tuple[Any, ...]:
    return (
        *promotion.key,
        promotion.spec.model,
        promotion.uid,
        promotion.generation,
        promotion.resource_version,
        instant_text(promotion.created_at),
        json.dumps(dict(promotion.annotations)),
        promotion.finalized,
        promotion.deleted,
        json.dumps(wire.dump_spec(promotion.spec)),
        json.dumps(wire.dump_status(promotion.status)),
    )


@lru_cache(maxsize=4096)
def _promotion(row: tuple[Any, ...]) -> Promotion:
    """Parse a row. Cached, since every sweep reads all rows and hardly any has changed."""
    namespace, name, _, uid, generation, version, created_at, *rest = row
    annotations, finalized, deleted, spec, status = rest
    return Promotion(
        key=PromotionKey(namespace, name),
        uid=uid,
        generation=generation,
        resource_version=version,
        created_at=instant(created_at),
        annotations=json.loads(annotations),
        finalized=bool(finalized),
        deleted=bool(deleted),
        spec=wire.structure(PromotionSpec, json.loads(spec), f"{name}: spec"),
        status=wire.parse_status(json.loads(status), f"{name}: status"),
    )
