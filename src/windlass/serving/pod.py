"""The inference server of a pod: `python -m windlass.serving.pod MODEL KEPT ROUTING`.

KEPT is a folder that outlives the container, ROUTING the file of the mounted document.
"""

import logging
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from windlass.adapters.folder_objects import FolderObjects
from windlass.bootstrap.environment import settings
from windlass.bootstrap.systems import systems
from windlass.domain.errors import WindlassError
from windlass.domain.names import model_name
from windlass.serving.config import ServingConfig
from windlass.serving.main import serve
from windlass.serving.wiring import serving_ports


def main(arguments: Sequence[str]) -> None:
    """Serve until SIGTERM."""
    model, kept, routing = arguments
    known = settings()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    config = ServingConfig(
        model=model_name(model),
        admin_token=known.inference.admin_token.get_secret_value(),
        host="0.0.0.0",
        admin_host="0.0.0.0",
        server=socket.gethostname(),
        routing_file=Path(routing),
    )
    with systems() as found:
        shelf = FolderObjects(Path(kept), known.objects.bucket)
        serve(config, serving_ports(shelf, config.model, found.objects, found.registry))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except WindlassError as error:
        sys.exit(str(error))
