"""`windlass trigger` and `deploy`: flow runs and deployments."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from windlass.cli.console import Output, note, say, say_json
from windlass.cli.options import Context, FolderOption, OutputOption
from windlass.cli.prefect_target import PrefectTarget, prefect_target

if TYPE_CHECKING:
    from windlass.domain.promotion.evaluation import FlowRun

app = typer.Typer()

_LOOK_SECONDS = 0.5


@app.command(
    epilog="Example: windlass trigger score-versions/score-versions --param model=x --wait"
)
def trigger(
    deployment: Annotated[
        str,
        typer.Argument(
            help="Its flow and name, or its id.", metavar="FLOW/DEPLOYMENT|ID", show_default=False
        ),
    ],
    param: Annotated[
        list[str] | None,
        typer.Option(help="Parameter of the flow; repeatable.", metavar="NAME=VALUE"),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for its end.")] = False,
    output: OutputOption = Output.TEXT,
    folder: FolderOption = None,
    context: Context = None,
) -> None:
    """Start a run of a deployment; with --wait, exit code 1 unless it completes."""
    from uuid import uuid4

    from windlass.adapters.prefect_rest import is_id
    from windlass.cli.parameters import values

    by_id = is_id(deployment)
    if deployment.count("/") != 1 and not by_id:
        raise typer.BadParameter(f"{deployment}: give it as FLOW/DEPLOYMENT, or its id")
    key, parameters = f"trigger-{uuid4()}", values(param or [])
    with prefect_target(folder, context) as target:
        name = target.flows.name_of(deployment) if by_id else deployment
        run = target.flows.start(name, key, parameters)
        note(f"flow run {run.id}: {run.url}")
        if wait:
            run = finished(target, name, key)
    _tell(run, output)
    if wait and run.state.value != "Completed":
        raise typer.Exit(1)


@app.command(epilog="Example: windlass deploy")
def deploy(
    wait_seconds: Annotated[
        float,
        typer.Option(min=0, help="Wait so long for the server and, on a cluster, the work pool."),
    ] = 0,
    folder: FolderOption = None,
    context: Context = None,
) -> None:
    """Write all deployments of prefect.yaml to the Prefect server; again changes nothing."""
    from windlass.services.patience import patiently

    with prefect_target(folder, context) as target:
        for line in patiently(lambda: _deployed(target), wait_seconds, note):
            say(line)


def _deployed(target: PrefectTarget) -> tuple[str, ...]:
    from windlass.cli.training import join_platform

    if target.platform is not None:
        # before Prefect is imported, which would else read the user's own profile
        join_platform(target.platform)
    from windlass.flows.deploying import deploy_all

    return deploy_all(target.rest, served=target.platform is not None)


def finished(target: PrefectTarget, deployment: str, key: str) -> "FlowRun":
    """Wait for the end of the run with this key, telling each new state."""
    told = None
    while True:
        run = target.flows.find(deployment, key)
        if run is not None and run.state is not told:
            note(f"{run.state} {run.message}".rstrip())
            told = run.state
        if run is not None and run.state.finished:
            return run
        time.sleep(_LOOK_SECONDS)


def _tell(run: "FlowRun", output: Output) -> None:
    if output is Output.JSON:
        say_json({"id": run.id, "state": run.state, "message": run.message, "url": run.url})
    else:
        say(f"{run.id} {run.state}")
