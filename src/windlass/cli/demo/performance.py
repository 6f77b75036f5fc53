"""A performance of the demo: an empty folder, a platform, the story, what is left to look at."""

import shutil
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import windlass
from windlass.bootstrap.folder import Folder
from windlass.bootstrap.ownership import running_pid
from windlass.cli.console import table
from windlass.cli.demo.story import Chapter, Ending, Stage, play
from windlass.cli.demo.trainer import Trainer
from windlass.cli.foreground import running
from windlass.cli.progress import Screen, ScreenProgress, screen
from windlass.cli.target import shown
from windlass.cli.verdicts import number
from windlass.domain.errors import InputError
from windlass.embedded.platform import Platform
from windlass.settings import EmbeddedSettings

MANIFEST = Path("promotion-predictive-maintenance.yaml")
REQUEST = Path("predictive-maintenance", "sample.json")


def perform(place: Path) -> None:
    """Play the demo from an empty folder and say where to look on."""
    folder, samples = Folder(place), _samples()
    _empty(folder)
    with screen() as view:
        platform = Platform(
            folder=folder, wanted=EmbeddedSettings(), tell=lambda text: view.busy("platform", text)
        )
        with running(platform) as ended, _trainer(platform, ended, view) as trainer:
            stage = Stage(
                platform=platform,
                ended=ended,
                trainer=trainer,
                screen=view,
                manifest=samples / MANIFEST,
                request=(samples / REQUEST).read_bytes(),
            )
            ending = play(stage)
        view.done("everything stopped; nothing is left running")
    _tell(view, folder, ending)


def _samples() -> Path:
    """The samples of the clone that the package is installed from, or of the current folder."""
    clone = Path(windlass.__file__).parents[2]
    for root in (clone, Path.cwd()):
        if (root / "k8s" / "samples" / MANIFEST).exists():
            return root / "k8s" / "samples"
    raise InputError("there is no k8s/samples here: run the demo in a clone of the repository")


def _empty(folder: Folder) -> None:
    """Begin anew; a folder that no demo made is not touched."""
    pid = running_pid(folder)
    if pid is not None:
        option = f"--folder {shown(folder.root)}"
        raise InputError(
            f"a platform runs in {shown(folder.root)} (process {pid}):"
            f" stop it with `windlass down {option}`"
        )
    if folder.root.exists() and any(folder.root.iterdir()):
        if not (folder.root / "lock").exists():
            raise InputError(f"{shown(folder.root)} holds something else: give another --folder")
        shutil.rmtree(folder.root)


@contextmanager
def _trainer(platform: Platform, ended: "Future[None]", view: Screen) -> Iterator[Trainer]:
    """The child that trains; it starts as soon as it can be told where Prefect will be."""
    while not platform.connections.prefect.api_url:
        if ended.done():
            ended.result()
        sleep(0.02)

    api = platform.connections.prefect.api_url
    trainer = Trainer.start(platform.folder, api, ScreenProgress(view))
    try:
        yield trainer
    finally:
        trainer.child.stop()


def _tell(view: Screen, folder: Folder, ending: Ending) -> None:
    titles = ("VERSION", "AVERAGE PRECISION", "F1", "NAIVE BASELINE", "VERDICT")
    view.console.print()
    view.console.print(table(titles, [_row(chapter) for chapter in ending.chapters]))
    view.console.print(f"In production: version {ending.in_production}. Traffic: {ending.tally}.")
    view.console.print("Plots:")
    for chapter in ending.chapters:
        for plot in _plots(folder, chapter):
            view.console.print(f"  {shown(plot)}", soft_wrap=True)
    option = f"--folder {shown(folder.root)}"
    view.console.print(f"Open the Prefect and MLflow pages: windlass up {option}", soft_wrap=True)


def _row(chapter: Chapter) -> tuple[str, ...]:
    metrics = chapter.trained.metrics
    return (
        chapter.trained.version,
        number(metrics.get("average_precision")),
        number(metrics.get("f1")),
        number(metrics.get("baseline_average_precision")),
        chapter.verdict,
    )


def _plots(folder: Folder, chapter: Chapter) -> list[Path]:
    artifacts = (folder.mlflow / "artifacts").glob(f"*/{chapter.trained.run_id}/artifacts")
    return sorted(plot for run in artifacts for plot in run.glob("plots/*.png"))
