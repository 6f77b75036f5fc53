"""Empty databases are made once and copied afterwards."""

import sqlite3
from contextlib import closing
from pathlib import Path

from windlass.embedded.templates import provide


class Migrations:
    """Writes a table, as migrations do, and counts how often it was asked to."""

    def __init__(self, database: Path) -> None:
        self.database = database
        self.runs = 0

    def __call__(self) -> None:
        self.runs += 1
        with closing(sqlite3.connect(self.database)) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS runs (id)")
            connection.commit()


def tables(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]


def test_the_second_empty_database_is_a_copy_of_the_first(tmp_path: Path) -> None:
    template = tmp_path / "share" / "prefect-1.db"
    first, second = Migrations(tmp_path / "a" / "p.db"), Migrations(tmp_path / "b" / "p.db")
    for migrations in (first, second):
        provide(migrations.database, template, migrations)
    assert (first.runs, second.runs) == (1, 0)
    assert tables(second.database) == ["runs"]


def test_a_current_database_is_left_alone(tmp_path: Path) -> None:
    migrations = Migrations(tmp_path / "p.db")
    for _ in range(2):
        provide(migrations.database, tmp_path / "prefect-1.db", migrations)
    assert migrations.runs == 1


def test_a_database_of_another_version_is_migrated(tmp_path: Path) -> None:
    migrations = Migrations(tmp_path / "p.db")
    provide(migrations.database, tmp_path / "prefect-1.db", migrations)
    provide(migrations.database, tmp_path / "prefect-2.db", migrations)
    assert migrations.runs == 2
    assert not (tmp_path / "prefect-2.db").exists()


def test_where_no_template_can_be_kept_migrations_run_each_time(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("a file where a folder is needed")
    migrations = Migrations(tmp_path / "p.db")
    provide(migrations.database, blocked / "prefect-1.db", migrations)
    assert tables(migrations.database) == ["runs"]
