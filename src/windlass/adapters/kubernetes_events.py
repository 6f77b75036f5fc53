"""Events of promotions, for `kubectl describe`. They vanish after an hour: status has reasons."""

import logging
from datetime import UTC, datetime

from kubernetes.client import (
    ApiClient,
    CoreV1Event,
    V1EventSource,
    V1ObjectMeta,
    V1ObjectReference,
)
from kubernetes.client.api.core_v1_api import CoreV1Api

from windlass.adapters.kubernetes_client import TIMEOUT, converted
from windlass.adapters.promotion_documents import GROUP, KIND, VERSION
from windlass.domain.errors import WindlassError
from windlass.domain.promotion.promotion import Promotion
from windlass.domain.promotion.status import Phase, PromotionStatus

_LOG = logging.getLogger(__name__)

_BAD = frozenset({Phase.FAILED, Phase.ERRORED, Phase.ROLLING_BACK, Phase.ROLLED_BACK})
_LONGEST = 1024
"""Characters of a message that the API server takes."""
_LONGEST_NAME = 230
"""Characters of a promotion's name that leave room for the time."""


class KubernetesEvents:
    """Announcements port that writes one Event for each new phase."""

    def __init__(self, client: ApiClient) -> None:
        self._core = CoreV1Api(client)

    def changed(self, before: PromotionStatus, after: Promotion) -> None:
        """Write the Event; one that can't be written is a line in the log."""
        status = after.status
        if status.phase is before.phase:
            return
        now = datetime.now(UTC)
        event = CoreV1Event(
            metadata=V1ObjectMeta(
                name=_event_name(after.key.name, now), namespace=after.key.namespace
            ),
            involved_object=V1ObjectReference(
                api_version=f"{GROUP}/{VERSION}",
                kind=KIND,
                name=after.key.name,
                namespace=after.key.namespace,
                uid=after.uid,
                resource_version=after.resource_version,
            ),
            reason=status.phase.value,
            message=(status.message or f"was {before.phase.value}")[:_LONGEST],
            type="Warning" if status.phase in _BAD else "Normal",
            source=V1EventSource(component="windlass-operator"),
            first_timestamp=now,
            last_timestamp=now,
            count=1,
        )
        try:
            with converted(f"writing an Event of {after.key}"):
                self._core.create_namespaced_event(
                    after.key.namespace, event, _request_timeout=TIMEOUT
                )
        except WindlassError as error:
            _LOG.warning("%s", error)


def _event_name(name: str, at: datetime) -> str:
    """Name an Event as client-go does: those of one second stand in order where names do."""
    return f"{name[:_LONGEST_NAME].rstrip('-.')}.{int(at.timestamp() * 1e6):x}"
