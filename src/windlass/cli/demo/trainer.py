"""Three trainings in a process of their own: the demo's own process stays free to show things.

The child writes what happens as JSON lines to its log; `Trainer` reads them. A training begins once
its file lies in a folder.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from windlass.bootstrap.environment import child_environment
from windlass.bootstrap.folder import Folder
from windlass.domain.errors import SystemUnavailable
from windlass.domain.names import RunId, Version
from windlass.embedded.children import Child, LeashedChild, Plan, module
from windlass.embedded.plans import prefect_variables
from windlass.services.training import Progress

DATA = "data"
"""Folder of the made-up telemetry."""
SIGNS = "trainings"
"""Folder of files that let trainings begin; the platform's own signs are cleared at its start."""
MODULE = "windlass.cli.demo.training_child"


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """One training of the story."""

    name: str
    parameters: Mapping[str, str]


FIRST = Training(
    name="first",
    parameters={"n_trials": "2", "folds": "2", "iterations": "20", "max_depth": "2"},
)
"""Few small trees, so that there is something to improve."""
WORSE = Training(
    name="worse", parameters={"n_trials": "1", "folds": "2", "iterations": "3", "max_depth": "1"}
)
BETTER = Training(name="better", parameters={"n_trials": "2", "folds": "2"})
TRAININGS = (FIRST, WORSE, BETTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What came of a training."""

    run_id: RunId
    version: Version
    metrics: Mapping[str, float]


@dataclass(slots=True)
class Trainer:
    """The child, as the story sees it."""

    child: Child
    log: Path
    signs: Path
    progress: Progress
    trained: dict[str, Trained] = field(default_factory=dict)
    _read: int = 0

    @classmethod
    def start(cls, folder: Folder, api: str, progress: Progress) -> "Trainer":
        """Start the child; it loads its libraries while the platform starts."""
        log, signs = folder.logs / "trainer.log", folder.root / SIGNS
        signs.mkdir(parents=True)
        own = prefect_variables(folder, api)
        plan = Plan(
            name="trainer",
            command=module(MODULE, str(signs), str(folder.root / DATA)),
            environment=child_environment(folder.root, own),
            log=log,
        )
        return cls(LeashedChild(plan), log, signs, progress)

    def begin(self, training: Training) -> None:
        """Let a training begin."""
        (self.signs / training.name).touch()

    def look(self) -> None:
        """Take up what the child wrote; SystemUnavailable when it died."""
        text = self.log.read_text(errors="replace")
        whole = text[self._read : text.rfind("\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            if line.startswith('{"event"'):
                self._take(json.loads(line))
        code = self.child.exit_code()
        if code and len(self.trained) < len(TRAININGS):
            raise SystemUnavailable("training", f"ended with exit code {code}; see {self.log}")

    def _take(self, event: Mapping[str, object]) -> None:
        match event:
            case {"event": "stage", "text": str(text)}:
                self.progress.stage(text)
            case {"event": "step", "text": str(text), "done": int(done), "total": int(total)}:
                self.progress.step(text, done, total)
            case {"event": "trained", "name": str(name), "result": dict(result)}:
                self.trained[name] = Trained(
                    run_id=RunId(str(result["run_id"])),
                    version=Version(str(result["version"])),
                    metrics={key: float(value) for key, value in result["metrics"].items()},
                )
