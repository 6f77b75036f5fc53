"""One inference server: `python -m windlass.embedded.inference_server MODEL PORT ADMIN_PORT`."""

import logging
import sys
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from windlass.adapters.folder_objects import FolderObjects
from windlass.adapters.http_serving import routing_file
from windlass.bootstrap.environment import settings
from windlass.bootstrap.folder import Folder
from windlass.bootstrap.ports import connections, embedded_ports
from windlass.domain.bundle import bundle_prefix
from windlass.domain.names import ModelName, model_name
from windlass.domain.promotion.spec import CHAMPION
from windlass.domain.routing import Routed
from windlass.services.bundles import read_bundle
from windlass.services.outside import Outside
from windlass.serving.config import ServingConfig, ServingPorts
from windlass.serving.main import serve


def main(arguments: Sequence[str]) -> None:
    """Serve until SIGTERM."""
    model, port, admin_port = arguments
    serve_model(settings().folder, model_name(model), int(port), int(admin_port))


def serve_model(folder: Path, model: ModelName, port: int, admin_port: int) -> None:
    """Serve what the platform of a folder says about a model, until SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    config = ServingConfig(
        model=model,
        admin_token=connections(folder).inference.admin_token.get_secret_value(),
        port=port,
        admin_port=admin_port,
        routing_file=routing_file(Folder(folder).serving, model),
    )
    with closing(embedded_ports(folder)) as ports:
        serve(config, serving_ports(folder, model, ports.outside))


def serving_ports(folder: Path, model: ModelName, outside: Outside) -> ServingPorts:
    """What the server may ask."""
    return ServingPorts(
        kept=FolderObjects(Folder(folder).kept(model), outside.objects.bucket),
        fetch=partial(read_bundle, outside.objects),
        lookup=partial(champion_of, outside, model),
    )


def champion_of(outside: Outside, model: ModelName) -> Routed | None:
    """Version that carries the alias in the registry, as serving sees it."""
    version = outside.registry.aliased(model, CHAMPION)
    known = outside.registry.version(model, version) if version is not None else None
    if known is None or known.bundle_digest is None:
        return None
    return Routed(
        version=known.version,
        uri=f"s3://{outside.objects.bucket}/{bundle_prefix(known.bundle_digest)}",
        digest=known.bundle_digest,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
