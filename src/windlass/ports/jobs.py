"""Jobs of flow runs (Kubernetes)."""

from datetime import timedelta
from typing import Protocol

from windlass.domain.flow_jobs import Work


class FlowJobs(Protocol):
    """Jobs and pods of one namespace that carry a flow run's label."""

    def list(self) -> Work:
        """Read all; each says whether it is of our release."""

    def delete_job(self, name: str) -> None:
        """Delete a Job, its pods follow; a missing one changes nothing."""

    def delete_pod(self, name: str, grace: timedelta) -> None:
        """Delete a pod, or shorten the time it has left; a missing one changes nothing."""
