"""Our server beside `mlflow models serve` and a bare Starlette app, the same model in all three.

Prints a table and writes benchmarks/results/serving.json. All servers run at once and are put under
load in turn, several rounds long; the least disturbed round counts, so that what else the machine
does falls on all of them alike.
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import mlflow.catboost

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.servers import catboost_model
from benchmarks.servers.contenders import (
    ROOT,
    Contender,
    bare,
    frame,
    mlflow_server,
    running,
    windlass,
)
from benchmarks.servers.load import Figures, Load, least_disturbed, measure, measure_together
from benchmarks.servers.windlass_folder import TOKEN
from windlass.adapters.folder_objects import FolderObjects
from windlass.domain.bundle import Bundle
from windlass.services.bundles import write_bundle
from windlass.serving.split import salt_of, takes_entity

RESULTS = ROOT / "benchmarks" / "results" / "serving.json"
ROUNDS = 5
SECONDS = 2
SLOW_SECONDS = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All figures of one server."""

    ready_seconds: float
    one: Figures
    sixteen: Figures
    batch: Figures
    """Tables of 1,000 rows, one connection."""


def main() -> None:
    """Measure all, print, keep."""
    with tempfile.TemporaryDirectory() as folder:
        results, slow = measure_all(Path(folder))
    print(table(results))
    for name, value in slow.items():
        print(f"slow candidate, {name}: {value:g}")
    checks = wanted(results, slow)
    for name, (value, limit, fine) in checks.items():
        print(f"{'ok  ' if fine else 'MISS'} {name}: {value:.2f} (wanted {limit})")
    RESULTS.parent.mkdir(exist_ok=True)
    document = {name: asdict(result) for name, result in results.items()}
    RESULTS.write_text(json.dumps({"servers": document, "slow candidate": slow}, indent=1) + "\n")
    print(f"written to {RESULTS.relative_to(ROOT)}")


def measure_all(folder: Path) -> tuple[dict[str, Result], dict[str, float]]:
    """Measure the three servers, then ours with a slow candidate."""
    model = catboost_model.train()
    model_file = folder / "model.cbm"
    model.save_model(str(model_file))
    mlflow.catboost.save_model(model, str(folder / "mlflow"))
    champion = catboost_model.bundle(model, model_file.read_bytes())
    candidate = catboost_model.bundle(model, model_file.read_bytes(), SLOW_SECONDS)
    for bundle in (champion, candidate):
        write_bundle(FolderObjects(folder / "store", "windlass"), bundle)
    (folder / "routing.json").write_text(json.dumps(routing(1, champion)))
    ours = windlass(folder)
    contenders = [ours, bare(model_file), mlflow_server(folder / "mlflow")]
    with ExitStack() as stack:
        ready = [stack.enter_context(running(contender)) for contender in contenders]
        loads = [_loads(contender) for contender in contenders]
        rounds = [[[measure(load) for load in each] for each in loads] for _ in range(ROUNDS)]
        slow = measure_slow(ours, champion, candidate)
    best = [
        [least_disturbed(list(tries)) for tries in zip(*each, strict=True)]
        for each in zip(*rounds, strict=True)
    ]
    return {
        contender.name: Result(ready_seconds=seconds, one=one, sixteen=sixteen, batch=batch)
        for contender, seconds, (one, sixteen, batch) in zip(contenders, ready, best, strict=True)
    }, slow


def _loads(contender: Contender) -> list[Load]:
    batch = Load(
        port=contender.port,
        path="/invocations",
        body=frame(1000),
        connections=1,
        seconds=SECONDS,
    )
    return [_load(contender, 1), _load(contender, 16), batch]


def _load(contender: Contender, connections: int, keys: Sequence[str] = ()) -> Load:
    return Load(
        port=contender.port,
        path=contender.path,
        body=contender.body,
        connections=connections,
        seconds=SECONDS,
        keys=keys,
    )


def measure_slow(ours: Contender, champion: Bundle, candidate: Bundle) -> dict[str, float]:
    """The champion's p99 while half of the entities belong to a candidate that sleeps.

    Both times 16 connections send the same keys: 8 those of the champion, which are measured, 8
    those of the candidate, which without one the champion answers too.
    """
    salt = salt_of(candidate.digest)
    keys = [str(number) for number in range(400)]
    theirs = [key for key in keys if takes_entity(salt, key.encode(), 50)]
    mine = [key for key in keys if key not in theirs]
    loads = _load(ours, 8, mine), _load(ours, 8, theirs)
    without, beside = [], []
    for turn in range(ROUNDS):
        _apply(ours, routing(2 + 2 * turn, champion))
        without.append(measure_together(*loads))
        _apply(ours, routing(3 + 2 * turn, champion, candidate, weight=50))
        beside.append(measure_together(*loads))
    asked = _report(ours)["versions"][candidate.digest]
    return {
        "p99 without": min(figures.p99 for figures in without),
        "p99 beside": min(figures.p99 for figures in beside),
        "failed": float(sum(figures.failed for figures in without + beside)),
        "its requests": asked["requests"],
        "its errors": asked["errors"],
    }


def routing(
    generation: int, champion: Bundle, candidate: Bundle | None = None, weight: int = 0
) -> dict[str, object]:
    """Routing document."""
    return {
        "generation": generation,
        "champion": {"version": "1", "uri": "", "digest": champion.digest},
        "candidate": candidate and {"version": "2", "uri": "", "digest": candidate.digest},
        "weight": weight,
        "shadow": False,
    }


def _apply(contender: Contender, document: dict[str, object]) -> None:
    with _operator(contender) as client:
        response = client.put("/routing", json=document).raise_for_status()
    if document["candidate"] and "candidateLoaded" not in response.json():
        raise RuntimeError(f"the candidate is not loaded: {response.text}")


def _report(contender: Contender) -> dict[str, dict[str, dict[str, float]]]:
    with _operator(contender) as client:
        report: dict[str, dict[str, dict[str, float]]] = client.get("/stats").json()
    return report


def _operator(contender: Contender) -> httpx.Client:
    return httpx.Client(
        base_url=f"http://127.0.0.1:{contender.command[-1]}",
        headers={"authorization": f"Bearer {TOKEN}"},
        timeout=60,
        trust_env=False,
    )


def wanted(
    results: dict[str, Result], slow: dict[str, float]
) -> dict[str, tuple[float, str, bool]]:
    """Ratios that we promise: value, bound as text, whether it is kept."""
    ours, least, theirs = (
        results[name] for name in ("windlass", "bare starlette", "mlflow models serve")
    )
    p50 = ours.one.p50 / least.one.p50
    rate = ours.sixteen.rate / least.sixteen.rate
    gain = ours.sixteen.rate / theirs.sixteen.rate
    beside = slow["p99 beside"] / slow["p99 without"]
    return {
        "p50 at 1 connection, times bare": (p50, "<= 1.6", p50 <= 1.6),
        "requests/s at 16 connections, times bare": (rate, ">= 0.6", rate >= 0.6),
        "requests/s at 16 connections, times MLflow": (gain, ">= 15", gain >= 15),
        "seconds to ready": (ours.ready_seconds, "<= 3", ours.ready_seconds <= 3),
        "champion's p99 beside a slow candidate, times without": (beside, "<= 1.5", beside <= 1.5),
    }


def table(results: dict[str, Result]) -> str:
    """One line per server."""
    head = f"{'':20} {'ready':>8} {'1 connection':^27} {'16 connections':^27} {'1000 rows':^18}"
    columns = f"{'p50 ms':>9}{'p99 ms':>9}{'req/s':>9} "
    lines = [head, f"{'':20} {'s':>8} {columns * 2}{'p50 ms':>9}{'p99 ms':>9}"]
    for name, result in results.items():
        loads = " ".join(
            f"{load.p50:9.2f}{load.p99:9.2f}{load.rate:9.0f}"
            for load in (result.one, result.sixteen)
        )
        batch = f"{result.batch.p50:9.2f}{result.batch.p99:9.2f}"
        failed = result.one.failed + result.sixteen.failed + result.batch.failed
        lines.append(f"{name:20} {result.ready_seconds:8.2f} {loads} {batch}  failed: {failed}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
