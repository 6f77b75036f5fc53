"""What a version must show where a promotion's author says no more."""

GATES = (
    {"metric": "test_mae_seconds", "threshold": 120, "greaterIsBetter": False},
    {"metric": "test_mae_seconds", "tolerance": 1, "greaterIsBetter": False},
)
