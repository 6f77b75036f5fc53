"""The operator's HTTP port: `/metrics`, and `/healthz`, which fails once nothing is seen."""

import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client import CollectorRegistry, make_wsgi_app


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: probes come every few seconds."""


def serve_pages(port: int, registry: CollectorRegistry, trouble: Callable[[], str]) -> None:
    """Serve in a thread; `trouble` says what is wrong, or nothing."""
    metrics = make_wsgi_app(registry)

    def pages(environment: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environment.get("PATH_INFO") != "/healthz":
            page: Iterable[bytes] = metrics(environment, start)
            return page
        said = trouble()
        start("503 Service Unavailable" if said else "200 OK", [("Content-Type", "text/plain")])
        return [(said or "ok").encode()]

    server = make_server("", port, pages, server_class=_Server, handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, name="pages", daemon=True).start()
