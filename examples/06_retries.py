"""Retries: a task that fails is tried again, three times, with five seconds between."""

import os
from itertools import count

from prefect import flow, task

PAUSE = float(os.environ.get("EXAMPLE_RETRY_SECONDS", "5"))
ATTEMPTS = count(1)


@task(retries=3, retry_delay_seconds=PAUSE)
def fetch_prices() -> list[float]:
    """Stands for a source that is away for a moment: the third try is answered."""
    attempt = next(ATTEMPTS)
    if attempt < 3:
        raise ConnectionError(f"attempt {attempt}: the source did not answer")
    print(f"attempt {attempt}: the source answered")
    return [24.5, 25.0, 26.1]


@flow(name="example-06-retries", log_prints=True)
def latest_price() -> float:
    """The flow sees only the end: a result, or the last failure."""
    return fetch_prices()[-1]


if __name__ == "__main__":
    latest_price()
