"""Which inference servers there are: `servers/<model>.json`, written by whoever starts them."""

import json
from collections.abc import Sequence
from pathlib import Path

from windlass.adapters import wire
from windlass.adapters.files import write_atomically
from windlass.adapters.server_admin import Endpoint
from windlass.domain.content import checked_key
from windlass.domain.errors import InputError, SystemUnavailable
from windlass.domain.names import ModelName

_FOLDER = "servers"


class ServerRegistry:
    """Lists of endpoints below a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root / _FOLDER

    def endpoints(self, model: ModelName) -> tuple[Endpoint, ...]:
        """Return the servers that are set up for a model, running or not."""
        path = self._path(model)
        try:
            listed: object = json.loads(path.read_bytes())
        except FileNotFoundError:
            return ()
        except (OSError, ValueError) as error:
            raise SystemUnavailable("serving", f"{path} can't be read: {error}") from error
        return wire.structure(tuple[Endpoint, ...], listed, str(path))

    def models(self) -> tuple[ModelName, ...]:
        """Return the models that have any server, sorted."""
        return tuple(sorted(ModelName(path.stem) for path in self._root.glob("*.json")))

    def write(self, model: ModelName, endpoints: Sequence[Endpoint]) -> None:
        """Replace the list of a model; an empty one means that nobody serves it any more."""
        path = self._path(model)
        if endpoints:
            write_atomically(path, json.dumps(wire.unstructure(list(endpoints))).encode())
        else:
            path.unlink(missing_ok=True)

    def _path(self, model: ModelName) -> Path:
        if "/" in model:
            raise InputError(f"{model!r} is no model's name: it has a slash in it")
        return self._root / checked_key(f"{model}.json")
