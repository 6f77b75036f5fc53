"""Errors are one line with a documented exit code."""

from pathlib import Path

import pytest

from windlass.cli import main
from windlass.domain.errors import Conflict, InputError, SystemUnavailable

PROMOTION = """
apiVersion: windlass.dev/v1alpha1
kind: ModelPromotion
spec: {model: milk-price, candidate: {alias: challenger}}
"""


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("fault", "code", "line"),
    [
        (InputError("no such file"), 2, "windlass: no such file\n"),
        (SystemUnavailable("MLflow", "is down"), 3, "windlass: MLflow: is down\n"),
        (Conflict("it changed"), 3, "windlass: it changed\n"),
        (ValueError("oops"), 70, "windlass: defect: ValueError: oops; --debug shows where\n"),
    ],
)
def test_each_fault_has_its_code_and_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    fault: Exception,
    code: int,
    line: str,
) -> None:
    def fail(**_: object) -> None:
        raise fault

    monkeypatch.setattr(main, "app", fail)
    assert main.run(["status"]) == code
    assert capsys.readouterr() == ("", line)


def test_debug_shows_where_a_fault_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(args: list[str], **_: object) -> None:
        raise InputError(f"given {args}")

    monkeypatch.setattr(main, "app", fail)
    with pytest.raises(InputError, match=r"given \['status', '-o', 'json'\]"):
        main.run(["status", "--debug", "-o", "json"])


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["status", "--nonsense"],
        ["promote"],
        ["up", "--prefect-port", "99999"],
        ["trigger", "no-deployment"],
        ["trigger", "a/b", "--param", "novalue"],
        ["promotions", "show"],
        ["status", "--output", "xml"],
    ],
)
def test_wrong_use_exits_with_2_and_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main.run(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("windlass: ")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["status"],
        ["evaluate", "milk-price"],
        ["trigger", "a/b"],
        ["deploy"],
        ["serve", "milk-price"],
        ["promote", "-f", "promotion.yaml"],
        ["promote", "-f", "promotion.yaml", "--dry-run"],
        *(["promotions", verb, "x"] for verb in ("show", "history", "approve", "reject", "abort")),
        *(["promotions", verb, "x"] for verb in ("retry", "rollback", "hold", "release")),
        ["promotions", "ls"],
    ],
)
def test_without_a_platform_the_command_that_starts_one_is_named(
    empty_folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    (empty_folder / "promotion.yaml").write_text(PROMOTION)
    assert main.run(arguments) == 3
    said = capsys.readouterr()
    assert said.err == "windlass: no platform runs in .windlass: start one with `windlass up`\n"
    assert said.out == ""


def test_the_command_that_starts_a_platform_names_its_folder(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main.run(["status", "--folder", "other"]) == 3
    assert "`windlass up --folder other`" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["promotions", "ls"], ["promote", "-f", "promotion.yaml"]])
def test_a_context_that_is_not_there_is_named(
    empty_folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    (empty_folder / "promotion.yaml").write_text(PROMOTION)
    assert main.run([*arguments, "--context", "kind-kind"]) == 2
    said = capsys.readouterr().err
    assert "context kind-kind: " in said
    assert "`kubectl config get-contexts` lists those there are" in said


def test_what_acts_on_this_machine_alone_refuses_a_context(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main.run(["serve", "pumps", "--context", "kind-kind"]) == 2
    assert "this command acts on the embedded platform only" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PROMOTION.replace("candidate", "canditate"), "canditate"),
        (PROMOTION.replace("alias: challenger", "alias: a, version: '1'"), "exactly one"),
        (PROMOTION + "---" + PROMOTION, "holds 2 manifests"),
        ("", "empty"),
    ],
)
def test_a_bad_manifest_is_one_line(
    empty_folder: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    (empty_folder / "promotion.yaml").write_text(text)
    assert main.run(["promote", "-f", "promotion.yaml"]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_stopping_what_does_not_run_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["down"]) == 0
    assert capsys.readouterr().err == "no platform runs in .windlass\n"
