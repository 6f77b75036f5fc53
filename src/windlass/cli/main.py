"""`windlass`: exit code 0 done, 1 a gate said no, 2 wrong use or bad input, 3 unreachable.

Each error is one line; `--debug`, anywhere, shows the traceback.
"""

import sys
from collections.abc import Sequence

import typer

from windlass.cli import (
    backfill,
    eta,
    evaluate,
    flows,
    platform,
    promote,
    promotions,
    serve,
    train,
)
from windlass.cli.console import note
from windlass.cli.demo import command as demo
from windlass.domain.errors import Conflict, SystemUnavailable, WindlassError

WRONG_USE = 2
UNREACHABLE = 3
DEFECT = 70
"""A fault of ours; none of the documented codes, so that no script takes it for a gate's no."""

app = typer.Typer(
    name="windlass",
    help="Hoists models into production: train, gate, promote, serve, roll back.",
    epilog="Every command takes --debug: errors then show where they came from.",
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _part in (demo, platform, train, backfill, evaluate, promote, serve, flows):
    app.add_typer(_part.app)
app.add_typer(promotions.app, name="promotions")
app.add_typer(eta.app, name="eta")


def main() -> None:
    """Entry point of the console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    rest = [argument for argument in arguments if argument != "--debug"]
    debug = len(rest) < len(arguments)
    try:
        code = app(args=rest, prog_name="windlass", standalone_mode=False)
    except (typer.TyperException, WindlassError) as error:
        if debug:
            raise
        return _told(error)
    # the outermost boundary: a defect is one line too
    except Exception as error:
        if debug:
            raise
        note(f"windlass: defect: {type(error).__name__}: {error}; --debug shows where")
        return DEFECT
    return code if isinstance(code, int) else 0


def _told(error: typer.TyperException | WindlassError) -> int:
    if isinstance(error, typer.TyperException):
        if error.format_message():
            note(f"windlass: {error.format_message()}")
        return error.exit_code
    note("windlass: " + str(error).removeprefix("windlass: "))
    return UNREACHABLE if isinstance(error, SystemUnavailable | Conflict) else WRONG_USE
