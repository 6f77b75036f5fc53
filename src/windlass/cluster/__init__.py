"""Programs that run inside a cluster's pods: `python -m windlass.cluster.<name>`."""
