"""`windlass promotions`: look at them and act on them; every act records who acted."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from windlass.cli.console import Output, note, result_console, say, say_json, table
from windlass.cli.options import Actor, Context, FolderOption, OutputOption, Promotion
from windlass.cli.target import NAMESPACE, acting_on, folder_of, reading
from windlass.domain.promotion.controls import Verb

if TYPE_CHECKING:
    from windlass.domain.promotion.promotion import Promotion as Stored
    from windlass.domain.promotion.promotion import PromotionKey
    from windlass.ports.promotions import Promotions

app = typer.Typer(
    help="Look at promotions and act on them; every act records who acted.", no_args_is_help=True
)

_REPLY_SECONDS = 10.0


@app.command("ls", epilog="Example: windlass promotions ls --model predictive-maintenance")
def list_promotions(
    model: Annotated[str | None, typer.Option(help="Only those of one model.")] = None,
    wide: Annotated[bool, typer.Option("--wide", help="More columns.")] = False,
    output: OutputOption = Output.TEXT,
    folder: FolderOption = None,
    context: Context = None,
) -> None:
    """List promotions, oldest first."""
    from windlass.domain.names import model_name

    with reading(folder, context) as promotions:
        found = promotions.list(model_name(model) if model else None)
    if output is Output.JSON:
        from windlass.cli.documents import promotion_document

        say_json([promotion_document(promotion) for promotion in found])
    elif found:
        from windlass.cli.statuses import promotions_table

        result_console().print(promotions_table(found, wide=wide))
    else:
        note("no promotions yet: `windlass promote -f FILE` makes one")


@app.command(epilog="Example: windlass promotions show predictive-maintenance-v7")
def show(
    name: Promotion,
    output: OutputOption = Output.TEXT,
    folder: FolderOption = None,
    context: Context = None,
) -> None:
    """Show where a promotion stands and why: phase, gates, rollout, conditions, journal."""
    from windlass.services.proposing import required

    with reading(folder, context) as promotions:
        promotion = required(promotions, _key(name))
    if output is Output.JSON:
        from windlass.cli.documents import promotion_document

        say_json(promotion_document(promotion))
    else:
        from windlass.cli.statuses import details

        result_console().print(*details(promotion), sep="\n")


@app.command(epilog="Example: windlass promotions history predictive-maintenance-v7")
def history(
    name: Promotion,
    output: OutputOption = Output.TEXT,
    folder: FolderOption = None,
    context: Context = None,
) -> None:
    """Show everything that ever happened in a promotion."""
    from windlass.cli.statuses import journal_table
    from windlass.services.audit import history_of
    from windlass.services.proposing import required

    with reading(folder, context) as promotions:
        promotion = required(promotions, _key(name))
    entries = history_of(_objects(folder, context), promotion)
    if output is Output.JSON:
        say_json([_entry_document(entry) for entry in entries])
    else:
        result_console().print(journal_table(entries))
