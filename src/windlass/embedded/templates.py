"""Empty databases of Prefect and MLflow, kept after their first creation.

Their migrations from nothing take about ten seconds of computing each, and a demo begins with empty
databases every time. What the migrations made is kept beside the installed packages, under the
version of its maker; where that folder is read-only, they simply run again.
"""

import logging
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

_LOG = logging.getLogger(__name__)


def template_of(package: str) -> Path:
    """Where the empty database of a package's installed version is kept."""
    return Path(sys.prefix, "share", "windlass", f"{package}-{version(package)}.db")


def provide(database: Path, template: Path, migrate: Callable[[], None]) -> None:
    """Make the database current: from the template, or by its migrations."""
    stamp = database.with_suffix(".schema")
    if not database.exists() and template.exists():
        database.parent.mkdir(parents=True, exist_ok=True)
        partial = database.with_suffix(".partial")
        shutil.copyfile(template, partial)
        partial.replace(database)
        stamp.write_text(template.name)
    if not database.exists() or not _is_stamped(stamp, template.name):
        is_new = not database.exists()
        database.parent.mkdir(parents=True, exist_ok=True)
        migrate()
        stamp.write_text(template.name)
        if is_new:
            _keep(database, template)


def _is_stamped(stamp: Path, name: str) -> bool:
    return stamp.exists() and stamp.read_text() == name


def _keep(database: Path, template: Path) -> None:
    unfinished = template.with_suffix(f".{os.getpid()}")
    try:
        template.parent.mkdir(parents=True, exist_ok=True)
        with (
            closing(sqlite3.connect(database)) as source,
            closing(sqlite3.connect(unfinished)) as target,
        ):
            source.backup(target)
        unfinished.replace(template)
    except (OSError, sqlite3.Error) as error:
        _LOG.info("the empty database is not kept in %s: %s", template.parent, error)
