"""`serve`: this process makes a deployment and starts its runs, until Ctrl-C.

On a cluster `windlass deploy` takes its place: there each run is a pod of its own.
"""

from prefect import flow, get_run_logger


@flow(name="example-09-serve")
def arrival(metres: float = 1000, seconds_per_metre: float = 0.2) -> float:
    """Answer whoever triggers it: a person, a schedule, examples 10 and 12."""
    seconds = metres * seconds_per_metre
    get_run_logger().info("%g m: %.0f s", metres, seconds)
    return seconds


if __name__ == "__main__":
    arrival.serve(name="served", tags=["example"], description="Seconds until arrival.")
