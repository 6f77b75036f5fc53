"""Load from a fixed number of connections: by wrk where it is installed, else by a small client."""

import asyncio
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import quantiles

_SCRIPT = """
wrk.method = "POST"
wrk.body = [==[{body}]==]
wrk.headers["content-type"] = "application/json"
local keys = {{ {keys} }}
local turn = 0
if #keys > 0 then
  request = function()
    turn = turn % #keys + 1
    wrk.headers["x-request-key"] = keys[turn]
    return wrk.format()
  end
end
done = function(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format(
    '{{"p50": %f, "p99": %f, "rate": %f, "requests": %d, "failed": %d}}',
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.requests / summary.duration * 1000000, summary.requests, failed
  ))
end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What to send, to whom, and for how long."""

    port: int
    path: str
    body: bytes
    connections: int
    seconds: int
    keys: Sequence[str] = field(default=())
    """Values of `x-request-key`, in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured; milliseconds and requests per second."""

    p50: float
    p99: float
    rate: float
    requests: int
    failed: int


class Run:
    """A load that runs; several may at once."""

    def __init__(self, load: Load) -> None:
        self._folder = tempfile.TemporaryDirectory()
        script = Path(self._folder.name, "load.lua")
        keys = ", ".join(json.dumps(key) for key in load.keys)
        script.write_text(_SCRIPT.format(body=load.body.decode(), keys=keys))
        command = ["wrk", "-t1", f"-c{load.connections}", f"-d{load.seconds}s", "--timeout=30s"]
        command += ["-s", str(script), f"http://127.0.0.1:{load.port}{load.path}"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def figures(self) -> Figures:
        """Wait for its end."""
        output, _ = self._process.communicate()
        self._folder.cleanup()
        return Figures(**json.loads(output.strip().splitlines()[-1]))


def measure(load: Load) -> Figures:
    """Put a server under load, after a second to warm up."""
    if shutil.which("wrk"):
        Run(replace(load, seconds=1)).figures()
        return Run(load).figures()
    asyncio.run(_client(replace(load, seconds=1)))
    return asyncio.run(_client(load))


def least_disturbed(tries: Sequence[Figures]) -> Figures:
    """Best of each figure; failures of all."""
    return Figures(
        p50=min(figures.p50 for figures in tries),
        p99=min(figures.p99 for figures in tries),
        rate=max(figures.rate for figures in tries),
        requests=sum(figures.requests for figures in tries),
        failed=sum(figures.failed for figures in tries),
    )


def measure_together(first: Load, second: Load) -> Figures:
    """Figures of the first of two loads that run at once; needs wrk."""
    runs = Run(first), Run(second)
    figures = [run.figures() for run in runs]
    return figures[0]


async def _client(load: Load) -> Figures:
    took: list[float] = []
    failures: list[bytes] = []
    start = time.perf_counter()
    await asyncio.gather(*(_connection(load, took, failures) for _ in range(load.connections)))
    seconds = time.perf_counter() - start
    shares = quantiles(took, n=100)
    return Figures(
        p50=shares[49] * 1000,
        p99=shares[98] * 1000,
        rate=len(took) / seconds,
        requests=len(took),
        failed=len(failures),
    )


async def _connection(load: Load, took: list[float], failures: list[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", load.port)
    head = f"POST {load.path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    request = f"{head}content-length: {len(load.body)}\r\n\r\n".encode() + load.body
    end = time.perf_counter() + load.seconds
    while (start := time.perf_counter()) < end:
        writer.write(request)
        answer = await reader.readuntil(b"\r\n\r\n")
        fields = answer.lower().partition(b"content-length: ")[2]
        await reader.readexactly(int(fields.partition(b"\r\n")[0]))
        took.append(time.perf_counter() - start)
        if b" 200 " not in answer[:16]:
            failures.append(answer)
    writer.close()
