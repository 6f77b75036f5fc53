"""MLflow's REST API without MLflow: the operator's memory is part of the product."""

import dataclasses
from datetime import UTC, datetime

from pydantic import BaseModel

from windlass.adapters.rest import DEFAULT_TIMEOUT, Problem, Request, Rest
from windlass.adapters.version_tags import version_of
from windlass.domain.names import ModelName, RunId, Version
from windlass.domain.versions import ModelVersion

SYSTEM = "MLflow"

_API = "/api/2.0/mlflow/"


def mlflow_rest(
    url: str, auth: tuple[str, str] | None = None, timeout: float = DEFAULT_TIMEOUT
) -> Rest:
    """Client of the MLflow server at `url`; `auth` is user and password."""
    return Rest(_explain, url, system=SYSTEM, auth=auth, timeout=timeout)


def reading(endpoint: str, **params: str) -> Request:
    """GET request of an endpoint like `runs/get`."""
    return Request(method="GET", path=_API + endpoint, params=params)


def writing(endpoint: str, **body: object) -> Request:
    """POST request of an endpoint like `runs/create`."""
    return Request(method="POST", path=_API + endpoint, body=body)


def deleting(endpoint: str, **body: object) -> Request:
    """DELETE request of an endpoint like `registered-models/alias`."""
    return Request(method="DELETE", path=_API + endpoint, body=body)


def versions_of(rest: Rest, model: ModelName) -> tuple[ModelVersion, ...]:
    """All versions of a model, oldest first, with the metrics of their tags."""
    quote = '"' if "'" in model else "'"
    wanted = f"name={quote}{model}{quote}"
    found: list[ModelVersion] = []
    token = ""
    while True:
        request = reading("model-versions/search", filter=wanted, page_token=token)
        page = rest.fetch(_VersionsReply, request) or _VersionsReply()
        found += (item.of(model) for item in page.model_versions)
        token = page.next_page_token
        if not token:
            return tuple(sorted(found, key=lambda item: int(item.version)))


class _Tag(BaseModel):
    key: str
    value: str = ""


class _Version(BaseModel):
    version: str
    run_id: str = ""
    tags: tuple[_Tag, ...] = ()
    creation_timestamp: int = 0

    def of(self, model: ModelName) -> ModelVersion:
        tags = {tag.key: tag.value for tag in self.tags}
        run_id = RunId(self.run_id) if self.run_id else None
        known = version_of(model, Version(self.version), run_id, tags)
        created = datetime.fromtimestamp(self.creation_timestamp / 1000, UTC)
        return dataclasses.replace(known, created=created if self.creation_timestamp else None)


class VersionReply(BaseModel):
    """Answer of `model-versions/get` and `create`."""

    model_version: _Version


class _VersionsReply(BaseModel):
    model_versions: tuple[_Version, ...] = ()
    next_page_token: str = ""


class _Metric(BaseModel):
    key: str
    value: float


class _RunInfo(BaseModel):
    run_id: RunId
    artifact_uri: str


class _RunData(BaseModel):
    metrics: tuple[_Metric, ...] = ()


class _Experiment(BaseModel):
    experiment_id: str


class ExperimentReply(BaseModel):
    """Answer of `experiments/get-by-name`."""

    experiment: _Experiment


class Run(BaseModel):
    """A run as MLflow tells it."""

    info: _RunInfo
    data: _RunData = _RunData()

    @property
    def metrics(self) -> dict[str, float]:
        """Last value of each metric."""
        return {metric.key: metric.value for metric in self.data.metrics}


class RunReply(BaseModel):
    """Answer of `runs/get` and `create`."""

    run: Run


def _explain(status: int, body: object) -> Problem | None:
    if not isinstance(body, dict) or "error_code" not in body:
        return None
    missing = body["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    return Problem(missing, str(body.get("message", body["error_code"])))
