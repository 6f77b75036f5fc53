"""ModelPromotions as the API server writes them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from windlass.adapters import wire
from windlass.adapters.wire_values import instant
from windlass.domain.errors import InputError
from windlass.domain.promotion.promotion import Promotion, PromotionKey

GROUP, VERSION, PLURAL = "windlass.dev", "v1alpha1", "modelpromotions"
KIND = "ModelPromotion"
FINALIZER = "windlass.dev/promotion"
"""On open promotions only: deleting one waits for the way back."""

Document = Mapping[str, Any]


def promotion_of(document: Document) -> Promotion:
    """Read an object; InputError names what this version can't read."""
    metadata = document["metadata"]
    finalizers = metadata.get("finalizers") or ()
    key = PromotionKey(metadata["namespace"], metadata["name"])
    try:
        return Promotion(
            key=key,
            uid=metadata["uid"],
            generation=metadata["generation"],
            resource_version=metadata["resourceVersion"],
            created_at=instant(metadata["creationTimestamp"]),
            annotations=dict(metadata.get("annotations") or {}),
            finalized=FINALIZER in finalizers,
            foreign_finalizers=tuple(each for each in finalizers if each != FINALIZER),
            deleted="deletionTimestamp" in metadata,
            spec=wire.parse_spec(document["spec"]),
            status=wire.parse_status(document.get("status") or {}),
        )
    except (InputError, KeyError, ValueError) as error:
        raise InputError(f"{key} can't be read: {error}") from error


@dataclass(slots=True)
class PromotionReader:
    """Reads objects, each version of one once: writes, lists and the watch bring the same again."""

    _read: dict[str, Promotion] = field(default_factory=dict)
    """By uid, the version that was read last."""

    def __call__(self, document: Document) -> Promotion:
        """Read an object. Raises InputError."""
        metadata = document["metadata"]
        known = self._read.get(metadata["uid"])
        if known is None or known.resource_version != metadata["resourceVersion"]:
            return self.afresh(document)
        return known

    def afresh(self, document: Document) -> Promotion:
        """Read a write's answer: the one that lets an object go at last keeps its version."""
        found = self._read[document["metadata"]["uid"]] = promotion_of(document)
        return found

    def keep(self, documents: Iterable[Document]) -> None:
        """Forget all but these."""
        there = {document["metadata"]["uid"] for document in documents}
        for uid in self._read.keys() - there:
            self._read.pop(uid, None)


def envelope(key: PromotionKey, metadata: Document) -> dict[str, Any]:
    """An object to write, without its spec and status."""
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": KIND,
        "metadata": {"name": key.name, "namespace": key.namespace, **metadata},
    }
