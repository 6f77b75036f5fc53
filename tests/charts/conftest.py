"""What helm renders: no cluster, but helm and kubeconform, which `make charts` finds."""

from pathlib import Path

import pytest

from tests.support.chart_values import SETS
from tests.support.charts import Document, render

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark this folder's tests, and no others."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.charts)


@pytest.fixture(params=list(SETS))
def documents(request: pytest.FixtureRequest) -> list[Document]:
    """The chart with each value set."""
    return render(SETS[request.param])
