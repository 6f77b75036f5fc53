"""`windlass promote`: apply a ModelPromotion, see what it would do, or wait for its end."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from windlass.cli.console import Output, note, say, say_json
from windlass.cli.options import Actor, Context, FolderOption, OutputOption
from windlass.cli.target import NAMESPACE, acting_on, folder_of

if TYPE_CHECKING:
    from windlass.adapters.manifest import Manifest
    from windlass.bootstrap.ports import Ports
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
) -> None:
    """Put a candidate into production: gates, approval, rollout, alias, consumers, soak.

    Exit code 0: done (with --wait: Succeeded), 1: a gate or the traffic said no, 3: a fault.
    """
    from windlass.adapters.manifest import read_manifests

    manifests = read_manifests(file)
    if len(manifests) > 1:
        raise typer.BadParameter(f"{file} holds {len(manifests)} manifests; give one at a time")
    with acting_on(folder, context) as ports:
        if dry_run:
            code = _judge(ports, manifests[0], output)
        else:
            proposal = _proposal(manifests[0], name, actor)
            place = folder_of(folder, context) if wait else None
            code = _apply(ports, proposal, place, output)
    raise typer.Exit(code)


def _proposal(manifest: "Manifest", name: str | None, actor: str | None) -> "Proposal":
    from windlass.bootstrap.environment import acting_user
    from windlass.services.proposing import Proposal

    return Proposal(
        namespace=manifest.namespace or NAMESPACE,
        name=name or manifest.name,
        annotations=manifest.annotations,
        spec=manifest.spec,
        actor=acting_user(actor),
    )


def _judge(ports: "Ports", manifest: "Manifest", output: Output) -> int:
    from windlass.cli.verdicts import print_forecast
    from windlass.services.forecasting import forecast

    found = forecast(ports.outside.registry, manifest.spec)
    print_forecast(found, output)
    return 1 if found.refused else 0


def _apply(ports: "Ports", proposal: "Proposal", place: Path | None, output: Output) -> int:
    """Apply it and, on the platform of `place`, wait for its end."""
    from windlass.services.proposing import Applied, propose

    promotion, applied = propose(ports.promotions, ports.outside.registry, proposal)
    name, phase = promotion.key.name, promotion.status.phase
    if applied is Applied.CLOSED:
        note(
            f"promotion {name} is closed ({phase}): applying it again does nothing;"
            f" `windlass promotions retry {name}`, or --name for a new one"
        )
    else:
        note(f"promotion {name} {applied}")
    if place is not None:
        promotion = _wait(ports, promotion, place)
    _tell(promotion, output)
    return exit_code(promotion) if place is not None else 0


def _wait(ports: "Ports", promotion: "Promotion", place: Path) -> "Promotion":
    from windlass.bootstrap.folder import Folder
    from windlass.bootstrap.ownership import running_pid
    from windlass.cli.watching import watch_to_the_end

    def is_running() -> bool:
        return running_pid(Folder(place)) is not None

    return watch_to_the_end(ports.promotions, promotion.key, is_running)


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
