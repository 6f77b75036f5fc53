"""What a server is told when it starts, and the outside world it may ask."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from windlass.domain.bundle import Bundle
from windlass.domain.names import Digest, ModelName
from windlass.domain.routing import Routed
from windlass.ports.objects import Objects


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds that keep one model, client or candidate from harming the others."""

    deadline_ms: float = 500
    """The candidate's time for one request; then the champion answers instead."""
    queue_size: int = 128
    """Requests that may wait for the candidate at once."""
    failures_in_a_row: int = 5
    """After so many the server stops sending to the candidate by itself."""
    max_in_flight: int = 256
    """Requests in work or waiting; more are answered 503 at once."""
    max_body_bytes: int = 16 * 1024 * 1024
    max_held_bytes: int = 128 * 1024 * 1024
    """Of all bodies that came in parts, from their first part to their answer; then 503."""
    body_seconds: float = 60
    """Time for a body to arrive."""
    probe_seconds: float = 60
    """Time for a bundle's first load and its golden request, in the child process."""
    settle_seconds: float = 90
    """How long a PUT of a routing document waits for the bundles it names."""
    child_memory_bytes: int = 2 * 1024 * 1024 * 1024
    """What a bundle may allocate in the child process."""
    shutdown_seconds: int = 10
    """Time for requests in work to finish after SIGTERM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingConfig:
    """One server of one model."""

    model: ModelName
    admin_token: str = field(repr=False)
    """Bearer token of the admin port."""
    host: str = "127.0.0.1"
    port: int = 8080
    admin_host: str = "127.0.0.1"
    admin_port: int = 8081
    server: str = ""
    """How it names itself in its report: the pod's name; host and port when empty."""
    routing_file: Path | None = None
    """A routing document that somebody else writes, as a ConfigMap mount does; may be missing."""
    loader: str = "windlass.serving.loader"
    """Module whose `prepare` and `load` turn a bundle into a scorer, here and in the child."""
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingPorts:
    """Blocking calls; each runs in a thread and may raise SystemUnavailable."""

    kept: Objects
    """A folder that outlives the process: the accepted document and its bundles."""
    fetch: Callable[[Digest], Bundle]
    """Read a bundle from the object store, verified; BundleError when it is not what it says."""
    lookup: Callable[[], Routed | None]
    """The registry's champion, asked only when there is no routing document."""
