"""Our server beside `mlflow models serve` and a bare Starlette app, the same model in all three.

`python -m benchmarks.serving` prints a table and writes benchmarks/results/serving.json.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import mlflow.catboost

from benchmarks.servers import catboost_model
from benchmarks.servers.load import Figures, Load, measure, measure_together
from benchmarks.servers.windlass_folder import TOKEN
from tests.support.servers import free_port
from windlass.adapters.folder_objects import FolderObjects
from windlass.domain.bundle import Bundle
from windlass.services.bundles import write_bundle
from windlass.serving.split import salt_of, takes_entity

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "serving.json"
SECONDS = 5
SLOW_SECONDS = 0.02
_START_SECONDS = 120

ROW = json.dumps(catboost_model.request()).encode()


def frame(rows: int) -> bytes:
    """Body in the format that all three understand."""
    data = catboost_model.table(rows)
    return json.dumps(
        {"dataframe_split": {"columns": catboost_model.FEATURES, "data": data}}
    ).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One server to measure."""

    name: str
    command: Sequence[str]
    port: int
    ready: str
    """Path that answers 200 once it is ready."""
    path: str
    body: bytes
    """One row."""


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
    checks = wanted(results, slow)
    for name, (value, limit, fine) in checks.items():
        print(f"{'ok  ' if fine else 'MISS'} {name}: {value:.2f} (wanted {limit})")
    RESULTS.parent.mkdir(exist_ok=True)
    document = {name: asdict(result) for name, result in results.items()}
    RESULTS.write_text(json.dumps({"servers": document, "slow candidate": slow}, indent=1) + "\n")
    print(f"written to {RESULTS.relative_to(ROOT)}")


def measure_all(folder: Path) -> tuple[dict[str, Result], dict[str, float]]:
    """Measure the three servers one after the other, then ours with a slow candidate."""
    model = catboost_model.train()
    model_file = folder / "model.cbm"
    model.save_model(str(model_file))
    mlflow.catboost.save_model(model, str(folder / "mlflow"))
    champion = catboost_model.bundle(model, model_file.read_bytes())
    candidate = catboost_model.bundle(model, model_file.read_bytes(), SLOW_SECONDS)
    for bundle in (champion, candidate):
        write_bundle(FolderObjects(folder / "store", "windlass"), bundle)
    (folder / "routing.json").write_text(json.dumps(routing(1, champion)))
    contenders = [windlass(folder), bare(model_file), mlflow_server(folder / "mlflow")]
    results = {contender.name: measure_one(contender) for contender in contenders}
    return results, measure_slow(folder, champion, candidate)


def windlass(folder: Path) -> Contender:
    """Our server."""
    port, admin = free_port(), free_port()
    return Contender(
        name="windlass",
        command=_python("benchmarks.servers.windlass_folder", str(folder), str(port), str(admin)),
        port=port,
        ready="/readyz",
        path="/predict",
        body=ROW,
    )


def bare(model_file: Path) -> Contender:
    """Nothing but Starlette."""
    port = free_port()
    return Contender(
        name="bare starlette",
        command=_python("benchmarks.servers.bare", str(model_file), str(port)),
        port=port,
        ready="/ping",
        path="/predict",
        body=ROW,
    )


def mlflow_server(model_folder: Path) -> Contender:
    """MLflow model serving as its documentation starts it."""
    port = free_port()
    options = [
        "-m",
        str(model_folder),
        "-p",
        str(port),
        "-h",
        "127.0.0.1",
        "--env-manager",
        "local",
    ]
    return Contender(
        name="mlflow models serve",
        command=_python("mlflow", "models", "serve", *options),
        port=port,
        ready="/ping",
        path="/invocations",
        body=frame(1),
    )


def _python(*arguments: str) -> list[str]:
    return [sys.executable, "-m", *arguments]


@contextmanager
def running(contender: Contender) -> Iterator[float]:
    """Run a server in a process group of its own; seconds until it was ready."""
    start = time.perf_counter()
    # MLflow starts uvicorn by its name
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    process = subprocess.Popen(
        contender.command, cwd=ROOT, start_new_session=True, env={**os.environ, "PATH": path}
    )
    try:
        _wait_until_ready(contender, process, start)
        yield time.perf_counter() - start
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until_ready(
    contender: Contender, process: "subprocess.Popen[bytes]", start: float
) -> None:
    url = f"http://127.0.0.1:{contender.port}{contender.ready}"
    with httpx.Client(trust_env=False) as client:
        while not _is_ready(client, url):
            if process.poll() is not None or time.perf_counter() - start > _START_SECONDS:
                raise RuntimeError(f"{contender.name} did not start")
            time.sleep(0.02)


def _is_ready(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).is_success
    except httpx.TransportError:
        return False


def measure_one(contender: Contender) -> Result:
    """Start a server, put it under three loads, end it."""
    with running(contender) as seconds:
        return Result(
            ready_seconds=seconds,
            one=measure(_load(contender, 1)),
            sixteen=measure(_load(contender, 16)),
            batch=measure(
                Load(
                    port=contender.port,
                    path="/invocations",
                    body=frame(1000),
                    connections=1,
                    seconds=SECONDS,
                )
            ),
        )


def _load(contender: Contender, connections: int, keys: Sequence[str] = ()) -> Load:
    return Load(
        port=contender.port,
        path=contender.path,
        body=contender.body,
        connections=connections,
        seconds=SECONDS,
        keys=keys,
    )


def measure_slow(folder: Path, champion: Bundle, candidate: Bundle) -> dict[str, float]:
    """The champion's p99 while half of the entities belong to a candidate that sleeps.

    Both times 16 connections send the same keys: 8 those of the champion, which are measured, 8
    those of the candidate, which without one the champion answers too.
    """
    salt = salt_of(candidate.digest)
    keys = [str(number) for number in range(400)]
    theirs = [key for key in keys if takes_entity(salt, key.encode(), 50)]
    ours = [key for key in keys if key not in theirs]
    contender = windlass(folder)
    loads = _load(contender, 8, ours), _load(contender, 8, theirs)
    with running(contender):
        without = measure_together(*loads)
        _apply(contender, routing(2, champion, candidate, weight=50))
        beside = measure_together(*loads)
        stats = _report(contender)
    asked = stats["versions"][candidate.digest]
    return {
        "p99 without": without.p99,
        "p99 beside": beside.p99,
        "failed": float(without.failed + beside.failed),
        "candidate requests": asked["requests"],
        "candidate errors": asked["errors"],
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
    if "candidateLoaded" not in response.json():
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
