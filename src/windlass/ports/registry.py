"""The model registry (MLflow)."""

from collections.abc import Mapping
from typing import Protocol

from windlass.domain.names import Alias, ModelName, RunId, Version
from windlass.domain.versions import ModelVersion, RunRecord


class Registry(Protocol):
    """Versions, aliases, tags and the runs behind them."""

    def version(self, model: ModelName, version: Version) -> ModelVersion | None:
        """Look a version up, with the metrics of its run."""

    def versions(self, model: ModelName) -> tuple[ModelVersion, ...]:
        """All versions, oldest first; empty for an unknown model. Metrics are left out."""

    def aliased(self, model: ModelName, alias: Alias) -> Version | None:
        """Version that carries the alias."""

    def aliases(self, model: ModelName) -> Mapping[Alias, Version]:
        """Every alias of a model; none for an unknown one."""

    def set_alias(self, model: ModelName, alias: Alias, version: Version) -> None:
        """Move the alias; moving it to where it is changes nothing.

        Raises InputError for a version that does not exist, as `tag`, `archive` and `hold` do.
        """

    def delete_alias(self, model: ModelName, alias: Alias) -> None:
        """Remove the alias; removing a missing one changes nothing."""

    def tag(self, model: ModelName, version: Version, tags: Mapping[str, str]) -> None:
        """Set tags on a version."""

    def archive(self, model: ModelName, version: Version, reason: str) -> None:
        """Mark a version as one that nobody is to be offered; it keeps its bundle and aliases."""

    def hold(self, model: ModelName, version: Version, reason: str) -> None:
        """Mark a version so that it is not promoted again."""

    def release(self, model: ModelName, version: Version) -> None:
        """Take the hold away; none there changes nothing."""


class Tracking(Protocol):
    """Where training runs are logged and versions come from."""

    def record(self, run: RunRecord) -> RunId:
        """Log a finished run in one batch."""

    def register(self, version: ModelVersion) -> ModelVersion:
        """Create the next version of `version.model` from its run; `version.version` is ignored.

        A run that already has a version of this model gives that one, so that it may be repeated.
        Raises InputError for an unknown run.
        """
