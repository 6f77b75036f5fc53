"""Unit tests touch no socket: those that must belong into tests/ports or tests/integration.

Nor do they render what they draw, which would be most of a training's time: a picture that is
looked at comes from a fixture of a module, which these fixtures of a test leave alone.
"""

import socket
from collections.abc import Iterator

import pytest
from matplotlib.figure import Figure


def _refuse(connection: socket.socket, address: object) -> None:
    raise AssertionError(f"a unit test touches the socket {address}: see tests/unit/conftest.py")


@pytest.fixture(autouse=True)
def no_socket() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _refuse)
        patch.setattr(socket.socket, "bind", _refuse)
        yield


@pytest.fixture(autouse=True)
def unrendered() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", lambda figure, file, **kwargs: file.write(b"unrendered"))
        yield
