"""Deployments, in Prefect: what is already as wanted is left alone, so that applying is repeatable.

People may pause a deployment and switch its schedules on and off in Prefect's pages, and add
schedules of their own: all of that stays.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from windlass.adapters.deployment_file import Declared, Schedule
from windlass.adapters.rest import Request, Rest, path
from windlass.domain.errors import SystemUnavailable


class Outcome(StrEnum):
    """What applying a deployment did."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A deployment as it shall be."""

    flow: str
    declared: Declared
    parameter_schema: Mapping[str, object]
    version: str
    work_pool: str | None
    """None: a runner starts its runs, as processes."""

    @property
    def name(self) -> str:
        """Name by which it is started."""
        return f"{self.flow}/{self.declared.name}"


class _Created(BaseModel):
    id: UUID


class _Limit(BaseModel):
    limit: int


class _Timing(BaseModel):
    cron: str | None = None
    timezone: str | None = None


class _Schedule(BaseModel):
    id: UUID
    slug: str | None = None
    schedule: _Timing
    parameters: dict[str, Any] = {}


class _Deployment(BaseModel):
    id: UUID
    entrypoint: str | None = None
    description: str | None = None
    version: str | None = None
    tags: list[str] = []
    parameters: dict[str, Any] = {}
    parameter_openapi_schema: dict[str, Any] | None = None
    enforce_parameter_schema: bool = True
    pull_steps: list[dict[str, Any]] | None = None
    work_pool_name: str | None = None
    job_variables: dict[str, Any] = {}
    global_concurrency_limit: _Limit | None = None
    concurrency_options: dict[str, Any] | None = None
    schedules: tuple[_Schedule, ...] = ()

    def value(self, field: str) -> object:
        """A field as a request would set it."""
        match field:
            case "concurrency_limit":
                return self.global_concurrency_limit and self.global_concurrency_limit.limit
            case "concurrency_options":
                # a server adds defaults of its own to the one option that we set
                chosen = (self.concurrency_options or {}).get("collision_strategy")
                return {"collision_strategy": chosen} if chosen else None
            case "pull_steps":
                return self.pull_steps or []
        return getattr(self, field)


class PrefectDeployments:
    """Deployments over Prefect's REST API."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def check_pool(self, work_pool: str) -> None:
        """SystemUnavailable while there is no such pool: a worker makes it when it first starts."""
        request = Request(method="GET", path=path("work_pools", work_pool))
        if self._rest.fetch(_Created, request) is None:
            raise SystemUnavailable(
                "Prefect",
                f"{self._rest.shown} has no work pool {work_pool}: its worker makes it when it"
                " starts, see the worker's log; or name another with WINDLASS_CLUSTER__WORK_POOL",
            )

    def apply(self, wanted: Wanted) -> Outcome:
        """Make a deployment as it shall be."""
        request = Request(method="GET", path=path("deployments", "name", *wanted.name.split("/")))
        found = self._rest.fetch(_Deployment, request)
        if found is None:
            self._create(wanted)
            return Outcome.CREATED
        changes = {
            field: value for field, value in _fields(wanted).items() if found.value(field) != value
        }
        requests = list(_schedule_requests(found, wanted.declared.schedules))
        if changes:
            where = path("deployments", str(found.id))
            requests.insert(0, Request(method="PATCH", path=where, body=changes))
        for request in requests:
            self._send(request, wanted)
        return Outcome.UPDATED if requests else Outcome.UNCHANGED

    def _create(self, wanted: Wanted) -> None:
        flow = Request(method="POST", path=path("flows") + "/", body={"name": wanted.flow})
        created = self._rest.fetch(_Created, flow)
        if created is None:
            raise self._rest.unavailable(f"did not keep the flow {wanted.flow}; try again")
        body = {
            "name": wanted.declared.name,
            "flow_id": str(created.id),
            "schedules": [
                {**_schedule_fields(schedule), "active": schedule.active}
                for schedule in wanted.declared.schedules
            ],
            **_fields(wanted),
        }
        self._send(Request(method="POST", path=path("deployments") + "/", body=body), wanted)

    def _send(self, request: Request, wanted: Wanted) -> None:
        if not self._rest.send(request):
            raise self._rest.unavailable(f"lost {wanted.name} or its work pool; try again")


def _fields(wanted: Wanted) -> dict[str, object]:
    declared = wanted.declared
    limit = declared.concurrency_limit
    options = {"collision_strategy": limit.collision_strategy} if limit else None
    return {
        "entrypoint": declared.entrypoint,
        "description": declared.description,
        "version": wanted.version,
        "tags": list(declared.tags),
        "parameters": dict(declared.parameters),
        "parameter_openapi_schema": dict(wanted.parameter_schema),
        "enforce_parameter_schema": True,
        "pull_steps": [],
        "work_pool_name": wanted.work_pool,
        "job_variables": dict(declared.work_pool.job_variables) if wanted.work_pool else {},
        "concurrency_limit": limit.limit if limit else None,
        "concurrency_options": options,
    }


def _schedule_requests(found: _Deployment, wanted: tuple[Schedule, ...]) -> Iterator[Request]:
    """Add what is missing and correct what differs, but never whether a schedule is active."""
    known = {schedule.slug: schedule for schedule in found.schedules}
    where = path("deployments", str(found.id), "schedules")
    for schedule in wanted:
        there = known.get(schedule.slug)
        if there is None:
            body = {**_schedule_fields(schedule), "active": schedule.active}
            yield Request(method="POST", path=where, body=[body])
        elif _differs(there, schedule):
            change = _schedule_fields(schedule)
            yield Request(method="PATCH", path=f"{where}/{there.id}", body=change)


def _schedule_fields(schedule: Schedule) -> dict[str, object]:
    return {
        "slug": schedule.slug,
        "schedule": {"cron": schedule.cron, "timezone": schedule.timezone},
        "parameters": dict(schedule.parameters),
    }


def _differs(there: _Schedule, wanted: Schedule) -> bool:
    timing = _Timing(cron=wanted.cron, timezone=wanted.timezone)
    return there.schedule != timing or there.parameters != wanted.parameters
