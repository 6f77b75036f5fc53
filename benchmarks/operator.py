"""What the operator carries: a thousand promotions at once, on a real API server.

Needs a local cluster: `make bench-operator` starts one. Promotions,
their watch by kopf and every write are real; the other systems are twins in memory. API writes are
counted by the API server itself. Prints a table and writes benchmarks/results/operator.json.
"""

import argparse
import asyncio
import json
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any, ClassVar

import kopf

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.kube import Kube, until
from tests.support.stage import digest_of
from tests.support.users import (
    NAMESPACE,
    create,
    judged,
    kube_of_users,
    succeeded,
    users_access,
    watch,
)
from windlass.adapters.kubernetes_client import Access
from windlass.adapters.kubernetes_promotions import KubernetesPromotions
from windlass.adapters.memory.blocks import MemoryBlocks
from windlass.adapters.memory.faults import Faults
from windlass.adapters.memory.flows import MemoryFlowRuns
from windlass.adapters.memory.keyvalue import MemoryKeyValue
from windlass.adapters.memory.objects import MemoryObjects
from windlass.adapters.memory.registry import MemoryRegistry
from windlass.adapters.memory.serving import MemoryServing
from windlass.adapters.promotion_documents import GROUP, PLURAL, VERSION
from windlass.adapters.system_clock import SystemClock
from windlass.adapters.watched_promotions import WatchedPromotions
from windlass.domain.names import ModelName, Version
from windlass.domain.versions import ModelVersion, RunRecord
from windlass.operator.operating import WORKERS, Watching
from windlass.operator.tuning import only_watch
from windlass.services.outside import Outside
from windlass.services.reconciler import Reconciler
from windlass.services.schedule import Schedule

CRD = Path(__file__).parents[1] / "charts/windlass/charts/operator/files/crd.yaml"
RESULTS = Path(__file__).parent / "results" / "operator.json"
GOALS = {
    "1,000 at once, seconds until all are terminal": 60.0,
    "10 a second, p95 seconds to the first condition": 1.0,
    "1,000 after a restart, seconds until all were looked at": 15.0,
    "effects repeated after the restart": 0.0,
    "API writes per promotion": 12.0,
    "resident MB with the real adapters imported": 200.0,
}
_IMPORTS = """
import windlass.operator.handlers, windlass.adapters.s3_objects, windlass.adapters.redis_keyvalue
import re; print(re.search(r"VmRSS:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""


@dataclass
class World:
    """Twins of everything but the API server; every model has one version that passes."""

    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        """Make the twins."""
        self.registry = MemoryRegistry(self.faults)
        self.serving = MemoryServing(clock=SystemClock(), faults=self.faults)
        self.objects = MemoryObjects(faults=self.faults)
        self.keyvalue = MemoryKeyValue(self.faults)
        self.flows, self.blocks = MemoryFlowRuns((), self.faults), MemoryBlocks(self.faults)

    def add(self, model: ModelName) -> None:
        """Make a model known, and served."""
        run_id = self.registry.record(RunRecord(experiment=model, name=model, metrics={"f1": 0.9}))
        self.registry.register(
            ModelVersion(
                model=model,
                version=Version(""),
                run_id=run_id,
                bundle_digest=digest_of("1"),
                dataset_digest=digest_of("2"),
                metrics={"f1": 0.9},
            )
        )
        self.serving.add_server(model)

    def outside(self, promotions: WatchedPromotions) -> Outside:
        """All systems."""
        return Outside(
            promotions=promotions,
            registry=self.registry,
            objects=self.objects,
            keyvalue=self.keyvalue,
            flows=self.flows,
            blocks=self.blocks,
            serving=self.serving,
            clock=SystemClock(),
        )


class Looks(Reconciler):
    """A reconciler that remembers what it looked at."""

    seen: ClassVar[set[str]] = set()

    def reconcile(self, key: Any) -> Any:
        """Remember, after the look."""
        outcome = super().reconcile(key)
        self.seen.add(key.name)
        return outcome


@contextmanager
def operating(world: World, store: KubernetesPromotions) -> Iterator[set[str]]:
    """An operator: kopf's watch wakes the schedule. Yields the names that were looked at."""
    Looks.seen = set()
    watched = WatchedPromotions(store)
    schedule = Schedule(Looks(world.outside(watched)), workers=WORKERS)
    watching = Watching(schedule=schedule, watched=watched, read=store.read)
    registry, stop = kopf.OperatorRegistry(), threading.Event()

    @kopf.on.startup(registry=registry)
    def begin(settings: kopf.OperatorSettings, **_: Any) -> None:
        only_watch(settings)

    @kopf.on.login(registry=registry)
    def login(**kwargs: Any) -> Any:
        return kopf.login_with_kubeconfig(**kwargs)

    @kopf.on.event(GROUP, VERSION, PLURAL, registry=registry)
    async def changed(event: kopf.RawEvent, **_: Any) -> None:
        watching.saw(event["type"], event["object"])

    def watch() -> None:
        with closing(asyncio.new_event_loop()) as loop:
            asyncio.set_event_loop(loop)
            loop.run_until_complete(
                kopf.operator(
                    registry=registry, namespaces=[NAMESPACE], standalone=True, stop_flag=stop
                )
            )

    thread = threading.Thread(target=watch)
    thread.start()
    schedule.start()
    try:
        yield Looks.seen
    finally:
        stop.set()
        schedule.stop()
        thread.join()


def writes(kube: Kube) -> int:
    """Writes of promotions that the API server has answered, in all."""
    pattern = rf'apiserver_request_total{{.*group="{GROUP}".*verb="(?:PATCH|PUT|APPLY)".*}} (\S+)'
    text = kube.kubectl("get", "--raw", "/metrics")
    return int(sum(float(each) for each in re.findall(pattern, text)))


def measured(kube: Kube, access: Access, number: int) -> dict[str, float]:
    """All figures."""
    world = World()
    crowd, arriving = [f"crowd-{n}" for n in range(number)], [f"late-{n}" for n in range(100)]
    for model in (*crowd, *arriving):
        world.add(ModelName(model))
    store = KubernetesPromotions(access.client, NAMESPACE)
    # users are processes of their own: the operator's process is measured, not theirs
    users = ProcessPoolExecutor(2, mp_context=get_context("spawn"))
    with users, operating(world, store):
        before, begun = writes(kube), time.monotonic()
        seen = users.submit(watch, set(crowd), succeeded)
        users.submit(create, crowd).result()
        all_terminal = max(seen.result().values()) - begun
        until(lambda: not any(p.finalized for p in store.list()), 60, "rest")
        per_promotion = (writes(kube) - before) / number
        seen = users.submit(watch, set(arriving), judged)
        created = users.submit(create, arriving, per_second=10).result()
        first = sorted(seen.result()[name] - created[name] for name in arriving)
    effects, begun = len(world.faults.writes), time.monotonic()
    with operating(world, store) as looked_at:
        until(lambda: looked_at >= {*crowd, *arriving}, 120, "a look at each")
        again = time.monotonic() - begun
    memory = subprocess.run(
        [sys.executable, "-c", _IMPORTS], capture_output=True, text=True, check=True
    )
    return {
        "1,000 at once, seconds until all are terminal": all_terminal,
        "10 a second, p95 seconds to the first condition": statistics.quantiles(first, n=20)[-1],
        "1,000 after a restart, seconds until all were looked at": again,
        "effects repeated after the restart": float(len(world.faults.writes) - effects),
        "API writes per promotion": per_promotion,
        "resident MB with the real adapters imported": int(memory.stdout) / 1024,
    }


def main() -> int:
    """Measure, print, write; 1 when a goal is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--promotions", type=int, default=1000)
    arguments = parser.parse_args()
    kube = kube_of_users()
    if not kube.kubectl("get", "crd", f"{PLURAL}.{GROUP}", "--ignore-not-found"):
        kube.kubectl("create", "-f", str(CRD))
    kube.kubectl("create", "namespace", NAMESPACE)
    access = users_access()
    try:
        with closing(access.client):
            found = measured(kube, access, arguments.promotions)
    finally:
        kube.kubectl("delete", "namespace", NAMESPACE, "--wait", seconds=300)
    for name, value in found.items():
        met = value <= GOALS[name]
        print(f"{'ok  ' if met else 'MISS'} {name}: {value:.2f} (wanted <= {GOALS[name]:g})")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"found": found, "wanted": GOALS}, indent=1))
    return 0 if all(value <= GOALS[name] for name, value in found.items()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
