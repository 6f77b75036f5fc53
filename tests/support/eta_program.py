"""Runs the flow of the streaming runtime as a pod does, with a plain model and one real Redis.

`python -m tests.support.eta_program REDIS_PORT`; the environment names Prefect and the flow run.
"""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.support.streets import PlainModel
from windlass.adapters.memory.objects import MemoryObjects
from windlass.adapters.memory.registry import MemoryRegistry
from windlass.adapters.prefect_blocks import PrefectBlocks
from windlass.adapters.prefect_rest import prefect_rest
from windlass.adapters.redis_keyvalue import RedisConnection
from windlass.adapters.redis_vehicles import RedisVehicles
from windlass.bootstrap import eta
from windlass.domain.errors import InputError
from windlass.flows import engine
from windlass.services.eta import models
from windlass.services.eta.stages import Model

_PORT = int(sys.argv.pop(1))
"""Of Redis; taken away, since Prefect's engine reads the arguments too."""


def plain(registry: object, objects: object, key: str) -> Model:
    """Any version but those of 9."""
    if key.endswith("/9"):
        raise InputError(f"there is no {key}")
    return Model(key, PlainModel())


@contextmanager
def ports() -> Iterator[eta.EtaPorts]:
    """One Redis, whatever the settings say, and the Prefect of this process."""
    from prefect import get_client

    connection = RedisConnection(port=_PORT)
    with (
        get_client(sync_client=True) as client,
        closing(prefect_rest(str(client.api_url))) as rest,
        closing(RedisVehicles(connection)) as feed,
    ):
        yield eta.EtaPorts(
            objects=MemoryObjects(),
            registry=MemoryRegistry(),
            blocks=PrefectBlocks(rest),
            feed=lambda settings: feed,
        )


if __name__ == "__main__":
    models.load_model = plain
    eta.eta_ports = ports
    engine.main()
