"""Flow runs and blocks as a contract suite sees them: the twins, or a real Prefect."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol
from uuid import uuid4

import httpx

from windlass.adapters.memory.blocks import MemoryBlocks
from windlass.adapters.memory.flows import MemoryFlowRuns
from windlass.adapters.prefect_blocks import PrefectBlocks
from windlass.adapters.prefect_flows import PrefectFlowRuns
from windlass.adapters.prefect_rest import prefect_rest
from windlass.domain.names import FlowRunId
from windlass.domain.promotion.evaluation import FlowRunState
from windlass.ports.flows import Blocks, FlowRuns

PATIENT = 60.0
"""Seconds an answer may take on a busy test machine."""


class FlowWorld(Protocol):
    """The port, and the power of a worker and of `windlass deploy`."""

    @property
    def flows(self) -> FlowRuns: ...

    def deploy(self, deployment: str) -> None: ...

    def move(self, flow_run: FlowRunId, state: FlowRunState, message: str = "") -> None: ...

    def parameters(self, flow_run: FlowRunId) -> Mapping[str, object]: ...


class TwinFlows:
    """The twin."""

    def __init__(self) -> None:
        self.flows = MemoryFlowRuns()

    def deploy(self, deployment: str) -> None:
        self.flows.deploy(deployment)

    def move(self, flow_run: FlowRunId, state: FlowRunState, message: str = "") -> None:
        self.flows.set_state(flow_run, state, message)

    def parameters(self, flow_run: FlowRunId) -> Mapping[str, object]:
        return next(run.parameters for run in self.flows.started if run.flow_run == flow_run)


class PrefectFlows:
    """A real Prefect, spoken to as its own programs do."""

    def __init__(self, flows: PrefectFlowRuns, client: httpx.Client) -> None:
        self.flows = flows
        self._client = client

    def deploy(self, deployment: str) -> None:
        flow, _, name = deployment.partition("/")
        flow_id = post(self._client, "/flows/", {"name": flow})["id"]
        document = {"name": name, "flow_id": flow_id, "enforce_parameter_schema": False}
        post(self._client, "/deployments/", document)

    def move(self, flow_run: FlowRunId, state: FlowRunState, message: str = "") -> None:
        self.force(flow_run, state.value.upper(), message)

    def force(self, flow_run: FlowRunId, type_: str, message: str = "") -> None:
        state = {"type": type_, "name": type_.title(), "message": message}
        path = f"/flow_runs/{flow_run}/set_state"
        assert post(self._client, path, {"state": state, "force": True})["status"] == "ACCEPT"

    def parameters(self, flow_run: FlowRunId) -> Mapping[str, object]:
        found: Mapping[str, object] = self.read(flow_run)["parameters"]
        return found

    def read(self, flow_run: FlowRunId) -> dict[str, Any]:
        """Flow run as Prefect tells it."""
        found: dict[str, Any] = self._client.get(f"/flow_runs/{flow_run}").json()
        return found


class BlockWorld(Protocol):
    """The port, and the power to create blocks."""

    @property
    def blocks(self) -> Blocks: ...

    def create(self, slug: str, fields: Mapping[str, object]) -> str:
        """Create a block of a new name; returns `<slug>/<name>`."""


class TwinBlocks:
    """The twin."""

    def __init__(self) -> None:
        self.blocks = MemoryBlocks()

    def create(self, slug: str, fields: Mapping[str, object]) -> str:
        block = f"{slug}/{new_name()}"
        self.blocks.create(block, {key: str(value) for key, value in fields.items()})
        return block


class RealBlocks:
    """A real Prefect."""

    def __init__(self, blocks: PrefectBlocks, client: httpx.Client) -> None:
        self.blocks = blocks
        self._client = client

    def create(self, slug: str, fields: Mapping[str, object]) -> str:
        block = f"{slug}/{new_name()}"
        new_block(self._client, block, fields)
        return block


@contextmanager
def prefect_flows(url: str) -> Iterator[PrefectFlows]:
    """Flow runs of a running Prefect."""
    rest = prefect_rest(url, timeout=PATIENT)
    with httpx.Client(base_url=url, timeout=PATIENT) as client:
        yield PrefectFlows(PrefectFlowRuns(rest), client)
    rest.close()


@contextmanager
def prefect_blocks(url: str) -> Iterator[RealBlocks]:
    """Blocks of a running Prefect."""
    rest = prefect_rest(url, timeout=PATIENT)
    with httpx.Client(base_url=url, timeout=PATIENT) as client:
        yield RealBlocks(PrefectBlocks(rest), client)
    rest.close()


def new_block(client: httpx.Client, block: str, fields: Mapping[str, object]) -> None:
    """Create `<slug>/<name>`, and its type where there is none."""
    slug, _, name = block.partition("/")
    type_id = _block_type(client, slug)
    document = {
        "name": name,
        "data": fields,
        "block_type_id": type_id,
        "block_schema_id": _block_schema(client, type_id, fields),
    }
    post(client, "/block_documents/", document)


def _block_type(client: httpx.Client, slug: str) -> str:
    found = client.get(f"/block_types/slug/{slug}")
    if found.is_success:
        return str(found.json()["id"])
    return str(post(client, "/block_types/", {"name": slug, "slug": slug})["id"])


def _block_schema(client: httpx.Client, type_id: str, fields: Mapping[str, object]) -> str:
    query = {"block_schemas": {"block_type_id": {"any_": [type_id]}}}
    known = client.post("/block_schemas/filter", json=query).json()
    if known:
        return str(known[0]["id"])
    schema = {
        "title": "Settings",
        "type": "object",
        "properties": {name: {"type": "string"} for name in fields},
        "secret_fields": ["password"],
    }
    made = post(client, "/block_schemas/", {"block_type_id": type_id, "fields": schema})
    return str(made["id"])


def new_name() -> str:
    """Name that no other test uses: they share a server."""
    return f"name-{uuid4().hex[:8]}"


def post(client: httpx.Client, path: str, document: Mapping[str, object]) -> dict[str, Any]:
    """Answer to a document, as JSON; an error fails the test, a busy server is asked again."""
    answer = client.post(path, json=document)
    for _ in range(20):
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            break
        time.sleep(0.2)
        answer = client.post(path, json=document)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found
