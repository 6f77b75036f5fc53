"""How long a flow run takes from its creation to Running, here and with a worker as it comes.

Needs a release on a local cluster: `make up`, then `make bench-cluster`. The
peer is a worker of Prefect with its own settings and work pool template, in a namespace of its own,
that runs the same flow in the same image against the same server. All times are the server's.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.kube import Kube, until
from tests.support.release import CHECK, Release, created, ended

RESULTS = Path(__file__).parent / "results" / "flow_start.json"
OURS, STOCK = CHECK, "platform-check/stock"
PEER = "windlass-bench-stock"
GOALS = {
    "ad hoc, median seconds": 3.0,
    "ad hoc, times stock": 0.55,
    "scheduled, median seconds late": 0.5,
    "20 at once, seconds until all run": 60.0,
}


def main() -> int:
    """Measure, print, write; 1 when a goal is missed."""
    arguments = _arguments()
    kube = Kube(Path(arguments.kubeconfig), arguments.namespace)
    release = Release(kube, "windlass", "")
    with release.prefect() as prefect, stock_worker(release, prefect):
        # the first run of each pays for cold caches
        for deployment in (OURS, STOCK):
            ended(prefect, created(prefect, deployment), 120)
        ours, stock = ad_hoc(prefect, OURS, arguments.runs), ad_hoc(prefect, STOCK, arguments.runs)
        late = scheduled(prefect, arguments.runs)
        crowd = at_once(prefect, 20)
    found = {
        "ad hoc, median seconds": statistics.median(ours),
        "ad hoc, times stock": statistics.median(ours) / statistics.median(stock),
        "scheduled, median seconds late": statistics.median(late),
        "20 at once, seconds until all run": crowd,
    }
    print(f"ad hoc          {_shown(ours)}")
    print(f"ad hoc, stock   {_shown(stock)}")
    print(f"scheduled, late {_shown(late)}")
    missed = 0
    for name, value in found.items():
        met = value <= GOALS[name]
        missed += not met
        print(f"{'ok  ' if met else 'MISS'} {name}: {value:.2f} (wanted <= {GOALS[name]:g})")
    RESULTS.parent.mkdir(exist_ok=True)
    raw = {"ours": ours, "stock": stock, "late": late}
    RESULTS.write_text(json.dumps({"found": found, "wanted": GOALS, "raw": raw}, indent=1))
    return 1 if missed else 0


def ad_hoc(prefect: httpx.Client, deployment: str, runs: int) -> list[float]:
    """Seconds from creation to Running, one run after the other."""
    return [_started(prefect, created(prefect, deployment)) for _ in range(runs)]


def scheduled(prefect: httpx.Client, runs: int) -> list[float]:
    """Seconds after its time at which a scheduled run is Running; their times are apart."""
    first = datetime.now(UTC) + timedelta(seconds=20)
    planned = {}
    for number in range(runs):
        due = first + timedelta(seconds=5 * number)
        details = {"scheduled_time": due.isoformat()}
        state = {"type": "SCHEDULED", "name": "Scheduled", "state_details": details}
        planned[created(prefect, OURS, state=state)] = due
    for flow_run in planned:
        ended(prefect, flow_run, 180)
    return [
        (_time(_read(prefect, flow_run)["start_time"]) - due).total_seconds()
        for flow_run, due in planned.items()
    ]


def at_once(prefect: httpx.Client, runs: int) -> float:
    """Seconds from the first creation until the last of many runs is Running."""
    flow_runs = [created(prefect, OURS) for _ in range(runs)]
    for flow_run in flow_runs:
        ended(prefect, flow_run, 300)
    documents = [_read(prefect, flow_run) for flow_run in flow_runs]
    first = min(_time(each["created"]) for each in documents)
    return (max(_time(each["start_time"]) for each in documents) - first).total_seconds()


@contextmanager
def stock_worker(release: Release, prefect: httpx.Client) -> Iterator[None]:
    """A worker and its pool as Prefect makes them, with our image."""
    pod = release.pod("prefect-worker")["spec"]["containers"][0]
    peer = Kube(release.kube.kubeconfig, PEER)
    peer.apply(*_peer(pod["image"], release))
    try:
        until(lambda: prefect.get("/work_pools/stock").status_code == 200, 120, "the stock pool")
        pool = prefect.get("/work_pools/stock").json()
        template = pool["base_job_template"]
        defaults = template["variables"]["properties"]
        defaults["image"]["default"], defaults["namespace"]["default"] = pod["image"], PEER
        patch = {"base_job_template": template}
        prefect.patch("/work_pools/stock", json=patch).raise_for_status()
        own = prefect.get(f"/deployments/name/{OURS}").raise_for_status().json()
        body = {
            "name": "stock",
            "flow_id": own["flow_id"],
            "entrypoint": own["entrypoint"],
            # with none, the slow command copies the whole working directory first
            "pull_steps": [
                {"prefect.deployments.steps.set_working_directory": {"directory": "/tmp"}}
            ],
            "work_pool_name": "stock",
            "parameter_openapi_schema": own["parameter_openapi_schema"],
            # what the flow needs to reach the systems, as our template gives it too
            "job_variables": {"env": _plain_environment(release)},
        }
        prefect.post("/deployments/", json=body).raise_for_status()
        yield
    finally:
        peer.kubectl("delete", "namespace", PEER, "--wait", seconds=180)
        prefect.delete("/work_pools/stock")


def _peer(image: str, release: Release) -> list[dict[str, Any]]:
    auth = release.kube.secret(f"{release.name}-prefect", "auth-string")
    server = f"http://{release.name}-prefect-server.{release.kube.namespace}:4200/api"
    worker = {
        "name": "worker",
        "image": image,
        "command": ["prefect", "worker", "start", "--pool", "stock", "--type", "kubernetes"],
        "env": [
            {"name": "PREFECT_API_URL", "value": server},
            {"name": "PREFECT_API_AUTH_STRING", "value": auth},
            # it has rights in its own namespace only
            {"name": "PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_NAMESPACES", "value": PEER},
        ],
    }
    rules = [{"apiGroups": ["", "batch"], "resources": ["*"], "verbs": ["*"]}]
    subject = {"kind": "ServiceAccount", "name": "default", "namespace": PEER}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "worker"}
    labels = {"app": "worker"}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": PEER}},
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": {"name": "worker", "namespace": PEER},
            "rules": rules,
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "worker", "namespace": PEER},
            "roleRef": role,
            "subjects": [subject],
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "worker", "namespace": PEER},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [worker]}},
            },
        },
    ]


def _plain_environment(release: Release) -> dict[str, str]:
    """Our flow pods' variables, with full host names, for a pod in another namespace."""
    template = json.loads(
        release.kube.get("configmap", f"{release.name}-prefect-worker")["data"][
            "base-job-template.json"
        ]
    )
    job = template["job_configuration"]["job_manifest"]
    [container] = job["spec"]["template"]["spec"]["containers"]
    found = {}
    for each in container["env"]:
        if each["name"].startswith("WINDLASS_"):
            found[each["name"]] = _value(release, each)
    return found


def _value(release: Release, variable: dict[str, Any]) -> str:
    if "valueFrom" in variable:
        secret = variable["valueFrom"]["secretKeyRef"]
        return release.kube.secret(secret["name"], secret["key"])
    value = str(variable["value"])
    for host in ("prefect-server", "mlflow", "minio", "redis", "postgresql"):
        name = f"{release.name}-{host}"
        value = value.replace(name, f"{name}.{release.kube.namespace}")
    return value


def _started(prefect: httpx.Client, flow_run: str) -> float:
    ended(prefect, flow_run, 120)
    document = _read(prefect, flow_run)
    return (_time(document["start_time"]) - _time(document["created"])).total_seconds()


def _read(prefect: httpx.Client, flow_run: str) -> dict[str, Any]:
    found: dict[str, Any] = prefect.get(f"/flow_runs/{flow_run}").raise_for_status().json()
    return found


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _shown(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"median {statistics.median(values):.2f} s ({low:.2f} to {high:.2f}), {len(values)} runs"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kubeconfig", required=True)
    parser.add_argument("--namespace", default="windlass")
    parser.add_argument("--runs", type=int, default=10)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
