"""In-memory twins of the ports: for unit tests, dry runs and fault injection."""
