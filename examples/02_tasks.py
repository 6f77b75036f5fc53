"""Tasks: the steps of a flow. What one returns, the next one takes."""

from statistics import linear_regression

from prefect import flow, task

Line = tuple[float, float]


@task
def read_trips() -> list[tuple[float, float]]:
    """Metres to the stop, and the seconds that it took."""
    return [(200.0, 55.0), (400.0, 92.0), (800.0, 170.0), (1600.0, 334.0)]


@task
def fit(trips: list[tuple[float, float]]) -> Line:
    """Seconds per metre, and seconds at the stop itself."""
    slope, intercept = linear_regression(*zip(*trips, strict=True))
    return slope, intercept


@task
def predict(line: Line, metres: float) -> float:
    """Seconds until arrival."""
    slope, intercept = line
    return slope * metres + intercept


@flow(name="example-02-tasks", log_prints=True)
def arrival(metres: float = 1000) -> float:
    """Read, fit, predict: each step is seen by itself in Prefect's pages."""
    line = fit(read_trips())
    seconds = predict(line, metres)
    print(f"{metres:g} m: {seconds:.0f} s")
    return seconds


if __name__ == "__main__":
    arrival()
