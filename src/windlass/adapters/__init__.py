"""The outside world: one file per system, each behind a port."""
