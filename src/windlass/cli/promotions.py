"""`windlass promotions`: look at them and act on them; every act records who acted."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from windlass.cli.console import Output, note, result_console, say, say_json
from windlass.cli.options import (
    Actor,
    Context,
    FolderOption,
    Namespace,
    OutputOption,
    Promotion,
)
from windlass.cli.target import Where, acting_on, reading
from windlass.domain.promotion.controls import Verb

if TYPE_CHECKING:
    from windlass.bootstrap.targets import Target
    from windlass.domain.promotion.promotion import PromotionKey

app = typer.Typer(
    help="Look at promotions and act on them; every act records who acted.", no_args_is_help=True
)


@app.command("ls", epilog="Example: windlass promotions ls --model predictive-maintenance")
def list_promotions(
    model: Annotated[str | None, typer.Option(help="Only those of one model.")] = None,
    wide: Annotated[bool, typer.Option("--wide", help="More columns.")] = False,
    output: OutputOption = Output.TEXT,
    folder: FolderOption = None,
    context: Context = None,
    namespace: Namespace = None,
) -> None:
    """List promotions, oldest first."""
    from windlass.domain.names import ModelName

    with reading(Where(folder=folder, context=context, namespace=namespace)) as target:
        found = target.promotions.list(ModelName(model) if model else None)
    if output is Output.JSON:
        from windlass.cli.documents import promotion_document

        say_json([promotion_document(promotion) for promotion in found])
    elif found:
        from windlass.cli.statuses import promotions_table

        result_console().print(promotions_table(found, wide=wide))
    else:
        of = f" of {model}" if model else ""
        note(f"no promotions{of} yet: `windlass promote -f FILE` makes one")


@app.command(epilog="Example: windlass promotions show predictive-maintenance-v7")
def show(
    name: Promotion,
    output: OutputOption = Output.TEXT,
    folder: FolderOption = None,
    context: Context = None,
    namespace: Namespace = None,
) -> None:
    """Show where a promotion stands and why: phase, gates, rollout, conditions, journal."""
    from windlass.services.proposing import required

    with reading(Where(folder=folder, context=context, namespace=namespace)) as target:
        promotion = required(target.promotions, _key(target, name))
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
    namespace: Namespace = None,
) -> None:
    """Show everything that ever happened in a promotion."""
    from windlass.cli.statuses import entry_document, journal_table
    from windlass.services.audit import history_of
    from windlass.services.proposing import required

    with reading(Where(folder=folder, context=context, namespace=namespace)) as target:
        entries = history_of(target.objects(), required(target.promotions, _key(target, name)))
    if output is Output.JSON:
        say_json([entry_document(entry) for entry in entries])
    else:
        result_console().print(journal_table(entries))


def _control(verb: Verb, doing: str) -> Callable[..., None]:
    """Command that sends one control."""

    def command(
        name: Promotion,
        actor: Actor = None,
        folder: FolderOption = None,
        context: Context = None,
        namespace: Namespace = None,
    ) -> None:
        from windlass.cli.controlling import control

        where = Where(folder=folder, context=context, namespace=namespace)
        with acting_on(where, actor) as target:
            say(control(target.promotions, _key(target, name), verb, target.actor))

    command.__doc__ = doing
    return command


_CONTROLS = {
    Verb.APPROVE: "Agree to a promotion that waits for it; its author may not.",
    Verb.REJECT: "Refuse a promotion that waits for approval; it ends Aborted.",
    Verb.ABORT: "End a promotion; routing goes back to the champion.",
    Verb.RETRY: "Begin an ended or stuck promotion again.",
    Verb.ROLLBACK: "Put the version from before the promotion back into production.",
    Verb.HOLD: "Keep the candidate from being promoted until it is released.",
    Verb.RELEASE: "Allow a held candidate to be promoted again.",
}

for _verb, _doing in _CONTROLS.items():
    _example = f"Example: windlass promotions {_verb} predictive-maintenance-v7"
    app.command(_verb.value, epilog=_example)(_control(_verb, _doing))


def _key(target: "Target", name: str) -> "PromotionKey":
    from windlass.domain.promotion.promotion import PromotionKey

    namespace, _, rest = name.rpartition("/")
    return PromotionKey(namespace or target.namespace, rest)
