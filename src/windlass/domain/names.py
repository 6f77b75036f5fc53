"""Identifiers: one NewType per kind, so that a version can't be passed where a digest belongs."""

from typing import NewType

ModelName = NewType("ModelName", str)
"""Registered model in MLflow, with hyphens: `predictive-maintenance`."""

Version = NewType("Version", str)
"""MLflow model version: a number as text."""

Alias = NewType("Alias", str)

RunId = NewType("RunId", str)
"""MLflow run."""

FlowRunId = NewType("FlowRunId", str)
"""Prefect flow run, a UUID as text."""

Digest = NewType("Digest", str)
"""`sha256:` and 64 hexadecimal digits."""


def module_name(name: str) -> str:
    """Python spelling of a pipeline's or model's name."""
    return name.replace("-", "_")


def model_name(name: str) -> ModelName:
    """Public spelling of a pipeline's or model's name."""
    return ModelName(name.replace("_", "-"))
