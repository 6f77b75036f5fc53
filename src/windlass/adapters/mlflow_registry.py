"""The model registry, MLflow."""

import dataclasses
from collections.abc import Mapping

from pydantic import BaseModel

from windlass.adapters.mlflow_rest import (
    RunReply,
    VersionReply,
    deleting,
    reading,
    versions_of,
    writing,
)
from windlass.adapters.rest import Request, Rest
from windlass.adapters.version_tags import ARCHIVED, HELD
from windlass.domain.errors import InputError
from windlass.domain.names import Alias, ModelName, Version
from windlass.domain.versions import ModelVersion


class _Alias(BaseModel):
    alias: str
    version: str


class _Model(BaseModel):
    aliases: tuple[_Alias, ...] = ()


class _ModelReply(BaseModel):
    registered_model: _Model


class MlflowRegistry:
    """Registry port over MLflow's REST API."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def version(self, model: ModelName, version: Version) -> ModelVersion | None:
        """Look a version up; metrics are its run's, or its tag's once the run is gone."""
        found = self._rest.fetch(
            VersionReply, reading("model-versions/get", name=model, version=version)
        )
        if found is None:
            return None
        known = found.model_version.of(model)
        if known.run_id is None:
            return known
        reply = self._rest.fetch(RunReply, reading("runs/get", run_id=known.run_id))
        metrics = reply.run.metrics if reply else {}
        return dataclasses.replace(known, metrics=metrics or known.metrics)

    def versions(self, model: ModelName) -> tuple[ModelVersion, ...]:
        """All versions, oldest first, without metrics."""
        found = versions_of(self._rest, model)
        return tuple(dataclasses.replace(version, metrics={}) for version in found)

    def aliased(self, model: ModelName, alias: Alias) -> Version | None:
        """Version that carries the alias.

        Read from the model's list of aliases: for a missing alias, MLflow's own look-up gives the
        same error as for a malformed request.
        """
        return self.aliases(model).get(alias)

    def aliases(self, model: ModelName) -> Mapping[Alias, Version]:
        """Version of each alias."""
        found = self._rest.fetch(_ModelReply, reading("registered-models/get", name=model))
        entries = found.registered_model.aliases if found else ()
        return {Alias(entry.alias): Version(entry.version) for entry in entries}

    def set_alias(self, model: ModelName, alias: Alias, version: Version) -> None:
        """Move the alias; where it is, is read again first."""
        if self.aliased(model, alias) != version:
            body = {"name": model, "alias": alias, "version": version}
            self._write(writing("registered-models/alias", **body), model, version)

    def delete_alias(self, model: ModelName, alias: Alias) -> None:
        """Remove the alias."""
        self._rest.send(deleting("registered-models/alias", name=model, alias=alias))

    def tag(self, model: ModelName, version: Version, tags: Mapping[str, str]) -> None:
        """Set tags on a version, one request each: MLflow has no other way."""
        for key, value in tags.items():
            body = {"name": model, "version": version, "key": key, "value": value}
            self._write(writing("model-versions/set-tag", **body), model, version)

    def archive(self, model: ModelName, version: Version, reason: str) -> None:
        """Mark a version as one that nobody is to be offered."""
        self.tag(model, version, {ARCHIVED: reason})

    def hold(self, model: ModelName, version: Version, reason: str) -> None:
        """Mark a version so that it is not promoted again."""
        self.tag(model, version, {HELD: reason})

    def release(self, model: ModelName, version: Version) -> None:
        """Take the hold away."""
        body = {"name": model, "version": version, "key": HELD}
        self._rest.send(deleting("model-versions/delete-tag", **body))

    def _write(self, request: Request, model: ModelName, version: Version) -> None:
        if not self._rest.send(request):
            raise no_version(model, version)


def no_version(model: ModelName, version: Version) -> InputError:
    """Error of a write to a version that does not exist."""
    return InputError(f"model {model} has no version {version}: train it first, or name another")
