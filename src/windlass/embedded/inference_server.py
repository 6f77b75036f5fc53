"""One inference server: `python -m windlass.embedded.inference_server MODEL PORT ADMIN_PORT`."""

import logging
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from windlass.adapters.folder_objects import FolderObjects
from windlass.adapters.http_serving import routing_file
from windlass.bootstrap.environment import settings
from windlass.bootstrap.folder import Folder
from windlass.bootstrap.ports import embedded_ports
from windlass.bootstrap.whereabouts import connections
from windlass.domain.names import ModelName, model_name
from windlass.serving.config import ServingConfig
from windlass.serving.main import serve
from windlass.serving.wiring import serving_ports


def main(arguments: Sequence[str]) -> None:
    """Serve until SIGTERM."""
    model, port, admin_port = arguments
    name = model_name(model)
    serve_model(settings().folder, name, ports=(int(port), int(admin_port)), kept=name)


def serve_model(folder: Path, model: ModelName, *, ports: tuple[int, int], kept: str) -> None:
    """Serve what the platform of a folder says about a model, until SIGTERM.

    `ports` are the public one and the admin one; no two servers may share `kept`.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    config = ServingConfig(
        model=model,
        admin_token=connections(folder).inference.admin_token.get_secret_value(),
        port=ports[0],
        admin_port=ports[1],
        routing_file=routing_file(Folder(folder).serving, model),
    )
    with closing(embedded_ports(folder)) as clients:
        outside = clients.outside
        shelf = FolderObjects(Folder(folder).kept(kept), outside.objects.bucket)
        serve(config, serving_ports(shelf, model, outside.objects, outside.registry))


if __name__ == "__main__":
    main(sys.argv[1:])
