"""Twin of MLflow: registry and tracking over one set of dictionaries."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime

from windlass.adapters.memory.clock import MemoryClock
from windlass.adapters.memory.faults import Faults
from windlass.adapters.mlflow_registry import no_version
from windlass.adapters.mlflow_tracking import needs_run, no_run
from windlass.adapters.version_tags import ARCHIVED, HELD, tags_of, version_of
from windlass.domain.names import Alias, ModelName, RunId, Version
from windlass.domain.versions import ModelVersion, RunRecord
from windlass.ports.clock import Clock


@dataclasses.dataclass(slots=True)
class _Stored:
    run_id: RunId
    tags: dict[str, str]
    created: datetime

    def of(self, model: ModelName, version: Version) -> ModelVersion:
        found = version_of(model, version, self.run_id, self.tags)
        return dataclasses.replace(found, created=self.created)


class MemoryRegistry:
    """Registry and Tracking ports. What was recorded can be read in `runs`."""

    def __init__(self, faults: Faults | None = None, clock: Clock | None = None) -> None:
        self.runs: dict[RunId, RunRecord] = {}
        """Deleting an entry is what `mlflow gc` does to a deleted run."""
        self._faults = faults or Faults()
        self._clock = clock or MemoryClock()
        self._models: dict[ModelName, dict[Version, _Stored]] = {}
        self._aliases: dict[tuple[ModelName, Alias], Version] = {}
        self._recorded = 0

    def version(self, model: ModelName, version: Version) -> ModelVersion | None:
        """Look a version up, with the metrics of its run."""
        with self._faults.call("registry.version"):
            stored = self._models.get(model, {}).get(version)
            if stored is None:
                return None
            found = stored.of(model, version)
            run = self.runs.get(stored.run_id)
            metrics = dict(run.metrics) if run else {}
            return dataclasses.replace(found, metrics=metrics or found.metrics)

    def versions(self, model: ModelName) -> tuple[ModelVersion, ...]:
        """All versions, oldest first, without metrics."""
        with self._faults.call("registry.versions"):
            return tuple(
                dataclasses.replace(stored.of(model, version), metrics={})
                for version, stored in self._models.get(model, {}).items()
            )

    def aliased(self, model: ModelName, alias: Alias) -> Version | None:
        """Version that carries the alias."""
        with self._faults.call("registry.aliased"):
            return self._aliases.get((model, alias))

    def aliases(self, model: ModelName) -> Mapping[Alias, Version]:
        """Every alias of a model."""
        with self._faults.call("registry.aliases"):
            return {alias: at for (name, alias), at in self._aliases.items() if name == model}

    def set_alias(self, model: ModelName, alias: Alias, version: Version) -> None:
        """Move the alias."""
        with self._faults.call("registry.set_alias", write=True):
            self._stored(model, version)
            self._aliases[model, alias] = version

    def delete_alias(self, model: ModelName, alias: Alias) -> None:
        """Remove the alias."""
        with self._faults.call("registry.delete_alias", write=True):
            self._aliases.pop((model, alias), None)

    def tag(self, model: ModelName, version: Version, tags: Mapping[str, str]) -> None:
        """Set tags on a version."""
        with self._faults.call("registry.tag", write=True):
            self._stored(model, version).tags.update(tags)

    def archive(self, model: ModelName, version: Version, reason: str) -> None:
        """Mark a version as one that nobody is to be offered."""
        with self._faults.call("registry.archive", write=True):
            self._stored(model, version).tags[ARCHIVED] = reason

    def hold(self, model: ModelName, version: Version, reason: str) -> None:
        """Mark a version so that it is not promoted again."""
        with self._faults.call("registry.hold", write=True):
            self._stored(model, version).tags[HELD] = reason

    def release(self, model: ModelName, version: Version) -> None:
        """Take the hold away."""
        with self._faults.call("registry.release", write=True):
            stored = self._models.get(model, {}).get(version)
            if stored is not None:
                stored.tags.pop(HELD, None)

    def record(self, run: RunRecord) -> RunId:
        """Keep a finished run."""
        with self._faults.call("tracking.record", write=True):
            self._recorded += 1
            run_id = RunId(f"{self._recorded:032x}")
            self.runs[run_id] = run
            return run_id

    def register(self, version: ModelVersion) -> ModelVersion:
        """Create the next version from its run; a run that already has one gives that one."""
        with self._faults.call("tracking.register", write=True):
            run_id, run = self._run_of(version)
            complete = dataclasses.replace(
                version, metrics=dict(version.metrics) or dict(run.metrics)
            )
            stored = self._models.setdefault(version.model, {})
            number = next(
                (known for known, at in stored.items() if at.run_id == run_id),
                Version(str(len(stored) + 1)),
            )
            now = self._clock.now()
            entry = stored.setdefault(number, _Stored(run_id, tags_of(complete), now))
            return entry.of(version.model, number)

    def tags(self, model: ModelName, version: Version) -> Mapping[str, str]:
        """Tags of a version, for tests to look at."""
        return dict(self._stored(model, version).tags)

    def _stored(self, model: ModelName, version: Version) -> _Stored:
        stored = self._models.get(model, {}).get(version)
        if stored is None:
            raise no_version(model, version)
        return stored

    def _run_of(self, version: ModelVersion) -> tuple[RunId, RunRecord]:
        if version.run_id is None:
            raise needs_run(version.model)
        if version.run_id not in self.runs:
            raise no_run(version.run_id)
        return version.run_id, self.runs[version.run_id]
