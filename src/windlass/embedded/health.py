"""Whether a child is ready, as its plan says it is seen."""

import socket
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

_TIMEOUT = 1.0


def is_healthy(address: str) -> bool:
    """Look once, for a second at most."""
    parts = urlsplit(address)
    if parts.scheme == "file":
        return Path(parts.path).exists()
    if parts.hostname is None or parts.port is None:
        return False
    if parts.scheme == "tcp":
        return _accepts(parts.hostname, parts.port)
    return _answers(parts.hostname, parts.port, parts.path)


def _accepts(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), _TIMEOUT):
            return True
    except OSError:
        return False


def _answers(host: str, port: int, path: str) -> bool:
    connection = HTTPConnection(host, port, timeout=_TIMEOUT)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
