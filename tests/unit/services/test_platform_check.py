import pytest

from windlass.adapters.memory.keyvalue import MemoryKeyValue
from windlass.adapters.memory.objects import MemoryObjects
from windlass.adapters.memory.registry import MemoryRegistry
from windlass.domain.errors import SystemUnavailable
from windlass.services.platform_check import KEPT_SECONDS, CheckPorts, check_platform


class Forgetful(MemoryObjects):
    """Takes everything and keeps nothing."""

    def put(self, key: str, data: bytes) -> None:
        """Keep nothing."""


class ForgetfulKeys(MemoryKeyValue):
    """Takes everything and keeps nothing."""

    def write(self, key: str, field: str, value: str | None) -> None:
        """Keep nothing."""


def test_the_check_leaves_one_thing_in_each_system() -> None:
    registry, objects = MemoryRegistry(), MemoryObjects()
    now = [0.0]
    keyvalue = MemoryKeyValue(clock=lambda: now[0])
    ports = CheckPorts(tracking=registry, objects=objects, keyvalue=keyvalue)

    checked = check_platform(ports, "f1")

    run = registry.runs[checked.run_id]
    assert (run.experiment, run.tags) == ("platform-check", {"windlass.flow_run": "f1"})
    assert checked.as_json() == {
        "run_id": checked.run_id,
        "object_uri": f"s3://{objects.bucket}/checks/f1",
        "key": "windlass:check:f1",
    }
    assert objects.get("checks/f1") == run.artifacts["check.txt"]
    assert keyvalue.read(checked.key, "text") == "flow run f1 was here\n"
    now[0] = KEPT_SECONDS
    assert keyvalue.read(checked.key, "text") is None


@pytest.mark.parametrize(
    ("objects", "keyvalue", "system"),
    [
        (Forgetful(), MemoryKeyValue(), "object store: checks/f1"),
        (MemoryObjects(), ForgetfulKeys(), "Redis: windlass:check:f1"),
    ],
)
def test_a_system_that_loses_what_it_was_given_is_named(
    objects: MemoryObjects, keyvalue: MemoryKeyValue, system: str
) -> None:
    ports = CheckPorts(tracking=MemoryRegistry(), objects=objects, keyvalue=keyvalue)
    with pytest.raises(SystemUnavailable, match=f"{system} was written and reads otherwise"):
        check_platform(ports, "f1")
