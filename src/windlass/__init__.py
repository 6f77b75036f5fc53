"""Windlass hoists models into production: gates, canary, alias and rollback behind one object."""

__version__ = "0.1.0"
