"""Flows as they run in a pod: the environment names MLflow, an S3, Redis and Prefect, no folder."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import plant
from tests.support.servers import MlflowServer
from tests.support.stores import client_of, new_bucket
from windlass.adapters.redis_keyvalue import RedisConnection
from windlass.adapters.s3_objects import S3Connection, S3Objects
from windlass.pipelines.parameters import parameter_texts

SECONDS = 240.0

CHECK = """
import json
from windlass.flows.platform_check import platform_check
print(json.dumps(platform_check()))
"""

TRAIN_AND_SCORE = """
import json, sys
from windlass.flows.score_versions import score_versions
from windlass.pipelines.predictive_maintenance.flow import main
bucket, parameters = sys.argv[1], json.loads(sys.argv[2])
made = main(source="s3", data=f"s3://{bucket}/data", parameters=parameters)
score_versions(
    model=made["model"], candidate=made["version"], champion=None, key="k",
    dataset=f"s3://{bucket}/datasets/predictive-maintenance/holdout",
)
print(json.dumps(made))
"""


@pytest.fixture(scope="module")
def bucket(moto_s3: S3Connection) -> str:
    return new_bucket(moto_s3)


@pytest.fixture
def pod(
    tmp_path: Path,
    bucket: str,
    moto_s3: S3Connection,
    mlflow_server: MlflowServer,
    fake_redis: RedisConnection,
    prefect_url: str,
) -> dict[str, str]:
    """Environment of a pod; its home is empty."""
    return {
        **os.environ,
        "HOME": str(tmp_path),
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PREFECT_API_URL": prefect_url,
        "WINDLASS_PREFECT__API_URL": prefect_url,
        "WINDLASS_MLFLOW__URL": mlflow_server.url,
        "WINDLASS_OBJECTS__BUCKET": bucket,
        "WINDLASS_OBJECTS__ENDPOINT": moto_s3.endpoint or "",
        "WINDLASS_OBJECTS__ACCESS_KEY": moto_s3.access_key or "",
        "WINDLASS_OBJECTS__SECRET_KEY": moto_s3.secret_key or "",
        "WINDLASS_REDIS__HOST": fake_redis.host,
        "WINDLASS_REDIS__PORT": str(fake_redis.port),
    }


def run(pod: dict[str, str], program: str, *arguments: str) -> dict[str, Any]:
    """Run a program in the pod; its last line is JSON."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=pod,
        cwd=pod["HOME"],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert not Path(pod["HOME"], ".windlass").exists()
    return found


def test_a_pod_can_use_every_system(
    pod: dict[str, str], bucket: str, moto_s3: S3Connection, fake_redis: RedisConnection
) -> None:
    checked = run(pod, CHECK)
    objects = S3Objects(moto_s3, bucket)
    assert objects.get(checked["object_uri"].removeprefix(f"s3://{bucket}/")) is not None
    objects.close()
    client = client_of(fake_redis)
    assert 0 < int(client.ttl(checked["key"])) <= 600
    client.close()


@pytest.mark.real  # half a minute of two cores, which make test needs elsewhere
def test_a_pod_trains_from_s3_and_scores_what_it_made(
    pod: dict[str, str], bucket: str, moto_s3: S3Connection
) -> None:
    objects = S3Objects(moto_s3, bucket)
    for name, content in plant.files().items():
        objects.put(f"data/{name}", content)
    parameters = json.dumps(parameter_texts(plant.QUICK))
    made = run(pod, TRAIN_AND_SCORE, bucket, parameters)
    assert made["bundle_digest"].startswith("sha256:")
    result = json.loads(objects.get("evaluations/k.json") or b"{}")
    objects.close()
    assert result["candidate"]["version"] == made["version"]
