"""Whether a flow run can use every system: it writes to each, and reads back what it wrote."""

from dataclasses import asdict, dataclass

from windlass.domain.errors import SystemUnavailable
from windlass.domain.names import RunId
from windlass.domain.versions import RunRecord
from windlass.ports.keyvalue import KeyValue
from windlass.ports.objects import Objects
from windlass.ports.registry import Tracking

EXPERIMENT = "platform-check"

KEPT_SECONDS = 600
"""A key outlives its check so long that a person can look at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPorts:
    """The systems that are checked."""

    tracking: Tracking
    objects: Objects
    keyvalue: KeyValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the check left behind, one name per system."""

    run_id: RunId
    object_uri: str
    key: str

    def as_json(self) -> dict[str, str]:
        """JSON values."""
        return asdict(self)


def check_platform(ports: CheckPorts, flow_run: str) -> Checked:
    """Write to each system and read back; SystemUnavailable names the one that lost something."""
    text = f"flow run {flow_run} was here\n"
    run_id = ports.tracking.record(
        RunRecord(
            experiment=EXPERIMENT,
            name=f"check-{flow_run}",
            tags={"windlass.flow_run": flow_run},
            artifacts={"check.txt": text.encode()},
        )
    )
    return Checked(
        run_id=run_id,
        object_uri=_object(ports.objects, f"checks/{flow_run}", text.encode()),
        key=_key(ports.keyvalue, f"windlass:check:{flow_run}", text),
    )


def _object(objects: Objects, key: str, data: bytes) -> str:
    objects.put(key, data)
    if objects.get(key) != data:
        raise SystemUnavailable("object store", f"{key} was written and reads otherwise")
    return f"s3://{objects.bucket}/{key}"


def _key(keyvalue: KeyValue, key: str, text: str) -> str:
    keyvalue.write(key, "text", text)
    keyvalue.expire(key, KEPT_SECONDS)
    if keyvalue.read(key, "text") != text:
        raise SystemUnavailable("Redis", f"{key} was written and reads otherwise")
    return key
