"""When the rows of a folder without `dataset.json` happened."""

from datetime import UTC, datetime
from typing import Any

import pytest

from windlass.pipelines import maker_of, model_of, names

SPANS = {
    "milk-price": ("2023-02-01T00:00:00", "2023-12-31T00:00:00"),
    "predictive-maintenance": ("2024-01-01T00:00:00", "2024-02-29T23:00:00"),
    "recommender": ("2024-01-01T00:01:22", "2024-01-06T00:05:37"),
    "transit-eta": ("2025-10-08T08:00:21", "2025-10-08T17:26:46"),
}


@pytest.mark.parametrize("pipeline", names())
def test_every_pipeline_says_when_its_rows_happened(pipeline: str) -> None:
    model: Any = model_of(pipeline)
    span = model.time_span(maker_of(pipeline).sample_files())

    wanted = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in SPANS[pipeline]]
    assert [span.start.replace(microsecond=0), span.until] == wanted
