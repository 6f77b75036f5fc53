"""Verdicts of gates, as a table or as JSON."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from windlass.cli.console import Output, result_console, say, say_json, table
from windlass.domain.promotion.gates import GateResult

if TYPE_CHECKING:
    from rich.console import RenderableType

    from windlass.services.forecasting import Forecast


def gates_table(gates: Sequence[GateResult]) -> "RenderableType":
    """One row per gate."""
    return table(("METRIC", "CANDIDATE", "CHAMPION", "VERDICT", "WHY"), [_row(g) for g in gates])


def print_forecast(found: "Forecast", output: Output) -> None:
    """Print what a dry run found."""
    if output is Output.JSON:
        say_json(_document(found))
        return
    champion = found.champion.version if found.champion else "none"
    say(f"{found.candidate.model}: candidate {found.candidate.version}, champion {champion}")
    if found.gates:
        result_console().print(gates_table(found.gates))
    for text in found.notes:
        say(text)
    say("it would be refused" if found.refused else "nothing refuses it so far")


def _row(gate: GateResult) -> tuple[str, ...]:
    verdict = f"{gate.verdict} (dry run)" if gate.dry_run else str(gate.verdict)
    why = gate.message.removeprefix(f"{gate.metric}: ")
    return gate.metric, number(gate.candidate), number(gate.champion), verdict, why


def number(value: float | None) -> str:
    """A metric in few digits."""
    return "-" if value is None else f"{value:.4g}"


def _document(found: "Forecast") -> dict[str, object]:
    return {
        "model": found.candidate.model,
        "candidate": found.candidate.version,
        "champion": found.champion.version if found.champion else None,
        "refused": found.refused,
        "gates": [
            {
                "metric": gate.metric,
                "candidate": gate.candidate,
                "champion": gate.champion,
                "verdict": gate.verdict.value,
                "message": gate.message,
                "dryRun": gate.dry_run,
            }
            for gate in found.gates
        ],
        "notes": list(found.notes),
    }
