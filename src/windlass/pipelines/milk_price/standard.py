"""What a version must show where a promotion's author says no more."""

GATES = (
    {"metric": "skill", "threshold": 0.0},
    {"metric": "rmse", "tolerance": 0.02, "greaterIsBetter": False},
)
