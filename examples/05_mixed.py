"""Both together: what depends on nothing is submitted, what depends on it waits for its result."""

import time

from prefect import flow, task

SECONDS = 0.3


@task
def read(table: str) -> list[int]:
    """Stands for a slow source."""
    time.sleep(SECONDS)
    return {"readings": [3, 5, 4, 9], "failures": [0, 0, 0, 1]}[table]


@task
def count_alarms(readings: list[int], failures: list[int], limit: int) -> tuple[int, int]:
    """Alarms above the limit, and how many of them were right."""
    alarms = [failed for reading, failed in zip(readings, failures, strict=True) if reading > limit]
    return len(alarms), sum(alarms)


@flow(name="example-05-mixed", log_prints=True)
def judge(limit: int = 4) -> float:
    """Read both tables at once, then judge; returns the share of alarms that were right."""
    readings, failures = read.submit("readings"), read.submit("failures")
    alarms, right = count_alarms(readings.result(), failures.result(), limit)
    print(f"{right} of {alarms} alarms were right")
    return right / alarms


if __name__ == "__main__":
    judge()
