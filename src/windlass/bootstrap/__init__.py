"""The one place that builds clients from settings. Nobody else reads the environment."""
