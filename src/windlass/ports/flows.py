"""Flow runs and blocks (Prefect)."""

from collections.abc import Mapping
from typing import Protocol

from windlass.domain.names import FlowRunId
from windlass.domain.promotion.evaluation import FlowRun


class FlowRuns(Protocol):
    """Start, find and stop runs of a deployment named `flow/deployment`."""

    def start(self, deployment: str, key: str, parameters: Mapping[str, object]) -> FlowRun:
        """Create a run, or return the one that has this idempotency key.

        Raises InputError for an unknown deployment.
        """

    def find(self, deployment: str, key: str) -> FlowRun | None:
        """Look up the run with this idempotency key."""

    def cancel(self, flow_run: FlowRunId) -> None:
        """Ask a run to stop; a finished or unknown one stays as it is."""


class Blocks(Protocol):
    """Blocks of Prefect, named `<type slug>/<document name>`."""

    def read_field(self, block: str, field: str) -> str | None:
        """Value of a field of a block; None when field or block is missing."""

    def read(self, block: str) -> Mapping[str, object] | None:
        """All fields of a block, secret ones too."""

    def write_field(self, block: str, field: str, value: str | None) -> None:
        """Set a field of a block, other fields stay. Raises InputError for an unknown block."""

    def notify(self, block: str, subject: str, body: str) -> None:
        """Send a message through a notification block. Raises InputError for an unknown block."""
