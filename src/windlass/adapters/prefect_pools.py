"""Work pools, in Prefect."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from windlass.adapters.prefect_rest import SYSTEM
from windlass.adapters.rest import Request, Rest, path
from windlass.domain.errors import InputError, SystemUnavailable

KUBERNETES = "kubernetes"


class _Pool(BaseModel):
    type: str
    base_job_template: dict[str, Any]
    concurrency_limit: int | None = None


def reconcile_pool(rest: Rest, name: str, template: Mapping[str, object], limit: int | None) -> str:
    """Make a kubernetes pool be so; says what was done. InputError when it is of another type.

    Whether it is paused stays as people have set it.
    """
    wanted: dict[str, object] = {"base_job_template": template, "concurrency_limit": limit}
    found = _read(rest, name)
    if found is None:
        body = {"name": name, "type": KUBERNETES, **wanted}
        rest.send(Request(method="POST", path=path("work_pools") + "/", body=body))
        return "created"
    if found.type != KUBERNETES:
        raise InputError(
            f"Prefect has a work pool {name} of type {found.type}: delete or rename it there,"
            " or give ours another name (global.prefect.workPool)"
        )
    if found.base_job_template == template and found.concurrency_limit == limit:
        return "unchanged"
    rest.send(Request(method="PATCH", path=path("work_pools", name), body=wanted))
    return "updated"


def check_pool(rest: Rest, name: str, template: Mapping[str, object]) -> None:
    """Raise SystemUnavailable unless the live pool has this template, or has it soon."""
    found = _read(rest, name)
    if found is None:
        raise SystemUnavailable(
            SYSTEM, f"there is no work pool {name}: its worker makes it, see the worker's log"
        )
    if found.base_job_template != template:
        raise SystemUnavailable(
            SYSTEM,
            f"the work pool {name} differs from the chart's values: somebody changed it in Prefect;"
            " restart the worker, which sets it back",
        )


def _read(rest: Rest, name: str) -> _Pool | None:
    return rest.fetch(_Pool, Request(method="GET", path=path("work_pools", name)))
