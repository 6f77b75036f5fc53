"""`windlass promote`: apply a ModelPromotion, see what it would do, or wait for its end."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from windlass.cli.console import Output, note, say, say_json
from windlass.cli.options import Actor, Context, FolderOption, Namespace, OutputOption
from windlass.cli.target import Where, acting_on, folder_of, is_running

if TYPE_CHECKING:
    from windlass.adapters.manifest import Manifest
    from windlass.bootstrap.targets import Target
    from windlass.domain.promotion.promotion import Promotion
    from windlass.services.proposing import Proposal

app = typer.Typer()


@app.command(epilog="Example: windlass promote -f promotion.yaml --wait")
def promote(
    file: Annotated[
        Path,
        typer.Option("--file", "-f", help="Manifest of the ModelPromotion.", show_default=False),
    ],
    name: Annotated[
        str | None, typer.Option(help="Name of the promotion, instead of the manifest's.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the verdicts and change nothing.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for the end and show the way.")
    ] = False,
    actor: Actor = None,
    output: OutputOption = Output.TEXT,
    folder: FolderOption = None,
    context: Context = None,
    namespace: Namespace = None,
) -> None:
    """Put a candidate into production: gates, approval, rollout, alias, consumers, soak.

    Exit code 0: done (with --wait: Succeeded), 1: a gate or the traffic said no, 3: a fault.
    """
    from windlass.adapters.manifest import read_manifests

    manifests = read_manifests(file)
    if len(manifests) > 1:
        raise typer.BadParameter(f"{file} holds {len(manifests)} manifests; give one at a time")
    where = Where(folder=folder, context=context, namespace=namespace)
    with acting_on(where, actor) as target:
        if dry_run:
            code = _judge(target, manifests[0], output)
        else:
            proposal = _proposal(target, manifests[0], name)
            code = _apply(target, proposal, where if wait else None, output)
    raise typer.Exit(code)


def _proposal(target: "Target", manifest: "Manifest", name: str | None) -> "Proposal":
    from windlass.services.proposing import Proposal

    return Proposal(
        namespace=manifest.namespace or target.namespace,
        name=name or manifest.name,
        annotations=manifest.annotations,
        spec=manifest.spec,
        actor=target.actor,
    )


def _judge(target: "Target", manifest: "Manifest", output: Output) -> int:
    from windlass.cli.verdicts import print_forecast
    from windlass.services.forecasting import forecast

    found = forecast(target.registry(), manifest.spec)
    print_forecast(found, output)
    return 1 if found.refused else 0


def _apply(target: "Target", proposal: "Proposal", wait: Where | None, output: Output) -> int:
    """Apply it and, where `wait` says which platform it is, wait for its end."""
    from windlass.services.proposing import Applied, how_to_repeat, propose

    # on a cluster its author may not be allowed to ask MLflow, and need not
    registry = target.registry() if target.embedded or proposal.name is None else None
    promotion, applied = propose(target.promotions, registry, proposal)
    name, phase = promotion.key.name, promotion.status.phase
    if applied is Applied.CLOSED:
        note(
            f"promotion {name} is closed ({phase}): applying it again does nothing;"
            f" {how_to_repeat(promotion)}"
        )
    else:
        note(f"promotion {name} {applied}")
    if wait is not None:
        promotion = _wait(target, promotion, wait)
    _tell(promotion, output)
    return exit_code(promotion) if wait is not None else 0


def _wait(target: "Target", promotion: "Promotion", where: Where) -> "Promotion":
    from windlass.services.watching import watch_to_the_end

    def may_come() -> bool:
        return bool(where.cluster) or is_running(folder_of(where.folder, None))

    def tell(line: str) -> None:
        note(f"{datetime.now():%H:%M:%S}  {line}")

    return watch_to_the_end(target.promotions, promotion.key, tell, may_come=may_come)


def exit_code(promotion: "Promotion") -> int:
    """How an ended promotion is told to scripts."""
    from windlass.domain.promotion.status import Phase

    match promotion.status.phase:
        case Phase.SUCCEEDED:
            return 0
        case Phase.ERRORED:
            return 3
        case _:
            return 1


def _tell(promotion: "Promotion", output: Output) -> None:
    if output is Output.JSON:
        from windlass.cli.documents import promotion_document

        say_json(promotion_document(promotion))
    else:
        status = promotion.status
        why = f": {status.message}" if status.message else ""
        say(f"{promotion.key.name} {status.phase}{why}")
