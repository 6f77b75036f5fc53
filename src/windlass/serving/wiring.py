"""What a server may ask of object store and registry."""

from functools import partial

from windlass.domain.bundle import bundle_prefix
from windlass.domain.names import ModelName
from windlass.domain.promotion.spec import CHAMPION
from windlass.domain.routing import Routed
from windlass.ports.objects import Objects
from windlass.ports.registry import Registry
from windlass.services.bundles import read_bundle
from windlass.serving.config import ServingPorts


def serving_ports(
    kept: Objects, model: ModelName, store: Objects, registry: Registry
) -> ServingPorts:
    """Bundles from the store, and the registry's champion while no document is there."""
    return ServingPorts(
        kept=kept,
        fetch=partial(read_bundle, store),
        lookup=partial(champion_of, store, registry, model),
    )


def champion_of(store: Objects, registry: Registry, model: ModelName) -> Routed | None:
    """Version that carries the alias in the registry, as serving sees it."""
    version = registry.aliased(model, CHAMPION)
    known = registry.version(model, version) if version is not None else None
    if known is None or known.bundle_digest is None:
        return None
    return Routed(
        version=known.version,
        uri=f"s3://{store.bucket}/{bundle_prefix(known.bundle_digest)}",
        digest=known.bundle_digest,
    )
