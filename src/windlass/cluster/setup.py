"""What an installation needs beside its pods: `python -m windlass.cluster.setup TEMPLATE SECONDS`.

A hook after the installation: buckets, deployments, and the proof that the work pool in Prefect is
the one of the values. It waits for the systems itself, and fails the release when one never comes.
"""

import json
import sys
from contextlib import closing
from pathlib import Path

from windlass.adapters.prefect_pools import check_pool
from windlass.bootstrap.clients import open_s3, prefect_client
from windlass.bootstrap.environment import settings
from windlass.cluster.pod import run, say
from windlass.flows.deploying import deploy_all
from windlass.services.patience import patiently
from windlass.settings import Settings


def main() -> None:
    """Do all of it; again changes nothing."""
    template = json.loads(Path(sys.argv[1]).read_bytes())
    seconds, known = float(sys.argv[2]), settings()
    make_buckets(known, seconds)
    with closing(prefect_client(known.prefect)) as rest:
        patiently(lambda: check_pool(rest, known.cluster.work_pool, template), seconds, say)
        say(f"work pool {known.cluster.work_pool}: as the values say")
        for line in patiently(lambda: deploy_all(rest), seconds, say):
            say(line)


def make_buckets(known: Settings, seconds: float) -> None:
    """Make the buckets that are missing."""
    for bucket in (known.objects.bucket, known.cluster.mlflow_bucket):
        with closing(open_s3(known.objects, bucket)) as objects:
            made = patiently(objects.ensure_bucket, seconds, say)
        say(f"bucket {bucket}: {'made' if made else 'is there'}")


if __name__ == "__main__":
    run(main)
