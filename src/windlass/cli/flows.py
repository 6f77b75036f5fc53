"""`windlass trigger` and `deploy`: flow runs and deployments."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from windlass.cli.console import Output, note, say, say_json
from windlass.cli.options import Context, FolderOption, OutputOption
from windlass.cli.target import acting_on, folder_of

if TYPE_CHECKING:
    from windlass.bootstrap.ports import Ports
    from windlass.domain.promotion.evaluation import FlowRun

app = typer.Typer()

_LOOK_SECONDS = 0.5


@app.command(
    epilog="Example: windlass trigger score-versions/score-versions --param model=x --wait"
)
def trigger(
    deployment: Annotated[
        str,
        typer.Argument(help="Flow and deployment.", metavar="FLOW/DEPLOYMENT", show_default=False),
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
    """Start a run of a deployment; with --wait, exit code 3 unless it completes."""
    from uuid import uuid4

    from windlass.cli.parameters import values

    if deployment.count("/") != 1:
        raise typer.BadParameter(f"{deployment}: give it as FLOW/DEPLOYMENT")
    key, parameters = f"trigger-{uuid4()}", values(param or [])
    with acting_on(folder, context) as ports:
        run = ports.outside.flows.start(deployment, key, parameters)
        note(f"flow run {run.id}: {run.url}")
        if wait:
            run = _finished(ports, deployment, key)
    _tell(run, output)
    if wait and run.state.value != "Completed":
        raise typer.Exit(3)


@app.command(epilog="Example: windlass deploy")
def deploy(folder: FolderOption = None, context: Context = None) -> None:
    """Write all deployments to the Prefect server; doing it again changes nothing."""
    from windlass.cli.training import join_platform, prefect_faults
    from windlass.embedded.deploying import deploy_all

    with acting_on(folder, context):
        join_platform(folder_of(folder, context))
        with prefect_faults():
            deployed = deploy_all()
    for name in deployed:
        say(name)


def _finished(ports: "Ports", deployment: str, key: str) -> "FlowRun":
    """Wait for the end of the run with this key, telling each new state."""
    told = None
    while True:
        run = ports.outside.flows.find(deployment, key)
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
