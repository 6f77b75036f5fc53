"""The platform without a cluster: one supervisor, and children that cannot outlive it."""
