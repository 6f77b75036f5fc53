"""How far predicted arrivals are from real ones."""

import numpy as np

from windlass.pipelines.transit_eta.geometry import Floats
from windlass.pipelines.transit_eta.rows import Rows

_MINUTE = 60.0


def errors(labels: Floats, seconds: Floats) -> dict[str, float]:
    """Metrics by the ends of their names; nothing where there are no rows."""
    if not len(labels):
        return {}
    off = np.abs(seconds - labels)
    return {
        "mae_seconds": float(off.mean()),
        "rmse_seconds": float(np.sqrt((off**2).mean())),
        "within_60s": float((off <= _MINUTE).mean()),
    }


def test_metrics(rows: Rows, seconds: Floats) -> dict[str, float]:
    """Metrics of a held-back part by their public names."""
    found = errors(rows.labels[rows.judged], seconds[rows.judged])
    metrics = {
        "test_mae_seconds": found["mae_seconds"],
        "test_rmse_seconds": found["rmse_seconds"],
        "within_60s": found["within_60s"],
    }
    made = ~rows.judged & np.isfinite(rows.labels)
    if made.any():
        ahead = errors(rows.labels[made], seconds[made])
        metrics["farther_stops_mae_seconds"] = ahead["mae_seconds"]
    return metrics
