"""Feature rows in PostgreSQL, or in an SQLite file by the same statements.

Each feature set has a table of its own, one column per feature, so that people can look at it with
plain SQL. SQLAlchemy is imported, and the database asked, when features are first used.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from windlass.domain.errors import InputError, SystemUnavailable
from windlass.ports.features import Ask, FeatureRow, FeatureSet, Values

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Table

SYSTEM = "feature database"

KEPT = 5
"""Datasets of a feature set that stay, the last written ones."""

_OWN = ("dataset", "entity", "moment")


class FeatureDatabase:
    """May be shared by threads; `address` is SQLAlchemy's, a secret where it holds a password."""

    def __init__(self, address: str) -> None:
        self._address = address

    def write(self, kind: FeatureSet, dataset: str, rows: Sequence[FeatureRow]) -> None:
        """Replace the rows of a dataset in one transaction."""
        from sqlalchemy import delete, insert

        with self._connected() as connection:
            table = _table(connection, kind)
            connection.execute(delete(table).where(table.c.dataset == dataset))
            if rows:
                connection.execute(insert(table), [_record(kind, dataset, row) for row in rows])
            _keep_newest(connection, table, dataset)

    def as_of(self, kind: FeatureSet, dataset: str, asks: Sequence[Ask]) -> list[Values | None]:
        """Newest values at each moment, joined by the database."""
        found: list[Values | None] = [None] * len(asks)
        if not asks:
            return found
        with self._connected() as connection:
            table, asked = _table(connection, kind), _asked(connection, asks)
            for number, *values in connection.execute(_join(table, asked, dataset)).all():
                found[number] = tuple(values)
            asked.drop(connection)
        return found

    def close(self) -> None:
        """Close the connections."""
        if "_engine" in self.__dict__:
            self._engine.dispose()

    @cached_property
    def _engine(self) -> "Engine":
        from sqlalchemy import create_engine, make_url

        known = make_url(self._address)
        if known.get_backend_name() == "sqlite" and known.database:
            Path(known.database).parent.mkdir(parents=True, exist_ok=True)
        return create_engine(self._address, pool_pre_ping=True)

    @contextmanager
    def _connected(self) -> Iterator["Connection"]:
        """A transaction, whose faults are told in our words."""
        from sqlalchemy.exc import DBAPIError, SQLAlchemyError

        try:
            with self._engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            # an outage; or two that create a table at once, among others: the next try finds it
            raise SystemUnavailable(SYSTEM, " ".join(str(error.orig).split())) from error
        except SQLAlchemyError as error:
            raise InputError(f"{SYSTEM}: {error}") from error


def _table(connection: "Connection", kind: FeatureSet) -> "Table":
    """The table of a set, made where there is none."""
    from sqlalchemy import BigInteger, Column, Float, MetaData, Table, Text

    table = Table(
        kind.name,
        MetaData(),
        Column("dataset", Text, primary_key=True),
        Column("entity", Text, primary_key=True),
        Column("moment", BigInteger, primary_key=True, autoincrement=False),
        *(Column(name, Float(53)) for name in kind.features),
    )
    table.create(connection, checkfirst=True)
    return table


def _written(connection: "Connection") -> "Table":
    """The table that says when which dataset was written."""
    from sqlalchemy import BigInteger, Column, MetaData, Table, Text

    table = Table(
        "feature_datasets",
        MetaData(),
        Column("kind", Text, primary_key=True),
        Column("dataset", Text, primary_key=True),
        Column("number", BigInteger, nullable=False),
    )
    table.create(connection, checkfirst=True)
    return table


def _keep_newest(connection: "Connection", table: "Table", dataset: str) -> None:
    """Note that a dataset was written, and forget those written long before."""
    from sqlalchemy import delete, func, insert, select

    written = _written(connection)
    ours = written.c.kind == table.name
    newest = connection.scalar(select(func.max(written.c.number)).where(ours)) or 0
    connection.execute(delete(written).where(ours, written.c.dataset == dataset))
    note = {"kind": table.name, "dataset": dataset, "number": newest + 1}
    connection.execute(insert(written), [note])
    order = select(written.c.dataset).where(ours).order_by(written.c.number.desc())
    old = connection.scalars(order.offset(KEPT)).all()
    connection.execute(delete(written).where(ours, written.c.dataset.in_(old)))
    connection.execute(delete(table).where(table.c.dataset.in_(old)))


def _asked(connection: "Connection", asks: Sequence[Ask]) -> "Table":
    """The asks as a table of this connection's own."""
    from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text, insert

    asked = Table(
        f"asked_{uuid4().hex[:12]}",
        MetaData(),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("entity", Text),
        Column("moment", BigInteger),
        prefixes=["TEMPORARY"],
    )
    asked.create(connection)
    rows = [{"number": n, "entity": ask.entity, "moment": ask.moment} for n, ask in enumerate(asks)]
    connection.execute(insert(asked), rows)
    return asked


def _join(table: "Table", asked: "Table", dataset: str) -> Any:
    """Statement that gives the number of each ask that has an answer, and the answer."""
    from sqlalchemy import and_, func, select

    older = table.alias()
    of_entity = and_(older.c.dataset == dataset, older.c.entity == asked.c.entity)
    newest = select(func.max(older.c.moment)).where(of_entity, older.c.moment <= asked.c.moment)
    match = and_(
        table.c.dataset == dataset,
        table.c.entity == asked.c.entity,
        table.c.moment == newest.scalar_subquery(),
    )
    values = [column for column in table.c if column.name not in _OWN]
    return select(asked.c.number, *values).join_from(asked, table, match)


def _record(kind: FeatureSet, dataset: str, row: FeatureRow) -> Mapping[str, object]:
    values = [None if value is None or math.isnan(value) else value for value in row.values]
    own = (dataset, row.entity, row.moment)
    return dict(zip((*_OWN, *kind.features), (*own, *values), strict=True))
