"""Start a run of a deployment by its id: one POST, which any program can make.

python examples/10_trigger_by_id.py ID '{"metres": 1500}'
"""

import json
import sys

from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient


def trigger(prefect: SyncPrefectClient, deployment_id: str, parameters: dict[str, object]) -> str:
    """Id of the new run."""
    answer = prefect.request(
        "POST",
        "/deployments/{id}/create_flow_run",
        path_params={"id": deployment_id},
        json={"parameters": parameters},
    )
    return str(answer.json()["id"])


if __name__ == "__main__":
    [wanted, *given] = sys.argv[1:]
    # the server that PREFECT_API_URL names, with its password, and asked again when it is busy
    with get_client(sync_client=True) as client:
        print(trigger(client, wanted, json.loads(given[0]) if given else {}))
