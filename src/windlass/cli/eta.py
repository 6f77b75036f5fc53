"""`windlass eta`: the streaming runtime of transit ETA."""

from typing import Annotated

import typer

from windlass.cli.console import Output, note, say, say_json
from windlass.cli.options import Context, FolderOption, OutputOption

app = typer.Typer(help="The streaming runtime of transit ETA.", no_args_is_help=True)

_PREFIX = "--profiling-artifact-key-prefix"

RuntimeBlock = Annotated[
    str | None,
    typer.Option(help="Block with the settings, like eta-runtime/prod.", show_default=False),
]
BlockName = Annotated[
    str, typer.Option(help="Name of the block, like eta-runtime/prod.", show_default=False)
]
ModelKey = Annotated[
    str | None,
    typer.Option(help="Model and version, like transit-eta/3.", show_default=False),
]
NotificationBlock = Annotated[
    list[str] | None,
    typer.Option(help="Block that alerts go to, like slack/eta-alerts; repeatable."),
]
ArtifactPrefix = Annotated[
    str | None,
    typer.Option(_PREFIX, help="Begins the keys of the profiling artifacts.", show_default=False),
]


@app.command(epilog="Example: windlass eta run --model-key transit-eta/1 --iterations 1")
def run(
    runtime_block: RuntimeBlock = None,
    iterations: Annotated[int, typer.Option(min=0, help="Ticks; 0: without end.")] = 0,
    poll_interval: Annotated[
        float | None, typer.Option(min=0, help="Seconds from tick to tick.", show_default=False)
    ] = None,
    max_batch: Annotated[
        int | None, typer.Option(min=0, help="Vehicles per tick; 0: all.", show_default=False)
    ] = None,
    max_stops: Annotated[
        int | None, typer.Option(min=1, help="Stops ahead to predict.", show_default=False)
    ] = None,
    model_key: ModelKey = None,
    notification_block: NotificationBlock = None,
    profiling_artifact_key_prefix: ArtifactPrefix = None,
    metrics_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of /metrics; 0: none.")
    ] = 0,
    output: OutputOption = Output.TEXT,
    folder: FolderOption = None,
    context: Context = None,
) -> None:
    """Run the runtime in this process, until Ctrl-C or for some ticks.

    What is given here wins over Redis key eta:settings, which wins over the block.
    """
    from windlass.cli.eta_process import run_here

    totals = run_here(
        folder,
        context,
        {
            "runtime_block": runtime_block or "",
            "iterations": iterations,
            "poll_interval": poll_interval,
            "max_batch": max_batch,
            "max_stops": max_stops,
            "model_key": model_key,
            "notification_blocks": notification_block,
            "profiling_artifact_key_prefix": profiling_artifact_key_prefix,
            "metrics_port": metrics_port,
        },
    )
    if output is Output.JSON:
        say_json(totals)
        return
    for name, value in totals.items():
        say(f"{name:10} {value}")


@app.command(
    epilog="Example: windlass eta save-block --block-name eta-runtime/prod"
    " --model-key transit-eta/1 --overwrite"
)
def save_block(
    block_name: BlockName,
    redis_host: Annotated[
        str, typer.Option(help="Host of Redis; the platform's own if not given.")
    ] = "",
    redis_port: Annotated[int, typer.Option(min=1, max=65535, help="Port of that Redis.")] = 6379,
    redis_db: Annotated[int, typer.Option(min=0, help="Number of its database.")] = 0,
    redis_password_secret: Annotated[
        str | None,
        typer.Option(help="Secret block with its password, like redis/primary."),
    ] = None,
    model_key: ModelKey = None,
    notification_block: NotificationBlock = None,
    profiling_artifact_key_prefix: ArtifactPrefix = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace its settings.")] = False,
    folder: FolderOption = None,
    context: Context = None,
) -> None:
    """Save settings as a Prefect block; a runtime that names it reads it when it starts."""
    from windlass.cli.eta_process import save_settings

    given = {
        "redis_host": redis_host,
        "redis_port": redis_port,
        "redis_db": redis_db,
        "redis_password_secret": redis_password_secret,
        "model_key": model_key,
        "notification_blocks": notification_block,
        "profiling_artifact_key_prefix": profiling_artifact_key_prefix,
    }
    known = {name: value for name, value in given.items() if value not in (None, "", [])}
    say(save_settings((folder, context), block_name, known, overwrite=overwrite))


@app.command(
    epilog="Example: windlass eta deploy --block-name eta-runtime/prod --work-pool windlass"
)
def deploy(
    block_name: BlockName,
    work_pool: Annotated[
        str | None, typer.Option(help="Work pool; the release's own if not given.")
    ] = None,
    env_block: Annotated[
        str | None,
        typer.Option(help="Block of variables for its runs, like env/runtime."),
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(help="One more tag; repeatable.")] = None,
    folder: FolderOption = None,
    context: Context = None,
) -> None:
    """Write the deployment prefect-eta-runtime/eta-runtime with a block of settings.

    `windlass deploy` writes it as prefect.yaml has it again.
    """
    from windlass.cli.eta_process import deploy_runtime

    told = deploy_runtime((folder, context), block_name, work_pool, env_block, tag or [])
    say(told)
    note("start it with `windlass trigger prefect-eta-runtime/eta-runtime`, or its schedule")
