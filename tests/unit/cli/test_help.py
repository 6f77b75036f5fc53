"""Every command explains itself with an example."""

from typing import Any

import pytest
import typer.main

from windlass.cli import main

GROUP: Any = typer.main.get_command(main.app)


def commands() -> list[list[str]]:
    found = []
    for name, command in GROUP.commands.items():
        below = getattr(command, "commands", None)
        found += [[name, inner] for inner in below] if below else [[name]]
    return found


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_help_has_an_example(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run([*command, "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"Example: windlass {' '.join(command)}" in said


def test_all_documented_commands_exist() -> None:
    wanted = [
        "up",
        "down",
        "status",
        "train",
        "backfill",
        "evaluate",
        "promote",
        "promotions",
        "eta",
        "serve",
        "trigger",
        "deploy",
        "demo",
    ]
    assert sorted(wanted) == sorted({command[0] for command in commands()})


def test_all_commands_of_the_streaming_runtime_exist() -> None:
    assert sorted(c[1] for c in commands() if c[0] == "eta") == ["deploy", "run", "save-block"]


def test_all_acts_on_promotions_exist() -> None:
    wanted = [
        "ls",
        "show",
        "history",
        "approve",
        "reject",
        "abort",
        "retry",
        "rollback",
        "hold",
        "release",
    ]
    assert sorted(wanted) == sorted(c[1] for c in commands() if c[0] == "promotions")
