"""The work pool of a release, on a real Prefect."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.prefect_worlds import PATIENT, new_name, post
from windlass.adapters.prefect_pools import check_pool, reconcile_pool
from windlass.adapters.prefect_rest import prefect_rest
from windlass.adapters.rest import Rest
from windlass.domain.errors import InputError, SystemUnavailable

TEMPLATE = {
    "job_configuration": {"command": "{{ command }}"},
    "variables": {"type": "object", "properties": {"command": {"type": "string"}}},
}
CHANGED = {**TEMPLATE, "job_configuration": {"command": "{{ command }}", "name": "x"}}


@pytest.fixture
def rest(prefect_url: str) -> Iterator[Rest]:
    rest = prefect_rest(prefect_url, timeout=PATIENT)
    yield rest
    rest.close()


@pytest.fixture
def prefect(prefect_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=prefect_url, timeout=PATIENT) as client:
        yield client


def test_a_pool_is_made_then_left_alone_then_updated(rest: Rest) -> None:
    name = new_name()
    steps = [(TEMPLATE, None), (TEMPLATE, None), (CHANGED, None), (CHANGED, 3), (CHANGED, 3)]
    said = [reconcile_pool(rest, name, template, limit) for template, limit in steps]
    assert said == ["created", "unchanged", "updated", "updated", "unchanged"]


def test_a_pool_that_people_paused_stays_paused(rest: Rest, prefect: httpx.Client) -> None:
    name = new_name()
    reconcile_pool(rest, name, TEMPLATE, None)
    prefect.patch(f"/work_pools/{name}", json={"is_paused": True}).raise_for_status()
    assert reconcile_pool(rest, name, CHANGED, None) == "updated"
    assert prefect.get(f"/work_pools/{name}").json()["is_paused"] is True


def test_a_pool_of_another_type_is_refused_with_the_remedy(
    rest: Rest, prefect: httpx.Client
) -> None:
    name = new_name()
    post(prefect, "/work_pools/", {"name": name, "type": "process"})
    with pytest.raises(InputError, match=r"of type process: delete or rename it .*workPool"):
        reconcile_pool(rest, name, TEMPLATE, None)


def test_the_check_finds_a_pool_that_is_missing_or_was_changed(rest: Rest) -> None:
    name = new_name()
    with pytest.raises(SystemUnavailable, match="there is no work pool"):
        check_pool(rest, name, TEMPLATE)
    reconcile_pool(rest, name, TEMPLATE, None)
    check_pool(rest, name, TEMPLATE)
    with pytest.raises(SystemUnavailable, match="restart the worker, which sets it back"):
        check_pool(rest, name, CHANGED)
