"""Use cases: what Windlass does, told in terms of domain values and ports."""
