"""Ports on 127.0.0.1: those asked for, those of last time, or free ones."""

import socket
from collections.abc import Collection

from windlass.domain.errors import InputError

HOST = "127.0.0.1"


def choose_port(option: str, wanted: int, last: int | None, taken: Collection[int]) -> int:
    """Pick a port. One that was asked for must be free; else the last one is kept if it is."""
    if wanted:
        if wanted in taken or not is_free(wanted):
            raise InputError(
                f"port {wanted} on {HOST} is in use: choose another with --{option}-port,"
                " or leave that out for a free one"
            )
        return wanted
    if last and last not in taken and is_free(last):
        return last
    return _free_port(taken)


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _free_port(taken: Collection[int]) -> int:
    while True:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port: int = probe.getsockname()[1]
        if port not in taken:
            return port
