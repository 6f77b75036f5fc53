"""Flow `score-versions`: candidate and champion on the same data."""

from prefect import flow


@flow(name="score-versions")
def score_versions(
    model: str, candidate: str, champion: str | None, dataset: str, key: str
) -> None:
    """Leave the result in the object store."""
    raise NotImplementedError
