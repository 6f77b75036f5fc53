"""What Windlass needs of the outside world: one small Protocol per system.

Every method may raise SystemUnavailable; "not found" is None. Each port has an in-memory twin in
`windlass.adapters.memory` and one contract suite in `tests/ports` that twin and real system pass.
"""
