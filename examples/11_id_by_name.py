"""Find the id of a deployment by its name: ids change when a deployment is made anew.

python examples/11_id_by_name.py example-09-serve served
"""

import sys

from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient


def id_of(prefect: SyncPrefectClient, flow: str, deployment: str) -> str:
    """Id of a deployment; ObjectNotFound where there is none of the name."""
    answer = prefect.request(
        "GET",
        "/deployments/name/{flow_name}/{deployment_name}",
        path_params={"flow_name": flow, "deployment_name": deployment},
    )
    return str(answer.json()["id"])


if __name__ == "__main__":
    flow_name, deployment_name = sys.argv[1:]
    with get_client(sync_client=True) as client:
        print(id_of(client, flow_name, deployment_name))
