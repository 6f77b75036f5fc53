"""The run logger: what a run says is kept with the run, level by level."""

from prefect import flow, get_run_logger, task


@task
def validate(prices: list[float | None]) -> list[float]:
    """Set missing prices aside, and say so."""
    logger = get_run_logger()
    good = [price for price in prices if price]
    if len(good) < len(prices):
        logger.warning("%d of %d prices are missing", len(prices) - len(good), len(prices))
    return good


@flow(name="example-07-run-logger")
def report(prices: tuple[float | None, ...] = (24.5, None, 26.1)) -> float:
    """Flows and tasks each have a logger; Prefect's pages show both under the flow run."""
    logger = get_run_logger()
    logger.info("got %d prices", len(prices))
    good = validate(list(prices))
    mean = sum(good) / len(good)
    logger.info("mean price %.2f", mean)
    return mean


if __name__ == "__main__":
    report()
