"""Parts of the demo that need no platform."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from windlass.adapters.manifest import read_manifests
from windlass.bootstrap.folder import Folder
from windlass.bootstrap.ownership import owned
from windlass.cli.demo.performance import MANIFEST, REQUEST, perform
from windlass.cli.demo.traffic import Reply, Tally
from windlass.cli.demo.trainer import TRAININGS, Trained, Trainer, Training
from windlass.cli.training import Order
from windlass.domain.errors import InputError, SystemUnavailable
from windlass.domain.names import RunId, Version

SAMPLES = Path(__file__).parents[3] / "k8s" / "samples"


@dataclass(slots=True)
class Shown:
    lines: list[str] = field(default_factory=list)

    def stage(self, text: str) -> None:
        self.lines.append(text)

    def step(self, text: str, done: int, total: int) -> None:
        self.lines.append(f"{text} {done}/{total}")


@dataclass(slots=True)
class FakeChild:
    code: int | None = None

    @property
    def pid(self) -> int:
        return 1

    def exit_code(self) -> int | None:
        return self.code

    def stop(self) -> None:
        self.code = 0

    def kill(self) -> None:
        self.code = 137


def trainer(tmp_path: Path, shown: Shown, child: FakeChild) -> Trainer:
    log = tmp_path / "trainer.log"
    log.touch()
    return Trainer(child, log, tmp_path, shown)


def write(made: Trainer, text: str) -> None:
    with made.log.open("a") as log:
        log.write(text)


def test_events_of_the_trainer_are_shown_once_and_whole(tmp_path: Path) -> None:
    shown = Shown()
    made = trainer(tmp_path, shown, FakeChild())
    write(made, 'a warning\n{"event": "stage", "text": "fit"}\n{"event": "step", "te')
    made.look()
    write(made, 'xt": "tune", "done": 1, "total": 2}\n')
    made.look()
    made.look()
    assert shown.lines == ["fit", "tune 1/2"]


def test_a_finished_training_is_known_by_its_name(tmp_path: Path) -> None:
    made = trainer(tmp_path, Shown(), FakeChild())
    result = {"run_id": "r", "version": "2", "metrics": {"f1": 0.5}, "model": "m"}
    write(made, json.dumps({"event": "trained", "name": "worse", "result": result}) + "\n")
    made.look()
    assert made.trained == {
        "worse": Trained(run_id=RunId("r"), version=Version("2"), metrics={"f1": 0.5})
    }


def test_a_trainer_that_died_is_a_fault(tmp_path: Path) -> None:
    made = trainer(tmp_path, Shown(), FakeChild(code=1))
    with pytest.raises(SystemUnavailable, match="training: ended with exit code 1; see "):
        made.look()


def test_requests_are_lost_unless_they_are_answered_well() -> None:
    tally = Tally()
    for reply in (Reply(200, "1", b""), Reply(200, "2", b""), Reply(503, "?", b""), None):
        tally.count(reply)
    assert str(tally) == "4 requests, 2 failed; 1 by version 1, 1 by version 2"


def test_the_demo_applies_the_sample_that_a_cluster_takes() -> None:
    [manifest] = read_manifests(SAMPLES / MANIFEST)
    assert manifest.namespace is None
    assert manifest.spec.candidate.alias == "challenger"
    assert not manifest.spec.approval.required
    assert manifest.spec.consumers == ()
    assert json.loads((SAMPLES / REQUEST).read_bytes())["machineID"] == 1


@pytest.mark.parametrize("training", TRAININGS, ids=lambda training: training.name)
def test_the_trainings_of_the_demo_are_valid(training: Training) -> None:
    parameters = training.parameters
    texts = [f"{name}={value}" for name, value in parameters.items()]
    order = Order(pipeline="predictive-maintenance", source="local", data="", parameters=texts)
    assert order.parsed().n_trials == int(parameters["n_trials"])


def test_a_folder_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match="holds something else: give another --folder"):
        perform(tmp_path)
    assert (tmp_path / "thesis.tex").exists()


def test_a_folder_whose_platform_runs_is_left_alone(tmp_path: Path) -> None:
    with owned(Folder(tmp_path)), pytest.raises(InputError, match="stop it with `windlass down"):
        perform(tmp_path)
    assert (tmp_path / "lock").exists()
