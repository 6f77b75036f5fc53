"""What a version must show where a promotion's author says no more."""

GATES = (
    {"metric": "hr_at_20", "tolerance": 0.01},
    {"metric": "mrr_at_20", "tolerance": 0.01},
    {"metric": "hr_at_20", "threshold": 0.1},
)
