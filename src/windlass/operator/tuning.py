"""kopf as a watch and nothing else."""

import sys
from typing import Any

import kopf


class NoDiffs(kopf.DiffBaseStorage):
    """Remembers nothing on the objects: kopf would copy and compare each of them at each event."""

    def build(self, **_: Any) -> kopf.BodyEssence:
        """Nothing of an object is compared."""
        return kopf.BodyEssence()

    def fetch(self, **_: Any) -> kopf.BodyEssence | None:
        """Nothing was remembered."""
        return None

    def store(self, **_: Any) -> None:
        """Nothing is remembered."""


def only_watch(settings: kopf.OperatorSettings) -> None:
    """Rights in one namespace are enough, and Events are written with their reason elsewhere.

    The thread of the watch gets its turn from the reconciler's threads every millisecond.
    """
    sys.setswitchinterval(0.001)
    settings.scanning.disabled = True
    settings.posting.enabled = False
    settings.persistence.diffbase_storage = NoDiffs()
    settings.watching.server_timeout = 120
    settings.watching.client_timeout = 150
    settings.watching.connect_timeout = 5
