"""A flow: a function whose runs Prefect records. It is called like any other function."""

from prefect import flow


@flow(name="example-01-flow", log_prints=True)
def mean_price(prices: list[float]) -> float:
    """Prefect checks the parameters by their types and keeps them with the run."""
    mean = sum(prices) / len(prices)
    print(f"mean of {len(prices)} prices: {mean:.2f}")
    return mean


if __name__ == "__main__":
    mean_price([24.5, 25.0, 26.1])
