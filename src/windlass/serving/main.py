"""Entry point: binds both ports and runs the server in one event loop."""

import asyncio
import socket
import sys

import uvloop

from windlass.domain.errors import InputError
from windlass.serving.config import ServingConfig, ServingPorts
from windlass.serving.server import Server

_BACKLOG = 2048

_SWITCH_SECONDS = 0.0005
"""How long a thread that scores a large table may hold up the event loop."""


def serve(config: ServingConfig, ports: ServingPorts) -> None:
    """Serve one model until SIGTERM or SIGINT; InputError when it can't start."""
    if not config.admin_token:
        raise InputError("the admin token is empty; the admin port takes no document without one")
    public = _bind(config.host, config.port)
    admin = _bind(config.admin_host, config.admin_port)
    sys.setswitchinterval(_SWITCH_SECONDS)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(Server(config, ports).run(public, admin))


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(_BACKLOG)
    except OSError as error:
        bound.close()
        reason = error.strerror or str(error)
        text = (
            f"can't listen on {host} port {port}: {reason}; choose another port or end what has it"
        )
        raise InputError(text) from error
    bound.setblocking(False)
    return bound
