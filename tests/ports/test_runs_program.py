"""`python -m windlass.cluster.runs` as a process, its clients replaced by twins."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from windlass.bootstrap.cluster_runs import run_keeper_ports
from windlass.domain.errors import InputError
from windlass.settings import ClusterSettings, Settings

ON_TWINS = """
import sys
from contextlib import contextmanager
from windlass.adapters.memory.clock import MemoryClock
from windlass.adapters.memory.jobs import MemoryFlowJobs
from windlass.adapters.memory.runs import MemoryPoolRuns
from windlass.cluster import runs
from windlass.cluster.pod import run
from windlass.services.run_keeper import RunKeeperPorts

@contextmanager
def twins(settings):
    clock = MemoryClock()
    yield RunKeeperPorts(
        runs=MemoryPoolRuns(clock), jobs=MemoryFlowJobs(clock), clock=clock, namespace="ns"
    )

runs.run_keeper_ports = twins
run(lambda: runs.main(sys.argv[1:]))
"""
PATIENCE = 30.0


def touched(sign: Path, after: float) -> float:
    """Wait until the sign is newer; returns its age's beginning."""
    deadline = time.monotonic() + PATIENCE
    while not sign.exists() or sign.stat().st_mtime <= after:
        assert time.monotonic() < deadline, "it does not look"
        time.sleep(0.05)
    return sign.stat().st_mtime


@pytest.fixture
def sign(tmp_path: Path) -> Path:
    return tmp_path / "sign"


@pytest.fixture
def program(sign: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", ON_TWINS, str(sign)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as started:
        yield started
        started.kill()


def test_it_shows_that_it_looks_and_ends_at_once(
    program: subprocess.Popen[str], sign: Path
) -> None:
    first = touched(sign, 0)
    touched(sign, first)

    program.send_signal(signal.SIGTERM)
    began = time.monotonic()

    assert program.wait(PATIENCE) == 0
    assert time.monotonic() - began < 2
    assert program.stderr is not None
    assert program.stderr.read() == ""


@pytest.mark.parametrize("missing", ["namespace", "release", "work_pool"])
def test_a_missing_setting_is_named(missing: str) -> None:
    full = {"namespace": "ns", "release": "wind", "work_pool": "windlass"}
    settings = Settings(cluster=ClusterSettings.model_validate(full | {missing: ""}))
    with (
        pytest.raises(InputError, match=f"WINDLASS_CLUSTER__{missing.upper()} is empty"),
        run_keeper_ports(settings),
    ):
        pass


def test_outside_of_a_cluster_it_says_what_it_needs() -> None:
    settings = Settings(cluster=ClusterSettings(namespace="ns", release="wind"))
    with pytest.raises(InputError, match="service account"), run_keeper_ports(settings):
        pass
