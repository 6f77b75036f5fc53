"""`windlass up`, `down` and `status`: the embedded platform of a folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from windlass.cli.console import Output, note, result_console, say, say_json, table
from windlass.cli.options import FolderOption, OutputOption
from windlass.cli.target import folder_of, not_running, shown

if TYPE_CHECKING:
    from windlass.adapters.platform_file import PlatformRecord, ProcessRecord
    from windlass.settings import EmbeddedSettings

app = typer.Typer()

Port = Annotated[int | None, typer.Option(min=1, max=65535, show_default="a free one")]


@app.command(epilog="Example: windlass up --detach --prefect-port 4200")
def up(
    folder: FolderOption = None,
    prefect_port: Port = None,
    mlflow_port: Port = None,
    redis_port: Port = None,
    serving_port: Port = None,
    detach: Annotated[bool, typer.Option(help="Return once everything is ready.")] = False,
) -> None:
    """Run the platform: Prefect, MLflow, an object store, Redis, serving and the reconciler."""
    ports = {
        "prefect_port": prefect_port,
        "mlflow_port": mlflow_port,
        "redis_port": redis_port,
        "serving_port": serving_port,
    }
    given = {name: port for name, port in ports.items() if port is not None}
    place = folder_of(folder, None)
    if detach:
        from windlass.cli.detaching import start_detached

        start_detached(place, given)
        _show(place, Output.TEXT)
    else:
        from windlass.cli.foreground import run_in_foreground

        run_in_foreground(place, _wanted(given))


@app.command(epilog="Example: windlass down")
def down(folder: FolderOption = None) -> None:
    """Stop the platform that runs in the folder; its state stays."""
    from windlass.bootstrap.folder import Folder
    from windlass.bootstrap.ownership import running_pid, stop_running

    place = folder_of(folder, None)
    pid = running_pid(Folder(place))
    if pid is None:
        note(f"no platform runs in {shown(place)}")
        return
    stop_running(Folder(place), pid)
    say(f"stopped the platform in {shown(place)}")


@app.command(epilog="Example: windlass status --output json")
def status(folder: FolderOption = None, output: OutputOption = Output.TEXT) -> None:
    """Show what runs, where, and whether it answers; exit code 3 unless all of it does."""
    if not _show(folder_of(folder, None), output):
        raise typer.Exit(3)


def _wanted(given: dict[str, int]) -> "EmbeddedSettings":
    from windlass.bootstrap.environment import settings

    return settings().embedded.model_copy(update=given)


def _show(place: Path, output: Output) -> bool:
    """Print the status; whether everything answers."""
    from windlass.adapters.platform_file import read_record
    from windlass.bootstrap.folder import Folder
    from windlass.bootstrap.ownership import running_pid
    from windlass.embedded.health import is_healthy

    pid, record = running_pid(Folder(place)), read_record(place)
    if pid is None or record is None or record.pid != pid:
        raise not_running(place)
    health = {one.name: is_healthy(one.health) for one in record.processes}
    if output is Output.JSON:
        say_json(_document(record, health))
    else:
        logs = shown(Folder(place).logs)
        say(f"platform in {shown(place)}, process {pid}, {record.state}; logs in {logs}")
        rows = [_row(one, health[one.name]) for one in record.processes]
        result_console().print(table(("NAME", "HEALTH", "PID", "ADDRESS"), rows))
    return all(health.values()) and record.state == "ready"


def _row(one: "ProcessRecord", healthy: bool) -> tuple[str, ...]:
    state = "ok" if healthy else "down"
    return one.name, state, str(one.pid or "-"), one.url


def _document(record: "PlatformRecord", health: dict[str, bool]) -> dict[str, object]:
    return {
        "pid": record.pid,
        "state": record.state,
        "started_at": record.started_at.isoformat(),
        "processes": [
            {"name": one.name, "healthy": health[one.name], "url": one.url, "pid": one.pid}
            for one in record.processes
        ],
    }
