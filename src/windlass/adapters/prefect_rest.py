"""Prefect's REST API without Prefect: the operator's memory is part of the product."""

from uuid import UUID

from windlass.adapters.rest import DEFAULT_TIMEOUT, Problem, Rest

SYSTEM = "Prefect"


def prefect_rest(
    url: str, auth: tuple[str, str] | None = None, timeout: float = DEFAULT_TIMEOUT
) -> Rest:
    """Client of the Prefect API at `url`, which ends in `/api`; `auth` is user and password."""
    return Rest(_explain, url, system=SYSTEM, auth=auth, timeout=timeout)


def is_id(text: str) -> bool:
    """Whether Prefect can have anything of this id; it refuses to look for others."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _explain(status: int, body: object) -> Problem | None:
    if not isinstance(body, dict):
        return None
    message = body.get("detail") or body.get("exception_message")
    if not isinstance(message, str) or message == _UNKNOWN_ROUTE:
        return None
    details = body.get("exception_detail")
    return Problem(status == 404, f"{message} {details}" if details else message)


_UNKNOWN_ROUTE = "Not Found"
"""What the web framework says of a path that no API of Prefect has."""
