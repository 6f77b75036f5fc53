"""ModelPromotions as the API server writes them."""

from collections.abc import Mapping
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


def envelope(key: PromotionKey, metadata: Document) -> dict[str, Any]:
    """An object to write, without its spec and status."""
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": KIND,
        "metadata": {"name": key.name, "namespace": key.namespace, **metadata},
    }
