"""JSON of the routing document and of the report, as the client at the other end writes them."""

import re

import orjson

from windlass.adapters.wire import structure, unstructure
from windlass.domain.errors import InputError
from windlass.domain.routing import Routed, Routing
from windlass.domain.traffic import ServerReport

_VERSION = re.compile(r"[A-Za-z0-9._-]{1,64}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def parse_routing(text: bytes) -> Routing:
    """Read a routing document; InputError names what is wrong in it."""
    try:
        document: object = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InputError(f"the routing document is not JSON: {error}") from error
    routing = structure(Routing, document, "routing")
    _check(routing)
    return routing


def _check(routing: Routing) -> None:
    if routing.generation < 0:
        raise InputError(f"routing.generation: must not be negative, as {routing.generation} is")
    if not 0 <= routing.weight <= 100:
        raise InputError(f"routing.weight: must be a percentage, 0 to 100, not {routing.weight}")
    _check_routed("champion", routing.champion)
    _check_routed("candidate", routing.candidate)


def _check_routed(role: str, routed: Routed | None) -> None:
    if routed is None:
        return
    # it becomes a header of every answer
    if not _VERSION.fullmatch(routed.version):
        raise InputError(f"routing.{role}.version: is no version: {routed.version!r}")
    if not _DIGEST.fullmatch(routed.digest):
        expected = "must be sha256:<64 hexadecimal digits>"
        raise InputError(f"routing.{role}.digest: {expected}, not {routed.digest!r}")


def write_routing(routing: Routing) -> bytes:
    """Write a routing document."""
    return orjson.dumps(unstructure(routing))


def write_report(report: ServerReport) -> bytes:
    """Write the body of `GET /stats`."""
    return orjson.dumps(unstructure(report))
