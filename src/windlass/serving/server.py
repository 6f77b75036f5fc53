"""A running server: everything wired together, from the first document to the last answer."""

import asyncio
import logging
import signal
import socket
from collections.abc import Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module

import uvicorn

from windlass.serving.admin import AdminApp
from windlass.serving.answering import Answering
from windlass.serving.app import PublicApp
from windlass.serving.conductor import Conductor
from windlass.serving.config import ServingConfig, ServingPorts
from windlass.serving.desk import Desk
from windlass.serving.flight import Flight
from windlass.serving.loading import Loading
from windlass.serving.shelf import Shelf
from windlass.serving.sources import MountedFile, follow_registry

logger = logging.getLogger(__name__)

_KEEP_ALIVE_SECONDS = 75
"""Longer than load balancers keep idle connections, so that they, not we, end them."""


class _Listener(uvicorn.Server):
    """One port; signals are handled once for both."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield


class Server:
    """One server of one model."""

    def __init__(self, config: ServingConfig, ports: ServingPorts) -> None:
        self._config = config
        self._ports = ports
        name = config.server or f"{config.host}:{config.port}"
        self._desk = Desk(config.model, name)

    async def run(self, public: socket.socket, admin: socket.socket) -> None:
        """Listen on both sockets until a signal comes; finish what is in work."""
        stop = _stop_signal()
        config, desk = self._config, self._desk
        shelf = Shelf(self._ports.kept, self._ports.fetch)
        loading = Loading(desk, shelf, import_module(config.loader), config.limits)
        conductor = Conductor(desk, loading, config.limits.settle_seconds)
        background = await self._background(shelf, conductor)
        with ThreadPoolExecutor(1, thread_name_prefix="tables") as lane:
            flight = Flight(config.limits.max_held_bytes)
            app = PublicApp(desk, Answering(desk, lane), config.limits, flight)
            listeners = (
                self._listener(app),
                self._listener(AdminApp(config.admin_token, desk, conductor)),
            )
            flight.watch(listeners[0].server_state.tasks)
            logger.info(
                "serving %s on port %d, admin %d", desk.model, config.port, config.admin_port
            )
            serving = _listen(listeners, (public, admin))
            await stop.wait()
            conductor.let_go()
            for listener in listeners:
                listener.should_exit = True
            await asyncio.gather(*serving)
        await _cancel(background)

    async def _background(self, shelf: Shelf, conductor: Conductor) -> list[asyncio.Task[None]]:
        """Take up what was kept or mounted, then begin to load and to look for more."""
        kept = await shelf.document()
        if kept is not None:
            conductor.accept_known(kept)
        work: list[Coroutine[object, object, None]] = [
            conductor.run(),
            follow_registry(self._ports.lookup, self._desk, conductor),
        ]
        if self._config.routing_file is not None:
            mounted = MountedFile(self._config.routing_file, conductor)
            mounted.look()
            work.append(mounted.follow())
        return [asyncio.create_task(each) for each in work]

    def _listener(self, app: PublicApp | AdminApp) -> _Listener:
        return _Listener(
            uvicorn.Config(
                app,
                http="httptools",
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                log_level="warning",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=self._config.limits.shutdown_seconds,
            )
        )


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


def _listen(
    listeners: tuple[_Listener, ...], sockets: tuple[socket.socket, ...]
) -> list[asyncio.Task[None]]:
    return [
        asyncio.create_task(listener.serve([bound]))
        for listener, bound in zip(listeners, sockets, strict=True)
    ]


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
