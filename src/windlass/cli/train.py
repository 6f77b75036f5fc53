"""`windlass train`: one training run."""

from typing import Annotated

import typer

from windlass.cli.console import Output, say, say_json
from windlass.cli.options import (
    Context,
    DataOption,
    FolderOption,
    OutputOption,
    ParamOption,
    SourceOption,
)
from windlass.cli.target import folder_of

app = typer.Typer()


@app.command(epilog="Example: windlass train predictive-maintenance --data DIR --param n_trials=20")
def train(
    pipeline: Annotated[str, typer.Argument(help="Name of the pipeline.", show_default=False)],
    data: DataOption = None,
    source: SourceOption = None,
    param: ParamOption = None,
    output: OutputOption = Output.TEXT,
    folder: FolderOption = None,
    context: Context = None,
) -> None:
    """Train one version and register it as `challenger`; without a platform, just train it."""
    from windlass.bootstrap.sources import NEED_NO_PLACE, source_of
    from windlass.cli import training
    from windlass.cli.progress import ScreenProgress, screen
    from windlass.domain.names import model_name

    place = folder_of(folder, context)
    if data is None and source not in NEED_NO_PLACE:
        raise typer.BadParameter(
            "give the files with --data DIR, or --source s3, kaggle or synthetic"
        )
    order = training.Order(
        pipeline=model_name(pipeline),
        source=source or source_of(data or ""),
        data=data or "",
        parameters=param or (),
    )
    with screen(stderr=True) as view:
        result = training.train(place, order, ScreenProgress(view))
    if output is Output.JSON:
        say_json(result)
        return
    say(f"{result['model']} version {result['version']}, bundle {result['bundle_digest']}")
    for name, value in result["metrics"].items():
        say(f"  {name:34} {value:.4g}")
