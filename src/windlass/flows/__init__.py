"""Flows that belong to no pipeline, and the list of all deployments."""

from typing import NamedTuple


class Deployment(NamedTuple):
    """A flow that can be started by name: `<flow>/<name>`."""

    entrypoint: str
    """Module path of the flow."""
    name: str


DEPLOYMENTS = (
    Deployment("windlass.flows.score_versions.score_versions", "score-versions"),
    Deployment("windlass.pipelines.predictive_maintenance.flow.main", "predictive-maintenance"),
)
