"""`windlass backfill` on made-up data, without a platform."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import market
from windlass.cli import backfill as command
from windlass.cli import main, training
from windlass.domain.months import Month
from windlass.pipelines.milk_price import steps


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(training, "adopt", lambda _: None)
    for name, content in market.files().items():
        path = tmp_path / "prices" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "prices"


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Months that were really trained."""
    found: list[str] = []
    learn: Callable[..., Any] = steps.fit_forecaster

    def counted(prepared: Any, threads: int) -> Any:
        found.append(str(prepared.dataset.months[-1]))
        return learn(prepared, threads)

    monkeypatch.setattr(steps, "fit_forecaster", counted)
    return found


def backfill(data: Path, first: str, last: str, *more: str) -> int:
    return main.run(
        [
            *("backfill", "milk-price", "--from", first, "--to", last, "--data", str(data)),
            *("--param", "iterations=5", "--output", "json", *more),
        ]
    )


def test_each_month_is_trained_once_and_a_back_fill_goes_on_where_it_was(
    data: Path, trained: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert backfill(data, "2023-02", "2023-03") == 0
    first = json.loads(capsys.readouterr().out)
    assert backfill(data, "2023-01", "2023-04") == 0
    again = json.loads(capsys.readouterr().out)
    assert trained == ["2023-02", "2023-03", "2023-01", "2023-04"]
    assert [month["month"] for month in again] == ["2023-01", "2023-02", "2023-03", "2023-04"]
    assert [month["bundle_digest"] for month in again[1:3]] == [
        month["bundle_digest"] for month in first
    ]


def test_a_month_without_data_fails_alone(
    data: Path, trained: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert backfill(data, "2022-12", "2023-01") == main.WRONG_USE
    told = capsys.readouterr()
    assert [month["state"] for month in json.loads(told.out)] == ["Failed", "Completed"]
    assert "1 of 2 months failed; run it again when that is mended" in told.err
    assert trained == ["2023-01"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["milk-price", "--from", "2024-02", "--to", "2024-01"], "give the earlier one first"),
        (["milk-price", "--from", "January", "--to", "2024-01"], "'January' is no month"),
        (["weather", "--from", "2024-01", "--to", "2024-01"], "unknown pipeline weather"),
        (
            ["predictive-maintenance", "--from", "2024-01", "--to", "2024-01"],
            "does not train by month",
        ),
    ],
)
def test_what_can_not_be_meant_is_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["backfill", *arguments]) == main.WRONG_USE
    assert said in capsys.readouterr().err


def test_a_deployments_runs_are_told_their_month_and_not_to_repeat() -> None:
    given = {"source": "s3", "parameters": {"depth": 3}}
    assert command.run_parameters(given, Month(2024, 2)) == {
        "source": "s3",
        "year": 2024,
        "month": 2,
        "parameters": {"depth": 3, "repeat": False},
    }
