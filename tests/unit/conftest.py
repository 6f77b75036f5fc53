"""Unit tests touch no socket: those that must belong into tests/ports or tests/integration."""

import socket
from collections.abc import Iterator

import pytest


def _refuse(connection: socket.socket, address: object) -> None:
    raise AssertionError(f"a unit test touches the socket {address}: see tests/unit/conftest.py")


@pytest.fixture(autouse=True)
def no_socket() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _refuse)
        patch.setattr(socket.socket, "bind", _refuse)
        yield
