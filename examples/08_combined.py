"""All of it: submitted and dependent tasks, retries and logs, as a small training has them."""

import os
from itertools import count
from statistics import fmean, linear_regression

from prefect import flow, get_run_logger, task

PAUSE = float(os.environ.get("EXAMPLE_RETRY_SECONDS", "5"))
ATTEMPTS = count(1)

Trip = tuple[float, float]


@task(retries=3, retry_delay_seconds=PAUSE)
def fetch(route: str) -> list[Trip]:
    """Metres and seconds of a route's trips; the first try fails."""
    if next(ATTEMPTS) == 1:
        raise ConnectionError(f"route {route}: the feed did not answer")
    pace = {"B": 0.20, "C": 0.25}[route]
    return [(metres, 15 + pace * metres) for metres in range(200, 2000, 200)]


@task
def fit(trips: list[Trip]) -> tuple[float, float]:
    """Seconds per metre, and seconds at the stop itself."""
    slope, intercept = linear_regression(*zip(*trips, strict=True))
    return slope, intercept


@task
def error(line: tuple[float, float], trips: list[Trip]) -> float:
    """Mean absolute error in seconds."""
    slope, intercept = line
    return fmean(abs(slope * metres + intercept - seconds) for metres, seconds in trips)


@flow(name="example-08-combined")
def train(routes: tuple[str, ...] = ("B", "C")) -> float:
    """Fetch the routes at once, hold the last trips back, fit on the rest, judge."""
    logger = get_run_logger()
    fetched = [fetch.submit(route) for route in routes]
    trips = [trip for future in fetched for trip in future.result()]
    trips.sort()
    held_back = trips[-4:]
    line = fit(trips[:-4])
    mean_error = error(line, held_back)
    logger.info("%d trips, mean error %.1f s on the held-back ones", len(trips), mean_error)
    return mean_error


if __name__ == "__main__":
    train()
