"""What a runtime tells of itself: CSV files, Markdown artifacts, log lines, alerts, metrics."""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from prefect import get_client, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.actions import ArtifactUpdate
from prefect.exceptions import PrefectException
from prefect.settings import (
    PREFECT_API_REQUEST_TIMEOUT,
    PREFECT_CLIENT_MAX_RETRIES,
    temporary_settings,
)

from windlass.adapters.files import write_atomically
from windlass.domain.errors import WindlassError
from windlass.flows.eta_metrics import EtaMetrics
from windlass.ports.flows import Blocks
from windlass.services.eta.profiling import DESCRIPTIONS, Summary, csv_text, markdown_text
from windlass.services.eta.runtime import Runtime
from windlass.services.eta.stages import Tick

_BRIEFLY: Mapping[Any, Any] = {PREFECT_CLIENT_MAX_RETRIES: 0, PREFECT_API_REQUEST_TIMEOUT: 5}
"""Predictions wait for what is told to Prefect."""


class FlowVoice:
    """Speaks through the log of the flow run, and through notification blocks."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._log: logging.Logger | logging.LoggerAdapter[Any] = get_run_logger()

    def say(self, line: str) -> None:
        """Log a line."""
        self._log.info(line)

    def alert(self, blocks: Sequence[str], subject: str, body: str) -> None:
        """Log and send; that a message can't be sent is logged, too, and ends nothing."""
        self._log.error("%s: %s", subject, body)
        for block in blocks:
            try:
                self._blocks.notify(block, subject, body)
            except WindlassError as fault:
                self._log.error("%s could not be told: %s", block, fault)


@dataclass(slots=True, kw_only=True)
class FlowReporter:
    """Reports into a folder and to Prefect's pages."""

    voice: FlowVoice
    metrics: EtaMetrics
    folder: Path
    prefix: str
    _artifacts: dict[str, UUID] = field(default_factory=dict)

    def ticked(self, runtime: Runtime, tick: Tick) -> None:
        """Count it."""
        self.metrics.ticked(runtime, tick)

    def report(self, line: str, summaries: dict[str, Summary]) -> None:
        """Log a line and show the profiles: one artifact of each per run, however long it runs."""
        self.voice.say(line)
        for name, summary in summaries.items():
            self._write(name, summary)
        try:
            with temporary_settings(_BRIEFLY):
                for name, summary in summaries.items():
                    self._show(name, markdown_text(name, summary))
        except (httpx.HTTPError, PrefectException) as error:
            # predictions go on without Prefect
            self.voice.say(f"Prefect did not take the profiles: {error!r:.200}")

    def _write(self, name: str, summary: Summary) -> None:
        try:
            write_atomically(self.folder / f"{name}.csv", csv_text(summary).encode())
        except OSError as error:
            self.voice.say(f"{self.folder}: {name}.csv can't be written: {error.strerror}")

    def _show(self, name: str, markdown: str) -> None:
        known = self._artifacts.get(name)
        if known is not None and _updated(known, markdown):
            return
        key, told = artifact_key(self.prefix, name), DESCRIPTIONS[name]
        # typed as what an event loop would get too; here is none
        made: Any = create_markdown_artifact(markdown, key, told)
        self._artifacts[name] = made


def _updated(known: UUID, markdown: str) -> bool:
    """Replace the text of an artifact; False where somebody has deleted it."""
    try:
        with get_client(sync_client=True) as client:
            client.update_artifact(known, ArtifactUpdate(data=markdown))
    except httpx.HTTPStatusError as error:
        if error.response.status_code == HTTPStatus.NOT_FOUND:
            return False
        raise
    return True


def artifact_key(prefix: str, name: str) -> str:
    """Key of an artifact: Prefect takes small letters, digits and dashes."""
    return re.sub("[^a-z0-9]+", "-", f"{prefix}-{name}".lower()).strip("-")
