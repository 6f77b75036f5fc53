"""`windlass serve`: one more inference server."""

from typing import Annotated

import typer

from windlass.cli.console import note
from windlass.cli.options import Context, FolderOption
from windlass.cli.target import folder_of, not_running, shown

app = typer.Typer()

Port = Annotated[int, typer.Option(min=1, max=65535)]


@app.command(epilog="Example: windlass serve predictive-maintenance --port 8080")
def serve(
    model: Annotated[str, typer.Argument(help="Registered model.", show_default=False)],
    port: Port = 8080,
    admin_port: Port = 8081,
    folder: FolderOption = None,
    context: Context = None,
) -> None:
    """Serve the champion of a model until Ctrl-C; it obeys the routing that promotions write."""
    from windlass.bootstrap.folder import Folder
    from windlass.bootstrap.ownership import running_pid
    from windlass.domain.names import model_name
    from windlass.embedded.inference_server import serve_model

    place = folder_of(folder, context)
    if running_pid(Folder(place)) is None:
        raise not_running(place)
    note(f"target: the embedded platform in {shown(place)}")
    name = model_name(model)
    serve_model(place, name, ports=(port, admin_port), kept=f"{name}-{port}")
