"""Start a run by name, with parameters: look the id up, then trigger it.

python examples/12_trigger_by_name.py example-09-serve served '{"metres": 1500}'

`windlass trigger example-09-serve/served --param metres=1500 --wait` does the same and waits.
"""

import json
import sys

from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient


def trigger(
    prefect: SyncPrefectClient, flow: str, deployment: str, parameters: dict[str, object]
) -> str:
    """Id of the new run; ObjectNotFound where there is no deployment of the name."""
    found = prefect.request(
        "GET",
        "/deployments/name/{flow_name}/{deployment_name}",
        path_params={"flow_name": flow, "deployment_name": deployment},
    )
    answer = prefect.request(
        "POST",
        "/deployments/{id}/create_flow_run",
        path_params={"id": found.json()["id"]},
        json={"parameters": parameters},
    )
    return str(answer.json()["id"])


if __name__ == "__main__":
    [flow_name, deployment_name, *given] = sys.argv[1:]
    with get_client(sync_client=True) as client:
        print(trigger(client, flow_name, deployment_name, json.loads(given[0]) if given else {}))
