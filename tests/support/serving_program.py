"""The server as a program of its own: `python -m tests.support.serving_program SETTINGS`.

SETTINGS is JSON; the folder `store` stands for the object store, `registry.json` in it for the
registry, and both are down while the file `down` is in it.
"""

import json
import logging
import sys
from functools import partial
from pathlib import Path

from windlass.adapters.folder_objects import FolderObjects
from windlass.domain.bundle import Bundle
from windlass.domain.errors import InputError, SystemUnavailable
from windlass.domain.names import Digest, ModelName, Version
from windlass.domain.routing import Routed
from windlass.services.bundles import read_bundle
from windlass.serving.config import Limits, ServingConfig, ServingPorts
from windlass.serving.main import serve

TOKEN = "a-token-for-tests"


def main(text: str) -> None:
    """Serve until a signal comes."""
    settings = json.loads(text)
    store = Path(settings["store"])
    routing_file = settings.get("routing_file")
    config = ServingConfig(
        model=ModelName("fake-model"),
        admin_token=TOKEN,
        port=settings["port"],
        admin_port=settings["admin_port"],
        routing_file=Path(routing_file) if routing_file else None,
        loader=settings.get("loader", "tests.support.fake_model"),
        limits=Limits(**settings.get("limits", {})),
    )
    ports = ServingPorts(
        kept=FolderObjects(Path(settings["kept"]), "kept"),
        fetch=partial(fetch, store),
        lookup=partial(lookup, store),
    )
    serve(config, ports)


def fetch(store: Path, digest: Digest) -> Bundle:
    """Read a bundle from the folder."""
    _check_up(store)
    return read_bundle(FolderObjects(store, "windlass"), digest)


def lookup(store: Path) -> Routed | None:
    """Read the champion from the folder."""
    _check_up(store)
    found = store / "registry.json"
    if not found.exists():
        return None
    champion = json.loads(found.read_text())
    return Routed(version=Version(champion["version"]), uri="", digest=Digest(champion["digest"]))


def _check_up(store: Path) -> None:
    if (store / "down").exists():
        raise SystemUnavailable("store", "it is down")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    try:
        main(sys.argv[1])
    except InputError as error:
        sys.exit(str(error))
