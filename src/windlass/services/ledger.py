"""Which months a pipeline was trained for, as documents in the object store.

A back-fill asks it, so that a month that is done is not trained again and a killed one goes on
where it was. There is one document per pipeline, month and data; the data's digest is in its name.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from windlass.domain.errors import InputError
from windlass.domain.months import Month, parse_month
from windlass.domain.names import Digest, ModelName, RunId, Version
from windlass.ports.objects import Objects
from windlass.services.training import Registered


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a training of one month depends on."""

    month: Month
    """The last month of its data."""
    data: Digest
    parameters: Mapping[str, str]
    """Those that change the model; a month is done only for the same ones."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The documents of one pipeline."""

    objects: Objects
    pipeline: str

    def find(self, work: Work) -> Registered | None:
        """What came of it, when it is done."""
        key = self._key(work)
        data = self.objects.get(key)
        if data is None:
            return None
        document = _parsed(key, data)
        if document["parameters"] != dict(work.parameters):
            return None
        return _registered(key, document)

    def write(self, work: Work, registered: Registered) -> None:
        """Note that it is done."""
        document = {
            "month": str(work.month),
            "data": work.data,
            "parameters": dict(work.parameters),
            "result": registered.as_json(),
        }
        text = json.dumps(document, sort_keys=True, indent=1, allow_nan=False)
        self.objects.put(self._key(work), text.encode() + b"\n")

    def newest(self) -> Month | None:
        """The last month that any training is noted for."""
        prefix = f"ledger/{self.pipeline}/"
        keys = (stored.key.removeprefix(prefix) for stored in self.objects.list(prefix))
        return max((parse_month(key.partition("/")[0]) for key in keys), default=None)

    def _key(self, work: Work) -> str:
        return f"ledger/{self.pipeline}/{work.month}/{work.data.rpartition(':')[2]}.json"


def _parsed(key: str, data: bytes) -> dict[str, object]:
    try:
        document: dict[str, object] = json.loads(data)
        return {"parameters": document["parameters"], "result": document["result"]}
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable(key, error) from error


def _registered(key: str, document: Mapping[str, object]) -> Registered:
    result = document["result"]
    try:
        if not isinstance(result, dict):
            raise TypeError("result must be an object")
        return Registered(
            run_id=RunId(str(result["run_id"])),
            model=ModelName(str(result["model"])),
            version=Version(str(result["version"])),
            metrics={str(name): float(value) for name, value in result["metrics"].items()},
            bundle_digest=Digest(str(result["bundle_digest"])),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(key, error) from error


def _unreadable(key: str, error: Exception) -> InputError:
    return InputError(f"the ledger's {key} can't be read; delete it: {error!r}")
