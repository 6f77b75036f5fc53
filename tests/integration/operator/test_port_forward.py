"""The way to a cluster's Services, over a kubectl of our own."""

from pathlib import Path

import pytest

from windlass.adapters.port_forward import forwarded
from windlass.domain.errors import InputError, SystemUnavailable

FLAGS = ("--context", "moon", "--namespace", "harbour")


def kubectl(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """Have a program of that name that does this; returns the file of its arguments."""
    program, said = folder / "kubectl", folder / "arguments"
    program.write_text(f'#!/bin/sh\necho "$@" > {said}\n{script}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return said


def test_its_port_is_yielded_and_it_ends_with_the_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = 'echo "Forwarding from 127.0.0.1:43211 -> 5000"\nexec sleep 60'
    said = kubectl(tmp_path, monkeypatch, script)
    with forwarded(FLAGS, "crane-mlflow", 5000) as port:
        assert port == 43211
    expected = "--context moon --namespace harbour port-forward --address 127.0.0.1"
    assert said.read_text() == f"{expected} service/crane-mlflow :5000\n"


def test_why_there_is_no_way_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kubectl(tmp_path, monkeypatch, 'echo "services not found" >&2; exit 1')
    with (
        pytest.raises(SystemUnavailable, match="no way to crane-mlflow: services not found"),
        forwarded(FLAGS, "crane-mlflow", 5000),
    ):
        pass


def test_without_kubectl_its_lack_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="install kubectl"), forwarded(FLAGS, "x", 1):
        pass
