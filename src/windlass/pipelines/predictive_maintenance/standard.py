"""What a version must show where a promotion's author says no more."""

GATES = (
    {"metric": "average_precision", "threshold": 0.3},
    {"metric": "average_precision", "tolerance": 0.01},
)
