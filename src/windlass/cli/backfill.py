"""`windlass backfill`: one training for each of several months."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from windlass.cli.console import Output, note, say, say_json
from windlass.cli.options import (
    Context,
    DataOption,
    FolderOption,
    OutputOption,
    ParamOption,
    SourceOption,
)
from windlass.domain.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from windlass.cli.prefect_target import PrefectTarget
    from windlass.domain.months import Month

app = typer.Typer()

_AGAIN = "run it again when that is mended: months that are done are skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be trained for every month."""

    name: str
    """A pipeline, or flow and deployment."""
    source: str | None
    data: str | None
    param: Sequence[str]
    months: "Sequence[Month]"

    @property
    def place(self) -> dict[str, str]:
        """Source and data, as far as they are given."""
        from windlass.bootstrap.sources import source_of

        source = self.source or (source_of(self.data) if self.data else None)
        given = {"source": source, "data": self.data}
        return {name: value for name, value in given.items() if value}


@app.command(
    epilog="Example: windlass backfill milk-price --from 2024-01 --to 2024-06 --data DIR"
    " · windlass backfill milk-price/monthly-train-job --from 2024-01 --to 2024-06"
)
def backfill(
    name: Annotated[
        str,
        typer.Argument(
            help="A pipeline, trained in this process; or a deployment, whose runs do the work.",
            metavar="PIPELINE|FLOW/DEPLOYMENT",
            show_default=False,
        ),
    ],
    first: Annotated[str, typer.Option("--from", help="First month.", metavar="YYYY-MM")],
    last: Annotated[str, typer.Option("--to", help="Last month.", metavar="YYYY-MM")],
    data: DataOption = None,
    source: SourceOption = None,
    param: ParamOption = None,
    output: OutputOption = Output.TEXT,
    folder: FolderOption = None,
    context: Context = None,
) -> None:
    """Train a version for each month, from s3 if no data are named.

    Months that the ledger has are not trained again.
    """
    from windlass.cli.prefect_target import prefect_target
    from windlass.cli.target import folder_of
    from windlass.domain.months import months_between, parse_month

    months = tuple(months_between(parse_month(first), parse_month(last)))
    task = Task(name=name, source=source, data=data, param=param or (), months=months)
    if "/" in name:
        with prefect_target(folder, context) as target:
            failed = _tell(by_runs(target, task), output)
        if failed:
            raise typer.Exit(1)
        return
    if failed := _tell(by_training(folder_of(folder, context), task), output):
        raise InputError(f"{failed} of {len(months)} months failed; {_AGAIN}")


def by_training(folder: "Path", task: Task) -> Iterator[dict[str, object]]:
    """Train month by month in this process; a month with bad input does not stop the others."""
    from windlass.cli.progress import ScreenProgress, screen
    from windlass.cli.training import trainer

    orders = [(month, _order(task, month)) for month in task.months]
    parsed = [(month, order, order.parsed()) for month, order in orders]
    train = trainer(folder)
    for month, order, parameters in parsed:
        try:
            with screen(stderr=True) as view:
                result = train(order, parameters, ScreenProgress(view))
        except InputError as error:
            note(f"{month} failed: {error}")
            yield {"month": str(month), "state": "Failed", "message": str(error)}
            continue
        yield {"month": str(month), "state": "Completed", **result}


def by_runs(target: "PrefectTarget", task: Task) -> Iterator[dict[str, object]]:
    """Have a deployment run for each month, one after the other."""
    from uuid import uuid4

    from windlass.cli.flows import finished
    from windlass.cli.parameters import values

    given = {**values(task.param), **task.place}
    for month in task.months:
        key = f"backfill-{uuid4()}"
        run = target.flows.start(task.name, key, run_parameters(given, month))
        note(f"{month}: flow run {run.id}: {run.url}")
        run = finished(target, task.name, key)
        yield {
            "month": str(month),
            "state": run.state.value,
            "flow_run_id": run.id,
            "message": run.message,
        }


def run_parameters(given: Mapping[str, object], month: "Month") -> dict[str, object]:
    """Parameters of a flow that trains by month; what the ledger has is not done again."""
    pipeline = given.get("parameters") or {}
    if not isinstance(pipeline, dict):
        raise InputError("--param parameters: give a JSON object")
    return {
        **given,
        "year": month.year,
        "month": month.month,
        "parameters": {**pipeline, "repeat": False},
    }


def _order(task: Task, month: "Month") -> Any:
    from windlass.cli.training import Order
    from windlass.domain.names import model_name

    order = Order(
        pipeline=model_name(task.name),
        source=task.place.get("source", "s3"),
        data=task.data or "",
        parameters=[*task.param, f"year={month.year}", f"month={month.month}", "repeat=false"],
    )
    if not order.knows("year", "month", "repeat"):
        raise InputError(f"{order.pipeline} does not train by month: use `windlass train`")
    return order


def _tell(results: Iterator[dict[str, object]], output: Output) -> int:
    """Print what came of each month; how many failed."""
    found = []
    for result in results:
        found.append(result)
        if output is Output.TEXT:
            version = f" version {result['version']}" if "version" in result else ""
            say(f"{result['month']} {result['state']}{version}")
    if output is Output.JSON:
        say_json(found)
    return sum(result["state"] != "Completed" for result in found)
