"""The demo's trainings: `python -m windlass.cli.demo.training_child SIGNS`.

What happens is written as one JSON line per event.
"""

import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

from windlass.bootstrap.environment import settings
from windlass.bootstrap.ports import connections
from windlass.bootstrap.training import training_ports
from windlass.cli.demo.trainer import TRAININGS, Training
from windlass.embedded.health import is_healthy


class Lines:
    """Progress as JSON lines."""

    def stage(self, text: str) -> None:
        """Say that a stage begins."""
        self.event("stage", text=text)

    def step(self, text: str, done: int, total: int) -> None:
        """Say how far the stage is."""
        self.event("step", text=text, done=done, total=total)

    def event(self, event: str, **values: object) -> None:
        """Write one line."""
        sys.stdout.write(json.dumps({"event": event, **values}) + "\n")
        sys.stdout.flush()


def main(arguments: Sequence[str]) -> None:
    signs = Path(arguments[0])
    lines = Lines()
    lines.stage("load the libraries")
    from windlass.pipelines.parameters import parse_parameters
    from windlass.pipelines.predictive_maintenance import steps
    from windlass.pipelines.predictive_maintenance.params import Parameters
    from windlass.pipelines.predictive_maintenance.synthetic import Plant, synthetic_files
    files=synthetic_files(Plant())
    where=connections(settings().folder)
    while not is_healthy(where.mlflow.url+"/health"): sleep(.1)
    def call(f,*a,**k): return f(*a,**k)
    pool=ThreadPoolExecutor(2)
    crew=steps.Crew(call=call,trials=lambda f,asks: pool.map(f,asks),threads=2)
    for t in TRAININGS:
        while not (signs/t.name).exists(): sleep(.05)
        with training_ports(lines) as ports:
            r=steps.train(files,parse_parameters(Parameters,[f"{k}={v}" for k,v in t.parameters.items()]),ports,crew)
        lines.event("trained",name=t.name,result=r.as_json())


if __name__ == "__main__":
    main(sys.argv[1:])
