"""Promotions as the documents that a cluster would show."""

from windlass.adapters.manifest import API_VERSION, KIND
from windlass.adapters.wire import dump_spec, dump_status
from windlass.domain.promotion.promotion import Promotion


def promotion_document(promotion: Promotion) -> dict[str, object]:
    """The whole object."""
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {
            "name": promotion.key.name,
            "namespace": promotion.key.namespace,
            "uid": promotion.uid,
            "generation": promotion.generation,
            "resourceVersion": promotion.resource_version,
            "creationTimestamp": promotion.created_at.isoformat(),
            "annotations": dict(promotion.annotations),
        },
        "spec": dump_spec(promotion.spec),
        "status": dump_status(promotion.status),
    }
