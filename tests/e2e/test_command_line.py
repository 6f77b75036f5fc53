"""`windlass` on this machine, acting on the release by its context."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.kube import until
from tests.support.production import MODEL, promotion
from tests.support.release import Release

pytestmark = pytest.mark.e2e


def windlass_on(release: Release, *arguments: str) -> tuple[int, str, str]:
    """Exit code, output and messages of a command."""
    context = release.kube.kubectl("config", "current-context").strip()
    where = ["--context", context, "--namespace", release.kube.namespace]
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "windlass.cli", *arguments, *where],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "KUBECONFIG": str(release.kube.kubeconfig)},
    )
    return ended.returncode, ended.stdout, ended.stderr


@pytest.fixture
def asked(windlass: Release) -> Iterator[str]:
    """A promotion that waits."""
    windlass.kube.apply(promotion("cli", "999999", suspend=True))
    until(lambda: windlass.kube.get("mprom", "cli").get("status"), 30, "a look at it")
    yield "cli"
    windlass.kube.kubectl("delete", "mprom", "cli", "--wait")


def test_promotions_are_listed_and_shown_as_on_the_embedded_platform(
    windlass: Release, asked: str
) -> None:
    code, out, err = windlass_on(windlass, "promotions", "ls", "--model", MODEL)
    assert code == 0, err
    assert out.split()[:3] == ["NAME", "MODEL", "FROM"]
    assert asked in out
    code, out, _ = windlass_on(windlass, "promotions", "show", asked, "--output", "json")
    assert code == 0
    assert json.loads(out)["metadata"]["name"] == asked


def test_a_control_is_sent_as_who_the_cluster_takes_us_for(windlass: Release, asked: str) -> None:
    code, out, err = windlass_on(windlass, "promotions", "abort", asked)
    assert code == 0, err
    assert "abort accepted" in out
    assert f"namespace {windlass.kube.namespace}" in err
    status = windlass.kube.get("mprom", asked)["status"]
    assert status["phase"] == "Aborted"
    assert windlass.kube.whoami() in status["message"]


def test_history_comes_from_the_object_store(windlass: Release, asked: str) -> None:
    windlass_on(windlass, "promotions", "abort", asked)
    code, out, err = windlass_on(windlass, "promotions", "history", asked, "--output", "json")
    assert code == 0, err
    assert [entry["step"] for entry in json.loads(out)].count("Abort") == 1


def test_who_may_not_is_told_so_in_one_line(windlass: Release, asked: str) -> None:
    code, _, err = windlass_on(windlass, "promotions", "abort", asked, "--as", "nobody")
    assert code == 2
    assert "not allowed" in err
    assert "Traceback" not in err


def test_a_context_that_is_not_there_is_named(windlass: Release) -> None:
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "windlass.cli", "promotions", "ls", "--context", "moon"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "KUBECONFIG": str(windlass.kube.kubeconfig)},
    )
    assert ended.returncode == 2
    assert "context moon" in ended.stderr
