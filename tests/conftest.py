"""What every test runs under: none of the user's settings or state, no telemetry, no proxy."""

import gc
import os
import shutil
import tempfile
from pathlib import Path, PurePosixPath

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

FOLDERS_OF_SERVERS = ("ports",)
"""Tests of such a folder share servers: with xdist they stay together on one worker."""

_FOREIGN = ("AWS_", "KAGGLE_", "KUBECONFIG", "MLFLOW_", "PG", "PREFECT_", "REDIS_", "WINDLASS_")
_OWN = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "DO_NOT_TRACK": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MPLBACKEND": "Agg",
    "NO_PROXY": "*",
    # threads that wait for each other would do so on cores that other workers' tests need
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "no_proxy": "*",
}

hypothesis.settings.register_profile("windlass", deadline=None, print_blob=True)
hypothesis.settings.load_profile("windlass")


def pytest_configure(config: pytest.Config) -> None:
    """Make the environment before any test module imports what reads it."""
    # a fourth of collecting is the collector looking through what stays until the end
    gc.disable()
    home = Path(tempfile.mkdtemp(prefix="windlass-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    for name in [name for name in os.environ if name.startswith(_FOREIGN)]:
        del os.environ[name]
    os.environ.update(
        _OWN,
        HOME=str(home),
        PREFECT_HOME=str(home / "prefect"),
        MPLCONFIGDIR=str(config.rootpath / ".matplotlib_cache"),
    )


def share_of(nodeid: str) -> str:
    """Name the part of all tests that one worker runs together: a folder of servers, or a file."""
    path = nodeid.split("::", 1)[0]
    return next((part for part in PurePosixPath(path).parts if part in FOLDERS_OF_SERVERS), path)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folder of servers, the longest part that one worker runs."""
    items.sort(key=lambda item: share_of(item.nodeid) not in FOLDERS_OF_SERVERS)


def pytest_collection_finish() -> None:
    """Leave out what was imported whenever garbage is looked for."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """Share tests out by share_of: xdist's own loadgroup does nothing under pytest 9.2."""
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = share_of
    return scheduler
