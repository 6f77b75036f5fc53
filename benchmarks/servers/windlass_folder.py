"""Our server with a folder as its store.

`python -m benchmarks.servers.windlass_folder FOLDER PORT ADMIN_PORT`.
"""

import sys
from functools import partial
from pathlib import Path

from windlass.adapters.folder_objects import FolderObjects
from windlass.domain.names import ModelName
from windlass.services.bundles import read_bundle
from windlass.serving.config import ServingConfig, ServingPorts
from windlass.serving.main import serve

TOKEN = "benchmark"


def main(folder: str, port: str, admin_port: str) -> None:
    """Serve until a signal comes; the routing document lies in the folder."""
    config = ServingConfig(
        model=ModelName("benchmark"),
        admin_token=TOKEN,
        port=int(port),
        admin_port=int(admin_port),
        routing_file=Path(folder, "routing.json"),
        loader="benchmarks.servers.catboost_loader",
    )
    store = FolderObjects(Path(folder, "store"), "windlass")
    ports = ServingPorts(
        kept=FolderObjects(Path(folder, "kept"), "kept"),
        fetch=partial(read_bundle, store),
        lookup=lambda: None,
    )
    serve(config, ports)


if __name__ == "__main__":
    main(*sys.argv[1:])
