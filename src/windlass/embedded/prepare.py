"""Makes the empty databases before anybody waits for them: `python -m windlass.embedded.prepare`.

Part of setting up an installation; without it the first platform takes some seconds more.
"""

import subprocess
import tempfile
from pathlib import Path

from windlass.bootstrap.environment import child_environment
from windlass.embedded.children import module
from windlass.embedded.templates import template_of


def main() -> None:
    """Make those that are missing, side by side; a failure is left to the first platform."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        own = {"PREFECT_HOME": str(place / "prefect")}
        commands = {
            "prefect": module("windlass.embedded.prefect_server"),
            "mlflow": module("windlass.embedded.mlflow_server", str(place / "mlflow")),
        }
        running = [
            subprocess.Popen(command, env=child_environment(place, own))
            for name, command in commands.items()
            if not template_of(name).exists()
        ]
        for process in running:
            process.wait()


if __name__ == "__main__":
    main()
