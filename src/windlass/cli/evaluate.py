"""`windlass evaluate`: champion and candidate on the same data."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from windlass.cli.console import Output, note, result_console, say, say_json, table
from windlass.cli.options import Context, FolderOption, Namespace, OutputOption
from windlass.cli.target import Where, acting_on
from windlass.domain.errors import InputError

if TYPE_CHECKING:
    from windlass.domain.names import ModelName
    from windlass.domain.promotion.evaluation import EvaluationResult, Scores
    from windlass.ports.objects import Objects
    from windlass.services.evaluation import Dataset

app = typer.Typer()


@app.command(epilog="Example: windlass evaluate predictive-maintenance --data DIR --output json")
def evaluate(
    model: Annotated[str, typer.Argument(help="Registered model.", show_default=False)],
    data: Annotated[
        str | None,
        typer.Option(
            help="Folder or s3://bucket/prefix; the part that training held back if not given.",
            show_default=False,
        ),
    ] = None,
    candidate: Annotated[
        str | None,
        typer.Option(help="Version to compare; the newest trained one if not given."),
    ] = None,
    output: OutputOption = Output.TEXT,
    folder: FolderOption = None,
    context: Context = None,
    namespace: Namespace = None,
) -> None:
    """Score champion and candidate on the same data; nothing is changed."""
    from windlass.domain.names import Version, model_name
    from windlass.services.scoring import Wanted, compare_now

    name = model_name(model)
    with acting_on(Where(folder=folder, context=context, namespace=namespace)) as target:
        objects = target.objects()
        wanted = Wanted(
            candidate=Version(candidate) if candidate else None,
            dataset=_dataset(objects, name, data),
        )
        result = compare_now(objects, target.registry(), name, wanted)
    if output is Output.JSON:
        say_json(_document(name, result))
    else:
        say(f"{name} on data {result.dataset_digest}")
        _print(result)


def _dataset(objects: "Objects", model: "ModelName", data: str | None) -> "Dataset":
    from windlass.adapters.folder_objects import FolderObjects
    from windlass.services.datasets import fetch_dataset, holdout_prefix
    from windlass.services.scoring import prefix_of

    if data is None:
        return fetch_dataset(objects, holdout_prefix(model))
    if data.startswith("s3://"):
        return fetch_dataset(objects, prefix_of(objects, data))
    place = Path(data).absolute()
    if not place.is_dir():
        raise InputError(f"{data} is no folder; give a folder or s3://bucket/prefix")
    return fetch_dataset(FolderObjects(place.parent, "local"), place.name)


def _print(result: "EvaluationResult") -> None:
    champion = result.champion
    for role, scores in (("candidate", result.candidate), ("champion", champion)):
        if scores is not None and scores.problem is not None:
            note(f"{role}, version {scores.version}, can't be scored: {scores.problem}")
        if scores is not None and scores.seen_in_training:
            note(f"{role}, version {scores.version}, may have seen this data in training")
    names = sorted({*result.candidate.metrics, *(champion.metrics if champion else {})})
    titles = ("METRIC", _title("CANDIDATE", result.candidate), _title("CHAMPION", champion))
    rows = [(name, _value(result.candidate, name), _value(champion, name)) for name in names]
    result_console().print(table(titles, rows))


def _title(role: str, scores: "Scores | None") -> str:
    return f"{role} {scores.version}" if scores is not None else role


def _value(scores: "Scores | None", name: str) -> str:
    value = scores.metrics.get(name) if scores is not None else None
    return "-" if value is None else f"{value:.4g}"


def _document(model: str, result: "EvaluationResult") -> dict[str, object]:
    return {
        "model": model,
        "dataset_digest": result.dataset_digest,
        "candidate": _scores(result.candidate),
        "champion": _scores(result.champion) if result.champion is not None else None,
    }


def _scores(scores: "Scores") -> dict[str, object]:
    return {
        "version": scores.version,
        "bundle_digest": scores.bundle_digest,
        "metrics": dict(scores.metrics),
        "seen_in_training": scores.seen_in_training,
        "problem": scores.problem,
    }
