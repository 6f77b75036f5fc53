"""Tells people through Prefect's notification blocks how a flow run ended."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager

from prefect import get_run_logger
from prefect.settings import get_current_settings

from windlass.domain.errors import WindlassError


@contextmanager
def told_of(what: str, blocks: Sequence[str]) -> Iterator[Callable[[str], None]]:
    """Give a function that sends a message; an error that ends the block is sent, too.

    A message that can't be sent is logged: the run is what it is all the same.
    """
    try:
        yield lambda body: _tell(blocks, f"{what} is done", body)
    except WindlassError as error:
        _tell(blocks, f"{what} failed", str(error))
        raise


def _tell(blocks: Sequence[str], subject: str, body: str) -> None:
    for block in blocks:
        try:
            _send(block, subject, body)
        except WindlassError as error:
            get_run_logger().warning("block %s: %s", block, error)


def _send(block: str, subject: str, body: str) -> None:
    """Send through a block of the server that this run belongs to."""
    from windlass.adapters.prefect_blocks import PrefectBlocks
    from windlass.adapters.prefect_rest import prefect_rest

    api = get_current_settings().api
    secret = api.auth_string.get_secret_value() if api.auth_string else ""
    user, _, password = secret.partition(":")
    with closing(prefect_rest(api.url or "", (user, password) if user else None)) as rest:
        PrefectBlocks(rest).notify(block, subject, body)
