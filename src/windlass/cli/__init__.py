"""The command line. Modules of this folder import what is heavy inside their commands."""
